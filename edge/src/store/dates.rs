//! On which day something happened, also where the clock was only set later.
//!
//! # Why
//! A Pi that was just switched on does not know the day. What is recorded then carries the time since that power-up, and
//! one later event says when the power-up was. Days are therefore worked out when they are read, never written over.

use protocol::event::{Entry, Header};
use protocol::time::{ClockFound, ClockSource};
use protocol::{CitizenId, Event, LocalDate, PosyanduId, Stamp};
use redb::{ReadableTable, Table, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::StoreError;
use super::order::Order;
use super::seal::Seal;
use super::views::{decode, encode};
use super::writer::Writing;

/// One power-up of a node.
pub(super) type Boot = [u8; 16];

/// Power-up → sealed [`Found`].
pub(super) const BOOTS: TableDefinition<&Boot, &[u8]> = TableDefinition::new("boots");
/// Power-up ‖ citizen who came in it while its date was not known.
pub(super) const UNDATED: TableDefinition<&[u8; 32], ()> = TableDefinition::new("undated");
/// Day as written ‖ sequence in this journal → posyandu. Under the day before all days stand those, once more, whose day
/// came from a clock nobody had set.
pub(super) const DAYS: TableDefinition<&[u8; 12], &[u8; 16]> = TableDefinition::new("days");

/// The key of the day before all days.
const NO_DAY: LocalDate = LocalDate(i32::MIN);

/// The tables of this module in an open transaction.
pub(super) struct DateTables<'t> {
    pub(super) boots: Table<'t, &'static Boot, &'static [u8]>,
    pub(super) undated: Table<'t, &'static [u8; 32], ()>,
    pub(super) days: Table<'t, &'static [u8; 12], &'static [u8; 16]>,
}

impl<'t> DateTables<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            boots: transaction.open_table(BOOTS)?,
            undated: transaction.open_table(UNDATED)?,
            days: transaction.open_table(DAYS)?,
        })
    }
}

/// What is known of a power-up, and from which event.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Found {
    clock: ClockFound,
    order: Order,
}

impl Found {
    /// Of two words the better source counts, then the later event.
    fn rank(&self) -> (ClockSource, Order) {
        (self.clock.source, self.order)
    }
}

impl Writing<'_> {
    /// Learns when a power-up was; everyone who came in it is seen on the right day from now on.
    pub(super) fn find_clock(&mut self, event: &Event, clock: &ClockFound) -> Result<(), StoreError> {
        let new = Found { clock: *clock, order: Order::of(&event.header) };
        let known = read_found(&self.dates.boots, &self.shelf.seal, &clock.boot)?;
        if known.is_some_and(|known| known.rank() >= new.rank()) {
            return Ok(());
        }
        let sealed = encode(&self.shelf.seal, "boots", &clock.boot, &new)?;
        self.dates.boots.insert(&clock.boot, sealed.as_slice())?;
        self.checks_change();
        let (first, last) = (undated_key(clock.boot, Uuid::nil()), undated_key(clock.boot, Uuid::max()));
        let rows = self.dates.undated.range::<&[u8; 32]>(&first..=&last)?;
        let mut people = Vec::new();
        for row in rows {
            let (key, _) = row?;
            let mut id = [0; 16];
            id.copy_from_slice(&key.value()[16..]);
            people.push(CitizenId(Uuid::from_bytes(id)));
        }
        people.into_iter().try_for_each(|citizen| self.show_child(citizen))
    }

    /// Remembers who came while the date was not known.
    pub(super) fn note_undated(&mut self, boot: Boot, citizen: CitizenId) -> Result<(), StoreError> {
        self.dates.undated.insert(&undated_key(boot, citizen.0), ())?;
        Ok(())
    }

    /// Notes the day of an event of this node's own journal.
    pub(super) fn note_day(&mut self, event: &Event) -> Result<(), StoreError> {
        let Header { sequence, posyandu, observed_on, .. } = event.header;
        self.dates.days.insert(&day_key(observed_on, sequence), posyandu.bytes())?;
        if is_undated(&event.header) {
            self.dates.days.insert(&day_key(NO_DAY, sequence), posyandu.bytes())?;
        }
        Ok(())
    }
}

/// The clocks of these power-ups, as far as they are known.
pub(super) fn found(
    boots: &impl ReadableTable<&'static Boot, &'static [u8]>,
    seal: &Seal,
    wanted: impl Iterator<Item = Boot>,
) -> Result<Vec<ClockFound>, StoreError> {
    let mut found = Vec::new();
    for boot in wanted {
        found.extend(read_found(boots, seal, &boot)?.map(|found| found.clock));
    }
    Ok(found)
}

/// The sequences of a posyandu's events in this journal: those with this day as written, and those whose day came from a
/// clock nobody had set, whatever it said.
pub(super) fn sequences(
    days: &impl ReadableTable<&'static [u8; 12], &'static [u8; 16]>,
    posyandu: PosyanduId,
    day: LocalDate,
) -> Result<(Vec<u64>, Vec<u64>), StoreError> {
    let of = |day| -> Result<Vec<u64>, StoreError> {
        let mut list = Vec::new();
        for row in days.range::<&[u8; 12]>(&day_key(day, 0)..=&day_key(day, u64::MAX))? {
            let (key, stored) = row?;
            if stored.value() == posyandu.bytes() {
                let (_, sequence) = key.value().split_at(4);
                list.push(sequence.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)));
            }
        }
        Ok(list)
    };
    Ok((of(day)?, of(NO_DAY)?))
}

/// Whether its day came from a clock nobody had set. A day that somebody named, out of a book, did not.
pub(super) fn is_undated(header: &Header) -> bool {
    let named = matches!(header.entry, Entry::FromBook | Entry::Late);
    header.recorded_at.source == ClockSource::Unset && !named
}

/// The day an event happened on, as far as that is known.
pub(super) fn day_of(header: &Header, found: &[ClockFound]) -> Option<LocalDate> {
    let Stamp { boot, monotonic_ns, .. } = header.recorded_at;
    if is_undated(header) { day_at(found, boot, monotonic_ns) } else { Some(header.observed_on) }
}

/// The day of a moment of one power-up, if that power-up is among those found.
pub(super) fn day_at(found: &[ClockFound], boot: Boot, monotonic_ns: u64) -> Option<LocalDate> {
    let clock = found.iter().find(|clock| clock.boot == boot)?;
    let stamp =
        Stamp { wall_ms: 0, offset_min: clock.offset_min, source: ClockSource::Unset, boot, monotonic_ns };
    clock.date_of(&stamp)
}

fn read_found(
    boots: &impl ReadableTable<&'static Boot, &'static [u8]>,
    seal: &Seal,
    boot: &Boot,
) -> Result<Option<Found>, StoreError> {
    boots.get(boot)?.map(|stored| decode(seal, "boots", boot, stored.value())).transpose()
}

fn undated_key(boot: Boot, citizen: Uuid) -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(&boot);
    key[16..].copy_from_slice(citizen.as_bytes());
    key
}

/// Sorts by day, also before 1970, and then by sequence.
fn day_key(day: LocalDate, sequence: u64) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&(day.0 as u32 ^ 0x8000_0000).to_be_bytes());
    key[4..].copy_from_slice(&sequence.to_be_bytes());
    key
}
