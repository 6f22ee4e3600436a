//! The finished measurements of meters: offered for some minutes, and taken once, when a kader taps one on a person's
//! page.
//!
//! # Why
//! A meter does not know whose arm it was on, and tells what it has kept for months as readily as what it has just
//! measured. So nothing is anybody's by itself: what is provably some minutes old is offered by value and time, and what
//! cannot be dated, or was taken by somebody, is not offered at all. What was taken outlives a restart, with its value: a
//! meter tells its last record once more then, and a cuff none. Where what was taken cannot be read, nothing is offered,
//! for any of it may be somebody's.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use ::scales::Reading;
use chrono::NaiveDateTime;
use protocol::{LocalDate, VisitId, event};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use uuid::Uuid;

use super::About;
use super::dated::{OwnClock, own_time};
use super::vital::{NoValue, Value, Vital};
use crate::store::{Small, Store, StoreError, whole};

/// The row that says what was taken.
const ROW: &[u8] = b"readings taken";
/// Measurements that are remembered; more than are made while one is offered.
const FEW: usize = 64;
/// A meter that got no receipt says what has no time of its own again within this.
const SAID_AGAIN_WITHIN_MS: i64 = 10_000;

/// A measurement somebody may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Its name, the same over restarts wherever the meter tells its own time.
    pub id: Uuid,
    /// The meter.
    pub instrument: About,
    /// What it measured.
    pub value: Value,
    /// How long ago it was finished.
    pub taken_ago: Duration,
    /// When that was by the meter's own clock; the meter's word, and never the time of a record.
    pub own_time: Option<NaiveDateTime>,
}

/// A measurement that a visit has taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// Its name.
    pub id: Uuid,
    /// What the event's header says of the meter: its name, its dialect, the day of its last calibration.
    pub instrument: event::Instrument,
    /// What was measured.
    pub value: Value,
    /// How long ago it was finished; after a restart, how long before it was taken.
    pub taken_ago: Duration,
    /// When that was by the meter's own clock.
    pub own_time: Option<NaiveDateTime>,
}

/// What became of a reading that was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noted {
    /// It is offered.
    Offered,
    /// It was told before.
    Again,
    /// The meter had kept it from earlier.
    Kept,
    /// Nobody can say when it was made: the meter's clock is wrong or was never set.
    Undated,
    /// It is no measurement of anybody.
    NoValue(NoValue),
}

/// A moment of the node: its running clock, and the local time where it is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) ms: i64,
    pub(super) wall: Option<NaiveDateTime>,
}

/// The finished measurements of every meter; cheap to clone.
#[derive(Clone)]
pub(super) struct Readings(Arc<Inner>);

struct Inner {
    memory: Mutex<Memory>,
    changed: watch::Sender<u64>,
    /// Held while what was taken is written, so that two takings do not undo each other.
    writing: tokio::sync::Mutex<()>,
    store: Store,
    oldest_ms: i64,
}

struct Memory {
    /// The one told last at the end.
    few: VecDeque<Entry>,
    /// What visits have taken, or why nobody knows.
    taken: Result<VecDeque<Taken>, StoreError>,
    clocks: HashMap<String, OwnClock>,
}

struct Entry {
    id: Uuid,
    about: About,
    checked_on: Option<LocalDate>,
    value: Value,
    own_time: Option<NaiveDateTime>,
    /// It has no time and no number of its own.
    is_nameless: bool,
    /// When it was finished, in the node's running time; `None` if it is not offered.
    taken_ms: Option<i64>,
    told_ms: i64,
}

/// A measurement that belongs to a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Taken {
    id: Uuid,
    visit: VisitId,
    /// As it was when it was taken; an earlier version did not keep that.
    #[serde(default)]
    measured: Option<Measured>,
}

impl Readings {
    /// Reads what was taken before. Nothing older than `oldest` is offered.
    pub(super) fn open(store: Store, oldest: Duration) -> Self {
        let taken = taken_before(&store).inspect_err(|error| {
            tracing::error!("which measurements were taken cannot be read, so none is offered: {error}");
        });
        let memory = Mutex::new(Memory { few: VecDeque::new(), taken, clocks: HashMap::new() });
        let (changed, writing) = (watch::channel(0).0, tokio::sync::Mutex::default());
        let oldest_ms = i64::try_from(oldest.as_millis()).unwrap_or(i64::MAX);
        Self(Arc::new(Inner { memory, changed, writing, store, oldest_ms }))
    }

    /// Notes what a meter told.
    pub(super) fn note(
        &self,
        about: &About,
        checked_on: Option<LocalDate>,
        reading: &Reading,
        now: Moment,
    ) -> Noted {
        let value = match Value::of(reading) {
            Ok(value) => value,
            Err(why) => return Noted::NoValue(why),
        };
        let noted = self.memory().note(about, checked_on, value, reading, now, self.0.oldest_ms);
        if noted == Noted::Offered {
            self.change();
        }
        noted
    }

    /// What nobody has taken yet, the one finished last first; `there` says which meters are in use now.
    pub(super) fn offered(&self, vital: Vital, now_ms: i64, there: &[About]) -> Vec<Offered> {
        let memory = self.memory();
        let mut offered: Vec<Offered> = memory
            .few
            .iter()
            .filter(|entry| entry.value.vital() == vital && !memory.is_taken(entry.id))
            .filter_map(|entry| {
                let taken_ago = entry.age(now_ms).filter(|age| self.is_young(*age))?;
                // it may have another name by now
                let instrument = there.iter().find(|about| about.device == entry.about.device)?.clone();
                let Entry { id, own_time, .. } = *entry;
                Some(Offered { id, instrument, value: entry.value.clone(), taken_ago, own_time })
            })
            .collect();
        offered.sort_by_key(|one| one.taken_ago);
        offered
    }

    /// Gives a measurement to a visit, durably. The same visit gets it again; any other never.
    pub(super) async fn claim(
        &self,
        id: Uuid,
        visit: VisitId,
        now_ms: i64,
    ) -> Result<Option<Measured>, StoreError> {
        let readings = self.clone();
        whole(async move {
            let _writing = readings.0.writing.lock().await;
            let found = readings.memory().find(id, now_ms);
            if let Some(taken) = readings.memory().taken_by(id)? {
                return Ok(found.or(taken.measured).filter(|_| taken.visit == visit));
            }
            let young = found.filter(|measured| readings.is_young(measured.taken_ago));
            if young.is_some() {
                let taken = Taken { id, visit, measured: young.clone() };
                readings.write(|all| all.push_back(taken)).await?;
            }
            Ok(young)
        })
        .await
    }

    /// Offers a measurement again that a visit had taken.
    pub(super) async fn give_back(&self, id: Uuid, visit: VisitId) -> Result<(), StoreError> {
        let readings = self.clone();
        whole(async move {
            let _writing = readings.0.writing.lock().await;
            readings.write(|taken| taken.retain(|one| (one.id, one.visit) != (id, visit))).await
        })
        .await
    }

    /// Changes what was taken, once that is written. A row that could not be read is never written over.
    async fn write(&self, change: impl FnOnce(&mut VecDeque<Taken>)) -> Result<(), StoreError> {
        let mut taken = self.memory().taken.clone()?;
        change(&mut taken);
        let excess = taken.len().saturating_sub(FEW);
        taken.drain(..excess);
        let row = serde_json::to_vec(&taken).expect("names and figures are plain");
        self.0.store.put_small(Small::Instruments, ROW.to_vec(), row).await?;
        self.memory().taken = Ok(taken);
        self.change();
        Ok(())
    }

    /// Counts on with every change of what is offered.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    fn is_young(&self, age: Duration) -> bool {
        i64::try_from(age.as_millis()).is_ok_and(|age| age <= self.0.oldest_ms)
    }

    fn change(&self) {
        self.0.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.memory.lock().expect("nobody panics while holding the measurements")
    }
}

impl Memory {
    fn note(
        &mut self,
        about: &About,
        checked_on: Option<LocalDate>,
        value: Value,
        reading: &Reading,
        now: Moment,
        oldest_ms: i64,
    ) -> Noted {
        let (sequence, own_time) = (reading.extras.sequence, own_time(&reading.extras));
        let is_nameless = sequence.is_none() && own_time.is_none();
        let id = if is_nameless { Uuid::now_v7() } else { name(about, sequence, own_time, &value) };
        let is_again = |entry: &Entry| {
            let soon = now.ms - entry.told_ms <= SAID_AGAIN_WITHIN_MS;
            let same = entry.about.device == about.device && entry.value.numbers() == value.numbers();
            entry.id == id || is_nameless && entry.is_nameless && same && soon
        };
        if let Some(before) = self.few.iter_mut().find(|entry| is_again(entry)) {
            before.told_ms = now.ms;
            return Noted::Again;
        }
        let unset = reading.extras.clock_unset;
        let age = self.clocks.entry(about.device.clone()).or_default().age(own_time, unset, now);
        let age_ms = age.map(|age| age.num_milliseconds());
        let noted = match age_ms {
            None => Noted::Undated,
            Some(age_ms) if age_ms > oldest_ms => Noted::Kept,
            Some(_) if self.is_taken(id) => Noted::Again,
            Some(_) => Noted::Offered,
        };
        let young = age_ms.filter(|age_ms| *age_ms <= oldest_ms);
        self.remember(Entry {
            id,
            about: about.clone(),
            checked_on,
            value,
            own_time,
            is_nameless,
            taken_ms: young.map(|age_ms| now.ms - age_ms),
            told_ms: now.ms,
        });
        noted
    }

    /// Whether it is somebody's. While nobody knows, everything may be.
    fn is_taken(&self, id: Uuid) -> bool {
        !matches!(self.taken_by(id), Ok(None))
    }

    fn taken_by(&self, id: Uuid) -> Result<Option<Taken>, StoreError> {
        let taken = self.taken.as_ref().map_err(|error| *error)?;
        Ok(taken.iter().find(|taken| taken.id == id).cloned())
    }

    /// A measurement that was offered once.
    fn find(&self, id: Uuid, now_ms: i64) -> Option<Measured> {
        let entry = self.few.iter().find(|entry| entry.id == id)?;
        Some(entry.measured(entry.age(now_ms)?))
    }

    /// Remembers it; what is not offered makes room first.
    fn remember(&mut self, entry: Entry) {
        if self.few.len() >= FEW {
            let idle = self.few.iter().position(|entry| entry.taken_ms.is_none());
            self.few.remove(idle.unwrap_or_default());
        }
        self.few.push_back(entry);
    }
}

impl Entry {
    fn age(&self, now_ms: i64) -> Option<Duration> {
        Some(Duration::from_millis(u64::try_from(now_ms - self.taken_ms?).unwrap_or_default()))
    }

    fn measured(&self, taken_ago: Duration) -> Measured {
        let (name, dialect) = (self.about.name.clone(), self.about.dialect.into());
        let instrument = event::Instrument { name, dialect, checked_on: self.checked_on };
        let (id, own_time, value) = (self.id, self.own_time, self.value.clone());
        Measured { id, instrument, value, taken_ago, own_time }
    }
}

/// What the store says was taken. A row that is none is damaged.
fn taken_before(store: &Store) -> Result<VecDeque<Taken>, StoreError> {
    let row = store.small(Small::Instruments, ROW)?;
    row.map_or(Ok(VecDeque::new()), |row| serde_json::from_slice(&row).map_err(|_| StoreError::Damaged))
}

/// The name of a record: it follows from the meter, the record's number and time, and what was measured.
fn name(about: &About, sequence: Option<u16>, own_time: Option<NaiveDateTime>, value: &Value) -> Uuid {
    let text = format!("{}|{sequence:?}|{own_time:?}|{:?}", about.device, value.numbers());
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(half).into_uuid()
}

#[cfg(test)]
#[path = "readings_tests.rs"]
mod tests;
