//! Where the profiles are kept: one row of the store, read once and changed durably.

use std::collections::HashSet;
use std::sync::{Arc, RwLock};

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::identity::derived;
use super::profile::Profile;
use crate::store::{Small, Store, StoreError, whole};

/// The one row that holds all of them.
const ROW: &[u8] = b"profiles";
/// The one row that holds those that were let go.
const LET_GO: &[u8] = b"profiles let go";
/// So many of those are remembered.
const REMEMBERED: usize = 64;

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

#[cfg(test)]
mod tests {
    use super::super::new::trial::WIRES;
    use super::super::ports::KnownBy;
    use super::super::profile::tests::profile;
    use super::super::profile::{Cable, Place};
    use super::*;
    use crate::config::InstrumentKind;

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
