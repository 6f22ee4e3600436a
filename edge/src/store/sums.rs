//! Sums over the journal by day, so that node and hub compare a few bytes instead of everything they hold.

use std::collections::BTreeMap;

use protocol::ask::Heard;
use protocol::sum::{DaySum, Numbered, Sum, fingerprint};
use protocol::{Frame, FrameError, LocalDate};
use redb::{ReadTransaction, ReadableTable, TableDefinition};

use super::heard::heard;
use super::journal::{JOURNAL, MARKS, entry};
use super::seal::Seal;
use super::writer::Writing;
use super::{Shelf, Store, StoreError};

/// Day → count and hash of its events, as [`Sum`] has them. Counts of a day speak of nobody, so they are not sealed.
pub(super) const DAY_SUMS: TableDefinition<i32, (u64, u64)> = TableDefinition::new("day_sums");

/// How the journal stands, seen at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Stand {
    /// Its last sequence.
    pub head: u64,
    /// The last word of the hub that was taken.
    pub heard: Option<Heard>,
    /// The sum of the events up to that word's watermark.
    pub sum: Sum,
}

type Days = BTreeMap<LocalDate, Sum>;

impl Writing<'_> {
    /// Counts an event of this journal in.
    pub(super) fn count_in(&mut self, day: LocalDate, frame: &Frame) -> Result<(), StoreError> {
        let mut sum = self.day_sums.get(day.0)?.map(|stored| sum_of(stored.value())).unwrap_or_default();
        sum.add(frame);
        self.day_sums.insert(day.0, (sum.count, sum.hash))?;
        Ok(())
    }
}

impl Store {
    /// How the journal stands.
    pub fn stand(&self) -> Result<Stand, StoreError> {
        let shelf = &self.0.shelf;
        self.read(|reading| {
            let head = head(reading)?;
            let heard = heard(&reading.open_table(MARKS)?)?;
            let through = heard.map_or(0, |heard| heard.watermark);
            let days = if through == 0 { Days::new() } else { days(reading, shelf, head, through)? };
            Ok(Stand { head, heard, sum: days.values().copied().fold(Sum::default(), Sum::plus) })
        })
    }

    /// The sums of every day, of events up to `through`.
    pub fn day_sums(&self, through: u64) -> Result<Vec<DaySum>, StoreError> {
        let shelf = &self.0.shelf;
        let days = self.read(|reading| days(reading, shelf, head(reading)?, through))?;
        Ok(days.into_iter().map(|(day, sum)| DaySum { day, sum }).collect())
    }

    /// The events of one day, up to `through`, in order. Reads the whole journal: asked only where a day differs.
    pub fn numbers_of(&self, day: LocalDate, through: u64) -> Result<Vec<Numbered>, StoreError> {
        let shelf = &self.0.shelf;
        self.read(|reading| {
            let mut numbers = Vec::new();
            each_in(reading, &shelf.seal, 1, through, |sequence, of, frame| {
                if of == day {
                    numbers.push(Numbered { sequence, fingerprint: fingerprint(frame.bytes()) });
                }
            })?;
            Ok(numbers)
        })
    }
}

/// Every day's sum up to `through`: what is kept, without what lies above. Days without events are left out.
fn days(reading: &ReadTransaction, shelf: &Shelf, head: u64, through: u64) -> Result<Days, StoreError> {
    let mut days = Days::new();
    for row in reading.open_table(DAY_SUMS)?.iter()? {
        let (day, stored) = row?;
        days.insert(LocalDate(day.value()), sum_of(stored.value()));
    }
    // a card written by a program that did not count yet
    if days.values().map(|sum| sum.count).sum::<u64>() != head {
        return counted(reading, &shelf.seal, 1, through);
    }
    for (day, above) in counted(reading, &shelf.seal, through.saturating_add(1), head)? {
        let left = days.entry(day).or_default();
        *left = left.minus(above);
    }
    days.retain(|_, sum| sum.count > 0);
    Ok(days)
}

fn counted(reading: &ReadTransaction, seal: &Seal, first: u64, last: u64) -> Result<Days, StoreError> {
    let mut days = Days::new();
    each_in(reading, seal, first, last, |_, day, frame| days.entry(day).or_default().add(frame))?;
    Ok(days)
}

fn each_in(
    reading: &ReadTransaction,
    seal: &Seal,
    first: u64,
    last: u64,
    mut see: impl FnMut(u64, LocalDate, &Frame),
) -> Result<(), StoreError> {
    if first > last {
        return Ok(());
    }
    for row in reading.open_table(JOURNAL)?.range(first..=last)? {
        let (sequence, stored) = row?;
        let (_, frame) = entry(seal, sequence.value(), stored.value())?;
        see(sequence.value(), day_of(&frame)?, &frame);
    }
    Ok(())
}

/// The day an event was observed on; its header tells, whether or not the kind is known.
fn day_of(frame: &Frame) -> Result<LocalDate, StoreError> {
    match frame.decode() {
        Ok(event) => Ok(event.header.observed_on),
        Err(FrameError::UnknownKind { header, .. }) => Ok(header.observed_on),
        Err(_) => Err(StoreError::Damaged),
    }
}

fn head(reading: &ReadTransaction) -> Result<u64, StoreError> {
    Ok(reading.open_table(JOURNAL)?.last()?.map_or(0, |(sequence, _)| sequence.value()))
}

fn sum_of((count, hash): (u64, u64)) -> Sum {
    Sum { count, hash }
}
