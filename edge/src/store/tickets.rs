//! Today's queue: who waits, and what is half done.

use protocol::{CitizenId, EventId, LocalDate, PosyanduId, VisitId};
use redb::{ReadTransaction, ReadableTable, TableDefinition};
use uuid::Uuid;

use super::StoreError;
use super::model::Ticket;
use super::seal::Seal;
use super::views::{decode, encode};
use super::writer::Writing;
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
        day: LocalDate,
        citizen: CitizenId,
    ) -> Result<Ticket, StoreError> {
        let mut last = 0;
        for row in self.tickets.range::<&[u8; 22]>(&key(posyandu, day, 0)..=&key(posyandu, day, u16::MAX))? {
            let (key, stored) = row?;
            let ticket: Ticket = decode(&self.shelf.seal, "tickets", key.value(), stored.value())?;
            if ticket.citizen == citizen && !ticket.closed {
                return Ok(ticket);
            }
            last = ticket.number;
        }
        let ticket = opened(posyandu, day, citizen, last.saturating_add(1));
        self.keep_ticket(&ticket)?;
        Ok(ticket)
    }
}

fn opened(posyandu: PosyanduId, day: LocalDate, citizen: CitizenId, number: u16) -> Ticket {
    Ticket {
        visit: VisitId(Uuid::now_v7()),
        number,
        posyandu,
        citizen,
        day,
        weight_event: EventId(Uuid::now_v7()),
        length_event: EventId(Uuid::now_v7()),
        weighed: false,
        measured: false,
        closed: false,
        draft: TicketDraft::default(),
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
