//! One child with everything its schedule follows from.

use care::immunization::{self, Catalogue, Given, is_early, schedule};
use chrono::NaiveDate;
use protocol::event::{Body, Entry, Place, Visit};
use protocol::feed::Session;
use protocol::immunization::{Dose, Timing};
use protocol::registry::Sex;
use protocol::{CitizenId, EventId, Month};

use super::history::{History, review};
use super::plan::Plan;
use super::row::Row;
use crate::app::Edge;
use crate::clock::Now;
use crate::day;
use crate::roster;
use crate::staff::Staff;
use crate::store::{Child, NewEvent};
use crate::visits::Who;
use crate::web::{Trouble, words};

/// A child and what is known of its vaccines.
pub(super) struct Case {
    pub(super) child: Child,
    pub(super) born: NaiveDate,
    pub(super) plan: Plan,
    pub(super) history: History,
    pub(super) now: Now,
    pub(super) today: NaiveDate,
    /// Today's visit, if the child has come.
    pub(super) visit: Option<Visit>,
    sessions: Vec<Session>,
    /// The month in which what is recorded now is reported: that of the meeting held today.
    month: Month,
}

impl Case {
    /// Everything about a child's vaccines. A child of another posyandu does not exist for this kader.
    pub(super) async fn load(edge: &Edge, staff: &Staff, citizen: CitizenId) -> Result<Self, Trouble> {
        let child = roster::of_child(edge, staff, citizen)?;
        staff.saw(edge, citizen, "imunisasi");
        let now = edge.clock.now();
        let tickets = edge.store.tickets_on(staff.posyandu.id, now.today.into())?;
        let visit = tickets.iter().rfind(|ticket| ticket.citizen == citizen);
        let visit = visit.map(|ticket| Visit {
            id: ticket.visit,
            ticket: ticket.number,
            bpjs: child.registered.bpjs,
        });
        Ok(Self {
            born: child.registered.birth_date.to_naive().ok_or(Trouble::Damaged)?,
            history: History::load(&edge.store, citizen, now.today)?,
            plan: Plan::load(edge).await?,
            sessions: edge.store.sessions(staff.posyandu.id)?,
            month: day::report_month(edge, staff.posyandu.id, now.today),
            today: now.today,
            child,
            now,
            visit,
        })
    }

    pub(super) fn who(&self, edge: &Edge) -> Who {
        Who { ticket: self.visit.map(|visit| visit.ticket), ..Who::now(edge, &self.child) }
    }

    /// As whom the rules know the child.
    fn subject(&self) -> immunization::Child<'_> {
        subject(&self.plan, self.born, self.child.registered.sex)
    }

    /// Every dose, in the catalogue's order; nothing while the date means nothing.
    pub(super) fn rows(&self) -> Vec<Row> {
        if !self.now.believable {
            return Vec::new();
        }
        let (catalogue, given) = (self.plan.catalogue(), self.history.given());
        schedule(&catalogue, self.subject(), &given, self.today).map(|line| Row::of(&line, self)).collect()
    }

    /// Whether a dose on that day came too early, with others that are written down together with it.
    pub(super) fn timing(&self, dose: (&str, u8), on: NaiveDate, others: &[(Dose, NaiveDate)]) -> Timing {
        let catalogue: Catalogue<'_> = self.plan.catalogue();
        let mut given = self.history.given();
        given.extend(others.iter().map(|(dose, on)| Given {
            antigen: &dose.antigen,
            dose: dose.number,
            on: *on,
            review: review(dose.timing),
        }));
        let is_early = is_early(&catalogue, self.subject(), &given, dose, on);
        if is_early { Timing::Early } else { Timing::Timely }
    }

    /// The next meeting from a day on, as the Puskesmas has planned it; it is not guessed.
    pub(super) fn meeting_from(&self, due: NaiveDate) -> String {
        let from = due.max(self.today);
        let mut planned = self.sessions.iter().filter(|session| !session.cancelled);
        let day = planned.find_map(|session| session.day.to_naive().filter(|&day| day >= from));
        match day {
            Some(day) => format!("{}, hari posyandu", words::weekday_date(day)),
            None => format!("sejak {}, tanggal posyandu berikutnya", words::date(due)),
        }
    }

    /// Something to be recorded of this child today.
    pub(super) fn event(&self, staff: &Staff, id: EventId, body: Body) -> NewEvent {
        NewEvent {
            id,
            author: staff.author(),
            posyandu: staff.posyandu.id,
            citizen: Some(self.child.id),
            visit: self.visit,
            observed_on: self.today.into(),
            recorded_at: self.now.stamp,
            report_month: self.month,
            place: Place::Posyandu,
            entry: Entry::Typed,
            instrument: None,
            replaces: None,
            body,
        }
    }
}

/// As whom the rules know a child.
pub(super) fn subject(plan: &Plan, born: NaiveDate, sex: Sex) -> immunization::Child<'_> {
    immunization::Child { born, is_girl: sex == Sex::Female, province: &plan.province, areas: &plan.areas }
}
