//! The journal of everything recorded here, and the views pages read, in one redb file.
//!
//! # Why
//! One transaction holds an event and every view it changes, so a view can never know more or less than the journal.
//! The journal is the truth and the outbox at once: what the hub has not acknowledged is simply what lies above its mark.

mod audit;
mod cards;
mod checks;
mod child_row;
#[cfg(any(test, feature = "faults"))]
mod contents;
mod dates;
mod dating;
mod desk;
mod disk;
mod facts;
#[cfg(any(test, feature = "faults"))]
pub mod faults;
mod feed;
mod heard;
mod hybrid;
mod index;
mod job;
mod journal;
mod meetings;
mod model;
mod opening;
mod order;
mod rebuild;
mod room;
pub mod salvage;
mod seal;
mod shelf;
mod sums;
mod tickets;
mod today;
mod told;
mod views;
mod visit_row;
mod writer;

#[cfg(test)]
mod feed_tests;
#[cfg(test)]
mod sealed_tests;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use protocol::{CitizenId, LocalDate, NodeId, PosyanduId, VisitId};
use redb::ReadableDatabase;
use tokio::sync::watch;

pub use audit::{Deed, Noted};
pub use cards::{Card, Mark, Stay, Weighed, What};
pub use facts::Fact;
pub use feed::beginning;
pub use heard::Word;
pub use index::Number;
pub use journal::Outbox;
pub use meetings::{Closed, Meeting};
pub use model::{
    Child, Measurement, Move, NewEvent, Observed, Pregnancy, Recorded, Safety, Ticket, VisitRecord,
};
pub use rebuild::{Rebuilt, rebuild};
pub use sums::Stand;
pub use today::Day;

use crate::clock::Now;
use crate::roster::Roster;
use disk::Disk;
use job::Need;
use shelf::Shelf;
use writer::{Call, Writer, Writing};

/// What this node's journal is called.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    /// The node.
    pub node: NodeId,
    /// Which life of its journal.
    pub incarnation: u32,
}

/// The node's memory; cheap to clone. Reads are quick and synchronous, writes return after the durable commit.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    shelf: Arc<Shelf>,
    writer: Writer,
}

/// Why something could not be kept or read. A variant for each thing a caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The card is full: nothing of this write was kept, everything before is safe.
    #[error("the card is full")]
    Full,
    /// A write failed; the store reopened itself or stays closed. Nothing of this write counts as kept.
    #[error("the store stopped after a failed write")]
    Stopped,
    /// A stored value does not open or decode.
    #[error("a stored value is damaged")]
    Damaged,
    /// The file itself is damaged and was not opened; `simpul-edge salvage` reads what can be read.
    #[error("the store's file is damaged")]
    Broken,
}

/// Does a write and what follows from it in memory, both or neither: a phone that hangs up ends its request wherever it
/// is, and must not part the two.
pub(crate) async fn whole<T: Send + 'static>(
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::spawn(work).await.map_err(|_| StoreError::Stopped)?
}

/// How the store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It takes everything.
    Well,
    /// The card is full: new saves are refused, everything else goes on.
    Full,
    /// It could not be opened again after a failed write; it tries at the next save.
    Stopped,
    /// Its file is damaged.
    Broken,
}

/// Small sealed rows that are nobody's health record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Small {
    /// Who is signed in, by the hash of a token.
    Sessions,
    /// Failed sign-ins, by user.
    Attempts,
    /// Instruments that were taken in.
    Instruments,
    /// The last catalogue of vaccines that could be read.
    Catalogue,
    /// Requests for a new PIN, by user.
    Resets,
    /// PINs that were set here with the Puskesmas' answer, by user.
    LocalPins,
    /// Faces, by person: small pictures that were agreed to.
    Photos,
    /// What somebody ticked off on a list, by list, posyandu, month and person.
    Ticks,
}

/// Key and value of a small row.
pub type SmallRow = (Vec<u8>, Vec<u8>);

impl Store {
    /// Opens or creates the store file, looks through it, and fills the roster from it. The error of a file that is
    /// damaged holds [`StoreError::Broken`].
    pub fn open(
        path: &Path,
        data_key: &[u8; 32],
        identity: Identity,
        roster: Roster,
    ) -> anyhow::Result<Self> {
        Self::open_on(Arc::new(disk::Card::at(path)), data_key, identity, roster)
    }

    fn open_on(
        disk: Arc<dyn Disk>,
        data_key: &[u8; 32],
        identity: Identity,
        roster: Roster,
    ) -> anyhow::Result<Self> {
        let shelf = Arc::new(Shelf::empty(data_key, identity, roster));
        let (database, head) = opening::open(&*disk, &shelf)?;
        shelf.put_database(database);
        let writer = Writer::start(shelf.clone(), disk, head)?;
        let store = Self(Arc::new(Inner { shelf, writer }));
        store.fill_roster()?;
        store.fill_cards()?;
        store.load_marks()?;
        Ok(store)
    }

    /// Keeps a ballast of so many bytes beside the file from now on; without room for it new saves are refused.
    pub async fn keep_ballast(&self, bytes: u64) -> Result<(), StoreError> {
        self.0.writer.call(Call::Ballast(bytes)).await
    }

    /// How the store is just now.
    pub fn condition(&self) -> Condition {
        *self.0.shelf.condition.borrow()
    }

    /// Hears of every change of [`Store::condition`].
    pub fn watch_condition(&self) -> watch::Receiver<Condition> {
        self.0.shelf.condition.subscribe()
    }

    /// Journals events and updates the views in one durable transaction.
    ///
    /// An id that is already journalled is the same event: it is reported as such and nothing is written for it.
    pub async fn record(&self, events: Vec<NewEvent>) -> Result<Vec<Recorded>, StoreError> {
        self.save(move |writing| events.into_iter().map(|event| writing.append_timed(event)).collect()).await
    }

    /// Journals one event of a visit and changes its ticket where it lies, in one durable transaction. Gives the ticket
    /// as it is now; `None` if there is none. A repeat changes nothing: the ticket may have gone on since.
    pub async fn record_on_ticket(
        &self,
        event: NewEvent,
        visit: VisitId,
        change: impl FnOnce(&mut Ticket) + Clone + Send + 'static,
    ) -> Result<Option<Ticket>, StoreError> {
        self.save(move |writing| match writing.append(event)? {
            Recorded::New { .. } => writing.change_ticket(visit, change),
            Recorded::Known { .. } => writing.change_ticket(visit, |_| {}),
        })
        .await
    }

    /// As [`Store::record_on_ticket`], with what becomes of the ticket of another visit: both change, or neither.
    pub async fn record_on_tickets(
        &self,
        event: NewEvent,
        (visit, change): (VisitId, impl FnOnce(&mut Ticket) + Clone + Send + 'static),
        (other, change_other): (VisitId, impl FnOnce(&mut Ticket) + Clone + Send + 'static),
    ) -> Result<Option<Ticket>, StoreError> {
        self.save(move |writing| match writing.append(event)? {
            Recorded::New { .. } => {
                writing.change_ticket(other, change_other)?;
                writing.change_ticket(visit, change)
            }
            Recorded::Known { .. } => writing.change_ticket(visit, |_| {}),
        })
        .await
    }

    /// A child of the roster.
    pub fn child(&self, id: CitizenId) -> Result<Option<Child>, StoreError> {
        self.read(|reading| views::child(reading, &self.0.shelf.seal, id))
    }

    /// A child's visits, oldest first, also those it made as a guest elsewhere.
    pub fn visits_of(&self, id: CitizenId) -> Result<Vec<VisitRecord>, StoreError> {
        self.read(|reading| views::visits_of(reading, &self.0.shelf.seal, id))
    }

    /// The visits that were written down of this very person, oldest first: those that can be corrected here.
    pub fn own_visits_of(&self, id: CitizenId) -> Result<Vec<VisitRecord>, StoreError> {
        self.read(|reading| views::own_visits_of(reading, &self.0.shelf.seal, id))
    }

    /// Every weighing and length of a child, oldest first, also what was replaced or taken back.
    pub fn measurements_of(&self, id: CitizenId) -> Result<Vec<Measurement>, StoreError> {
        self.read(|reading| views::measurements_of(reading, &self.0.shelf.seal, id))
    }

    /// Changes a ticket where it lies, so that two phones filling the same page do not undo each other.
    ///
    /// `None` if there is no such ticket.
    pub async fn change_ticket(
        &self,
        visit: VisitId,
        change: impl FnOnce(&mut Ticket) + Clone + Send + 'static,
    ) -> Result<Option<Ticket>, StoreError> {
        self.save(move |writing| writing.change_ticket(visit, change)).await
    }

    /// The ticket of a visit.
    pub fn ticket(&self, visit: VisitId) -> Result<Option<Ticket>, StoreError> {
        self.read(|reading| tickets::of_visit(reading, &self.0.shelf.seal, visit))
    }

    /// A day's tickets of one posyandu, by number.
    pub fn tickets_on(&self, posyandu: PosyanduId, day: LocalDate) -> Result<Vec<Ticket>, StoreError> {
        self.read(|reading| tickets::on(reading, &self.0.shelf.seal, posyandu, day))
    }

    /// Opens a visit: the next number of the day, or the child's open ticket if there already is one.
    pub async fn next_ticket(
        &self,
        posyandu: PosyanduId,
        now: Now,
        citizen: CitizenId,
    ) -> Result<Ticket, StoreError> {
        self.save(move |writing| writing.next_ticket(posyandu, &now, citizen)).await
    }

    /// Moves the tickets this power-up opened before it knew the date to `day`, which has turned out to be today.
    pub async fn redate_tickets(&self, boot: [u8; 16], day: LocalDate) -> Result<(), StoreError> {
        self.write(move |writing| writing.redate_tickets(boot, day)).await
    }

    /// How much is safe where.
    pub fn safety(&self) -> Safety {
        let shelf = &self.0.shelf;
        let received = shelf.received.load(Ordering::Acquire);
        Safety {
            on_device: *shelf.head.borrow(),
            sent: shelf.sent.load(Ordering::Acquire).max(received),
            received,
            quarantined: shelf.quarantined.load(Ordering::Acquire),
        }
    }

    /// Hears of every new head of the journal.
    pub fn watch_head(&self) -> watch::Receiver<u64> {
        self.0.shelf.head.subscribe()
    }

    /// Keeps a small sealed row.
    pub async fn put_small(&self, table: Small, key: Vec<u8>, value: Vec<u8>) -> Result<(), StoreError> {
        self.write(move |writing| writing.put_small(table, &key, &value)).await
    }

    /// Reads a small sealed row.
    pub fn small(&self, table: Small, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|reading| views::small(reading, &self.0.shelf.seal, table, key))
    }

    /// The small rows whose keys begin so, with the rest of each key.
    pub fn smalls_under(&self, table: Small, begins: &[u8]) -> Result<Vec<SmallRow>, StoreError> {
        self.read(|reading| views::smalls_under(reading, &self.0.shelf.seal, table, begins))
    }

    /// Forgets a small row.
    pub async fn remove_small(&self, table: Small, key: Vec<u8>) -> Result<(), StoreError> {
        self.write(move |writing| writing.remove_small(table, &key)).await
    }

    /// Every row of one kind; one that is damaged is passed over.
    pub fn smalls(&self, table: Small) -> Result<Vec<SmallRow>, StoreError> {
        self.read(|reading| views::smalls(reading, &self.0.shelf.seal, table))
    }

    /// Changes the rows of one kind where they lie, all or none: what `change` gives for a key and its value stands there
    /// afterwards, `None` removes it. A damaged row is removed.
    pub async fn change_smalls(
        &self,
        table: Small,
        change: impl Fn(&[u8], Vec<u8>) -> Option<Vec<u8>> + Clone + Send + 'static,
    ) -> Result<(), StoreError> {
        self.write(move |writing| writing.change_smalls(table, change)).await
    }

    /// Keeps something new; refused while the card is full.
    async fn save<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writing<'_>) -> Result<T, StoreError> + Clone + Send + 'static,
    ) -> Result<T, StoreError> {
        self.0.writer.write(Need::Save, work).await
    }

    /// Writes what lets the rest go on: acks, sign-ins, counters. On a full card the ballast is given up for it.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writing<'_>) -> Result<T, StoreError> + Clone + Send + 'static,
    ) -> Result<T, StoreError> {
        self.0.writer.write(Need::Upkeep, work).await
    }

    fn read<T>(
        &self,
        look: impl FnOnce(&redb::ReadTransaction) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let database = self.0.shelf.database().inspect_err(|error| {
            if *error == StoreError::Stopped {
                self.0.writer.ask_to_verify();
            }
        })?;
        let seen = opening::guarded(|| look(&database.begin_read()?));
        drop(database);
        if matches!(seen, Err(StoreError::Stopped | StoreError::Broken)) {
            self.0.writer.ask_to_verify();
        }
        seen
    }

    fn fill_roster(&self) -> Result<(), StoreError> {
        let shelf = &self.0.shelf;
        self.read(|reading| {
            views::each_child(reading, &shelf.seal, |child, last_seen| shelf.roster.put(&child, last_seen))
        })
    }
}

/// Where the store's file lies in a node's folder.
pub fn file_in(dir: &Path) -> PathBuf {
    dir.join("simpul.redb")
}

/// Every redb error means one of three things to a caller.
macro_rules! full_stopped_or_broken {
    ($($error:ty),*) => {$(
        impl From<$error> for StoreError {
            fn from(error: $error) -> Self {
                opening::reaction(&redb::Error::from(error))
            }
        }
    )*};
}

full_stopped_or_broken!(
    redb::StorageError,
    redb::TableError,
    redb::TransactionError,
    redb::CommitError,
    redb::DatabaseError
);
