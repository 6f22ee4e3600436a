//! The disk itself: what the system remembers, what the card has taken, and what goes wrong between them.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use redb::{Builder, Database, DatabaseError, StorageBackend};

use super::tear::{Change, apply};
use crate::store::disk::Disk;

const PAGE: u64 = 4096;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(test), expect(dead_code, reason = "the long run cuts power and lets cards rot"))]
pub(super) enum Fault {
    /// The card does not answer (EIO). A sync that fails so loses what it was to keep.
    Refused,
    /// There is no room (ENOSPC).
    Full,
    /// Half of a write arrives, then the card does not answer.
    Short,
}

/// What was done to the disk, in order.
#[derive(Debug, Clone)]
pub(super) enum Turn {
    /// The file changed.
    Changed(Change),
    /// Everything before is on the card.
    Synced,
    /// So many steps of the story have been told they are kept.
    Told(usize),
    /// It was noted that a journal begins here.
    Begun(String),
}

/// A disk; cheap to clone, all clones are the same disk.
#[derive(Clone, Default)]
pub(super) struct FaultyDisk(Arc<Mutex<Platter>>);

#[derive(Default)]
struct Platter {
    live: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
    tape: Option<Vec<Turn>>,
    /// Writes, length changes and syncs so far.
    operations: u64,
    fault: Option<(u64, Fault)>,
    second: Option<(u64, Fault)>,
    /// Bytes it holds in all; `None` for as many as wanted.
    capacity: Option<u64>,
    /// Pages that hold something.
    taken: HashSet<u64>,
    ballast: u64,
    begun: Option<String>,
}

impl FaultyDisk {
    /// A disk that holds a file with these bytes on it, and perhaps the note that a journal was begun in it.
    pub(super) fn holding(image: Vec<u8>, begun: Option<String>) -> Self {
        let disk = Self::default();
        let mut platter = disk.platter();
        platter.taken = (0..image.len() as u64 / PAGE).collect();
        (platter.live, platter.durable, platter.begun) = (image.clone(), image, begun);
        drop(platter);
        disk
    }

    /// From now on everything done is written down.
    pub(super) fn record(&self) {
        self.platter().tape = Some(Vec::new());
    }

    pub(super) fn tape(&self) -> Vec<Turn> {
        self.platter().tape.take().unwrap_or_default()
    }

    pub(super) fn told(&self, steps: usize) {
        if let Some(tape) = &mut self.platter().tape {
            tape.push(Turn::Told(steps));
        }
    }

    pub(super) fn durable(&self) -> Vec<u8> {
        self.platter().durable.clone()
    }

    /// The power goes off and comes back: what was not synced is gone.
    pub(super) fn after_power_cut(&self) -> Self {
        let platter = self.platter();
        Self::holding(platter.durable.clone(), platter.begun.clone())
    }

    fn platter(&self) -> MutexGuard<'_, Platter> {
        self.0.lock().expect("nobody panics while holding the platter")
    }
}

#[cfg(test)]
impl FaultyDisk {
    /// The operation after `later` others goes wrong, once.
    pub(super) fn fail(&self, later: u64, fault: Fault) {
        let mut platter = self.platter();
        platter.fault = Some((platter.operations + later, fault));
    }

    /// So many operations after the first fault, another.
    pub(super) fn fail_again(&self, later: u64, fault: Fault) {
        self.platter().second = Some((later, fault));
    }

    /// Whether the first fault is still to come.
    pub(super) fn is_armed(&self) -> bool {
        self.platter().fault.is_some()
    }

    pub(super) fn set_capacity(&self, bytes: Option<u64>) {
        self.platter().capacity = bytes;
    }

    /// The card loses what lay at a place, unseen until it is read again.
    pub(super) fn rot(&self, place: std::ops::Range<usize>) {
        self.platter().durable[place].fill(0);
    }

    /// Gives the ballast up and leaves not a byte free.
    pub(super) fn release_all_and_fill(&self) {
        let mut platter = self.platter();
        platter.ballast = 0;
        platter.capacity = Some(platter.used());
    }

    pub(super) fn used(&self) -> u64 {
        self.platter().used()
    }
}

impl Platter {
    fn used(&self) -> u64 {
        self.taken.len() as u64 * PAGE + self.ballast
    }

    fn change(&mut self, change: Change) -> io::Result<()> {
        match self.due_fault() {
            Some(Fault::Short) => {
                if let Change::Write(at, bytes) = change {
                    let half = bytes[..bytes.len() / 2].to_vec();
                    self.remember(Change::Write(at, half));
                }
                Err(refused())
            }
            Some(fault) => Err(error(fault)),
            None if self.lacks_room_for(&change) => Err(error(Fault::Full)),
            None => {
                self.remember(change);
                Ok(())
            }
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        if let Some(fault) = self.due_fault() {
            // the system takes the pages for written and will not write them again
            self.unsynced.clear();
            return Err(error(fault));
        }
        for change in std::mem::take(&mut self.unsynced) {
            apply(&mut self.durable, &change);
        }
        if let Some(tape) = &mut self.tape {
            tape.push(Turn::Synced);
        }
        Ok(())
    }

    fn remember(&mut self, change: Change) {
        if let Change::Write(at, bytes) = &change {
            self.taken.extend(*at / PAGE..(*at + bytes.len() as u64).div_ceil(PAGE));
        }
        apply(&mut self.live, &change);
        if let Some(tape) = &mut self.tape {
            tape.push(Turn::Changed(change.clone()));
        }
        self.unsynced.push(change);
    }

    fn lacks_room_for(&self, change: &Change) -> bool {
        let (Some(capacity), Change::Write(at, bytes)) = (self.capacity, change) else { return false };
        let pages = *at / PAGE..(*at + bytes.len() as u64).div_ceil(PAGE);
        let new = pages.filter(|page| !self.taken.contains(page)).count() as u64;
        new > 0 && self.used() + new * PAGE > capacity
    }

    fn due_fault(&mut self) -> Option<Fault> {
        self.operations += 1;
        let due = self.fault.take_if(|(at, _)| *at < self.operations).map(|(_, fault)| fault)?;
        self.fault = self.second.take().map(|(later, fault)| (self.operations + later, fault));
        Some(due)
    }

    /// A file that is opened anew is read from the card, not from memory.
    fn forget_cached(&mut self) {
        self.live.clone_from(&self.durable);
        for change in &self.unsynced {
            apply(&mut self.live, change);
        }
    }
}

fn refused() -> io::Error {
    io::Error::from_raw_os_error(5)
}

fn error(fault: Fault) -> io::Error {
    match fault {
        Fault::Refused | Fault::Short => refused(),
        Fault::Full => io::ErrorKind::StorageFull.into(),
    }
}

/// The store's file on the disk.
struct File(FaultyDisk);

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("File")
    }
}

impl StorageBackend for File {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.platter().live.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let platter = self.0.platter();
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let piece = start.checked_add(out.len()).and_then(|end| platter.live.get(start..end));
        out.copy_from_slice(piece.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.platter().change(Change::Length(len))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.platter().sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.platter().change(Change::Write(offset, data.to_vec()))
    }
}

impl Disk for FaultyDisk {
    fn open(&self, builder: &Builder) -> Result<Database, DatabaseError> {
        self.platter().forget_cached();
        builder.create_with_backend(File(self.clone()))
    }

    fn is_blank(&self) -> bool {
        self.platter().live.is_empty()
    }

    fn begun(&self) -> Option<String> {
        self.platter().begun.clone()
    }

    fn note_begun(&self, life: &str) -> io::Result<()> {
        let mut platter = self.platter();
        platter.begun = Some(life.to_owned());
        if let Some(tape) = &mut platter.tape {
            tape.push(Turn::Begun(life.to_owned()));
        }
        Ok(())
    }

    fn set_aside(&self) -> io::Result<()> {
        let mut platter = self.platter();
        let empty = Change::Length(0);
        platter.change(empty)?;
        platter.sync()
    }

    fn available(&self) -> Option<u64> {
        let platter = self.platter();
        Some(platter.capacity.unwrap_or(u64::MAX).saturating_sub(platter.used()))
    }

    fn reserved(&self) -> u64 {
        self.platter().ballast
    }

    fn reserve(&self, bytes: u64) -> io::Result<()> {
        let mut platter = self.platter();
        if platter.capacity.is_some_and(|capacity| platter.used() + bytes > capacity) {
            return Err(error(Fault::Full));
        }
        platter.ballast = bytes;
        Ok(())
    }

    fn release(&self) -> io::Result<bool> {
        Ok(std::mem::take(&mut self.platter().ballast) > 0)
    }
}
