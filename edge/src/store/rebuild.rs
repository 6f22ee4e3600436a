//! Makes every view again from what is logged here, in pieces a small board can hold, and goes on where it was cut off.
//!
//! # Why
//! Screens read views, the journal is the truth. A rebuild is begun by a mark; while the mark stands, opening the store
//! first finishes it, so that no page ever reads half a view. Each piece and the mark that says how far it came are one
//! transaction. The log is read to its end before anything is cleared: a damaged journal costs no view that still opens.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use protocol::{Chain, Frame, FrameError};
use redb::{Database, ReadableDatabase, ReadableTable, Table};
use serde::{Deserialize, Serialize};

use super::disk::{Card, Disk};
use super::journal::{Head, JOURNAL, MARKS, entry};
use super::writer::{Writing, begin};
use super::{Identity, Shelf, StoreError, opening};
use crate::roster::Roster;

const REBUILD_MARK: &str = "rebuild";
/// Which form the rows of the views have; a card written by an older program gets its views made again.
const LAYOUT_MARK: &str = "layout";
/// Grows whenever the stored form of a view's row changes, or what goes into one.
const LAYOUT: u32 = 4;
/// Events of the journal replayed in one transaction; of the feeds, a page.
const EVENTS_TOGETHER: usize = 500;
/// Rows cleared in one transaction.
const ROWS_TOGETHER: usize = 2_000;

/// What a rebuild did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// Events of this node's own journal that were replayed.
    pub events: u64,
}

/// How far a rebuild has come. First the journal is replayed, then the feeds: the views do not depend on the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Progress {
    /// Old rows are being removed.
    Clearing,
    /// The journal up to this sequence has been replayed.
    Journal(u64),
    /// The whole journal has been replayed, and the feeds' log up to this page.
    Feeds(Option<Page>),
}

/// A page's place in the feeds' log.
type Page = ([u8; 29],);

/// Makes every view of a node's store again. The node must not be running.
pub fn rebuild(path: &Path, data_key: &[u8; 32], identity: Identity) -> anyhow::Result<Rebuilt> {
    rebuild_on(&Card::at(path), data_key, identity)
}

pub(super) fn rebuild_on(
    disk: &dyn Disk,
    data_key: &[u8; 32],
    identity: Identity,
) -> anyhow::Result<Rebuilt> {
    let shelf = Arc::new(Shelf::empty(data_key, identity, Roster::default()));
    let (database, head) = opening::open(disk, &shelf).context("the store does not open")?;
    let events = opening::guarded(|| {
        prove(&database, &shelf)?;
        mark(&database, Progress::Clearing)?;
        finish(&database, &shelf, head)?;
        Ok(head.sequence)
    });
    Ok(Rebuilt { events: events.context("the views could not be made again")? })
}

/// Reads the journal to its end: every entry opens, none is missing, the chain holds.
pub(super) fn prove(database: &Database, shelf: &Shelf) -> Result<(), StoreError> {
    let mut head =
        Head { sequence: 0, chain: Chain::genesis(shelf.identity.node, shelf.identity.incarnation) };
    for row in database.begin_read()?.open_table(JOURNAL)?.iter()? {
        let (sequence, stored) = row?;
        let (chain, frame) = entry(&shelf.seal, sequence.value(), stored.value())?;
        if sequence.value() != head.sequence + 1 || chain != head.chain.after(&frame) {
            return Err(StoreError::Damaged);
        }
        head = Head { sequence: sequence.value(), chain };
    }
    Ok(())
}

fn mark(database: &Database, progress: Progress) -> Result<(), StoreError> {
    let transaction = begin(database)?;
    put_mark(&mut transaction.open_table(MARKS)?, progress)?;
    Ok(transaction.commit()?)
}

/// Begins to make the views again if an older program wrote them, so that no row of another form is ever read. True if
/// there is anything to commit.
pub(super) fn begin_if_older(writing: &mut Writing<'_>, is_new: bool) -> Result<bool, StoreError> {
    let layout = writing.marks.get(LAYOUT_MARK)?.and_then(|stored| postcard::from_bytes(stored.value()).ok());
    if layout == Some(LAYOUT) {
        return Ok(false);
    }
    if !is_new {
        tracing::info!("the views were written by an older program and are made again");
        put_mark(&mut writing.marks, Progress::Clearing)?;
    }
    let layout = postcard::to_allocvec(&LAYOUT).map_err(|_| StoreError::Damaged)?;
    writing.marks.insert(LAYOUT_MARK, layout.as_slice())?;
    Ok(true)
}

/// Finishes a rebuild that was begun; does nothing if none was.
pub(super) fn finish(database: &Database, shelf: &Arc<Shelf>, head: Head) -> Result<(), StoreError> {
    let mut begun = read_mark(&database.begin_read()?.open_table(MARKS)?)?.is_some();
    while begun {
        let transaction = begin(database)?;
        let mut writing = Writing::begin(&transaction, shelf, head)?;
        begun = writing.rebuild_a_piece()?;
        drop(writing);
        transaction.commit()?;
    }
    Ok(())
}

impl Writing<'_> {
    /// Does the next piece. False once everything is done.
    fn rebuild_a_piece(&mut self) -> Result<bool, StoreError> {
        let next = match read_mark(&self.marks)? {
            None => return Ok(false),
            Some(Progress::Clearing) if self.clear_some()? > 0 => Progress::Clearing,
            Some(Progress::Clearing) => Progress::Journal(0),
            Some(Progress::Journal(after)) => match self.replay_journal(after)? {
                Some(reached) => Progress::Journal(reached),
                None => Progress::Feeds(None),
            },
            Some(Progress::Feeds(after)) => match self.page_after(after.map(|(place,)| place).as_ref())? {
                Some((place, page)) => {
                    self.apply_page(&page)?;
                    Progress::Feeds(Some((place,)))
                }
                None => {
                    self.marks.remove(REBUILD_MARK)?;
                    return Ok(false);
                }
            },
        };
        put_mark(&mut self.marks, next)?;
        Ok(true)
    }

    /// Removes rows of the views; gives how many. A view that is added to the store is added here.
    fn clear_some(&mut self) -> Result<usize, StoreError> {
        let mut left = ROWS_TOGETHER;
        left -= clear(&mut self.children, left)?;
        left -= clear(&mut self.visits, left)?;
        left -= clear(&mut self.facts, left)?;
        left -= clear(&mut self.mothers, left)?;
        left -= clear(&mut self.meetings, left)?;
        left -= clear(&mut self.day_sums, left)?;
        left -= clear(&mut self.checks, left)?;
        left -= clear(&mut self.people_by_index, left)?;
        left -= clear(&mut self.dates.boots, left)?;
        left -= clear(&mut self.dates.undated, left)?;
        left -= clear(&mut self.dates.days, left)?;
        left -= clear(&mut self.feed.told, left)?;
        Ok(ROWS_TOGETHER - left)
    }

    /// Replays the next events of the journal; gives how far it came, `None` at the end.
    fn replay_journal(&mut self, after: u64) -> Result<Option<u64>, StoreError> {
        let frames = self.journal_after(after, EVENTS_TOGETHER)?;
        for frame in &frames {
            match frame.decode() {
                Ok(event) => {
                    self.count_in(event.header.observed_on, frame)?;
                    self.apply(&event)?;
                }
                // written by a later version of this program, which had views for it
                Err(FrameError::UnknownKind { kind, version, header }) => {
                    tracing::warn!(kind, version, "an event of a kind not known here is in no view");
                    self.count_in(header.observed_on, frame)?;
                }
                Err(_) => return Err(StoreError::Damaged),
            }
        }
        Ok((!frames.is_empty()).then_some(after + frames.len() as u64))
    }

    fn journal_after(&self, after: u64, count: usize) -> Result<Vec<Frame>, StoreError> {
        let mut frames = Vec::new();
        for row in self.journal.range(after + 1..)?.take(count) {
            let (sequence, stored) = row?;
            frames.push(entry(&self.shelf.seal, sequence.value(), stored.value())?.1);
        }
        Ok(frames)
    }
}

/// Removes at most `count` rows from the front; gives how many.
fn clear<K: redb::Key + 'static, V: redb::Value + 'static>(
    table: &mut Table<'_, K, V>,
    count: usize,
) -> Result<usize, StoreError> {
    for cleared in 0..count {
        if table.pop_first()?.is_none() {
            return Ok(cleared);
        }
    }
    Ok(count)
}

fn read_mark(
    marks: &impl ReadableTable<&'static str, &'static [u8]>,
) -> Result<Option<Progress>, StoreError> {
    let stored = marks.get(REBUILD_MARK)?;
    stored.map(|stored| postcard::from_bytes(stored.value()).map_err(|_| StoreError::Damaged)).transpose()
}

fn put_mark(
    marks: &mut Table<'_, &'static str, &'static [u8]>,
    progress: Progress,
) -> Result<(), StoreError> {
    let progress = postcard::to_allocvec(&progress).map_err(|_| StoreError::Damaged)?;
    marks.insert(REBUILD_MARK, progress.as_slice())?;
    Ok(())
}
