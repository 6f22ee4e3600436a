//! The journal: every event in its place, chained; what lies above the hub's mark is the outbox.

use protocol::time::{ClockSource, FURTHEST_MS};
use protocol::{Chain, Event, EventId, Frame};
use redb::{ReadOnlyTable, ReadableTable, TableDefinition};

use crate::clock::BUILD_FLOOR_MS;

use super::seal::Seal;
use super::writer::Writing;
use super::{Identity, NewEvent, Recorded, Store, StoreError};

/// Sequence → sealed (chain after this event ‖ frame).
pub(super) const JOURNAL: TableDefinition<u64, &[u8]> = TableDefinition::new("journal");
/// Event id → sequence: what is already here.
pub(super) const EVENTS: TableDefinition<&[u8; 16], u64> = TableDefinition::new("events");
/// Single values: how far the hub's word reaches, the time floor, how far a feed is read.
pub(super) const MARKS: TableDefinition<&str, &[u8]> = TableDefinition::new("marks");
/// Sequence → sealed reason the hub gave for setting an event aside.
pub(super) const QUARANTINED: TableDefinition<u64, &[u8]> = TableDefinition::new("quarantined");

pub(super) const FLOOR_MARK: &str = "time floor";
/// The floor is written again only when it rises by this much: an hour.
const FLOOR_STEP_MS: i64 = 3_600_000;
const CHAIN: usize = 32;

/// Consecutive events waiting for the hub.
#[derive(Debug, Clone)]
pub struct Outbox {
    /// Sequence of the first.
    pub first: u64,
    /// The chain before it.
    pub before: Chain,
    /// The events' raw bytes.
    pub frames: Vec<Frame>,
}

/// The last place of a journal and the chain up to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) sequence: u64,
    pub(super) chain: Chain,
}

impl Head {
    pub(super) fn read(
        journal: &impl ReadableTable<u64, &'static [u8]>,
        seal: &Seal,
        identity: Identity,
    ) -> Result<Self, StoreError> {
        let Some((sequence, stored)) = journal.last()? else {
            return Ok(Self { sequence: 0, chain: Chain::genesis(identity.node, identity.incarnation) });
        };
        let sequence = sequence.value();
        let (chain, _) = entry(seal, sequence, stored.value())?;
        Ok(Self { sequence, chain })
    }
}

impl Writing<'_> {
    /// Gives an event its place and changes the views it touches.
    pub(super) fn append(&mut self, event: NewEvent) -> Result<Recorded, StoreError> {
        let id = event.id;
        if let Some(sequence) = self.events.get(id.bytes())?.map(|known| known.value()) {
            return Ok(Recorded::Known { sequence });
        }
        let sequence = self.head.sequence + 1;
        let event = event.placed(self.shelf.identity.node, self.shelf.identity.incarnation, sequence);
        let frame = Frame::encode(&event);
        let chain = self.head.chain.after(&frame);
        let entry = [chain.0.as_slice(), frame.bytes()].concat();
        let sealed = self.shelf.seal.close("journal", &sequence.to_be_bytes(), &entry);
        self.journal.insert(sequence, sealed.as_slice())?;
        self.events.insert(id.bytes(), sequence)?;
        self.count_in(event.header.observed_on, &frame)?;
        self.apply(&event)?;
        let stamp = event.header.recorded_at;
        if stamp.source >= ClockSource::Hub {
            self.raise_floor(stamp.wall_ms)?;
        }
        self.head = Head { sequence, chain };
        Ok(Recorded::New { sequence })
    }

    /// Time that came from a source that knows cannot go back; a phone's word proves nothing.
    pub(super) fn raise_floor(&mut self, wall_ms: i64) -> Result<(), StoreError> {
        let floor_ms = self.marks.get(FLOOR_MARK)?.map_or(Ok(0), |stored| floor(stored.value()))?;
        let furthest_ms = floor_ms.max(BUILD_FLOOR_MS).saturating_add(FURTHEST_MS);
        if (floor_ms.saturating_add(FLOOR_STEP_MS)..=furthest_ms).contains(&wall_ms) {
            self.marks.insert(FLOOR_MARK, wall_ms.to_le_bytes().as_slice())?;
        }
        Ok(())
    }

    pub(super) fn chain_at(&self, sequence: u64) -> Result<Option<Chain>, StoreError> {
        chain_at(&self.journal, &self.shelf.seal, self.shelf.identity, sequence)
    }
}

impl Store {
    /// What waits above `after`: consecutive events, at most `count` and about `bytes` bytes; `None` if nothing does.
    pub fn outbox(&self, after: u64, count: usize, bytes: usize) -> Result<Option<Outbox>, StoreError> {
        let shelf = &self.0.shelf;
        self.read(|reading| {
            let journal = reading.open_table(JOURNAL)?;
            let before =
                chain_at(&journal, &shelf.seal, shelf.identity, after)?.ok_or(StoreError::Damaged)?;
            let frames = frames(&journal, &shelf.seal, after + 1, count, bytes)?;
            Ok((!frames.is_empty()).then_some(Outbox { first: after + 1, before, frames }))
        })
    }

    /// The event of this id as this node recorded it; `None` if it did not.
    pub fn event(&self, id: EventId) -> Result<Option<Event>, StoreError> {
        self.read(|reading| {
            let Some(sequence) = reading.open_table(EVENTS)?.get(id.bytes())? else { return Ok(None) };
            let journal = reading.open_table(JOURNAL)?;
            let stored = journal.get(sequence.value())?.ok_or(StoreError::Damaged)?;
            let (_, frame) = entry(&self.0.shelf.seal, sequence.value(), stored.value())?;
            frame.decode().map(Some).map_err(|_| StoreError::Damaged)
        })
    }

    /// The latest wall time a source that knows has given, milliseconds since 1970, to the hour: time cannot lie before
    /// it. 0 if none has.
    pub fn time_floor(&self) -> Result<i64, StoreError> {
        self.read(|reading| {
            let stored = reading.open_table(MARKS)?.get(FLOOR_MARK)?;
            stored.map_or(Ok(0), |stored| floor(stored.value()))
        })
    }

    /// Remembers that it is at least this late, by the word of a source that knows.
    pub async fn note_time(&self, wall_ms: i64) -> Result<(), StoreError> {
        let floor_ms = self.time_floor()?;
        if (floor_ms..floor_ms.saturating_add(FLOOR_STEP_MS)).contains(&wall_ms) {
            return Ok(());
        }
        self.write(move |writing| {
            // the hub's own answer may say that what was believed before was too late
            if wall_ms < floor_ms {
                writing.marks.remove(FLOOR_MARK)?;
            }
            writing.raise_floor(wall_ms)
        })
        .await
    }
}

fn frames(
    journal: &ReadOnlyTable<u64, &'static [u8]>,
    seal: &Seal,
    first: u64,
    count: usize,
    bytes: usize,
) -> Result<Vec<Frame>, StoreError> {
    let (mut frames, mut size) = (Vec::new(), 0);
    for row in journal.range(first..)?.take(count) {
        let (sequence, stored) = row?;
        let (_, frame) = match entry(seal, sequence.value(), stored.value()) {
            Ok(entry) => entry,
            // What stands before a damaged row is sent all the same.
            Err(error) if frames.is_empty() => return Err(error),
            Err(_) => break,
        };
        size += frame.bytes().len();
        frames.push(frame);
        if size >= bytes {
            break;
        }
    }
    Ok(frames)
}

fn chain_at(
    journal: &impl ReadableTable<u64, &'static [u8]>,
    seal: &Seal,
    identity: Identity,
    sequence: u64,
) -> Result<Option<Chain>, StoreError> {
    if sequence == 0 {
        return Ok(Some(Chain::genesis(identity.node, identity.incarnation)));
    }
    let stored = journal.get(sequence)?;
    stored.map(|stored| entry(seal, sequence, stored.value()).map(|(chain, _)| chain)).transpose()
}

pub(super) fn floor(stored: &[u8]) -> Result<i64, StoreError> {
    stored.try_into().map(i64::from_le_bytes).map_err(|_| StoreError::Damaged)
}

pub(super) fn entry(seal: &Seal, sequence: u64, stored: &[u8]) -> Result<(Chain, Frame), StoreError> {
    let entry = seal.open("journal", &sequence.to_be_bytes(), stored)?;
    let (chain, frame) = entry.split_first_chunk::<CHAIN>().ok_or(StoreError::Damaged)?;
    let frame = Frame::from_bytes(frame).map_err(|_| StoreError::Damaged)?;
    Ok((Chain(*chain), frame))
}
