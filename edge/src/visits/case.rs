//! One visit with everything a page needs to know about it: the ticket, the child, what was recorded before.

use chrono::NaiveDate;
use growth::Visit;
use protocol::event::{self, Body, Entry, Place};
use protocol::growth::Posture;
use protocol::{EventId, Month, PosyanduId, VisitId};

use super::draft::Locked;
use super::{growing, service_ids};
use crate::app::Edge;
use crate::clock::Now;
use crate::day;
use crate::roster::Listed;
use crate::roster::search::tail;
use crate::scales::Quantity;
use crate::staff::{Act, Staff};
use crate::store::{Child, Fact, NewEvent, StoreError, Ticket, VisitRecord};
use crate::web::{Trouble, words};

/// A visit of today, its child and the child's visits so far.
pub(crate) struct Case {
    pub(crate) ticket: Ticket,
    pub(crate) child: Child,
    /// Oldest first; this visit is among them once something of it is saved.
    pub(super) records: Vec<VisitRecord>,
    /// What else stands of the child, oldest first.
    pub(crate) facts: Vec<Fact>,
    /// Those born with it who have come today as well.
    pub(super) twins: Vec<Twin>,
    /// The moment the page was asked for; its date may not be believed.
    pub(crate) now: Now,
    /// The month in which what is recorded now is reported: that of the meeting held today.
    pub(super) month: Month,
}

/// A child born with another one, and its visit of the same day.
pub(super) struct Twin {
    pub(super) name: String,
    pub(super) birth_order: u8,
    pub(super) ticket: Ticket,
}

/// What stands on top of every page about a child.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) name: String,
    pub(crate) sex_sign: &'static str,
    pub(crate) sex: &'static str,
    /// `1 th 3 bln`; nothing while the date means nothing.
    pub(crate) age: String,
    pub(crate) mother: String,
    /// `kembar ke-2`, where there are two of them.
    pub(crate) twin: Option<String>,
    pub(crate) nik_tail: Option<String>,
    /// The number of today's ticket.
    pub(crate) ticket: Option<u16>,
}

impl Case {
    /// Everything about a visit. A ticket of another posyandu does not exist for this kader.
    pub(crate) fn load(edge: &Edge, staff: &Staff, visit: VisitId) -> Result<Self, Trouble> {
        let ticket = edge.store.ticket(visit)?.ok_or(Trouble::Nowhere)?;
        if ticket.posyandu != staff.posyandu.id {
            return Err(Trouble::Nowhere);
        }
        let child = edge.store.child(ticket.citizen)?.ok_or(Trouble::Nowhere)?;
        staff.saw(edge, ticket.citizen, "kunjungan");
        let records = edge.store.visits_of(ticket.citizen)?;
        let facts = edge.store.facts_of(ticket.citizen)?;
        let twins = twins(edge, &ticket, &child)?;
        let now = edge.clock.now();
        let month = day::report_month(edge, ticket.posyandu, now.today);
        Ok(Self { ticket, child, records, facts, twins, now, month })
    }

    /// As [`Case::load`], for pages that change something: a visit of another day is over.
    pub(crate) fn of_today(edge: &Edge, staff: &Staff, visit: VisitId) -> Result<Self, Trouble> {
        let case = Self::load(edge, staff, visit)?;
        let over = case.now.believable && case.ticket.day != case.now.today.into();
        if over { Err(Trouble::Over) } else { Ok(case) }
    }

    /// Gives the event of each of these services its id on the ticket, where this hand may record them. While the card
    /// takes nothing new, what there is can be read all the same.
    pub(crate) async fn offer(
        &mut self,
        edge: &Edge,
        staff: &Staff,
        services: Vec<String>,
    ) -> Result<(), Trouble> {
        if !staff.can(Act::RecordMeasurement) {
            return Ok(());
        }
        match service_ids(edge, &self.ticket, services).await {
            Ok(ticket) => self.ticket = ticket,
            Err(StoreError::Full | StoreError::Stopped) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    pub(crate) fn who(&self) -> Who {
        let who = Who::of(&self.child, self.now.believable.then_some(self.now.today));
        Who { ticket: Some(self.ticket.number), ..who }
    }

    /// What this visit has recorded so far.
    pub(super) fn this(&self) -> Option<&VisitRecord> {
        self.records.iter().find(|record| record.visit == self.ticket.visit)
    }

    /// What the visits before this one recorded.
    pub(super) fn before(&self) -> impl DoubleEndedIterator<Item = &VisitRecord> {
        self.records.iter().filter(|record| record.visit != self.ticket.visit)
    }

    /// What else was recorded at this visit, oldest first.
    pub(crate) fn facts_here(&self) -> impl DoubleEndedIterator<Item = &Fact> {
        self.facts.iter().filter(|fact| growing::is_of(fact, self.ticket.visit))
    }

    /// The visits before this one, as the growth card sees them.
    pub(super) fn earlier(&self) -> Vec<Visit> {
        self.before().filter_map(growing::visit).collect()
    }

    /// The child's day of birth, if a calendar holds it.
    pub(crate) fn born(&self) -> Option<NaiveDate> {
        self.child.registered.birth_date.to_naive()
    }

    /// A session's month: that of its first day; this visit's own first record, where there is one with a date.
    pub(crate) fn report_month(&self) -> Month {
        let first = self.this().filter(|record| !record.clock_unset);
        first.map_or(self.month, |record| record.report_month)
    }

    /// Something a kader has just recorded at this visit.
    pub(crate) fn event(&self, staff: &Staff, id: EventId, body: Body) -> NewEvent {
        let ticket = &self.ticket;
        NewEvent {
            id,
            author: staff.author(),
            posyandu: ticket.posyandu,
            citizen: Some(ticket.citizen),
            visit: Some(event::Visit { id: ticket.visit, ticket: ticket.number, bpjs: None }),
            observed_on: self.now.today.into(),
            // one moment: a clock that is set meanwhile must not give it a day of before and a time of after
            recorded_at: self.now.stamp,
            report_month: self.report_month(),
            place: Place::Posyandu,
            entry: Entry::Typed,
            instrument: None,
            replaces: None,
            body,
        }
    }

    pub(super) fn done(&self, quantity: Quantity) -> bool {
        match quantity {
            Quantity::Weight => self.ticket.weighed,
            Quantity::Length => self.ticket.measured,
        }
    }

    /// What has settled for this visit and is not saved yet.
    pub(super) fn kept(&self, quantity: Quantity) -> Option<Locked> {
        super::part_of(&self.ticket.draft, quantity).locked.clone()
    }

    /// How the child is to be held: as the kader said, else as its age asks.
    pub(super) fn posture(&self) -> Posture {
        let by_age = || {
            let born = self.child.registered.birth_date.to_naive();
            born.map_or(Posture::Lying, |born| growing::proposed_posture(born, self.now.at_least))
        };
        self.ticket.draft.posture.unwrap_or_else(by_age)
    }

    /// The last weight before this visit, in grams.
    pub(super) fn last_mass_g(&self) -> Option<u32> {
        self.before().rev().find_map(|record| record.weighed.as_ref()?.value.mass_g.value())
    }

    /// The last value before today with its day, e.g. `8,10 kg` and `10-01-2026`.
    pub(super) fn last(&self, quantity: Quantity) -> Option<(String, String)> {
        self.before().rev().find_map(|record| {
            let value = match quantity {
                Quantity::Weight => words::kg(record.weighed.as_ref()?.value.mass_g.value()?).to_string(),
                Quantity::Length => {
                    words::cm(record.length.as_ref()?.value.length_tenth_mm.value()?).to_string()
                }
            };
            Some((value, words::date(record.observed_on.to_naive()?).to_string()))
        })
    }
}

/// Whoever has the same mother and birthday and a place among twins, and a ticket of the same day.
fn twins(edge: &Edge, ticket: &Ticket, child: &Child) -> Result<Vec<Twin>, StoreError> {
    let others = born_with(edge, ticket.posyandu, child);
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let tickets = edge.store.tickets_on(ticket.posyandu, ticket.day)?;
    let with_ticket = |other: Listed| {
        let ticket = tickets.iter().rfind(|ticket| ticket.citizen == other.id)?.clone();
        Some(Twin { name: other.name, birth_order: other.birth_order?, ticket })
    };
    Ok(others.into_iter().filter_map(with_ticket).collect())
}

/// Whoever of a posyandu's list has the same mother and birthday and a place among twins as well.
pub(super) fn born_with(edge: &Edge, posyandu: PosyanduId, child: &Child) -> Vec<Listed> {
    let person = &child.registered;
    let Some(born) = person.birth_order.and(person.birth_date.to_naive()) else { return Vec::new() };
    let is_twin = |other: &Listed| {
        other.id != child.id
            && other.birth_order.is_some()
            && other.birth_date == born
            && other.mother == person.mother
    };
    edge.roster.all(posyandu).into_iter().filter(is_twin).collect()
}

impl Who {
    /// A child as the top of a page shows it now.
    pub(crate) fn now(edge: &Edge, child: &Child) -> Self {
        let now = edge.clock.now();
        Self::of(child, now.believable.then_some(now.today))
    }

    /// A child as the top of a page shows it; without a day there is no age.
    pub(super) fn of(child: &Child, on: Option<NaiveDate>) -> Self {
        let person = &child.registered;
        let age = on.zip(person.birth_date.to_naive()).map(|(on, born)| words::age(born, on).to_string());
        Self {
            name: person.name.clone(),
            sex_sign: words::sex_sign(person.sex),
            sex: words::sex(person.sex),
            age: age.unwrap_or_default(),
            mother: person.mother.clone(),
            twin: person.birth_order.map(|order| format!("kembar ke-{order}")),
            nik_tail: person.nik.as_deref().map(tail),
            ticket: None,
        }
    }
}
