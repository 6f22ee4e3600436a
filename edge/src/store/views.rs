//! What pages read: children and their visits, made from events and from nothing else.

use protocol::event::Visit;
use protocol::{Body, CitizenId, Event, LocalDate, VisitId};
use redb::{ReadTransaction, ReadableTable, TableDefinition};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::model::{Child, VisitRecord};
use super::seal::Seal;
use super::writer::Writing;
use super::{Small, StoreError};

/// Citizen → sealed [`ChildRow`].
pub(super) const CHILDREN: TableDefinition<&[u8; 16], &[u8]> = TableDefinition::new("children");
/// Citizen ‖ visit → sealed [`VisitRecord`].
pub(super) const VISITS: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("visits");
/// Table number ‖ key → sealed value.
pub(super) const SMALL: TableDefinition<&[u8], &[u8]> = TableDefinition::new("small");

/// A child with what the list needs without reading its visits.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct ChildRow {
    child: Child,
    last_seen: Option<LocalDate>,
}

impl Writing<'_> {
    /// Changes the views an event touches. Replaying the journal through this makes every view again.
    pub(super) fn apply(&mut self, event: &Event) -> Result<(), StoreError> {
        match (&event.body, event.header.citizen) {
            (Body::ChildRegistered(registered), Some(id)) => {
                let child = Child { id, posyandu: event.header.posyandu, registered: registered.clone() };
                self.put_child(ChildRow { child, last_seen: None })
            }
            (Body::Weighed(_) | Body::LengthTaken(_), Some(citizen)) => self.apply_to_visit(event, citizen),
            (_, None) => Ok(()),
        }
    }

    fn apply_to_visit(&mut self, event: &Event, citizen: CitizenId) -> Result<(), StoreError> {
        let lone = Visit { id: VisitId(event.header.id.0), ticket: 0, bpjs: None };
        let visit = event.header.visit.unwrap_or(lone);
        let key = visit_key(citizen, visit.id);
        let known = match self.visits.get(&key)? {
            Some(stored) => Some(decode(&self.shelf.seal, "visits", &key, stored.value())?),
            None => None,
        };
        let mut record = known.unwrap_or_else(|| VisitRecord::begun(visit, &event.header));
        record.take(event);
        let sealed = encode(&self.shelf.seal, "visits", &key, &record)?;
        self.visits.insert(&key, sealed.as_slice())?;
        self.see(citizen, event.header.observed_on)
    }

    /// Remembers the last day a child came.
    fn see(&mut self, citizen: CitizenId, day: LocalDate) -> Result<(), StoreError> {
        let key = citizen.bytes();
        let row: Option<ChildRow> = match self.children.get(key)? {
            Some(stored) => Some(decode(&self.shelf.seal, "children", key, stored.value())?),
            None => None,
        };
        match row {
            Some(row) if row.last_seen < Some(day) => {
                self.put_child(ChildRow { last_seen: Some(day), ..row })
            }
            _ => Ok(()),
        }
    }

    fn put_child(&mut self, row: ChildRow) -> Result<(), StoreError> {
        let key = row.child.id.bytes();
        let sealed = encode(&self.shelf.seal, "children", key, &row)?;
        self.children.insert(key, sealed.as_slice())?;
        let roster = self.shelf.roster.clone();
        self.after_commit(move || roster.put(&row.child, row.last_seen));
        Ok(())
    }

    pub(super) fn put_small(&mut self, table: Small, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let key = small_key(table, key);
        let sealed = self.shelf.seal.close("small", &key, value);
        self.small.insert(key.as_slice(), sealed.as_slice())?;
        Ok(())
    }

    pub(super) fn remove_small(&mut self, table: Small, key: &[u8]) -> Result<(), StoreError> {
        self.small.remove(small_key(table, key).as_slice())?;
        Ok(())
    }
}

pub(super) fn child(
    reading: &ReadTransaction,
    seal: &Seal,
    id: CitizenId,
) -> Result<Option<Child>, StoreError> {
    let stored = reading.open_table(CHILDREN)?.get(id.bytes())?;
    let row: Option<ChildRow> =
        stored.map(|stored| decode(seal, "children", id.bytes(), stored.value())).transpose()?;
    Ok(row.map(|row| row.child))
}

pub(super) fn each_child(
    reading: &ReadTransaction,
    seal: &Seal,
    mut see: impl FnMut(Child, Option<LocalDate>),
) -> Result<(), StoreError> {
    for row in reading.open_table(CHILDREN)?.iter()? {
        let (key, stored) = row?;
        let row: ChildRow = decode(seal, "children", key.value(), stored.value())?;
        see(row.child, row.last_seen);
    }
    Ok(())
}

pub(super) fn visits_of(
    reading: &ReadTransaction,
    seal: &Seal,
    citizen: CitizenId,
) -> Result<Vec<VisitRecord>, StoreError> {
    let (mut first, mut last) = ([0; 32], [0xff; 32]);
    first[..16].copy_from_slice(citizen.bytes());
    last[..16].copy_from_slice(citizen.bytes());
    let mut records: Vec<VisitRecord> = Vec::new();
    for row in reading.open_table(VISITS)?.range::<&[u8; 32]>(&first..=&last)? {
        let (key, stored) = row?;
        records.push(decode(seal, "visits", key.value(), stored.value())?);
    }
    records.sort_by_key(|record| (record.observed_on, record.ticket, record.visit));
    Ok(records)
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
    let number = match table {
        Small::Sessions => 1,
        Small::Attempts => 2,
    };
    [&[number], key].concat()
}
