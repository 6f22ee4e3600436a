//! What is known of a child's vaccines: given, not given and why, what followed.

use care::immunization::{Given, Review};
use chrono::NaiveDate;
use protocol::immunization::{Dose, Immunization, NotGiven, Timing};
use protocol::service::Served;
use protocol::{Body, CitizenId, EventId, LocalDate};

use crate::store::{Fact, Store, StoreError};

/// Everything recorded of a child's vaccines that stands.
#[derive(Default)]
pub(super) struct History {
    pub(super) doses: Vec<Record>,
    pub(super) not_given: Vec<Refusal>,
    pub(super) reactions: Vec<Reaction>,
    /// Somebody said today that the child is here.
    pub(super) came: bool,
}

/// A dose that was given.
pub(super) struct Record {
    pub(super) fact: Fact,
    pub(super) dose: Dose,
    /// Its day; today, where nobody could say: that keeps the next dose at a distance.
    pub(super) on: NaiveDate,
}

/// A dose that was due and not given.
pub(super) struct Refusal {
    pub(super) antigen: String,
    pub(super) dose: u8,
    pub(super) reason: NotGiven,
    pub(super) on: NaiveDate,
}

/// Something unwanted that followed.
pub(super) struct Reaction {
    pub(super) event: EventId,
    pub(super) what: String,
    pub(super) is_serious: bool,
    pub(super) on: NaiveDate,
}

impl History {
    pub(super) fn load(store: &Store, citizen: CitizenId, today: NaiveDate) -> Result<Self, StoreError> {
        let mut history = Self::default();
        for fact in store.facts_of(citizen)? {
            let on = fact.on.and_then(LocalDate::to_naive).unwrap_or(today);
            let event = fact.id();
            match fact.body().clone() {
                Body::Immunization(Immunization::Given(dose)) => {
                    history.doses.push(Record { fact, dose, on });
                }
                Body::Immunization(Immunization::NotGiven { antigen, number, reason }) => {
                    history.not_given.push(Refusal { antigen, dose: number, reason, on });
                }
                Body::Immunization(Immunization::Reaction { what, serious, .. }) => {
                    history.reactions.push(Reaction { event, what, is_serious: serious, on });
                }
                Body::Served(Served::Came) => history.came |= on == today,
                _ => {}
            }
        }
        Ok(history)
    }

    /// What was given, as the rules read it.
    pub(super) fn given(&self) -> Vec<Given<'_>> {
        let mut given = Vec::with_capacity(self.doses.len());
        for Record { dose, on, .. } in &self.doses {
            given.push(Given {
                antigen: &dose.antigen,
                dose: dose.number,
                on: *on,
                review: review(dose.timing),
            });
        }
        given
    }

    /// The last word on why a dose was not given.
    pub(super) fn refusal(&self, antigen: &str, dose: u8) -> Option<&Refusal> {
        self.not_given.iter().rfind(|refusal| refusal.antigen == antigen && refusal.dose == dose)
    }
}

pub(super) const fn review(timing: Timing) -> Review {
    match timing {
        Timing::Timely | Timing::Early => Review::None,
        Timing::EarlyCounts => Review::Counts,
        Timing::Repeat => Review::Repeat,
    }
}

/// Why a dose was not given, as said aloud.
pub(super) const fn said(reason: NotGiven) -> &'static str {
    match reason {
        NotGiven::Sick => "anak sakit",
        NotGiven::Refused => "keluarga tidak mau",
        NotGiven::OutOfStock => "vaksin habis",
        NotGiven::Contraindicated => "tidak boleh diberi",
        NotGiven::Postponed => "ditunda",
    }
}
