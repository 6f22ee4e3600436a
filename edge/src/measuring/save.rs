//! From what was typed to events in the journal: each figure one event, all of a page in one durable transaction.

use protocol::event::{Body, Entry, Instrument, Place, Replaces, Visit};
use protocol::measured::{Measured, What};
use protocol::{EventId, Month, VisitId};
use uuid::Uuid;

use super::field::{Said, odd};
use super::visitor::Visitor;
use crate::app::Edge;
use crate::staff::Staff;
use crate::store::{Fact, NewEvent, StoreError, Ticket};

/// Where a page's own numbers begin behind those of quantities.
const OWN: u8 = 32;

/// What one page saves.
pub(crate) struct Sheet<'a> {
    visitor: &'a Visitor,
    staff: &'a Staff,
    ticket: Option<&'a Ticket>,
    sheet: Uuid,
    events: Vec<NewEvent>,
}

/// Today's visit of a person: her last ticket, or a new one.
pub(crate) async fn today(edge: &Edge, staff: &Staff, visitor: &Visitor) -> Result<Ticket, StoreError> {
    match last_ticket(edge, staff, visitor)? {
        Some(ticket) => Ok(ticket),
        None => edge.store.next_ticket(staff.posyandu.id, edge.clock.now(), visitor.person.id).await,
    }
}

/// Today's visit of a person, while it is open.
pub(crate) fn today_open(
    edge: &Edge,
    staff: &Staff,
    visitor: &Visitor,
) -> Result<Option<VisitId>, StoreError> {
    let ticket = last_ticket(edge, staff, visitor)?.filter(|ticket| !ticket.closed);
    Ok(ticket.map(|ticket| ticket.visit))
}

fn last_ticket(edge: &Edge, staff: &Staff, visitor: &Visitor) -> Result<Option<Ticket>, StoreError> {
    let (now, id) = (&visitor.now, visitor.person.id);
    let mut tickets = edge.store.tickets_on(staff.posyandu.id, now.today.into())?;
    // all days of an unset clock look alike; only this power-up's are surely of today
    tickets.retain(|ticket| ticket.citizen == id && (now.believable || ticket.boot == now.stamp.boot));
    Ok(tickets.pop())
}

/// Keeps everything on a sheet, or nothing.
pub(crate) async fn keep(edge: &Edge, sheet: Sheet<'_>) -> Result<(), StoreError> {
    if !sheet.events.is_empty() {
        edge.store.record(sheet.events).await?;
    }
    Ok(())
}

impl<'a> Sheet<'a> {
    /// An empty one of today's visit. `sheet` is the page's number.
    pub(crate) const fn new(visitor: &'a Visitor, staff: &'a Staff, ticket: &'a Ticket, sheet: Uuid) -> Self {
        Self { visitor, staff, ticket: Some(ticket), sheet, events: Vec::new() }
    }

    /// An empty one outside any visit: nobody has come because something was written down.
    pub(crate) const fn outside(visitor: &'a Visitor, staff: &'a Staff, sheet: Uuid) -> Self {
        Self { visitor, staff, ticket: None, sheet, events: Vec::new() }
    }

    /// Puts a figure on it. One measured before in this visit is replaced, and stays visible.
    pub(crate) fn measure(&mut self, said: Said) {
        let what = said.measure.what();
        let before = self.before(what);
        let id = self.id(what as u8);
        if self.is_kept(id, |body| matches!(body, Body::Measured(kept) if kept.measure == said.measure)) {
            return;
        }
        let repeat = before.map_or(0, |fact| match fact.body() {
            Body::Measured(measured) => measured.repeat,
            _ => 0,
        });
        let mass_before = self.ticket.and_then(|ticket| self.visitor.before(ticket.visit, What::Mass));
        let insisted = odd(&said.measure, mass_before).iter().map(|odd| odd.code()).collect();
        let replaces = before
            .filter(|fact| fact.id() != id)
            .map(|fact| Replaces { event: fact.id(), reason: "diukur ulang".into() });
        let body = Body::Measured(Measured {
            measure: said.measure,
            repeat: repeat.saturating_add(1),
            window: None,
            insisted,
        });
        let entry = if said.instrument.is_some() { Entry::Instrument } else { Entry::Typed };
        let event = self.event(self.fresh(id), body);
        self.events.push(NewEvent { entry, instrument: said.instrument, replaces, ..event });
    }

    /// Puts something else on it, under the page's own number `nth`; `replaces` is what it stands for from now on.
    pub(crate) fn put(&mut self, nth: u8, body: Body, replaces: Option<Replaces>) {
        let id = self.id(OWN + nth);
        if self.is_kept(id, |kept| *kept == body) {
            return;
        }
        let replaces = replaces.filter(|replaces| replaces.event != id);
        let event = self.event(self.fresh(id), body);
        self.events.push(NewEvent { replaces, ..event });
    }

    /// As [`Sheet::put`], for what belongs to the visit it replaces: its day, its month and its visit.
    pub(crate) fn complete(&mut self, nth: u8, body: Body, draft: &Fact, reason: &str) {
        let header = &draft.event.header;
        let id = self.id(OWN + nth);
        if self.is_kept(id, |kept| *kept == body) {
            return;
        }
        let replaces = Replaces { event: draft.id(), reason: reason.into() };
        let event = self.event(self.fresh(id), body);
        let is_of_today = header.observed_on == event.observed_on;
        self.events.push(NewEvent {
            visit: header.visit,
            observed_on: draft.on.unwrap_or(header.observed_on),
            report_month: draft.month,
            entry: if is_of_today { Entry::Typed } else { Entry::Late },
            replaces: Some(replaces),
            ..event
        });
    }

    /// What was measured of a quantity in this visit before.
    fn before(&self, what: What) -> Option<&'a Fact> {
        let of_visit = |fact: &&Fact| self.is_of_visit(fact);
        let is_it =
            |fact: &&Fact| matches!(fact.body(), Body::Measured(measured) if measured.measure.what() == what);
        self.visitor.facts().filter(of_visit).rfind(is_it)
    }

    fn is_of_visit(&self, fact: &Fact) -> bool {
        let visit = fact.event.header.visit.map(|visit| visit.id);
        visit.is_some() && visit == self.ticket.map(|ticket| ticket.visit)
    }

    fn id(&self, nth: u8) -> EventId {
        let mut bytes = *self.sheet.as_bytes();
        bytes[15] = nth;
        EventId(Uuid::from_bytes(bytes))
    }

    fn is_kept(&self, id: EventId, is_same: impl Fn(&Body) -> bool) -> bool {
        self.visitor.all.iter().any(|fact| fact.id() == id && is_same(fact.body()))
    }

    /// An old page that says something new says it under a new id.
    fn fresh(&self, id: EventId) -> EventId {
        let is_taken = self.visitor.all.iter().any(|fact| fact.id() == id);
        if is_taken { EventId(Uuid::now_v7()) } else { id }
    }

    fn event(&self, id: EventId, body: Body) -> NewEvent {
        let now = &self.visitor.now;
        let bpjs = self.visitor.person.registered.bpjs;
        NewEvent {
            id,
            author: self.staff.author(),
            posyandu: self.staff.posyandu.id,
            citizen: Some(self.visitor.person.id),
            visit: self.ticket.map(|ticket| Visit { id: ticket.visit, ticket: ticket.number, bpjs }),
            observed_on: now.today.into(),
            recorded_at: now.stamp,
            report_month: self.report_month(),
            place: Place::Posyandu,
            entry: Entry::Typed,
            instrument: None::<Instrument>,
            replaces: None,
            body,
        }
    }

    /// A visit keeps the month of its first record.
    fn report_month(&self) -> Month {
        let of_visit = |fact: &&Fact| self.is_of_visit(fact);
        let first = self.visitor.all.iter().find(of_visit).filter(|fact| fact.on.is_some());
        first.map_or(self.visitor.month, |fact| fact.month)
    }
}
