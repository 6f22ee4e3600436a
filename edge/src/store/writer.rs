//! Where writes are handed in: a line before the one thread that writes, and what a write may touch.
//!
//! # Why
//! One durable commit costs the card two flushes; three kader saving together share them. redb's writer blocks, so it
//! lives on a thread of its own (`desk`).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use protocol::CitizenId;
use redb::{Database, Durability, Table, WriteTransaction};

use super::audit::AUDIT;
use super::checks::CHECKS;
use super::dates::DateTables;
use super::desk::Desk;
use super::disk::Disk;
use super::facts::{FACTS, MOTHERS};
use super::feed::FeedTables;
use super::index::{IndexKey, PEOPLE_BY_INDEX};
use super::job::{Job, Need, asked};
use super::journal::{EVENTS, Head, JOURNAL, MARKS, QUARANTINED};
use super::meetings::MEETINGS;
use super::sums::DAY_SUMS;
use super::tickets::{TICKET_OF_VISIT, TICKETS};
use super::views::{CHILDREN, SMALL, VISITS};
use super::{Shelf, StoreError};

/// Saves waiting for the writer; more than this and callers wait in line.
const WAITING: usize = 256;

/// What is put before the writer.
pub(super) enum Call {
    /// Something to write.
    Job(Box<dyn Job>),
    /// From now on a ballast of so many bytes is kept.
    Ballast(u64),
    /// A read met something that cannot be: the file is to be looked through.
    Verify,
}

/// The writer thread's handle. Dropping it lets the thread finish what it has and end.
pub(super) struct Writer {
    calls: Option<SyncSender<Call>>,
    thread: Option<JoinHandle<()>>,
}

/// An open transaction with every table a job may change.
pub(super) struct Writing<'t> {
    pub(super) shelf: Arc<Shelf>,
    pub(super) head: Head,
    pub(super) journal: Table<'t, u64, &'static [u8]>,
    pub(super) events: Table<'t, &'static [u8; 16], u64>,
    pub(super) marks: Table<'t, &'static str, &'static [u8]>,
    pub(super) quarantined: Table<'t, u64, &'static [u8]>,
    pub(super) day_sums: Table<'t, i32, (u64, u64)>,
    pub(super) children: Table<'t, &'static [u8; 16], &'static [u8]>,
    pub(super) visits: Table<'t, &'static [u8; 32], &'static [u8]>,
    pub(super) tickets: Table<'t, &'static [u8; 22], &'static [u8]>,
    pub(super) ticket_of_visit: Table<'t, &'static [u8; 16], &'static [u8; 22]>,
    pub(super) small: Table<'t, &'static [u8], &'static [u8]>,
    pub(super) checks: Table<'t, u64, ()>,
    pub(super) facts: Table<'t, &'static [u8; 32], &'static [u8]>,
    pub(super) audit: Table<'t, u64, &'static [u8]>,
    pub(super) people_by_index: Table<'t, &'static IndexKey, ()>,
    pub(super) mothers: Table<'t, &'static [u8; 16], ()>,
    pub(super) meetings: Table<'t, &'static [u8; 32], &'static [u8]>,
    pub(super) dates: DateTables<'t>,
    pub(super) feed: FeedTables<'t>,
    /// Whose card is made again once this is durable.
    pub(super) touched: BTreeSet<CitizenId>,
    pub(super) afterwards: Vec<Box<dyn FnOnce() + Send>>,
}

impl<'t> Writing<'t> {
    pub(super) fn begin(
        transaction: &'t WriteTransaction,
        shelf: &Arc<Shelf>,
        head: Head,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            shelf: shelf.clone(),
            head,
            journal: transaction.open_table(JOURNAL)?,
            events: transaction.open_table(EVENTS)?,
            marks: transaction.open_table(MARKS)?,
            quarantined: transaction.open_table(QUARANTINED)?,
            day_sums: transaction.open_table(DAY_SUMS)?,
            children: transaction.open_table(CHILDREN)?,
            visits: transaction.open_table(VISITS)?,
            tickets: transaction.open_table(TICKETS)?,
            ticket_of_visit: transaction.open_table(TICKET_OF_VISIT)?,
            small: transaction.open_table(SMALL)?,
            checks: transaction.open_table(CHECKS)?,
            facts: transaction.open_table(FACTS)?,
            audit: transaction.open_table(AUDIT)?,
            people_by_index: transaction.open_table(PEOPLE_BY_INDEX)?,
            mothers: transaction.open_table(MOTHERS)?,
            meetings: transaction.open_table(MEETINGS)?,
            dates: DateTables::open(transaction)?,
            feed: FeedTables::open(transaction)?,
            touched: BTreeSet::new(),
            afterwards: Vec::new(),
        })
    }

    /// Does something in memory once this transaction is durable, and not otherwise.
    pub(super) fn after_commit(&mut self, act: impl FnOnce() + Send + 'static) {
        self.afterwards.push(Box::new(act));
    }
}

impl Writer {
    pub(super) fn start(shelf: Arc<Shelf>, disk: Arc<dyn Disk>, head: Head) -> anyhow::Result<Self> {
        shelf.head.send_replace(head.sequence);
        let (calls, waiting) = sync_channel(WAITING);
        let desk = Desk::new(shelf, disk, head);
        let thread = std::thread::Builder::new().name("journal".into()).spawn(move || desk.work(&waiting))?;
        Ok(Self { calls: Some(calls), thread: Some(thread) })
    }

    /// Hands in a part of a transaction and waits until it is durable, or known not to be.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        need: Need,
        work: impl FnOnce(&mut Writing<'_>) -> Result<T, StoreError> + Clone + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, answer) = asked(need, work);
        self.call(Call::Job(job)).await?;
        answer.await.map_err(|_| StoreError::Stopped)?
    }

    /// Puts something before the writer. A full line means the card is slow: waits without holding up the other tasks.
    pub(super) async fn call(&self, call: Call) -> Result<(), StoreError> {
        let calls = self.calls.clone().ok_or(StoreError::Stopped)?;
        match calls.try_send(call) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(call)) => {
                let sent = tokio::task::spawn_blocking(move || calls.send(call)).await;
                sent.map_err(|_| StoreError::Stopped)?.map_err(|_| StoreError::Stopped)
            }
            Err(TrySendError::Disconnected(_)) => Err(StoreError::Stopped),
        }
    }

    /// Asks for the file to be looked through, unless the line is full: then somebody's write will do.
    pub(super) fn ask_to_verify(&self) {
        if let Some(calls) = &self.calls {
            let _ = calls.try_send(Call::Verify);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.calls = None;
        if let Some(thread) = self.thread.take() {
            // a panic there was already logged by the runtime; here is nobody left to tell
            let _ = thread.join();
        }
    }
}

/// Begins a transaction that is on the card, twice checked, once its commit returns.
pub(super) fn begin(database: &Database) -> Result<WriteTransaction, StoreError> {
    let mut transaction = database.begin_write()?;
    let durability =
        if cfg!(feature = "planted-skip-sync") { Durability::None } else { Durability::Immediate };
    transaction.set_durability(durability).expect("any durability is allowed without savepoints");
    transaction.set_two_phase_commit(true);
    transaction.set_quick_repair(true);
    Ok(transaction)
}
