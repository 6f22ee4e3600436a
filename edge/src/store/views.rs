//! What pages read: children and their visits, made from events and from nothing else.

use std::collections::{BTreeMap, BTreeSet};

use protocol::time::ClockFound;
use protocol::{Body, CitizenId, Event, LocalDate, VisitId};
use redb::{ReadTransaction, ReadableTable, TableDefinition};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::child_row::ChildRow;
use super::dates::{self, BOOTS, Boot, is_undated};
use super::facts::is_fact;
use super::model::{Child, Measurement, VisitRecord};
use super::seal::Seal;
use super::visit_row::{VisitRow, measurements, records, visit_of};
use super::writer::Writing;
use super::{Small, SmallRow, StoreError};

/// Citizen → sealed [`ChildRow`].
pub(super) const CHILDREN: TableDefinition<&[u8; 16], &[u8]> = TableDefinition::new("children");
/// Citizen ‖ visit → sealed [`VisitRow`].
pub(super) const VISITS: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("visits");
/// Table number ‖ key → sealed value.
pub(super) const SMALL: TableDefinition<&[u8], &[u8]> = TableDefinition::new("small");

impl Writing<'_> {
    /// Changes the views an event of this node's own journal touches. Replaying the journal through this makes every view
    /// again.
    pub(super) fn apply(&mut self, event: &Event) -> Result<(), StoreError> {
        self.note_day(event)?;
        self.note_check(event)?;
        self.take_in(std::slice::from_ref(event))
    }

    /// Changes the views that events touch, whoever recorded them: the same events give the same views, in whatever order
    /// and however often they come.
    pub(super) fn take_in(&mut self, events: &[Event]) -> Result<(), StoreError> {
        let mut by_child: BTreeMap<CitizenId, Vec<&Event>> = BTreeMap::new();
        for event in events {
            match (&event.body, event.header.citizen) {
                (Body::ClockFound(clock), _) => self.find_clock(event, clock)?,
                (Body::SessionOpened(_) | Body::SessionClosed(_), _) => self.take_meeting(event)?,
                (_, Some(citizen)) => by_child.entry(citizen).or_default().push(event),
                (_, None) => {}
            }
        }
        by_child.into_iter().try_for_each(|(citizen, events)| self.take_in_child(citizen, &events))
    }

    fn take_in_child(&mut self, citizen: CitizenId, events: &[&Event]) -> Result<(), StoreError> {
        self.touched.insert(citizen);
        let mut by_visit: BTreeMap<VisitId, Vec<&Event>> = BTreeMap::new();
        for event in events {
            if matches!(event.body, Body::Weighed(_) | Body::LengthTaken(_) | Body::Voided(_)) {
                by_visit.entry(visit_of(event).id).or_default().push(event);
            }
            if event.body.is_of_a_visit() && is_undated(&event.header) {
                self.note_undated(event.header.recorded_at.boot, citizen)?;
            }
            if is_fact(&event.body) {
                self.take_fact(citizen, event)?;
            }
            if let Body::PersonEdited(edited) = &event.body {
                self.hear_time(edited.at)?;
            }
        }
        for (visit, events) in by_visit {
            self.take_in_visit(citizen, visit, &events)?;
        }
        self.change_child(citizen, |row| events.iter().for_each(|event| row.take(event)))
    }

    fn take_in_visit(
        &mut self,
        citizen: CitizenId,
        visit: VisitId,
        events: &[&Event],
    ) -> Result<(), StoreError> {
        let key = visit_key(citizen, visit);
        let known: Option<VisitRow> = match self.visits.get(&key)? {
            Some(stored) => Some(decode(&self.shelf.seal, "visits", &key, stored.value())?),
            None => None,
        };
        let mut row = known.clone().unwrap_or_else(|| VisitRow::new(visit));
        events.iter().for_each(|event| row.take(event));
        if known.as_ref() != Some(&row) {
            let sealed = encode(&self.shelf.seal, "visits", &key, &row)?;
            self.visits.insert(&key, sealed.as_slice())?;
        }
        Ok(())
    }

    /// Changes a child's row where it lies, and what the lists show of it.
    pub(super) fn change_child(
        &mut self,
        citizen: CitizenId,
        change: impl FnOnce(&mut ChildRow),
    ) -> Result<(), StoreError> {
        self.touched.insert(citizen);
        let key = citizen.bytes();
        let known = self.child_row(citizen)?.unwrap_or_default();
        let mut row = known.clone();
        change(&mut row);
        self.touched.extend(row.homes());
        if known == row {
            return Ok(());
        }
        let sealed = encode(&self.shelf.seal, "children", key, &row)?;
        self.children.insert(key, sealed.as_slice())?;
        self.index(citizen, &known, &row)?;
        self.show(citizen, &row)
    }

    /// Shows a child in the lists as it is now.
    pub(super) fn show_child(&mut self, citizen: CitizenId) -> Result<(), StoreError> {
        self.touched.insert(citizen);
        match self.child_row(citizen)? {
            Some(row) => self.show(citizen, &row),
            None => Ok(()),
        }
    }

    fn show(&mut self, citizen: CitizenId, row: &ChildRow) -> Result<(), StoreError> {
        let Some(child) = row.child(citizen) else { return Ok(()) };
        let last_seen = last_seen(row, &self.dates.boots, &self.shelf.seal)?;
        let roster = self.shelf.roster.clone();
        self.after_commit(move || roster.put(&child, last_seen));
        Ok(())
    }

    fn child_row(&self, citizen: CitizenId) -> Result<Option<ChildRow>, StoreError> {
        let key = citizen.bytes();
        let stored = self.children.get(key)?;
        stored.map(|stored| decode(&self.shelf.seal, "children", key, stored.value())).transpose()
    }

    pub(super) fn put_small(&mut self, table: Small, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let key = small_key(table, key);
        let sealed = self.shelf.seal.close("small", &key, value);
        self.small.insert(key.as_slice(), sealed.as_slice())?;
        Ok(())
    }

    /// Changes every row of one kind; one that is damaged is removed.
    pub(super) fn change_smalls(
        &mut self,
        table: Small,
        change: impl Fn(&[u8], Vec<u8>) -> Option<Vec<u8>>,
    ) -> Result<(), StoreError> {
        for (key, value) in of_kind(&self.small, &self.shelf.seal, table)? {
            // a damaged row is nothing to anybody, and goes
            let Some(value) = value else {
                self.remove_small(table, &key)?;
                continue;
            };
            match change(&key, value.clone()) {
                None => self.remove_small(table, &key)?,
                Some(changed) if changed != value => self.put_small(table, &key, &changed)?,
                Some(_) => {}
            }
        }
        Ok(())
    }

    pub(super) fn remove_small(&mut self, table: Small, key: &[u8]) -> Result<(), StoreError> {
        self.small.remove(small_key(table, key).as_slice())?;
        Ok(())
    }
}

fn last_seen(
    row: &ChildRow,
    boots: &impl ReadableTable<&'static Boot, &'static [u8]>,
    seal: &Seal,
) -> Result<Option<LocalDate>, StoreError> {
    Ok(row.last_seen(&dates::found(boots, seal, row.undated())?))
}

pub(super) fn child(
    reading: &ReadTransaction,
    seal: &Seal,
    id: CitizenId,
) -> Result<Option<Child>, StoreError> {
    let stored = reading.open_table(CHILDREN)?.get(id.bytes())?;
    let row: Option<ChildRow> =
        stored.map(|stored| decode(seal, "children", id.bytes(), stored.value())).transpose()?;
    Ok(row.and_then(|row| row.child(id)))
}

/// Somebody as written down, the day that was, and the day the person left the roster.
pub(super) fn stay(
    reading: &ReadTransaction,
    seal: &Seal,
    id: CitizenId,
) -> Result<Option<(Child, LocalDate, Option<LocalDate>)>, StoreError> {
    let Some(stored) = reading.open_table(CHILDREN)?.get(id.bytes())? else { return Ok(None) };
    let row: ChildRow = decode(seal, "children", id.bytes(), stored.value())?;
    Ok(row.child(id).zip(row.since()).map(|(child, since)| (child, since, row.until())))
}

/// Everyone of whom anything is written down.
pub(super) fn everyone(reading: &ReadTransaction) -> Result<Vec<CitizenId>, StoreError> {
    let mut everyone = Vec::new();
    for row in reading.open_table(CHILDREN)?.iter()? {
        everyone.push(CitizenId(Uuid::from_bytes(*row?.0.value())));
    }
    Ok(everyone)
}

/// Everyone who has been written down, with the last day each came.
pub(super) fn each_child(
    reading: &ReadTransaction,
    seal: &Seal,
    mut see: impl FnMut(Child, Option<LocalDate>),
) -> Result<(), StoreError> {
    let boots = reading.open_table(BOOTS)?;
    for row in reading.open_table(CHILDREN)?.iter()? {
        let (key, stored) = row?;
        let row: ChildRow = decode(seal, "children", key.value(), stored.value())?;
        if let Some(child) = row.child(CitizenId(Uuid::from_bytes(*key.value()))) {
            see(child, last_seen(&row, &boots, seal)?);
        }
    }
    Ok(())
}

/// A child's visits, also those it made as a guest elsewhere, oldest first.
pub(super) fn visits_of(
    reading: &ReadTransaction,
    seal: &Seal,
    citizen: CitizenId,
) -> Result<Vec<VisitRecord>, StoreError> {
    let mut visits = own_visits_of(reading, seal, citizen)?;
    for (guest, at) in guests_of(reading, seal, citizen)? {
        let made = own_visits_of(reading, seal, guest)?.into_iter();
        visits.extend(made.map(|record| VisitRecord { as_guest: Some(at.clone()), ..record }));
    }
    visits.sort_by_key(|record| (record.observed_on, record.ticket, record.visit));
    Ok(visits)
}

/// The visits that were written down of this very person.
pub(super) fn own_visits_of(
    reading: &ReadTransaction,
    seal: &Seal,
    citizen: CitizenId,
) -> Result<Vec<VisitRecord>, StoreError> {
    let (rows, found) = visit_rows(reading, seal, citizen)?;
    Ok(records(&rows, &found))
}

/// The guests somebody was elsewhere, each with what the posyandu there is called.
pub(super) fn guests_of(
    reading: &ReadTransaction,
    seal: &Seal,
    citizen: CitizenId,
) -> Result<Vec<(CitizenId, String)>, StoreError> {
    let Some(stored) = reading.open_table(CHILDREN)?.get(citizen.bytes())? else { return Ok(Vec::new()) };
    let row: ChildRow = decode(seal, "children", citizen.bytes(), stored.value())?;
    Ok(row.guests().into_iter().map(|(guest, at)| (guest, at.to_owned())).collect())
}

pub(super) fn measurements_of(
    reading: &ReadTransaction,
    seal: &Seal,
    citizen: CitizenId,
) -> Result<Vec<Measurement>, StoreError> {
    let (rows, found) = visit_rows(reading, seal, citizen)?;
    Ok(measurements(&rows, &found))
}

fn visit_rows(
    reading: &ReadTransaction,
    seal: &Seal,
    citizen: CitizenId,
) -> Result<(Vec<VisitRow>, Vec<ClockFound>), StoreError> {
    let (mut first, mut last) = ([0; 32], [0xff; 32]);
    first[..16].copy_from_slice(citizen.bytes());
    last[..16].copy_from_slice(citizen.bytes());
    let mut rows: Vec<VisitRow> = Vec::new();
    for row in reading.open_table(VISITS)?.range::<&[u8; 32]>(&first..=&last)? {
        let (key, stored) = row?;
        rows.push(decode(seal, "visits", key.value(), stored.value())?);
    }
    let boots: BTreeSet<Boot> = rows.iter().flat_map(VisitRow::undated).collect();
    let found = dates::found(&reading.open_table(BOOTS)?, seal, boots.into_iter())?;
    Ok((rows, found))
}

pub(super) fn small(
    reading: &ReadTransaction,
    seal: &Seal,
    table: Small,
    key: &[u8],
) -> Result<Option<Vec<u8>>, StoreError> {
    let key = small_key(table, key);
    let stored = reading.open_table(SMALL)?.get(key.as_slice())?;
    stored.map(|stored| seal.open("small", &key, stored.value())).transpose()
}

/// Every row of one kind that opens: one that does not must not keep everybody out.
pub(super) fn smalls(
    reading: &ReadTransaction,
    seal: &Seal,
    table: Small,
) -> Result<Vec<SmallRow>, StoreError> {
    let rows = of_kind(&reading.open_table(SMALL)?, seal, table)?;
    Ok(rows.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
}

/// Key and value of a small row; no value where it is damaged.
type FoundRow = (Vec<u8>, Option<Vec<u8>>);

/// The rows of one kind.
fn of_kind(
    rows: &impl ReadableTable<&'static [u8], &'static [u8]>,
    seal: &Seal,
    table: Small,
) -> Result<Vec<FoundRow>, StoreError> {
    let (first, next) = ([number(table)], [number(table) + 1]);
    let mut found = Vec::new();
    for row in rows.range::<&[u8]>(first.as_slice()..next.as_slice())? {
        let (key, stored) = row?;
        let value = seal.open("small", key.value(), stored.value());
        found.push((key.value()[1..].to_vec(), seal.or_pass_over(&format!("small {table:?}"), value)?));
    }
    Ok(found)
}

/// The rows of a kind whose keys begin so, without that beginning.
pub(super) fn smalls_under(
    reading: &ReadTransaction,
    seal: &Seal,
    table: Small,
    begins: &[u8],
) -> Result<Vec<SmallRow>, StoreError> {
    let first = small_key(table, begins);
    let mut rows = Vec::new();
    for row in reading.open_table(SMALL)?.range(first.as_slice()..)? {
        let (key, stored) = row?;
        let Some(rest) = key.value().strip_prefix(first.as_slice()) else { break };
        rows.push((rest.to_vec(), seal.open("small", key.value(), stored.value())?));
    }
    Ok(rows)
}

/// Seals a row that a struct describes.
pub(super) fn encode<T: Serialize>(
    seal: &Seal,
    table: &str,
    key: &[u8],
    row: &T,
) -> Result<Vec<u8>, StoreError> {
    let plain = postcard::to_allocvec(row).map_err(|_| StoreError::Damaged)?;
    Ok(seal.close(table, key, &plain))
}

/// Opens a row that a struct describes.
pub(super) fn decode<T: DeserializeOwned>(
    seal: &Seal,
    table: &str,
    key: &[u8],
    stored: &[u8],
) -> Result<T, StoreError> {
    postcard::from_bytes(&seal.open(table, key, stored)?).map_err(|_| StoreError::Damaged)
}

fn visit_key(citizen: CitizenId, visit: VisitId) -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(citizen.bytes());
    key[16..].copy_from_slice(visit.bytes());
    key
}

fn small_key(table: Small, key: &[u8]) -> Vec<u8> {
    [&[number(table)], key].concat()
}

const fn number(table: Small) -> u8 {
    match table {
        Small::Sessions => 1,
        Small::Attempts => 2,
        Small::Instruments => 3,
        Small::Resets => 4,
        Small::Catalogue => 6,
        Small::LocalPins => 5,
        Small::Photos => 7,
        Small::Ticks => 20,
    }
}
