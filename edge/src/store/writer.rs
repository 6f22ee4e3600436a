//! The one hand that writes: collects what is asked at the same moment, commits once, and answers after.
//!
//! # Why
//! One durable commit costs the card two flushes; three kader saving together share them. redb's writer blocks, so it
//! lives on a thread of its own. After a failed commit nothing may go on as if nothing had happened (G10): the file is
//! closed, opened again, and its head read anew before the next save is taken.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use redb::{Database, Durability, Table, WriteTransaction};
use tokio::sync::oneshot;

use super::journal::{EVENTS, Head, JOURNAL, MARKS, QUARANTINED};
use super::tickets::{TICKET_OF_VISIT, TICKETS};
use super::views::{CHILDREN, SMALL, VISITS};
use super::{Shelf, StoreError, open_file};

/// Saves waiting for the writer; more than this and callers wait in line.
const WAITING: usize = 256;
/// Saves that share one commit.
const TOGETHER: usize = 64;

/// Does its part in the transaction; gives what is to be said once the commit is known.
type Job = Box<dyn FnOnce(&mut Writing<'_>) -> Result<Answer, (StoreError, Answer)> + Send>;
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// The writer thread's handle. Dropping it lets the thread finish what it has and end.
pub(super) struct Writer {
    jobs: Option<SyncSender<Job>>,
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
    pub(super) children: Table<'t, &'static [u8; 16], &'static [u8]>,
    pub(super) visits: Table<'t, &'static [u8; 32], &'static [u8]>,
    pub(super) tickets: Table<'t, &'static [u8; 22], &'static [u8]>,
    pub(super) ticket_of_visit: Table<'t, &'static [u8; 16], &'static [u8; 22]>,
    pub(super) small: Table<'t, &'static [u8], &'static [u8]>,
    afterwards: Vec<Box<dyn FnOnce() + Send>>,
}

impl<'t> Writing<'t> {
    fn begin(transaction: &'t WriteTransaction, shelf: &Arc<Shelf>, head: Head) -> Result<Self, StoreError> {
        Ok(Self {
            shelf: shelf.clone(),
            head,
            journal: transaction.open_table(JOURNAL)?,
            events: transaction.open_table(EVENTS)?,
            marks: transaction.open_table(MARKS)?,
            quarantined: transaction.open_table(QUARANTINED)?,
            children: transaction.open_table(CHILDREN)?,
            visits: transaction.open_table(VISITS)?,
            tickets: transaction.open_table(TICKETS)?,
            ticket_of_visit: transaction.open_table(TICKET_OF_VISIT)?,
            small: transaction.open_table(SMALL)?,
            afterwards: Vec::new(),
        })
    }

    /// Does something in memory once this transaction is durable, and not otherwise.
    pub(super) fn after_commit(&mut self, act: impl FnOnce() + Send + 'static) {
        self.afterwards.push(Box::new(act));
    }
}

impl Writer {
    pub(super) fn start(shelf: Arc<Shelf>, path: PathBuf) -> anyhow::Result<Self> {
        let database = shelf.database().expect("a store is opened with its file");
        let head = first_look(&database, &shelf)?;
        drop(database);
        shelf.head.send_replace(head.sequence);
        let (jobs, waiting) = sync_channel(WAITING);
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || Desk { shelf, path, head }.work(&waiting))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writing<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |writing| match work(writing) {
            Ok(value) => Ok(Box::new(move |committed: Result<(), StoreError>| {
                // the caller may have gone; what was committed stays committed
                let _ = reply.send(committed.map(|()| value));
            })),
            Err(error) => Err((error, Box::new(move |_| drop(reply.send(Err(error)))))),
        });
        let jobs = self.jobs.clone().ok_or(StoreError::Stopped)?;
        // A full queue means the card is slow: wait for it without holding up the other tasks.
        match jobs.try_send(job) {
            Ok(()) => {}
            Err(std::sync::mpsc::TrySendError::Full(job)) => {
                let sent = tokio::task::spawn_blocking(move || jobs.send(job)).await;
                sent.map_err(|_| StoreError::Stopped)?.map_err(|_| StoreError::Stopped)?;
            }
            Err(std::sync::mpsc::TrySendError::Disconnected(_)) => return Err(StoreError::Stopped),
        }
        answer.await.map_err(|_| StoreError::Stopped)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // a panic there was already logged by the runtime; here is nobody left to tell
            let _ = thread.join();
        }
    }
}

/// A node whose writer is gone must not go on looking alive: it ends, and is started again on what is on the card.
struct EndsWithoutWriter;

impl Drop for EndsWithoutWriter {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("the journal's writer has failed; this node ends and has to be started again");
            std::process::abort();
        }
    }
}

/// What the writer thread holds.
struct Desk {
    shelf: Arc<Shelf>,
    path: PathBuf,
    head: Head,
}

impl Desk {
    fn work(mut self, waiting: &Receiver<Job>) {
        let _guard = EndsWithoutWriter;
        while let Ok(first) = waiting.recv() {
            let mut jobs = vec![first];
            jobs.extend(waiting.try_iter().take(TOGETHER - 1));
            let (answers, outcome) = self.commit(jobs);
            match outcome {
                Ok(()) => {}
                // A row that does not open was there before; the file itself has taken no harm from this write.
                Err(StoreError::Damaged) => tracing::error!("a save met a damaged row and was not kept"),
                Err(error) => {
                    tracing::error!("a save failed and was not kept: {error}");
                    self.reopen();
                }
            }
            for answer in answers {
                answer(outcome);
            }
        }
    }

    fn commit(&mut self, jobs: Vec<Job>) -> (Vec<Answer>, Result<(), StoreError>) {
        let mut answers = Vec::with_capacity(jobs.len());
        let outcome = self.try_commit(jobs, &mut answers);
        (answers, outcome)
    }

    fn try_commit(&mut self, jobs: Vec<Job>, answers: &mut Vec<Answer>) -> Result<(), StoreError> {
        let database = self.shelf.database().ok_or(StoreError::Stopped)?;
        let transaction = begin(&database)?;
        let mut writing = Writing::begin(&transaction, &self.shelf, self.head)?;
        let mut failed = None;
        for job in jobs {
            match job(&mut writing) {
                Ok(answer) => answers.push(answer),
                Err((error, answer)) => {
                    failed = failed.or(Some(error));
                    answers.push(answer);
                }
            }
        }
        let (head, afterwards) = (writing.head, std::mem::take(&mut writing.afterwards));
        drop(writing);
        match failed {
            Some(error) => {
                transaction.abort()?;
                return Err(error);
            }
            None => transaction.commit()?,
        }
        self.head = head;
        for act in afterwards {
            act();
        }
        self.shelf.head.send_replace(head.sequence);
        Ok(())
    }

    /// Closes the file, opens it again and reads its head anew. Until that succeeds nothing is taken.
    fn reopen(&mut self) {
        let closed = self.shelf.database.write().expect("nobody panics while holding the database").take();
        if let Some(database) = closed {
            wait_until_alone(&database);
        }
        match open_file(&self.path).map_err(StoreError::from).and_then(|mut database| {
            if !database.check_integrity()? {
                tracing::warn!("the store was repaired after a failed write");
            }
            let head = first_look(&database, &self.shelf)?;
            Ok((database, head))
        }) {
            Ok((database, head)) => {
                self.head = head;
                self.shelf.head.send_replace(head.sequence);
                *self.shelf.database.write().expect("nobody panics while holding the database") =
                    Some(Arc::new(database));
                tracing::warn!("the store was opened again, its journal ends at {}", head.sequence);
            }
            Err(error) => tracing::error!("the store could not be opened again: {error}"),
        }
    }
}

/// Readers finish within milliseconds; the file's lock is free once they have.
fn wait_until_alone(database: &Arc<Database>) {
    for _ in 0..500 {
        if Arc::strong_count(database) == 1 {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

fn begin(database: &Database) -> Result<WriteTransaction, StoreError> {
    let mut transaction = database.begin_write()?;
    transaction
        .set_durability(Durability::Immediate)
        .expect("immediate durability is always allowed without savepoints");
    transaction.set_two_phase_commit(true);
    transaction.set_quick_repair(true);
    Ok(transaction)
}

/// Makes the tables on a new file, and finds where the journal ends.
fn first_look(database: &Database, shelf: &Arc<Shelf>) -> Result<Head, StoreError> {
    let transaction = begin(database)?;
    let genesis = Head { sequence: 0, chain: protocol::Chain([0; 32]) };
    let writing = Writing::begin(&transaction, shelf, genesis)?;
    let head = Head::read(&writing.journal, &shelf.seal, shelf.identity)?;
    drop(writing);
    transaction.commit()?;
    Ok(head)
}

/// What a caller can do about an error of the file.
pub(super) fn reaction(error: &redb::Error) -> StoreError {
    match error {
        redb::Error::Io(io) if is_full(io) => StoreError::Full,
        redb::Error::Corrupted(_) => StoreError::Damaged,
        _ => StoreError::Stopped,
    }
}

fn is_full(io: &std::io::Error) -> bool {
    matches!(io.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
}
