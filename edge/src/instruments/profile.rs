//! Instruments somebody has taken in on the page: what was proved of them, kept in the store.

use std::io;
use std::sync::{Arc, RwLock};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tokio_serial::SerialStream;

use super::new::trial::WIRES;
use super::ports::{KnownBy, Sockets};
use crate::config::{BleSettings, InstrumentKind, InstrumentSettings, PortSettings};
use crate::scales::{Bytes, Port, SerialPort, Wire};
use crate::store::{Small, Store, StoreError};

/// The one row that holds all of them.
const ROW: &[u8] = b"profiles";

/// An instrument as it was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Profile {
    /// Short name used in addresses; never changes.
    pub(super) id: String,
    /// The name written on it.
    pub(super) name: String,
    /// Names it had before: what was measured under them was measured with it.
    #[serde(default)]
    pub(super) former_names: Vec<String>,
    /// What else is written on it, an inventory number for instance; may be empty.
    #[serde(default)]
    pub(super) label: String,
    /// Where it is heard.
    #[serde(flatten)]
    pub(super) place: Place,
    /// The dialect it speaks.
    pub(super) dialect: String,
    /// The unit of its numbers, where the dialect sends none.
    pub(super) unit: Option<String>,
    /// What it measures, and how it is used.
    pub(super) kind: InstrumentKind,
    /// Its scale division: grams, or tenths of a millimetre.
    pub(super) division: u32,
}

/// Where an instrument is heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Place {
    /// Through the air.
    Air {
        /// Its address, and what else a settings file would say.
        ble: BleSettings,
    },
    /// On a serial line.
    Line(Cable),
}

/// The line of an instrument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cable {
    /// The name its device gives itself.
    pub(super) by_id: Option<String>,
    /// The socket it was taken in at.
    pub(super) by_path: Option<String>,
    /// Which of the two it is known by.
    pub(super) known_by: KnownBy,
    /// How characters travel.
    pub(super) wire: Wire,
}

impl Cable {
    /// The stable name of its port.
    pub(super) fn device(&self) -> &str {
        self.known_by.choose(self.by_id.as_deref(), self.by_path.as_deref())
    }
}

impl Profile {
    /// The stable name of its port, or its address.
    pub(super) fn device(&self) -> &str {
        match &self.place {
            Place::Air { ble } => ble.address.as_str(),
            Place::Line(cable) => cable.device(),
        }
    }

    /// Its line, if it is on one.
    pub(super) const fn cable(&self) -> Option<&Cable> {
        match &self.place {
            Place::Line(cable) => Some(cable),
            Place::Air { .. } => None,
        }
    }

    /// Its way through the air, if it has no line.
    pub(super) const fn ble(&self) -> Option<&BleSettings> {
        match &self.place {
            Place::Air { ble } => Some(ble),
            Place::Line(_) => None,
        }
    }

    /// The same as a settings file would say it.
    pub(super) fn settings(&self, ports: &PortSettings) -> InstrumentSettings {
        let folder =
            |cable: &Cable| if cable.known_by == KnownBy::Id { &ports.by_id } else { &ports.by_path };
        let wire = self.cable().map_or(WIRES[0], |cable| cable.wire);
        InstrumentSettings {
            id: self.id.clone(),
            name: self.name.clone(),
            path: self.cable().map(|cable| folder(cable).join(cable.device())),
            ble: self.ble().cloned(),
            dialect: self.dialect.clone(),
            baud: wire.baud,
            parity: wire.parity,
            data_bits: wire.data_bits,
            kind: self.kind,
            division: self.division,
            unit: self.unit.clone(),
        }
    }
}

/// Every profile; cheap to clone. What is read here is what the store holds.
#[derive(Clone)]
pub(super) struct Kept {
    all: Arc<RwLock<Vec<Profile>>>,
    /// Held while a change is written, so that two changes do not undo each other.
    writing: Arc<tokio::sync::Mutex<()>>,
    store: Store,
}

impl Kept {
    /// Reads what the store holds.
    pub(super) fn open(store: &Store) -> anyhow::Result<Self> {
        let row = store.small(Small::Instruments, ROW)?;
        let all = row.map_or(Ok(Vec::new()), |row| serde_json::from_slice(&row));
        let all = all.context("the instruments that were taken in cannot be read")?;
        Ok(Self { all: Arc::new(RwLock::new(all)), writing: Arc::default(), store: store.clone() })
    }

    /// All of them, in the order they were taken in.
    pub(super) fn all(&self) -> Vec<Profile> {
        self.all.read().expect("nobody panics while holding the profiles").clone()
    }

    /// One of them.
    pub(super) fn one(&self, id: &str) -> Option<Profile> {
        self.all().into_iter().find(|profile| profile.id == id)
    }

    /// Changes them, durably.
    pub(super) async fn change(&self, change: impl FnOnce(&mut Vec<Profile>)) -> Result<(), StoreError> {
        let _writing = self.writing.lock().await;
        let mut all = self.all();
        change(&mut all);
        let row = serde_json::to_vec(&all).expect("profiles are plain text and figures");
        self.store.put_small(Small::Instruments, ROW.to_vec(), row).await?;
        *self.all.write().expect("nobody panics while holding the profiles") = all;
        Ok(())
    }
}

/// The port of an instrument that was taken in, wherever it is plugged in now.
pub(super) struct KnownPort {
    id: String,
    wire: Wire,
    kept: Kept,
    ports: PortSettings,
}

impl KnownPort {
    /// The port of one of these profiles.
    pub(super) fn of(profile: &Profile, cable: &Cable, kept: &Kept, ports: &PortSettings) -> Self {
        Self { id: profile.id.clone(), wire: cable.wire, kept: kept.clone(), ports: ports.clone() }
    }
}

impl Port for KnownPort {
    type Line = Bytes<SerialStream>;

    async fn open(&mut self, profile: ::scales::Profile) -> io::Result<Self::Line> {
        let (ports, profiles) = (self.ports.clone(), self.kept.all());
        let looked = tokio::task::spawn_blocking(move || Sockets::look(&ports).assign(&profiles)).await;
        let device = looked.map_err(io::Error::other)?.remove(&self.id);
        SerialPort::at(device.ok_or(io::ErrorKind::NotFound)?, self.wire).open(profile).await
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::config::BleAddress;

    pub(in crate::instruments) fn profile(id: &str) -> Profile {
        Profile {
            id: id.into(),
            name: format!("Timbangan {id}"),
            former_names: Vec::new(),
            label: String::new(),
            place: Place::Line(Cable { by_id: None, by_path: None, known_by: KnownBy::Id, wire: WIRES[0] }),
            dialect: "ad_std".into(),
            unit: None,
            kind: InstrumentKind::InfantScale,
            division: 10,
        }
    }

    #[test]
    fn a_profile_of_an_earlier_version_is_still_read() {
        let text = r#"[{"id":"a","name":"Timbangan a","by_id":"usb-x","by_path":null,"known_by":"id",
            "wire":{"baud":9600,"parity":"none","data_bits":8},"dialect":"ad_std","unit":null,"kind":"infant_scale",
            "division":10}]"#;
        let read: Vec<Profile> = serde_json::from_str(text).unwrap();
        let cable =
            Cable { by_id: Some("usb-x".into()), by_path: None, known_by: KnownBy::Id, wire: WIRES[0] };
        assert_eq!(read, [Profile { place: Place::Line(cable), ..profile("a") }]);
        assert_eq!(read[0].device(), "usb-x");
        let written = serde_json::to_value(&read).unwrap();
        assert_eq!(written[0]["by_id"], "usb-x", "an earlier version reads it as well");
    }

    #[test]
    fn a_profile_names_a_port_or_an_address_and_is_read_as_it_was_written() {
        let characteristic = Some("0000fff1-0000-1000-8000-00805f9b34fb".parse().unwrap());
        let address = BleAddress::try_from("c0:26:da:0a:0b:0c".to_owned()).unwrap();
        let ble = BleSettings { address, adapter: None, characteristic };
        let air = Profile { place: Place::Air { ble: ble.clone() }, ..profile("b") };
        let text = serde_json::to_vec(&[air.clone(), profile("a")]).unwrap();
        let read: Vec<Profile> = serde_json::from_slice(&text).unwrap();
        assert_eq!(read, [air, profile("a")]);
        let settings = read[0].settings(&PortSettings::default());
        assert_eq!((settings.ble, settings.path), (Some(ble), None));
        assert_eq!(read[0].device(), "C0:26:DA:0A:0B:0C");
        assert!(serde_json::from_str::<Vec<Profile>>(r#"[{"id":"c","name":"C"}]"#).is_err());
    }
}
