//! Instruments somebody has taken in on the page: what was proved of them, kept in the store.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, RwLock};

use protocol::LocalDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_serial::SerialStream;
use uuid::Uuid;

use super::identity::{Identity, derived};
use super::new::trial::WIRES;
use super::ports::{KnownBy, Sockets};
use crate::config::{BleSettings, InstrumentKind, InstrumentSettings, PortSettings};
use crate::scales::{Bytes, Port, Quantity, SerialPort, Vital, Wire};
use crate::store::{Small, Store, StoreError, whole};

/// The one row that holds all of them.
const ROW: &[u8] = b"profiles";
/// The one row that holds those that were let go.
const LET_GO: &[u8] = b"profiles let go";
/// So many of those are remembered.
const REMEMBERED: usize = 64;

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
    fn is_same(&self, other: &Self) -> bool {
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

/// Every profile; cheap to clone. What is read here is what the store holds.
#[derive(Clone)]
pub(super) struct Kept {
    all: Arc<RwLock<Vec<Profile>>>,
    /// What this version cannot read; it stays in the row, for a version that can.
    unread: Arc<RwLock<Vec<Value>>>,
    /// Held while a change is written, so that two changes do not undo each other.
    writing: Arc<tokio::sync::Mutex<()>>,
    store: Store,
}

impl Kept {
    /// Reads what the store holds. What cannot be read is left out: a node without a scale is still a node.
    pub(super) fn open(store: &Store) -> Self {
        let row = store.small(Small::Instruments, ROW).unwrap_or_else(|error| {
            tracing::error!("the instruments that were taken in cannot be read: {error}");
            None
        });
        let (all, unread) = row.map(|row| read(&row)).unwrap_or_default();
        let (all, unread) = (Arc::new(RwLock::new(all)), Arc::new(RwLock::new(unread)));
        Self { all, unread, writing: Arc::default(), store: store.clone() }
    }

    /// All of them, in the order they were taken in.
    pub(super) fn all(&self) -> Vec<Profile> {
        self.all.read().expect("nobody panics while holding the profiles").clone()
    }

    /// One of them.
    pub(super) fn one(&self, id: &str) -> Option<Profile> {
        self.all().into_iter().find(|profile| profile.id == id)
    }

    /// Those this version cannot read: what each is named by, and its name.
    pub(super) fn unread(&self) -> Vec<(Uuid, String)> {
        let name = |row: &Value| row["name"].as_str().unwrap_or("Alat tanpa nama").to_owned();
        self.unread_rows().iter().map(|row| (mark(row), name(row))).collect()
    }

    /// Forgets one that this version cannot read, durably.
    pub(super) async fn forget_unread(&self, which: Uuid) -> Result<(), StoreError> {
        let kept = self.clone();
        let forgetting = async move {
            let _writing = kept.writing.lock().await;
            let mut unread = kept.unread_rows();
            unread.retain(|row| mark(row) != which);
            kept.write(kept.all(), unread).await
        };
        whole(forgetting).await
    }

    /// Changes them, durably. What is read here stays what the store holds.
    pub(super) async fn change(
        &self,
        change: impl FnOnce(&mut Vec<Profile>) + Send + 'static,
    ) -> Result<(), StoreError> {
        let kept = self.clone();
        whole(async move { kept.change_now(change).await }).await
    }

    /// The profile of the same instrument, if it is kept, or was before it was let go. An instrument that was found wrong
    /// must not come back as one nobody has checked.
    pub(super) fn was_here(&self, new: &Profile) -> Option<Profile> {
        let kept = self.all().into_iter().chain(self.gone().into_iter().rev());
        kept.into_iter().find(|profile| profile.is_same(new))
    }

    /// Lets go of one, durably. It is remembered before it goes.
    pub(super) async fn let_go(&self, id: &str) -> Result<(), StoreError> {
        let (kept, id) = (self.clone(), id.to_owned());
        let letting_go = async move {
            let _writing = kept.writing.lock().await;
            let (going, staying): (Vec<_>, Vec<_>) =
                kept.all().into_iter().partition(|profile| profile.id == id);
            let mut gone = kept.gone();
            gone.retain(|profile| !going.iter().any(|going| going.is_same(profile)));
            gone.extend(going);
            gone.drain(..gone.len().saturating_sub(REMEMBERED));
            let row = serde_json::to_vec(&gone).expect("profiles are plain text and figures");
            kept.store.put_small(Small::Instruments, LET_GO.to_vec(), row).await?;
            kept.write(staying, kept.unread_rows()).await
        };
        whole(letting_go).await
    }

    /// Those that were let go, the last at the end. What cannot be read is taken in as new.
    fn gone(&self) -> Vec<Profile> {
        let row = self.store.small(Small::Instruments, LET_GO).unwrap_or_else(|error| {
            tracing::error!("the instruments that were let go cannot be read: {error}");
            None
        });
        row.map(|row| read(&row).0).unwrap_or_default()
    }

    async fn change_now(&self, change: impl FnOnce(&mut Vec<Profile>)) -> Result<(), StoreError> {
        let _writing = self.writing.lock().await;
        let mut all = self.all();
        change(&mut all);
        self.write(all, self.unread_rows()).await
    }

    /// Writes the row, and then remembers what it holds. Whoever calls holds `writing`.
    async fn write(&self, all: Vec<Profile>, unread: Vec<Value>) -> Result<(), StoreError> {
        let plain = "profiles are plain text and figures";
        let rows = all.iter().map(|profile| serde_json::to_value(profile).expect(plain));
        let rows: Vec<Value> = rows.chain(unread.iter().cloned()).collect();
        let row = serde_json::to_vec(&rows).expect(plain);
        self.store.put_small(Small::Instruments, ROW.to_vec(), row).await?;
        *self.all.write().expect("nobody panics while holding the profiles") = all;
        *self.unread.write().expect("nobody panics while holding the profiles") = unread;
        Ok(())
    }

    fn unread_rows(&self) -> Vec<Value> {
        self.unread.read().expect("nobody panics while holding the profiles").clone()
    }
}

/// What a row that cannot be read is named by: two of them never change places between a page and a tap.
fn mark(row: &Value) -> Uuid {
    derived(&["unread", &row.to_string()])
}

/// The profiles of a row, and what of it is none. A row that is no list is one thing that cannot be read.
fn read(row: &[u8]) -> (Vec<Profile>, Vec<Value>) {
    let rows: Result<Vec<Value>, _> = serde_json::from_slice(row);
    let rows = rows.unwrap_or_else(|_| vec![String::from_utf8_lossy(row).into()]);
    let (mut all, mut unread) = (Vec::new(), Vec::new());
    for row in rows {
        match Profile::deserialize(&row) {
            Ok(profile) => all.push(profile),
            Err(error) => {
                tracing::error!("an instrument that was taken in cannot be read: {error}");
                unread.push(row);
            }
        }
    }
    identify(&mut all);
    (all, unread)
}

/// Gives ids to what was taken in before there were any. Its checks named the port or address it was known by; one that
/// is known by its socket because a twin came was known by the twins' name before, and that is the first of them.
fn identify(all: &mut [Profile]) {
    let mut claimed: HashSet<String> = all.iter().map(|profile| profile.device().to_owned()).collect();
    for profile in all.iter_mut().filter(|profile| profile.instrument.is_nil()) {
        let device = profile.device().to_owned();
        let by_id = profile.cable().and_then(|cable| cable.by_id.clone());
        profile.instrument = derived(&["taken in", &profile.id, &device]);
        profile.checked_as = by_id.filter(|by_id| claimed.insert(by_id.clone())).into_iter().collect();
        profile.checked_as.push(device);
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
    fn a_profile_of_an_earlier_version_is_still_read() {
        let text = r#"[{"id":"a","name":"Timbangan a","by_id":"usb-x","by_path":null,"known_by":"id",
            "wire":{"baud":9600,"parity":"none","data_bits":8},"dialect":"ad_std","unit":null,"kind":"infant_scale",
            "division":10}]"#;
        let (read, unread) = read(text.as_bytes());
        assert!(unread.is_empty());
        let cable =
            Cable { by_id: Some("usb-x".into()), by_path: None, known_by: KnownBy::Id, wire: WIRES[0] };
        let instrument = read[0].instrument;
        let checked_as = vec!["usb-x".to_owned()];
        let earlier = Profile { instrument, checked_as, place: Place::Line(cable), ..profile("a") };
        assert_eq!(read, [earlier]);
        assert!(!instrument.is_nil());
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

    #[test]
    fn a_row_that_cannot_be_read_leaves_the_others_alone() {
        let mut rows = serde_json::to_value([profile("a"), profile("b")]).unwrap();
        rows[0]["kind"] = "head_tape".into();
        let (all, unread) = read(&serde_json::to_vec(&rows).unwrap());
        assert_eq!((all, unread), (vec![profile("b")], vec![rows[0].clone()]));
        assert_eq!(read(b"{ torn"), (vec![], vec![Value::from("{ torn")]));
    }

    fn store(folder: &std::path::Path) -> Store {
        let node = protocol::NodeId(uuid::Uuid::from_u128(1));
        let identity = crate::store::Identity { node, incarnation: 1 };
        Store::open(&crate::store::file_in(folder), &[7; 32], identity, crate::roster::Roster::default())
            .unwrap()
    }

    #[tokio::test]
    async fn a_change_nobody_waits_for_is_not_undone_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let kept = Kept::open(&store);
        let left = kept.change(|all| all.push(profile("a")));
        assert!(futures_util::FutureExt::now_or_never(left).is_none(), "it was done at once");
        kept.change(|all| all.push(profile("b"))).await.unwrap();
        assert_eq!(kept.all(), [profile("a"), profile("b")]);
        assert_eq!(Kept::open(&store).all(), kept.all());
    }

    #[tokio::test]
    async fn what_cannot_be_read_outlives_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let later = br#"[{"name":"Pita kepala","kind":"head_tape"}]"#;
        store.put_small(Small::Instruments, ROW.to_vec(), later.to_vec()).await.unwrap();
        let kept = Kept::open(&store);
        kept.change(|all| all.push(profile("b"))).await.unwrap();
        let again = Kept::open(&store);
        assert_eq!(again.all(), [profile("b")]);
        let unread = again.unread();
        assert_eq!(unread.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["Pita kepala"]);
        again.forget_unread(Uuid::nil()).await.unwrap();
        assert_eq!(again.unread(), unread, "that was none of them");
        again.forget_unread(unread[0].0).await.unwrap();
        assert_eq!((again.unread(), again.all()), (vec![], vec![profile("b")]));
        let at_last = Kept::open(&store);
        assert_eq!((at_last.unread(), at_last.all()), (vec![], vec![profile("b")]));
    }

    #[tokio::test]
    async fn an_instrument_that_was_let_go_is_the_same_when_it_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let kept = Kept::open(&store);
        let at = |device: &str, id: &str| {
            let cable =
                Cable { by_id: Some(device.into()), by_path: None, known_by: KnownBy::Id, wire: WIRES[0] };
            Profile { place: Place::Line(cable), ..profile(id) }
        };
        let old = Profile { former_names: vec!["Timbangan lama".into()], ..at("usb-x", "a") };
        let (first, other) = (old.clone(), at("usb-y", "b"));
        kept.change(move |all| all.extend([first, other])).await.unwrap();
        for _ in 0..2 {
            kept.let_go("a").await.unwrap();
        }
        kept.let_go("nobody").await.unwrap();
        let kept = Kept::open(&store);
        assert_eq!(kept.all(), [at("usb-y", "b")]);
        let mut back = Profile { name: "Timbangan baru".into(), ..at("usb-x", "c") };
        assert_ne!(back.instrument, old.instrument);
        let otherwise =
            Profile { kind: InstrumentKind::StandingScale, dialect: "cas".into(), ..back.clone() };
        assert!(kept.was_here(&otherwise).is_some(), "it may be understood and used otherwise");
        back.is_again(kept.was_here(&back).unwrap());
        assert_eq!(back.identity(), old.identity());
        assert_eq!(back.former_names, ["Timbangan lama", "Timbangan a"]);
        for another in [at("usb-z", "c"), Profile { kind: InstrumentKind::LengthBoard, ..at("usb-x", "c") }] {
            assert_eq!(kept.was_here(&another), None, "{another:?}");
        }
        for number in 0..2 * REMEMBERED {
            let one = at(&format!("usb-{number}"), "d");
            kept.change(move |all| all.push(one)).await.unwrap();
            kept.let_go("d").await.unwrap();
        }
        assert_eq!(kept.gone().len(), REMEMBERED, "the card is small");
    }

    #[test]
    fn what_was_taken_in_before_there_were_ids_gets_one_that_stays_and_keeps_its_checks() {
        let known = |id: &str, by_path: &str, known_by| {
            let (by_id, by_path) = (Some("usb-twin".into()), Some(by_path.to_owned()));
            let place = Place::Line(Cable { by_id, by_path, known_by, wire: WIRES[0] });
            Profile { instrument: Uuid::nil(), place, ..profile(id) }
        };
        let mut alone = [known("a", "usb-0:1.1", KnownBy::Id)];
        identify(&mut alone);
        assert_eq!(alone[0].checked_as, ["usb-twin"]);

        let mut twins = [known("a", "usb-0:1.1", KnownBy::Socket), known("b", "usb-0:1.2", KnownBy::Socket)];
        identify(&mut twins);
        assert_eq!(twins[0].checked_as, ["usb-twin", "usb-0:1.1"], "it was alone once");
        assert_eq!(twins[1].checked_as, ["usb-0:1.2"]);
        assert_ne!(twins[0].instrument, twins[1].instrument);
        let before = twins.clone();
        identify(&mut twins);
        assert_eq!(twins, before);
        let written = serde_json::to_vec(&twins).unwrap();
        assert_eq!(read(&written).0, twins, "once it is written, its id is no longer made of its port");
    }
}
