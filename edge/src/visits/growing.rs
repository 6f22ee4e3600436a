//! What was recorded, as the growth standards want to hear it.

use chrono::NaiveDate;
use growth::{Child as Grower, Measures, Visit};
use protocol::event::Entry;
use protocol::growth::Posture;
use protocol::registry::{Person, Sex};

use crate::store::VisitRecord;

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
