//! What was recorded, as the growth standards want to hear it.

use chrono::NaiveDate;
use growth::{Child as Grower, Measures, Visit};
use protocol::event::Entry;
use protocol::growth::Posture;
use protocol::measured::{Measure, Measured};
use protocol::registry::{Person, Sex};
use protocol::service::Noted;
use protocol::{Body, VisitId};

use crate::store::{Fact, VisitRecord};

/// The child as the standards know it; `None` for a birth date no calendar holds.
pub(super) fn grower(child: &Person) -> Option<Grower> {
    let sex = match child.sex {
        Sex::Male => growth::Sex::Male,
        Sex::Female => growth::Sex::Female,
    };
    let mut grower = Grower::new(sex, child.birth_date.to_naive()?);
    grower.gestation_weeks = child.gestation_weeks;
    grower.birth_mass_g = child.birth_mass_g;
    Some(grower)
}

/// Lying or standing, in the other crate's words.
pub(super) const fn posture(posture: Posture) -> growth::Posture {
    match posture {
        Posture::Lying => growth::Posture::Lying,
        Posture::Standing => growth::Posture::Standing,
    }
}

/// What posyandu and WHO both expect: lying below 24 months, standing from then on.
pub(super) fn proposed_posture(birth_date: NaiveDate, on: NaiveDate) -> Posture {
    if growth::completed_months(birth_date, on) < 24 { Posture::Lying } else { Posture::Standing }
}

/// The visits of a child on the growth card, oldest first: what was weighed and measured, and what a tape and a look at
/// the feet added to it. A visit of a tape alone is one too.
pub(super) fn visits(records: &[VisitRecord], facts: &[Fact]) -> Vec<Visit> {
    let here = |of: VisitId| facts.iter().filter(move |fact| is_of(fact, of));
    let recorded = records.iter().filter_map(|record| {
        let mut visit = visit(record)?;
        here(record.visit).for_each(|fact| add(&mut visit.measures, fact.body()));
        Some(visit)
    });
    let mut visits: Vec<Visit> = recorded.collect();
    let mut alone: Vec<VisitId> = facts
        .iter()
        .filter(|fact| is_tape(fact.body()))
        .filter_map(|fact| Some(fact.event.header.visit?.id))
        .filter(|of| records.iter().all(|record| record.visit != *of))
        .collect();
    alone.dedup();
    visits.extend(alone.into_iter().filter_map(|of| {
        let first = here(of).next()?;
        let on = first.on?.to_naive()?;
        let mut measures = Measures::default();
        here(of).for_each(|fact| add(&mut measures, fact.body()));
        Some(Visit { on, month: growth::Month(first.month.0), from_book: false, measures })
    }));
    visits.sort_by_key(|visit| visit.on);
    visits
}

/// Whether something was recorded at a visit.
pub(super) fn is_of(fact: &Fact, visit: VisitId) -> bool {
    fact.event.header.visit.is_some_and(|of| of.id == visit)
}

const fn is_tape(body: &Body) -> bool {
    matches!(body, Body::Measured(Measured { measure: Measure::Arm(_) | Measure::Head(_), .. }))
}

/// What a fact adds to what was weighed and measured.
pub(super) fn add(measures: &mut Measures, body: &Body) {
    match body {
        Body::Measured(Measured { measure: Measure::Arm(taken), .. }) => {
            measures.arm_tenth_mm = taken.value()
        }
        Body::Measured(Measured { measure: Measure::Head(taken), .. }) => {
            measures.head_tenth_mm = taken.value();
        }
        Body::Noted(Noted::Oedema(true)) => measures.oedema = true,
        _ => {}
    }
}

/// What was measured at a visit.
pub(super) fn measures(record: &VisitRecord) -> Measures {
    let weighed = record.weighed.as_ref().map(|weighed| &weighed.value);
    let length = record.length.as_ref().map(|length| &length.value);
    Measures {
        mass_g: weighed.and_then(|weighed| weighed.mass_g.value()),
        length_tenth_mm: length.and_then(|length| length.length_tenth_mm.value()),
        posture: length.map(|length| posture(length.posture)),
        oedema: weighed.is_some_and(|weighed| weighed.oedema),
        ..Measures::default()
    }
}

/// A visit on the growth card; `None` while nobody knows its day, and for a date no calendar holds.
pub(super) fn visit(record: &VisitRecord) -> Option<Visit> {
    if record.clock_unset {
        return None;
    }
    let weighed = record.weighed.as_ref().map(|weighed| weighed.entry);
    let from_book = weighed.or(record.length.as_ref().map(|length| length.entry)) == Some(Entry::FromBook);
    let on = record.observed_on.to_naive()?;
    Some(Visit { on, month: growth::Month(record.report_month.0), from_book, measures: measures(record) })
}
