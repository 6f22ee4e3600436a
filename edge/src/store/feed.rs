//! What the hub tells this node: every page is logged as it came, and changes the views, in one transaction.
//!
//! # Why
//! The feed is the only place that holds what this node did not record itself, so it is kept like the journal: the log is
//! the truth, the views can be made again from it. A hub that goes back in time begins a new round of a feed; what an
//! earlier round said stays logged, for everything in it is a fact or is told again.

use std::sync::Arc;

use protocol::feed::{FeedHash, FeedId, FeedMark, Item, Page};
use protocol::{Event, Frame, FrameError, PosyanduId};
use redb::{ReadableTable, Table, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize};

use super::told::TOLD;
use super::views::{decode, encode};
use super::writer::Writing;
use super::{Store, StoreError};

/// Feed ‖ round ‖ position reached → sealed page.
pub(super) const FEED_LOG: TableDefinition<&[u8; 29], &[u8]> = TableDefinition::new("feed_log");
/// Feed → sealed [`Standing`].
pub(super) const FEED_MARKS: TableDefinition<&[u8; 17], &[u8]> = TableDefinition::new("feed_marks");
/// A feed as part of a key.
pub(super) type FeedKey = [u8; 17];

/// The tables of this module in an open transaction.
pub(super) struct FeedTables<'t> {
    pub(super) log: Table<'t, &'static [u8; 29], &'static [u8]>,
    pub(super) marks: Table<'t, &'static FeedKey, &'static [u8]>,
    pub(super) told: Table<'t, &'static [u8], &'static [u8]>,
}

impl<'t> FeedTables<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            log: transaction.open_table(FEED_LOG)?,
            marks: transaction.open_table(FEED_MARKS)?,
            told: transaction.open_table(TOLD)?,
        })
    }
}

/// How far this node has read a feed.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Standing {
    /// Grows each time the hub begins the feed anew.
    round: u32,
    mark: FeedMark,
}

/// A feed before anything of it was read.
pub fn beginning(feed: FeedId) -> FeedMark {
    FeedMark { feed, position: 0, hash: FeedHash::EMPTY }
}

impl Writing<'_> {
    fn take_page(&mut self, page: &Page) -> Result<FeedMark, StoreError> {
        let mut standing = self.standing(page.feed)?;
        // a hub that went back in time may name the place it begins at instead of ours
        let follows = page.after == standing.mark.position || (page.restart && page.after == 0);
        let goes_on = page.restart || page.mark.position > page.after;
        if page.mark.feed != page.feed || !follows || !goes_on {
            return Ok(standing.mark);
        }
        standing.round += u32::from(page.restart);
        standing.mark = page.mark;
        let key = feed_key(page.feed);
        let sealed = encode(&self.shelf.seal, "feed_marks", &key, &standing)?;
        self.feed.marks.insert(&key, sealed.as_slice())?;
        if !page.items.is_empty() {
            let key = log_key(page.feed, standing.round, page.mark.position);
            let sealed = encode(&self.shelf.seal, "feed_log", &key, page)?;
            self.feed.log.insert(&key, sealed.as_slice())?;
        }
        self.apply_page(page)?;
        Ok(page.mark)
    }

    fn standing(&self, feed: FeedId) -> Result<Standing, StoreError> {
        let key = feed_key(feed);
        let stored = self.feed.marks.get(&key)?;
        let new = Standing { round: 0, mark: beginning(feed) };
        stored.map_or(Ok(new), |stored| decode(&self.shelf.seal, "feed_marks", &key, stored.value()))
    }

    /// Changes the views a page touches. Replaying a feed's log through this makes them again.
    pub(super) fn apply_page(&mut self, page: &Page) -> Result<(), StoreError> {
        let mut events = Vec::with_capacity(page.items.len());
        let mut unknown = 0;
        for item in &page.items {
            let Some(item) = Item::decode(item) else {
                unknown += 1;
                continue;
            };
            match item {
                Item::Event(frame) => match read_event(&frame) {
                    Some(event) => {
                        self.note_there(page.feed, &event)?;
                        events.push(event);
                    }
                    None => unknown += 1,
                },
                told => self.take_word(page.feed, &told)?,
            }
        }
        if unknown > 0 {
            tracing::warn!(unknown, "the feed tells of things this program does not know; they stay logged");
        }
        self.take_in(&events)
    }

    /// A registration the hub tells of after a leaving brings a child back.
    fn note_there(&mut self, feed: FeedId, event: &Event) -> Result<(), StoreError> {
        match (&event.body, event.header.citizen, feed) {
            (body, Some(citizen), FeedId::Posyandu(posyandu))
                if body.is_registration() && posyandu == event.header.posyandu =>
            {
                self.change_child(citizen, |row| row.told_there(posyandu))
            }
            _ => Ok(()),
        }
    }

    /// The next page that is logged here, and its place; from the beginning if `after` is `None`.
    pub(super) fn page_after(
        &self,
        after: Option<&[u8; 29]>,
    ) -> Result<Option<([u8; 29], Page)>, StoreError> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = after.map_or(Unbounded, Excluded);
        let Some(row) = self.feed.log.range::<&[u8; 29]>((from, Unbounded))?.next() else { return Ok(None) };
        let (key, stored) = row?;
        Ok(Some((*key.value(), decode(&self.shelf.seal, "feed_log", key.value(), stored.value())?)))
    }
}

impl Store {
    /// How far this node has read its feeds: those it has read anything of.
    pub fn feed_marks(&self) -> Result<Vec<FeedMark>, StoreError> {
        self.read(|reading| {
            let mut marks = Vec::new();
            for row in reading.open_table(FEED_MARKS)?.iter()? {
                let (key, stored) = row?;
                let standing: Standing =
                    decode(&self.0.shelf.seal, "feed_marks", key.value(), stored.value())?;
                marks.push(standing.mark);
            }
            Ok(marks)
        })
    }

    /// Logs a page and applies it with its new mark in one durable transaction; gives where the feed stands now. A page
    /// that does not follow what this node has, an old one come again or one asked for before a newer one was taken,
    /// changes nothing.
    pub async fn take_page(&self, page: Page) -> Result<FeedMark, StoreError> {
        let page = Arc::new(page);
        self.save(move |writing| writing.take_page(&page)).await
    }
}

/// Reads a frame of the feed; `None` if it is of a kind, version or shape this program does not know.
fn read_event(bytes: &[u8]) -> Option<Event> {
    match Frame::from_bytes(bytes).and_then(|frame| frame.decode()) {
        Ok(event) => Some(event),
        Err(FrameError::UnknownKind { .. } | FrameError::UnknownShape(_)) => None,
        Err(error) => {
            tracing::error!("an event of the feed cannot be read: {error}");
            None
        }
    }
}

pub(super) fn feed_key(feed: FeedId) -> FeedKey {
    let mut key = [0; 17];
    if let FeedId::Posyandu(posyandu) = feed {
        key[0] = 1;
        key[1..].copy_from_slice(posyandu.bytes());
    }
    key
}

pub(super) fn feed_of(key: &FeedKey) -> FeedId {
    match key {
        [0, ..] => FeedId::Common,
        [_, posyandu @ ..] => FeedId::Posyandu(PosyanduId(uuid::Uuid::from_bytes(*posyandu))),
    }
}

fn log_key(feed: FeedId, round: u32, position: u64) -> [u8; 29] {
    let mut key = [0; 29];
    key[..17].copy_from_slice(&feed_key(feed));
    key[17..21].copy_from_slice(&round.to_be_bytes());
    key[21..].copy_from_slice(&position.to_be_bytes());
    key
}
