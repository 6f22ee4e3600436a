//! The journal learns what time a power-up was that had recorded before it knew.
//!
//! # Why
//! An event is never changed. So the journal gets one event more, *at this moment of that power-up it was this time*, and
//! the views conclude from it. Only the power-up that is running can be dated: between two of them nothing counts the
//! time.

use protocol::event::Entry;
use protocol::time::{ClockFound, ClockSource};
use protocol::{Body, Event, FrameError, Header, LocalDate, Stamp};
use redb::ReadableTable;

use super::journal::entry;
use super::writer::Writing;
use super::{NewEvent, Store, StoreError};

/// What the journal holds of one power-up.
#[derive(Default)]
struct PowerUp {
    /// When events were recorded whose day came from the clock while it was unset.
    undated: Vec<Stamp>,
    /// What the journal was told of its time, best source first among equals the last.
    told: Option<ClockFound>,
}

impl Writing<'_> {
    /// Journals what time a power-up was, if anything it recorded gets another day by that.
    fn tell_clock(&mut self, event: NewEvent, tickets_to: Option<LocalDate>) -> Result<(), StoreError> {
        let Body::ClockFound(found) = event.body else { return Ok(()) };
        if let Some(day) = tickets_to {
            self.redate_tickets(found.boot, day)?;
        }
        if self.power_up(found.boot)?.gains_by(&found) {
            self.append(event)?;
        }
        Ok(())
    }

    /// The events of a power-up that is running are the last ones of the journal.
    fn power_up(&self, boot: [u8; 16]) -> Result<PowerUp, StoreError> {
        let mut power_up = PowerUp::default();
        for row in self.journal.iter()?.rev() {
            let (sequence, stored) = row?;
            let (_, frame) = entry(&self.shelf.seal, sequence.value(), stored.value())?;
            let (header, body) = match frame.decode() {
                Ok(Event { header, body }) => (header, Some(body)),
                Err(FrameError::UnknownKind { header, .. }) => (*header, None),
                Err(_) => return Err(StoreError::Damaged),
            };
            if header.recorded_at.boot != boot {
                break;
            }
            power_up.see(&header, body.as_ref());
        }
        Ok(power_up)
    }
}

impl PowerUp {
    fn see(&mut self, header: &Header, body: Option<&Body>) {
        if let Some(Body::ClockFound(found)) = body
            && self.told.is_none_or(|told| told.source < found.source)
        {
            self.told = Some(*found);
        }
        // a day somebody named, out of a book, does not come from the clock
        let named = matches!(header.entry, Entry::FromBook | Entry::Late);
        if header.recorded_at.source == ClockSource::Unset && !named {
            self.undated.push(header.recorded_at);
        }
    }

    /// A first word on the time, or a later one of a source as good that gives something recorded another day.
    fn gains_by(&self, found: &ClockFound) -> bool {
        let Some(told) = self.told else { return !self.undated.is_empty() };
        let differs = |stamp: &Stamp| told.date_of(stamp) != found.date_of(stamp);
        told.source <= found.source && self.undated.iter().any(differs)
    }
}

impl Store {
    /// Takes that the running power-up's time was found (`event` says so): if it recorded anything before it knew, the
    /// event is journalled; the tickets it opened move to `tickets_to`, if given. One durable transaction.
    pub async fn tell_clock(&self, event: NewEvent, tickets_to: Option<LocalDate>) -> Result<(), StoreError> {
        self.write(move |writing| writing.tell_clock(event, tickets_to)).await
    }
}
