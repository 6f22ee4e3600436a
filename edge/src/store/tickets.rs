//! Today's queue: who waits, and what is half done.

use protocol::{CitizenId, EventId, LocalDate, PosyanduId, VisitId};
use redb::{ReadTransaction, ReadableTable, TableDefinition};
use uuid::Uuid;

use super::StoreError;
use super::model::Ticket;
use super::seal::Seal;
use super::views::{decode, encode};
use super::writer::Writing;
use crate::clock::Now;
use crate::day::Progress;
use crate::visits::draft::TicketDraft;

/// Posyandu ‖ day ‖ number → sealed [`Ticket`].
pub(super) const TICKETS: TableDefinition<&[u8; 22], &[u8]> = TableDefinition::new("tickets");
/// Visit → key in [`TICKETS`].
pub(super) const TICKET_OF_VISIT: TableDefinition<&[u8; 16], &[u8; 22]> =
    TableDefinition::new("ticket_of_visit");

impl Writing<'_> {
    pub(super) fn keep_ticket(&mut self, ticket: &Ticket) -> Result<(), StoreError> {
        let key = key(ticket.posyandu, ticket.day, ticket.number);
        let sealed = encode(&self.shelf.seal, "tickets", &key, ticket)?;
        self.tickets.insert(&key, sealed.as_slice())?;
        self.ticket_of_visit.insert(ticket.visit.bytes(), &key)?;
        Ok(())
    }

    pub(super) fn change_ticket(
        &mut self,
        visit: VisitId,
        change: impl FnOnce(&mut Ticket),
    ) -> Result<Option<Ticket>, StoreError> {
        let Some(key) = self.ticket_of_visit.get(visit.bytes())?.map(|key| *key.value()) else {
            return Ok(None);
        };
        let stored = self.tickets.get(&key)?.ok_or(StoreError::Damaged)?.value().to_vec();
        let mut ticket: Ticket = decode(&self.shelf.seal, "tickets", &key, &stored)?;
        change(&mut ticket);
        self.keep_ticket(&ticket)?;
        Ok(Some(ticket))
    }

    pub(super) fn next_ticket(
        &mut self,
        posyandu: PosyanduId,
        now: &Now,
        citizen: CitizenId,
    ) -> Result<Ticket, StoreError> {
        let (day, boot) = (now.today.into(), now.stamp.boot);
        let mut last = 0;
        for row in self.tickets.range::<&[u8; 22]>(&key(posyandu, day, 0)..=&key(posyandu, day, u16::MAX))? {
            let (key, stored) = row?;
            let ticket: Ticket = decode(&self.shelf.seal, "tickets", key.value(), stored.value())?;
            // All days of an unset clock look alike; only this power-up's are surely of today.
            let of_today = now.believable || ticket.boot == boot;
            if ticket.citizen == citizen && !ticket.closed && of_today {
                return Ok(ticket);
            }
            last = ticket.number;
        }
        let ticket = opened(posyandu, day, boot, citizen, last.saturating_add(1));
        self.keep_ticket(&ticket)?;
        Ok(ticket)
    }

    /// Moves the tickets this power-up opened before it knew the date to the day that has turned out to be today.
    pub(super) fn redate_tickets(&mut self, boot: [u8; 16], day: LocalDate) -> Result<(), StoreError> {
        let mut moving: Vec<Ticket> = Vec::new();
        for row in self.tickets.iter()? {
            let (key, stored) = row?;
            let ticket: Ticket = decode(&self.shelf.seal, "tickets", key.value(), stored.value())?;
            if ticket.boot == boot && ticket.day != day {
                moving.push(ticket);
            }
        }
        for ticket in moving {
            self.tickets.remove(&key(ticket.posyandu, ticket.day, ticket.number))?;
            let number = self.last_number(ticket.posyandu, day)?.saturating_add(1);
            self.keep_ticket(&Ticket { day, number, ..ticket })?;
        }
        Ok(())
    }

    fn last_number(&self, posyandu: PosyanduId, day: LocalDate) -> Result<u16, StoreError> {
        let mut numbers =
            self.tickets.range::<&[u8; 22]>(&key(posyandu, day, 0)..=&key(posyandu, day, u16::MAX))?;
        let last = numbers.next_back().transpose()?;
        Ok(last.map_or(0, |(key, _)| u16::from_be_bytes([key.value()[20], key.value()[21]])))
    }
}

fn opened(posyandu: PosyanduId, day: LocalDate, boot: [u8; 16], citizen: CitizenId, number: u16) -> Ticket {
    Ticket {
        visit: VisitId(Uuid::now_v7()),
        number,
        posyandu,
        citizen,
        day,
        boot,
        weight_event: EventId(Uuid::now_v7()),
        length_event: EventId(Uuid::now_v7()),
        weighed: false,
        measured: false,
        closed: false,
        draft: TicketDraft::default(),
        board: Progress::default(),
    }
}

pub(super) fn of_visit(
    reading: &ReadTransaction,
    seal: &Seal,
    visit: VisitId,
) -> Result<Option<Ticket>, StoreError> {
    let Some(key) = reading.open_table(TICKET_OF_VISIT)?.get(visit.bytes())?.map(|key| *key.value()) else {
        return Ok(None);
    };
    let stored = reading.open_table(TICKETS)?.get(&key)?;
    stored.map(|stored| decode(seal, "tickets", &key, stored.value())).transpose()
}

pub(super) fn on(
    reading: &ReadTransaction,
    seal: &Seal,
    posyandu: PosyanduId,
    day: LocalDate,
) -> Result<Vec<Ticket>, StoreError> {
    let table = reading.open_table(TICKETS)?;
    let rows = table.range::<&[u8; 22]>(&key(posyandu, day, 0)..=&key(posyandu, day, u16::MAX))?;
    rows.map(|row| {
        let (key, stored) = row?;
        decode(seal, "tickets", key.value(), stored.value())
    })
    .collect()
}

/// Sorts by day and number within a posyandu; the day's sign bit is turned so that days before 1970 come first.
fn key(posyandu: PosyanduId, day: LocalDate, number: u16) -> [u8; 22] {
    let mut key = [0; 22];
    key[..16].copy_from_slice(posyandu.bytes());
    key[16..20].copy_from_slice(&(day.0 as u32 ^ 0x8000_0000).to_be_bytes());
    key[20..].copy_from_slice(&number.to_be_bytes());
    key
}
