//! Checks of instruments, and what was measured with one of them since.

use protocol::{Body, Event, LocalDate};
use redb::{ReadTransaction, TableDefinition};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use super::dates::{BOOTS, day_of, found};
use super::journal::{JOURNAL, entry};
use super::writer::Writing;
use super::{Shelf, Store, StoreError};

/// Sequences of this journal's events that are checks of instruments.
pub(super) const CHECKS: TableDefinition<u64, ()> = TableDefinition::new("checks");

impl Writing<'_> {
    /// Notes a check this node recorded.
    pub(super) fn note_check(&mut self, event: &Event) -> Result<(), StoreError> {
        if matches!(event.body, Body::InstrumentChecked(_)) {
            self.checks.insert(event.header.sequence, ())?;
            self.checks_change();
        }
        Ok(())
    }

    /// Whoever remembers the checks, or their days, reads them again once this is durable.
    pub(super) fn checks_change(&mut self) {
        let shelf = self.shelf.clone();
        self.after_commit(move || {
            shelf.checks_version.fetch_add(1, Ordering::AcqRel);
        });
    }
}

impl Store {
    /// Another number whenever [`Store::checks`] may say something else. Costs nothing.
    pub fn checks_version(&self) -> u64 {
        self.0.shelf.checks_version.load(Ordering::Acquire)
    }

    /// Every check of an instrument this node has recorded, oldest first, each with its day as far as that is known.
    pub fn checks(&self) -> Result<Vec<(Event, Option<LocalDate>)>, StoreError> {
        let shelf = &self.0.shelf;
        self.read(|reading| {
            let mut events = Vec::new();
            for row in redb::ReadableTable::iter(&reading.open_table(CHECKS)?)? {
                let sequence = row?.0.value();
                match event_at(reading, shelf, sequence) {
                    // one check that is lost must not take the others with it
                    Err(StoreError::Damaged) => tracing::error!(sequence, "a check cannot be read"),
                    found => events.extend(found?),
                }
            }
            let boots: BTreeSet<_> = events.iter().map(|event| event.header.recorded_at.boot).collect();
            let clocks = found(&reading.open_table(BOOTS)?, &shelf.seal, boots.into_iter())?;
            let dated = |event: Event| {
                let day = day_of(&event.header, &clocks);
                (event, day)
            };
            Ok(events.into_iter().map(dated).collect())
        })
    }

    /// What this node measured after a place of its journal with an instrument that bears one of these names, oldest
    /// first.
    pub fn measured_with(&self, names: &[String], after: u64) -> Result<Vec<Event>, StoreError> {
        let shelf = &self.0.shelf;
        self.read(|reading| {
            let mut events = Vec::new();
            for row in reading.open_table(JOURNAL)?.range(after + 1..)? {
                let (sequence, stored) = row?;
                let (_, frame) = entry(&shelf.seal, sequence.value(), stored.value())?;
                events.extend(frame.decode().ok().filter(|event| is_by(event, names)));
            }
            Ok(events)
        })
    }
}

fn is_by(event: &Event, names: &[String]) -> bool {
    let is_measured = matches!(event.body, Body::Weighed(_) | Body::LengthTaken(_));
    let instrument = event.header.instrument.as_ref();
    is_measured && instrument.is_some_and(|instrument| names.contains(&instrument.name))
}

fn event_at(reading: &ReadTransaction, shelf: &Shelf, sequence: u64) -> Result<Option<Event>, StoreError> {
    let stored = reading.open_table(JOURNAL)?.get(sequence)?.ok_or(StoreError::Damaged)?;
    Ok(entry(&shelf.seal, sequence, stored.value())?.1.decode().ok())
}
