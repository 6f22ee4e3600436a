//! The one hand that writes: collects what is asked at the same moment, commits once, and answers after.
//!
//! # Why
//! After a failed commit nothing may go on as if nothing had happened (G10): the file is closed, opened again and looked
//! through, and its head read anew, before the next save is taken. A save that meets a damaged row is left out and the
//! others are done again without it. A write that meets the end of the card gives up the ballast (G7).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use redb::Database;

use super::disk::Disk;
use super::job::{Job, Need};
use super::journal::Head;
use super::opening;
use super::room::Room;
use super::writer::{Call, Writing, begin};
use super::{Condition, Shelf, StoreError};

/// Saves that share one commit.
const TOGETHER: usize = 64;
/// While the card is full, how often it is looked at again without anybody asking.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// A file that did not open twice is not tried at every tap.
const PAUSE: Duration = Duration::from_secs(2);

type Jobs = Vec<Box<dyn Job>>;

/// What the writer thread holds.
pub(super) struct Desk {
    shelf: Arc<Shelf>,
    disk: Arc<dyn Disk>,
    room: Room,
    head: Head,
    failures: u32,
    failed_at: Instant,
}

/// Why a group was not committed.
enum Failed {
    /// One of them met a damaged row; the file has taken no harm.
    One(usize, StoreError),
    /// The file, or the card under it.
    Store(StoreError),
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

impl Desk {
    pub(super) fn new(shelf: Arc<Shelf>, disk: Arc<dyn Disk>, head: Head) -> Self {
        let room = Room::new(disk.clone());
        Self { shelf, disk, room, head, failures: 0, failed_at: Instant::now() }
    }

    pub(super) fn work(mut self, calls: &Receiver<Call>) {
        let _guard = EndsWithoutWriter;
        while let Some(first) = self.next(calls) {
            let (mut jobs, mut in_doubt) = (Jobs::new(), false);
            for call in std::iter::once(first).chain(calls.try_iter().take(TOGETHER - 1)) {
                match call {
                    Call::Job(job) => jobs.push(job),
                    Call::Ballast(bytes) => self.keep_ballast(bytes),
                    Call::Verify => in_doubt = true,
                }
            }
            if in_doubt {
                let _ = self.reopen();
            }
            self.serve(jobs);
        }
    }

    /// What comes next; on a full card, looks meanwhile whether there is room again.
    fn next(&mut self, calls: &Receiver<Call>) -> Option<Call> {
        while self.room.is_low() {
            match calls.recv_timeout(LOOK_AGAIN) {
                Ok(call) => return Some(call),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => self.look_for_room(),
            }
        }
        calls.recv().ok()
    }

    fn keep_ballast(&mut self, bytes: u64) {
        self.room.keep(bytes);
        self.say_condition();
    }

    fn look_for_room(&mut self) {
        self.room.look();
        self.say_condition();
    }

    fn serve(&mut self, mut jobs: Jobs) {
        if jobs.iter().any(|job| job.need() == Need::Save) {
            self.look_for_room();
            jobs = self.without_saves_if_low(jobs);
        }
        if !jobs.is_empty() && self.shelf.database().is_err() {
            // what failed before may work now: whoever comes next need not be sent away for it
            let _ = self.reopen();
        }
        let mut may_give_up = true;
        while !jobs.is_empty() {
            match self.attempt(&mut jobs) {
                Ok(()) => return answer(jobs, Ok(())),
                Err(Failed::One(place, error)) => {
                    tracing::error!("a save met a damaged row and was not kept: {error}");
                    jobs.remove(place).answer(Err(error));
                }
                Err(Failed::Store(error)) => {
                    tracing::error!("a save failed and was not kept: {error}");
                    let released = error == StoreError::Full && self.room.give_up();
                    let reopened = self.reopen();
                    if !(released && std::mem::take(&mut may_give_up) && reopened.is_ok()) {
                        return answer(jobs, Err(error));
                    }
                    jobs = self.without_saves_if_low(jobs);
                }
            }
        }
    }

    fn without_saves_if_low(&self, jobs: Jobs) -> Jobs {
        if !self.room.is_low() {
            return jobs;
        }
        let (saves, upkeep): (Jobs, Jobs) = jobs.into_iter().partition(|job| job.need() == Need::Save);
        answer(saves, Err(StoreError::Full));
        upkeep
    }

    /// redb may panic on what a damaged card gives it: that is a failed commit like any other.
    fn attempt(&mut self, jobs: &mut Jobs) -> Result<(), Failed> {
        let tried = catch_unwind(AssertUnwindSafe(|| self.try_commit(jobs)));
        tried.unwrap_or(Err(Failed::Store(StoreError::Broken)))
    }

    fn try_commit(&mut self, jobs: &mut Jobs) -> Result<(), Failed> {
        let database = self.shelf.database()?;
        let transaction = begin(&database)?;
        let mut writing = Writing::begin(&transaction, &self.shelf, self.head)?;
        for (place, job) in jobs.iter_mut().enumerate() {
            match job.run(&mut writing) {
                Ok(()) => {}
                Err(error @ (StoreError::Full | StoreError::Stopped | StoreError::Broken)) => {
                    return Err(error.into());
                }
                Err(error @ StoreError::Damaged) => {
                    drop(writing);
                    transaction.abort().map_err(StoreError::from)?;
                    return Err(Failed::One(place, error));
                }
            }
        }
        let (head, afterwards) = (writing.head, std::mem::take(&mut writing.afterwards));
        let touched = std::mem::take(&mut writing.touched);
        drop(writing);
        transaction.commit().map_err(StoreError::from)?;
        self.head = head;
        for act in afterwards {
            act();
        }
        self.shelf.renew_cards(&touched);
        self.shelf.head.send_replace(head.sequence);
        Ok(())
    }

    /// Closes the file, opens it again, looks it through and reads its head anew. Until that succeeds nothing is taken.
    fn reopen(&mut self) -> Result<(), StoreError> {
        if self.failures > 1 && self.failed_at.elapsed() < PAUSE {
            return Err(StoreError::Stopped);
        }
        if let Some(database) = self.shelf.take_database() {
            opening::close(database);
        }
        let opened = opening::open(&*self.disk, &self.shelf);
        match &opened {
            Ok((_, head)) => {
                tracing::warn!("the store was opened again, its journal ends at {}", head.sequence)
            }
            Err(error) => tracing::error!("the store could not be opened again: {error}"),
        }
        self.take_up(opened)
    }

    fn take_up(&mut self, opened: Result<(Database, Head), StoreError>) -> Result<(), StoreError> {
        match opened {
            Ok((database, head)) => {
                self.failures = 0;
                self.head = head;
                self.shelf.head.send_replace(head.sequence);
                self.shelf.put_database(database);
                self.say_condition();
                Ok(())
            }
            Err(error) => {
                (self.failures, self.failed_at) = (self.failures + 1, Instant::now());
                let broken = error == StoreError::Broken;
                self.shelf.say(if broken { Condition::Broken } else { Condition::Stopped });
                Err(error)
            }
        }
    }

    fn say_condition(&self) {
        if self.shelf.database().is_ok() {
            self.shelf.say(if self.room.is_low() { Condition::Full } else { Condition::Well });
        }
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn answer(jobs: Jobs, outcome: Result<(), StoreError>) {
    for job in jobs {
        job.answer(outcome);
    }
}
