//! What this node itself recorded on a day: the list a kader reads, and the total she closes the day with.

use std::collections::{BTreeMap, BTreeSet};

use protocol::closing::Closing;
use protocol::growth::Taken;
use protocol::sum::Sum;
use protocol::{Body, Chain, CitizenId, Event, Frame, LocalDate, PosyanduId, VisitId};
use redb::ReadTransaction;

use super::dates::{BOOTS, Boot, DAYS, day_of, found, is_undated, sequences};
use super::journal::{JOURNAL, entry};
use super::visit_row::{VisitRow, records, visit_of};
use super::{Shelf, Store, StoreError};

/// A day at a posyandu, as this node recorded it.
#[derive(Debug, Clone)]
pub struct Day {
    /// Its events, in order.
    pub events: Vec<Event>,
    /// The sum of the events that say themselves they are of this day.
    sum: Sum,
    /// The journal's last place when this was read, and the chain there.
    head: (u64, Chain),
}

impl Store {
    /// What this node recorded at a posyandu on a day. What was recorded while nobody knew the date belongs to the day
    /// that was found out for it; until then, to the day of the power-up that is `running`.
    pub fn recorded_on(
        &self,
        posyandu: PosyanduId,
        day: LocalDate,
        running: Option<Boot>,
    ) -> Result<Day, StoreError> {
        self.read(|reading| read_day(reading, &self.0.shelf, posyandu, day, running))
    }
}

impl Day {
    /// The closing total of this day.
    pub fn closing(&self, store: &Store, posyandu: PosyanduId, day: LocalDate) -> Closing {
        let identity = store.0.shelf.identity;
        let mut rows: BTreeMap<(CitizenId, VisitId), VisitRow> = BTreeMap::new();
        let mut registered = BTreeSet::new();
        for event in &self.events {
            match (&event.body, event.header.citizen) {
                (Body::Weighed(_) | Body::LengthTaken(_), Some(citizen)) => {
                    let visit = visit_of(event).id;
                    rows.entry((citizen, visit)).or_insert_with(|| VisitRow::new(visit)).take(event);
                }
                (body, Some(citizen)) if body.is_registration() => drop(registered.insert(citizen)),
                _ => {}
            }
        }
        let visits = records(&rows.into_values().collect::<Vec<_>>(), &[]);
        let has = |taken: Option<Taken<u32>>| taken.and_then(Taken::value).is_some();
        let count =
            |of: &dyn Fn(&super::VisitRecord) -> bool| visits.iter().filter(|visit| of(visit)).count();
        Closing {
            node: identity.node,
            incarnation: identity.incarnation,
            posyandu,
            day,
            visits: visits.len() as u32,
            weighed: count(&|visit| has(visit.weighed.as_ref().map(|seen| seen.value.mass_g))) as u32,
            measured: count(&|visit| has(visit.length.as_ref().map(|seen| seen.value.length_tenth_mm)))
                as u32,
            registered: registered.len() as u32,
            sum: self.sum,
            head: self.head.0,
            chain: self.head.1,
        }
    }
}

fn read_day(
    reading: &ReadTransaction,
    shelf: &Shelf,
    posyandu: PosyanduId,
    day: LocalDate,
    running: Option<Boot>,
) -> Result<Day, StoreError> {
    let (as_written, undated) = sequences(&reading.open_table(DAYS)?, posyandu, day)?;
    let mut seen = Day { events: Vec::new(), sum: Sum::default(), head: head(reading, shelf)? };
    for (_, frame) in entries(reading, shelf, &as_written)? {
        seen.sum.add(&frame);
        seen.events.extend(frame.decode().ok().filter(|event| !is_undated(&event.header)));
    }
    let early: Vec<Event> =
        entries(reading, shelf, &undated)?.into_iter().filter_map(|(_, frame)| frame.decode().ok()).collect();
    let boots: BTreeSet<Boot> = early.iter().map(|event| event.header.recorded_at.boot).collect();
    let clocks = found(&reading.open_table(BOOTS)?, &shelf.seal, boots.into_iter())?;
    seen.events.extend(early.into_iter().filter(|event| match day_of(&event.header, &clocks) {
        Some(found) => found == day,
        None => running == Some(event.header.recorded_at.boot),
    }));
    seen.events.sort_by_key(|event| event.header.sequence);
    Ok(seen)
}

fn entries(
    reading: &ReadTransaction,
    shelf: &Shelf,
    sequences: &[u64],
) -> Result<Vec<(Chain, Frame)>, StoreError> {
    let journal = reading.open_table(JOURNAL)?;
    let one = |&sequence: &u64| {
        let stored = journal.get(sequence)?.ok_or(StoreError::Damaged)?;
        entry(&shelf.seal, sequence, stored.value())
    };
    sequences.iter().map(one).collect()
}

fn head(reading: &ReadTransaction, shelf: &Shelf) -> Result<(u64, Chain), StoreError> {
    let journal = reading.open_table(JOURNAL)?;
    let head = super::journal::Head::read(&journal, &shelf.seal, shelf.identity)?;
    Ok((head.sequence, head.chain))
}
