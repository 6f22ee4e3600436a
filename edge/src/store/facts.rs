//! Everything else that is known of a person: what was measured, asked, given and examined, kept as the events say it.
//!
//! # Why
//! These are a few dozen small things a person, read together on one page. So the view keeps the events themselves and
//! concludes nothing; each slice reads a person's facts and draws its own conclusions by its own rules.

use std::collections::{BTreeMap, BTreeSet};

use protocol::event::Replaces;
use protocol::measured::{Measure, Measured};
use protocol::service::Noted;
use protocol::{Body, CitizenId, Event, EventId, Frame, LocalDate, Month};
use redb::{ReadTransaction, ReadableTable, TableDefinition};

use super::dates::{BOOTS, Boot, day_of, found, is_undated};
use super::order::Order;
use super::seal::Seal;
use super::writer::Writing;
use super::{Store, StoreError, views};

/// Citizen ‖ event → sealed frame.
pub(super) const FACTS: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("facts");

/// Everybody of whom a pregnancy was ever written down, so that a list of the pregnant reads nobody else's facts.
pub(super) const MOTHERS: TableDefinition<&[u8; 16], ()> = TableDefinition::new("mothers");

/// One thing recorded of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The event as it was recorded.
    pub event: Event,
    /// The day it happened, as far as that is known.
    pub on: Option<LocalDate>,
    /// The month it is reported in; of the day that was found out, where nobody had set the clock.
    pub month: Month,
    /// The event that replaced it or took it back, and why.
    pub fallen: Option<Replaces>,
}

impl Fact {
    /// What was recorded.
    pub const fn body(&self) -> &Body {
        &self.event.body
    }

    /// The event's id.
    pub const fn id(&self) -> EventId {
        self.event.header.id
    }
}

/// Whether an event is kept as a fact. What children weigh and how long they are has rows of its own, and so do people.
pub(super) const fn is_fact(body: &Body) -> bool {
    match body {
        Body::Measured(_)
        | Body::Noted(_)
        | Body::Served(_)
        | Body::PregnancyBegan(_)
        | Body::PregnancyEnded(_)
        | Body::AncExamined(_)
        | Body::NifasExamined(_)
        | Body::Immunization(_)
        | Body::Voided(_) => true,
        Body::ChildRegistered(_)
        | Body::AdultRegistered(_)
        | Body::Weighed(_)
        | Body::LengthTaken(_)
        | Body::ClockFound(_)
        | Body::PersonEdited(_)
        | Body::PersonLeft(_)
        | Body::InstrumentChecked(_)
        | Body::SessionOpened(_)
        | Body::SessionClosed(_) => false,
    }
}

/// Whether a child's growth card is read from a fact.
const fn is_of_growth(body: &Body) -> bool {
    matches!(
        body,
        Body::Measured(Measured { measure: Measure::Arm(_) | Measure::Head(_), .. })
            | Body::Noted(Noted::Oedema(_))
    )
}

impl Writing<'_> {
    /// Keeps an event among a person's facts. One that came by two roads counts where it was written down first.
    pub(super) fn take_fact(&mut self, citizen: CitizenId, event: &Event) -> Result<(), StoreError> {
        if matches!(event.body, Body::PregnancyBegan(_)) {
            self.mothers.insert(citizen.bytes(), ())?;
        }
        let key = fact_key(citizen, event.header.id);
        if let Some(known) = self.facts.get(&key)? {
            let known = open(&self.shelf.seal, &key, known.value())?;
            if Order::of(&known.header) <= Order::of(&event.header) {
                return Ok(());
            }
        }
        let sealed = self.shelf.seal.close("facts", &key, Frame::encode(event).bytes());
        self.facts.insert(&key, sealed.as_slice())?;
        Ok(())
    }
}

impl Store {
    /// Everything recorded of a person besides a child's weighings and lengths, oldest first, also what was replaced or
    /// taken back since.
    pub fn all_facts_of(&self, citizen: CitizenId) -> Result<Vec<Fact>, StoreError> {
        self.read(|reading| of(reading, &self.0.shelf.seal, citizen))
    }

    /// The same without what was replaced or taken back, and with what a tape and a look at the feet said of a child where
    /// it was a guest: its growth card is read from all of them.
    pub fn facts_of(&self, citizen: CitizenId) -> Result<Vec<Fact>, StoreError> {
        let seal = &self.0.shelf.seal;
        self.read(|reading| {
            let mut facts = of(reading, seal, citizen)?;
            for (guest, _) in views::guests_of(reading, seal, citizen)? {
                facts.extend(of(reading, seal, guest)?.into_iter().filter(|fact| is_of_growth(fact.body())));
            }
            facts.retain(|fact| fact.fallen.is_none() && !matches!(fact.body(), Body::Voided(_)));
            Ok(facts)
        })
    }

    /// Everybody of whom a pregnancy was ever written down, at any posyandu of this node.
    pub fn mothers(&self) -> Result<Vec<CitizenId>, StoreError> {
        self.read(|reading| {
            let mut mothers = Vec::new();
            for row in reading.open_table(MOTHERS)?.iter()? {
                mothers.push(CitizenId(uuid::Uuid::from_bytes(*row?.0.value())));
            }
            Ok(mothers)
        })
    }
}

/// A person's facts, oldest first.
pub(super) fn of(
    reading: &ReadTransaction,
    seal: &Seal,
    citizen: CitizenId,
) -> Result<Vec<Fact>, StoreError> {
    let (first, last) = (fact_key(citizen, EventId(uuid::Uuid::nil())), last_key(citizen));
    read(reading, seal, &first, &last)
}

fn read(
    reading: &ReadTransaction,
    seal: &Seal,
    first: &[u8; 32],
    last: &[u8; 32],
) -> Result<Vec<Fact>, StoreError> {
    let mut events = Vec::new();
    for row in reading.open_table(FACTS)?.range::<&[u8; 32]>(first..=last)? {
        let (key, stored) = row?;
        events.push(open(seal, key.value(), stored.value())?);
    }
    events.sort_by_key(|event| Order::of(&event.header));
    let boots: BTreeSet<Boot> = events
        .iter()
        .filter(|event| is_undated(&event.header))
        .map(|event| event.header.recorded_at.boot)
        .collect();
    let clocks = found(&reading.open_table(BOOTS)?, seal, boots.into_iter())?;
    let mut fallen = fallen(&events);
    let fact = |event: Event| {
        let on = day_of(&event.header, &clocks);
        let found = on.filter(|_| is_undated(&event.header)).and_then(LocalDate::month);
        let month = found.unwrap_or(event.header.report_month);
        let fallen = fallen.remove(&(event.body.kind().0, event.header.id));
        Fact { event, on, month, fallen }
    };
    Ok(events.into_iter().map(fact).collect())
}

/// What replaces or takes back which event, by the event's kind and id: only an event of the same kind replaces one.
fn fallen(events: &[Event]) -> BTreeMap<(u16, EventId), Replaces> {
    let mut fallen = BTreeMap::new();
    for event in events {
        let Some(replaces) = &event.header.replaces else { continue };
        let kind = match &event.body {
            Body::Voided(voided) => voided.kind,
            body => body.kind().0,
        };
        if replaces.event != event.header.id {
            let by = Replaces { event: event.header.id, reason: replaces.reason.clone() };
            fallen.insert((kind, replaces.event), by);
        }
    }
    fallen
}

fn open(seal: &Seal, key: &[u8; 32], stored: &[u8]) -> Result<Event, StoreError> {
    let bytes = seal.open("facts", key, stored)?;
    let frame = Frame::from_bytes(&bytes).map_err(|_| StoreError::Damaged)?;
    frame.decode().map_err(|_| StoreError::Damaged)
}

fn fact_key(citizen: CitizenId, event: EventId) -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(citizen.bytes());
    key[16..].copy_from_slice(event.bytes());
    key
}

fn last_key(citizen: CitizenId) -> [u8; 32] {
    fact_key(citizen, EventId(uuid::Uuid::max()))
}
