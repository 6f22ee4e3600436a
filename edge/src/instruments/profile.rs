//! Instruments somebody has taken in on the page: what was proved of them.

use std::io;

use protocol::LocalDate;
use serde::{Deserialize, Serialize};
use tokio_serial::SerialStream;
use uuid::Uuid;

use super::identity::Identity;
use super::kept::Kept;
use super::new::trial::WIRES;
use super::ports::{KnownBy, Sockets};
use crate::config::{BleSettings, InstrumentKind, InstrumentSettings, PortSettings};
use crate::scales::{Bytes, Port, Quantity, SerialPort, Vital, Wire};

/// An instrument as it was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Profile {
    /// Short name used in addresses; never changes.
    pub(super) id: String,
    /// The instrument itself, whatever it is called and wherever it is plugged in: minted when it is taken in.
    #[serde(default)]
    pub(super) instrument: Uuid,
    /// What its checks named before it had that: ports, or an address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) checked_as: Vec<String>,
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
    /// Its scale division: grams, or tenths of a millimetre; 1 for meters.
    pub(super) division: u32,
    /// The day of the last calibration, as its sticker says; of meters alone.
    #[serde(default)]
    pub(super) calibrated_on: Option<LocalDate>,
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

    /// What its checks are kept under.
    pub(super) fn identity(&self) -> Identity {
        Identity::new(self.instrument, self.checked_as.clone())
    }

    /// Whether both are the same instrument: at the same port or address, and measuring the same. In what language it is
    /// understood, and how it is used, is chosen whenever it is taken in.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let measures = |kind| (Quantity::of(kind), Vital::of(kind));
        self.device() == other.device() && measures(self.kind) == measures(other.kind)
    }

    /// It was here before, under this profile: its checks are still its own, and so are the names it had.
    pub(super) fn is_again(&mut self, before: Self) {
        (self.instrument, self.checked_as) = (before.instrument, before.checked_as);
        self.former_names = before.former_names;
        self.former_names.push(before.name);
        self.former_names.retain(|name| *name != self.name);
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
    use super::super::identity::derived;
    use super::*;
    use crate::config::BleAddress;

    pub(in crate::instruments) fn profile(id: &str) -> Profile {
        Profile {
            id: id.into(),
            instrument: derived(&["a test", id]),
            checked_as: Vec::new(),
            name: format!("Timbangan {id}"),
            former_names: Vec::new(),
            label: String::new(),
            place: Place::Line(Cable { by_id: None, by_path: None, known_by: KnownBy::Id, wire: WIRES[0] }),
            dialect: "ad_std".into(),
            unit: None,
            kind: InstrumentKind::InfantScale,
            division: 10,
            calibrated_on: None,
        }
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
