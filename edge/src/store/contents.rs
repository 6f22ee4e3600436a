//! Everything the store holds, opened row by row: what tests compare.

use redb::{Database, ReadTransaction, ReadableDatabase, TableDefinition};
use sha2::{Digest, Sha256};

use super::audit::AUDIT;
use super::checks::CHECKS;
use super::dates::{BOOTS, DAYS, UNDATED};
use super::facts::{FACTS, MOTHERS};
use super::feed::{FEED_LOG, FEED_MARKS};
use super::index::PEOPLE_BY_INDEX;
use super::journal::{EVENTS, JOURNAL, MARKS, QUARANTINED};
use super::meetings::MEETINGS;
use super::seal::Seal;
use super::sums::DAY_SUMS;
use super::tickets::{TICKET_OF_VISIT, TICKETS};
use super::told::TOLD;
use super::views::{CHILDREN, SMALL, VISITS};
use super::{Shelf, StoreError};

/// One row: its table, its key, and what is in it, in the clear.
pub(super) type Row = (&'static str, Vec<u8>, Vec<u8>);

/// Tables made from the log and from nothing else.
#[cfg(test)]
pub(super) const VIEWS: [&str; 12] = [
    "boots",
    "checks",
    "children",
    "day_sums",
    "days",
    "facts",
    "meetings",
    "mothers",
    "people_by_index",
    "told",
    "undated",
    "visits",
];

/// Tables that hold what cannot be made again.
#[cfg(test)]
pub(super) const KEPT: [&str; 10] = [
    "audit",
    "events",
    "feed_log",
    "feed_marks",
    "journal",
    "marks",
    "quarantined",
    "small",
    "ticket_of_visit",
    "tickets",
];

/// Every row of every table. A table that is added to the store is added here.
pub(super) fn rows(database: &Database, seal: &Seal) -> Result<Vec<Row>, StoreError> {
    let reading = database.begin_read()?;
    let mut rows = Vec::new();
    let number = |key: u64| key.to_be_bytes().to_vec();
    let sealed = |table, key: &[u8], stored: &[u8]| seal.open(table, key, stored);
    each(&reading, JOURNAL, &mut rows, |key, value| {
        let key = number(key);
        Ok(("journal", key.clone(), sealed("journal", &key, value)?))
    })?;
    each(&reading, QUARANTINED, &mut rows, |key, value| {
        let key = number(key);
        Ok(("quarantined", key.clone(), sealed("quarantined", &key, value)?))
    })?;
    each(&reading, DAY_SUMS, &mut rows, |key, (count, hash)| {
        Ok(("day_sums", key.to_be_bytes().to_vec(), [number(count), number(hash)].concat()))
    })?;
    each(&reading, CHECKS, &mut rows, |key, ()| Ok(("checks", number(key), Vec::new())))?;
    each(&reading, PEOPLE_BY_INDEX, &mut rows, |key, ()| Ok(("people_by_index", key.to_vec(), Vec::new())))?;
    each(&reading, AUDIT, &mut rows, |key, value| {
        let key = number(key);
        Ok(("audit", key.clone(), sealed("audit", &key, value)?))
    })?;
    each(&reading, EVENTS, &mut rows, |key, value| Ok(("events", key.to_vec(), number(value))))?;
    each(&reading, MARKS, &mut rows, |key, value| Ok(("marks", key.into(), value.to_vec())))?;
    each(&reading, CHILDREN, &mut rows, |key, value| {
        Ok(("children", key.to_vec(), sealed("children", key, value)?))
    })?;
    each(&reading, VISITS, &mut rows, |key, value| {
        Ok(("visits", key.to_vec(), sealed("visits", key, value)?))
    })?;
    each(&reading, FACTS, &mut rows, |key, value| Ok(("facts", key.to_vec(), sealed("facts", key, value)?)))?;
    each(&reading, MOTHERS, &mut rows, |key, ()| Ok(("mothers", key.to_vec(), Vec::new())))?;
    each(&reading, MEETINGS, &mut rows, |key, value| {
        Ok(("meetings", key.to_vec(), sealed("meetings", key, value)?))
    })?;
    each(&reading, TICKETS, &mut rows, |key, value| {
        Ok(("tickets", key.to_vec(), sealed("tickets", key, value)?))
    })?;
    each(&reading, TICKET_OF_VISIT, &mut rows, |key, value| {
        Ok(("ticket_of_visit", key.to_vec(), value.to_vec()))
    })?;
    each(&reading, BOOTS, &mut rows, |key, value| Ok(("boots", key.to_vec(), sealed("boots", key, value)?)))?;
    each(&reading, UNDATED, &mut rows, |key, ()| Ok(("undated", key.to_vec(), Vec::new())))?;
    each(&reading, DAYS, &mut rows, |key, value| Ok(("days", key.to_vec(), value.to_vec())))?;
    each(&reading, FEED_LOG, &mut rows, |key, value| {
        Ok(("feed_log", key.to_vec(), sealed("feed_log", key, value)?))
    })?;
    each(&reading, FEED_MARKS, &mut rows, |key, value| {
        Ok(("feed_marks", key.to_vec(), sealed("feed_marks", key, value)?))
    })?;
    each(&reading, TOLD, &mut rows, |key, value| Ok(("told", key.to_vec(), sealed("told", key, value)?)))?;
    each(&reading, SMALL, &mut rows, |key, value| Ok(("small", key.to_vec(), sealed("small", key, value)?)))?;
    Ok(rows)
}

/// The SHA-256 over every row of an open store.
pub(super) fn digest(shelf: &Shelf) -> Result<[u8; 32], StoreError> {
    let database = shelf.database()?;
    let mut hash = Sha256::new();
    for (table, key, value) in super::opening::guarded(|| rows(&database, &shelf.seal))? {
        for part in [table.as_bytes(), &key, &value] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    Ok(hash.finalize().into())
}

fn each<K: redb::Key + 'static, V: redb::Value + 'static>(
    reading: &ReadTransaction,
    table: TableDefinition<K, V>,
    rows: &mut Vec<Row>,
    mut open: impl for<'a> FnMut(K::SelfType<'a>, V::SelfType<'a>) -> Result<Row, StoreError>,
) -> Result<(), StoreError> {
    for row in redb::ReadableTable::iter(&reading.open_table(table)?)? {
        let (key, value) = row?;
        rows.push(open(key.value(), value.value())?);
    }
    Ok(())
}
