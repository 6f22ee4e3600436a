//! A child's rows, made from nothing but its events, its birth and the catalogue.

use std::collections::HashSet;

use care::immunization::{Catalogue, Child, Given, Review, Status, Why, schedule};
use chrono::NaiveDate;
use protocol::Body;
use protocol::immunization::{Immunization, NotGiven, Timing};
use uuid::Uuid;

use crate::growth::{Entered, standing};

/// One thing recorded of a child's vaccines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) id: Uuid,
    pub(super) posyandu_id: Uuid,
    pub(super) officer_id: Uuid,
    pub(super) on: NaiveDate,
    pub(super) entry: &'static str,
    pub(super) what: Immunization,
}

/// One planned dose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) vaccine_type: String,
    pub(super) dose: u8,
    pub(super) scheduled_date: NaiveDate,
    pub(super) missed_from: Option<NaiveDate>,
    pub(super) closed_from: Option<NaiveDate>,
    pub(super) record_id: Option<Uuid>,
    pub(super) is_done: bool,
    pub(super) is_early: bool,
}

/// What stands of a person's events, given in any order and any number of times; oldest first.
pub(super) fn records(events: Vec<Entered>) -> Vec<Record> {
    let mut seen = HashSet::new();
    let mut records: Vec<Record> = standing(events).into_iter().filter_map(record).collect();
    records.retain(|record| seen.insert(record.id));
    records.sort_by_key(|record| (record.on, record.id));
    records
}

fn record(entered: Entered) -> Option<Record> {
    let (on, posyandu_id) = (entered.observed_on(), entered.posyandu());
    let Body::Immunization(what) = entered.event.body else { return None };
    let header = entered.event.header;
    Some(Record {
        id: header.id.0,
        posyandu_id,
        officer_id: header.author.user.0,
        on,
        entry: header.entry.code(),
        what,
    })
}

/// A child's schedule as birth, catalogue and doses make it, whatever day it is.
pub(super) fn planned(catalogue: &Catalogue<'_>, child: Child<'_>, records: &[Record]) -> Vec<Planned> {
    let doses = records.iter().filter_map(|record| match &record.what {
        Immunization::Given(dose) => Some((record, dose)),
        _ => None,
    });
    let given: Vec<Given<'_>> = doses
        .map(|(record, dose)| Given {
            antigen: &dose.antigen,
            dose: dose.number,
            on: record.on,
            review: match dose.timing {
                Timing::Timely | Timing::Early => Review::None,
                Timing::EarlyCounts => Review::Counts,
                Timing::Repeat => Review::Repeat,
            },
        })
        .collect();
    let id_of = |given: Given<'_>| {
        let is_it = |record: &&Record| match &record.what {
            Immunization::Given(dose) => {
                dose.antigen == given.antigen && dose.number == given.dose && record.on == given.on
            }
            _ => false,
        };
        records.iter().find(is_it).map(|record| record.id)
    };
    schedule(catalogue, child, &given, child.born)
        .map(|line| Planned {
            vaccine_type: line.rule.antigen.into(),
            dose: line.rule.dose,
            scheduled_date: line.due_on,
            missed_from: line.missed_from,
            closed_from: line.closed_from,
            record_id: if let Why::Given(given) = line.why { id_of(given) } else { None },
            is_done: line.status == Status::Done,
            is_early: line.status == Status::Early,
        })
        .collect()
}

/// The code of a reason, as the table keeps it.
pub(super) const fn reason(reason: NotGiven) -> &'static str {
    match reason {
        NotGiven::Sick => "sick",
        NotGiven::Refused => "refused",
        NotGiven::OutOfStock => "out_of_stock",
        NotGiven::Contraindicated => "contraindicated",
        NotGiven::Postponed => "postponed",
    }
}

/// The code of a timing, as the table keeps it.
pub(super) const fn timing(timing: Timing) -> &'static str {
    match timing {
        Timing::Timely => "timely",
        Timing::Early => "early",
        Timing::EarlyCounts => "early_counts",
        Timing::Repeat => "repeat",
    }
}
