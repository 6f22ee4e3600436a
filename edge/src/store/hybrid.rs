//! The time corrections carry: never behind what this node has seen, and never dragged ahead by a clock that is wrong.

use protocol::Body;
use protocol::time::{FURTHEST_MS, Hybrid};
use redb::ReadableTable;

use super::journal::{FLOOR_MARK, floor};
use super::writer::Writing;
use super::{NewEvent, Recorded, Store, StoreError};
use crate::clock::BUILD_FLOOR_MS;

const HYBRID_MARK: &str = "hybrid";

impl Writing<'_> {
    /// Takes note of a time another correction carries, unless no clock can be that far.
    pub(super) fn hear_time(&mut self, at: Hybrid) -> Result<(), StoreError> {
        if at.ms > self.furthest_ms()? || at <= self.heard_time()? {
            return Ok(());
        }
        let stored = postcard::to_allocvec(&at).map_err(|_| StoreError::Damaged)?;
        self.marks.insert(HYBRID_MARK, stored.as_slice())?;
        Ok(())
    }

    /// The next time, on a node whose clock says `wall_ms`.
    fn next_time(&self, wall_ms: i64) -> Result<Hybrid, StoreError> {
        Ok(self.heard_time()?.next(wall_ms.min(self.furthest_ms()?)))
    }

    /// Journals an event; a correction that bears no time yet is given its own: later than every correction seen here.
    pub(super) fn append_timed(&mut self, mut event: NewEvent) -> Result<Recorded, StoreError> {
        if let Body::PersonEdited(edited) = &mut event.body
            && edited.at == Hybrid::default()
        {
            edited.at = self.next_time(event.recorded_at.wall_ms)?;
        }
        self.append(event)
    }

    fn heard_time(&self) -> Result<Hybrid, StoreError> {
        let stored = self.marks.get(HYBRID_MARK)?;
        stored.map_or(Ok(Hybrid::default()), |stored| {
            postcard::from_bytes(stored.value()).map_err(|_| StoreError::Damaged)
        })
    }

    /// No time later than this is believed: as far past what is known for sure as a phone's word may be.
    fn furthest_ms(&self) -> Result<i64, StoreError> {
        let floor_ms = self.marks.get(FLOOR_MARK)?.map_or(Ok(0), |stored| floor(stored.value()))?;
        Ok(floor_ms.max(BUILD_FLOOR_MS).saturating_add(FURTHEST_MS))
    }
}

impl Store {
    /// Journals one correction as [`Store::record`] does.
    pub async fn correct(&self, event: NewEvent) -> Result<Recorded, StoreError> {
        self.save(move |writing| writing.append_timed(event)).await
    }
}
