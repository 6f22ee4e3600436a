//! Who looked at whom and did what on this node: appended, sealed, bounded, and never in anybody's way.
//!
//! # Why
//! A page must not wait for the card because it is looked at. What is to be noted is gathered in memory and written once
//! every two seconds, in one commit with whatever else is being saved; pulling the plug costs at most what those seconds
//! saw. The table holds the newest 20,000 rows of the last two years. Older ones go whether anybody has read them or not:
//! the card is small, and what must be kept for longer are the records themselves, which name their authors.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use protocol::event::Role;
use protocol::time::ClockSource;
use protocol::{CitizenId, PosyanduId, Stamp, UserId};
use redb::{ReadableTable, ReadableTableMetadata, TableDefinition};
use serde::{Deserialize, Serialize};

use super::seal::Seal;
use super::views::{decode, encode};
use super::writer::Writing;
use super::{Inner, Store, StoreError, whole};

/// Number → sealed [`Noted`].
pub(super) const AUDIT: TableDefinition<u64, &[u8]> = TableDefinition::new("audit");

/// How long notes are gathered.
const GATHER: Duration = Duration::from_secs(2);
/// After a write that failed, how long until the next.
const PAUSE: Duration = Duration::from_secs(10);
/// Notes waiting in memory while nothing can be written.
const WAITING: usize = 4_096;
/// Rows on the card.
const ROWS: u64 = 20_000;
/// The age at which a row goes, in milliseconds: two years.
const OLDEST_MS: i64 = 2 * 366 * 24 * 3_600_000;
/// Rows that go with one commit, beyond as many as came.
const GOING_AT_ONCE: u64 = 500;
/// Looking at the same page of the same person again within this time is the same look, in nanoseconds: ten minutes.
const SAME_LOOK_NS: u64 = 600_000_000_000;
/// Looks remembered for that.
const LOOKS: usize = 64;

/// What was done. Stored by number: a new one goes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// A right PIN or password.
    SignedIn,
    /// A wrong one.
    SignInFailed,
    /// The phone was locked by whoever held it.
    SignedOut,
    /// Another name that was unlocked on the same phone.
    Changed,
    /// Every phone was locked, because the posyandu closed.
    Locked,
    /// A request for a new PIN.
    ResetAsked,
    /// An answer to it that does not fit.
    ResetFailed,
    /// A new PIN.
    Reset,
    /// Somebody's page was looked at.
    Read,
    /// Something about somebody was printed.
    Printed,
    /// Data left the node as a file.
    Exported,
}

/// One row of the audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// When, and what the clock was worth.
    pub at: Stamp,
    /// Who; for a sign-in that failed, whose name was tapped.
    pub user: UserId,
    /// As what.
    pub role: Role,
    /// Where, if that was chosen.
    pub posyandu: Option<PosyanduId>,
    /// What.
    pub deed: Deed,
    /// About whom.
    pub citizen: Option<CitizenId>,
    /// On which page.
    pub page: String,
}

/// Notes that are not on the card yet. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Pending(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    notes: VecDeque<Noted>,
    looks: VecDeque<Noted>,
    is_gathering: bool,
    lost: u64,
}

impl Pending {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn add(&mut self, noted: Noted) {
        if noted.deed == Deed::Read {
            if self.looks.iter().any(|look| is_same_look(look, &noted)) {
                return;
            }
            self.looks.push_back(noted.clone());
            if self.looks.len() > LOOKS {
                self.looks.pop_front();
            }
        }
        self.notes.push_back(noted);
        self.cut();
    }

    fn cut(&mut self) {
        while self.notes.len() > WAITING {
            self.notes.pop_front();
            self.lost += 1;
        }
    }
}

fn is_same_look(before: &Noted, now: &Noted) -> bool {
    let near = now.at.monotonic_ns.saturating_sub(before.at.monotonic_ns) < SAME_LOOK_NS;
    let same = Noted { at: before.at, ..now.clone() } == *before;
    same && near && before.at.boot == now.at.boot
}

impl Store {
    /// Notes something for the audit; it is on the card within seconds.
    pub fn note(&self, noted: Noted) {
        let mut held = self.0.shelf.notes.held();
        held.add(noted);
        if held.is_gathering || held.notes.is_empty() {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            held.is_gathering = true;
            runtime.spawn(gather(Arc::downgrade(&self.0)));
        }
    }

    /// Writes down what was noted so far.
    pub async fn keep_notes(&self) -> Result<(), StoreError> {
        let store = self.clone();
        // whoever asked may hang up: what is taken out of memory and not written goes back there all the same
        whole(async move { store.keep_notes_now().await }).await
    }

    async fn keep_notes_now(&self) -> Result<(), StoreError> {
        let pending = self.0.shelf.notes.clone();
        let notes: Vec<Noted> = pending.held().notes.drain(..).collect();
        if notes.is_empty() {
            return Ok(());
        }
        let written = notes.clone();
        let kept = self.write(move |writing| writing.keep_notes(&written)).await;
        if kept.is_err() {
            let mut held = pending.held();
            notes.into_iter().rev().for_each(|noted| held.notes.push_front(noted));
            held.cut();
        }
        kept
    }

    /// Rows of the audit with their numbers, the newest first: at most `count` of those before a number. A damaged row is
    /// passed over.
    pub fn notes(&self, before: Option<u64>, count: usize) -> Result<Vec<(u64, Noted)>, StoreError> {
        let seal = &self.0.shelf.seal;
        self.read(|reading| {
            let table = reading.open_table(AUDIT)?;
            let rows = table.range(..before.unwrap_or(u64::MAX))?.rev().map(|row| {
                let (number, stored) = row?;
                let noted = opened(seal, number.value(), stored.value())?;
                Ok(noted.map(|noted| (number.value(), noted)))
            });
            rows.filter_map(Result::transpose).take(count).collect()
        })
    }
}

/// Writes what was noted, every two seconds, until there is nothing left. Holds no store open.
async fn gather(store: Weak<Inner>) {
    let mut pause = GATHER;
    loop {
        tokio::time::sleep(pause).await;
        let Some(store) = store.upgrade().map(Store) else { return };
        pause = if store.keep_notes().await.is_ok() { GATHER } else { PAUSE };
        let mut held = store.0.shelf.notes.held();
        if held.lost > 0 {
            tracing::warn!(lost = held.lost, "rows of the audit could not be written for too long");
            held.lost = 0;
        }
        if held.notes.is_empty() {
            held.is_gathering = false;
            return;
        }
    }
}

impl Writing<'_> {
    fn keep_notes(&mut self, notes: &[Noted]) -> Result<(), StoreError> {
        let mut number = self.audit.last()?.map_or(0, |(number, _)| number.value());
        for noted in notes {
            number += 1;
            let sealed = encode(&self.shelf.seal, "audit", &number.to_be_bytes(), noted)?;
            self.audit.insert(number, sealed.as_slice())?;
        }
        let newest = notes.iter().filter(|noted| is_dated(noted)).map(|noted| noted.at.wall_ms).max();
        for _ in 0..notes.len() as u64 + GOING_AT_ONCE {
            if self.audit.len()? <= ROWS && !self.first_is_old(newest)? {
                break;
            }
            self.audit.pop_first()?;
        }
        Ok(())
    }

    /// Whether the oldest row is two years older than what came now, or tells nothing because it is damaged. While nobody
    /// knows the date, no other is.
    fn first_is_old(&self, newest: Option<i64>) -> Result<bool, StoreError> {
        let Some((number, stored)) = self.audit.first()? else { return Ok(false) };
        let Some(first) = opened(&self.shelf.seal, number.value(), stored.value())? else { return Ok(true) };
        Ok(is_dated(&first) && newest.is_some_and(|newest| newest - first.at.wall_ms > OLDEST_MS))
    }
}

/// A row; `None` if it is damaged.
fn opened(seal: &Seal, number: u64, stored: &[u8]) -> Result<Option<Noted>, StoreError> {
    seal.or_pass_over("audit", decode(seal, "audit", &number.to_be_bytes(), stored))
}

fn is_dated(noted: &Noted) -> bool {
    noted.at.source > ClockSource::Unset
}
