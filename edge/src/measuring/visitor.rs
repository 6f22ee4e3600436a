//! A person with everything that was recorded of her.

use chrono::NaiveDate;
use protocol::event::Body;
use protocol::measured::{Measure, Measured, What};
use protocol::registry::Sex;
use protocol::{CitizenId, Month, VisitId};

use crate::app::Edge;
use crate::clock::Now;
use crate::day;
use crate::roster;
use crate::roster::search::tail;
use crate::staff::Staff;
use crate::store::{Child, Fact};
use crate::web::{Trouble, words};

/// Whoever a page is about.
pub(crate) struct Visitor {
    pub(crate) person: Child,
    /// Everything recorded of her, oldest first, with what has fallen since.
    pub(crate) all: Vec<Fact>,
    pub(crate) now: Now,
    /// The month in which what is recorded now is reported: that of the meeting held today.
    pub(crate) month: Month,
}

/// What stands on top of her pages.
pub(crate) struct Top {
    pub(crate) name: String,
    pub(crate) sex_sign: &'static str,
    pub(crate) sex: &'static str,
    pub(crate) age: String,
    pub(crate) nik_tail: Option<String>,
    pub(crate) back: String,
}

/// A value with the day it was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) on: NaiveDate,
    pub(crate) visit: Option<VisitId>,
    pub(crate) measure: Measure,
}

impl Visitor {
    /// Somebody of the posyandu she works at.
    pub(crate) fn load(edge: &Edge, staff: &Staff, id: CitizenId) -> Result<Self, Trouble> {
        let person = roster::of_child(edge, staff, id)?;
        staff.saw(edge, id, "pemeriksaan");
        let now = edge.clock.now();
        let month = day::report_month(edge, staff.posyandu.id, now.today);
        Ok(Self { person, all: edge.store.all_facts_of(id)?, now, month })
    }

    /// What stands: neither replaced nor taken back.
    pub(crate) fn facts(&self) -> impl DoubleEndedIterator<Item = &Fact> {
        let stands = |fact: &&Fact| fact.fallen.is_none() && !matches!(fact.body(), Body::Voided(_));
        self.all.iter().filter(stands)
    }

    /// Today, if the date means anything.
    pub(crate) fn today(&self) -> Option<NaiveDate> {
        self.now.believable.then_some(self.now.today)
    }

    /// Completed years today.
    pub(crate) fn years(&self) -> Option<u32> {
        let born = self.person.registered.birth_date.to_naive()?;
        self.today()?.years_since(born)
    }

    pub(crate) fn is_male(&self) -> bool {
        self.person.registered.sex == Sex::Male
    }

    /// Everything of one quantity, by day; the last is the one that counts.
    pub(crate) fn seen(&self, what: What) -> Vec<Seen> {
        let mut seen: Vec<Seen> = self.facts().filter_map(measured).collect();
        seen.retain(|seen| seen.measure.what() == what);
        seen.sort_by_key(|seen| seen.on);
        seen
    }

    /// The last value of one quantity.
    pub(crate) fn last(&self, what: What) -> Option<Seen> {
        self.seen(what).pop()
    }

    /// The last value of one quantity that another visit measured, as one number.
    pub(crate) fn before(&self, visit: VisitId, what: What) -> Option<u32> {
        let mut seen = self.seen(what);
        seen.retain(|seen| seen.visit != Some(visit));
        seen.pop()?.measure.number()
    }

    /// The last value of one quantity as one number.
    pub(crate) fn last_number(&self, what: What) -> Option<u32> {
        self.last(what)?.measure.number()
    }

    pub(crate) fn top(&self, back: impl Into<String>) -> Top {
        let person = &self.person.registered;
        let born = person.birth_date.to_naive();
        let age = self.today().zip(born).map(|(on, born)| words::age(born, on).to_string());
        Top {
            name: person.name.clone(),
            sex_sign: words::sex_sign(person.sex),
            sex: words::sex(person.sex),
            age: age.unwrap_or_default(),
            nik_tail: person.nik.as_deref().map(tail),
            back: back.into(),
        }
    }
}

/// What a fact measured, if it did and had a day.
fn measured(fact: &Fact) -> Option<Seen> {
    let Body::Measured(Measured { measure, .. }) = fact.body() else { return None };
    let on = fact.on?.to_naive()?;
    Some(Seen { on, visit: fact.event.header.visit.map(|visit| visit.id), measure: *measure })
}
