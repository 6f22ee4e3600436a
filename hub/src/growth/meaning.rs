//! What a child's records mean: z-scores, classes and status of each visit, and N, T, O or B of each month.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use growth::kms::{self, Rules, Weighing};
use growth::{Assessment, Child, Index, Measures, Month, Posture};
use uuid::Uuid;

use super::record::{RecordRow, marks};
use crate::citizens::Citizen;

/// Works out everything that follows from what was observed, for the records of those months of one child; whose months
/// they are, [`counts_at`] says.
///
/// Records of other months are only read: those before are what a gain is measured from. `None` for a child the hub
/// does not know yet: nothing follows then.
pub(crate) fn work_out(citizen: Option<&Citizen>, records: &mut [RecordRow], months: &BTreeSet<(Uuid, i32)>) {
    records.sort_by_key(|record| (record.observed_on, record.order(), record.id));
    let child = citizen.map(Citizen::as_child);
    let due = |record: &RecordRow| months.contains(&(counts_at(citizen, record), record.report_month));
    for record in records.iter_mut().filter(|record| due(record)) {
        assess(child.as_ref(), record);
    }
    let Some(child) = child else { return };
    for &(posyandu, month) in months {
        judge_month(&child, records, |record| counts_at(citizen, record) == posyandu, month);
    }
}

/// The posyandu among whose months a visit is judged: that of the child's own book, wherever the visit was made, as long
/// as the child lives there; before and after that, and for a guest, where it was made.
pub(super) fn counts_at(citizen: Option<&Citizen>, record: &RecordRow) -> Uuid {
    let home = citizen.filter(|citizen| citizen.lives_here(record.report_month));
    home.map_or(record.posyandu_id, |home| home.posyandu_id)
}

fn assess(child: Option<&Child>, record: &mut RecordRow) {
    record.flags &= marks::OF_EVENT;
    (record.gain, record.two_t, record.below_red_line) = (None, false, false);
    if child.is_some_and(|child| record.observed_on < child.birth_date) {
        record.flags |= marks::BEFORE_BIRTH;
    }
    let child = child.filter(|_| record.flags == 0);
    let found = child.map(|child| growth::assess(child, record.observed_on, &measures(record)));
    record.age_days = child.map(|child| age_days(child, record.observed_on));
    record.flags |= found.map_or(0, |found| doubts(&found));
    let z = |index| found.and_then(|found| found.scores.get(index).ok()).map(|z| saturated(z.centi));
    record.waz_centi = z(Index::Waz);
    record.lhaz_centi = z(Index::Lhaz);
    record.whz_centi = z(Index::Whz);
    record.baz_centi = z(Index::Baz);
    record.hcz_centi = z(Index::Hcz);
    let classes = found.map(|found| found.categories).unwrap_or_default();
    record.weight_for_age = classes.bb_u.map(|class| class.code().into());
    record.length_for_age = classes.tb_u.map(|class| class.code().into());
    record.weight_for_length = classes.bb_tb.map(|class| class.code().into());
    record.bmi_for_age = classes.imt_u.map(|class| class.code().into());
    record.head_for_age = classes.lk_u.map(|class| class.code().into());
    record.nutrition_status = found.and_then(|found| found.status).map(|status| status.code().into());
}

/// One weighing of a month counts, the latest; it alone bears the month's letter.
fn judge_month(child: &Child, records: &mut [RecordRow], is_ours: impl Fn(&RecordRow) -> bool, month: i32) {
    let weighings =
        records.iter().filter(|record| is_ours(record)).filter_map(|record| weighing(child, record));
    // What was weighed here goes before what the book says of the same month, whichever is later.
    let here = weighings.clone().any(|weighing| weighing.month == Month(month) && !weighing.from_book);
    let weighings =
        weighings.filter(|weighing| !(here && weighing.from_book && weighing.month == Month(month)));
    let Some(line) = kms::month(child, weighings, Rules::default(), Month(month)) else { return };
    let counting = records.iter_mut().rev().find(|record| {
        is_ours(record)
            && record.report_month == month
            && !(here && is_from_book(record))
            && weighing(child, record).is_some()
    });
    // What was copied from the book was weighed elsewhere: the next month is judged from it, this one does not count it.
    if let Some(record) = counting.filter(|record| !is_from_book(record)) {
        record.gain = Some(line.gain.code().into());
        record.two_t = line.twice_not_risen;
        // A weight that cannot be says nothing of the child: a flagged z stays out of what is reported.
        record.below_red_line = line.below_red_line && record.flags & marks::WAZ == 0;
    }
}

/// The weighing of a visit, if there was one on a day that can be believed.
fn weighing(child: &Child, record: &RecordRow) -> Option<Weighing> {
    let valid = record.is_dated() && record.observed_on >= child.birth_date;
    let mass_g = record.weight_g.filter(|_| valid).and_then(|mass_g| u32::try_from(mass_g).ok())?;
    let (month, on) = (Month(record.report_month), record.observed_on);
    Some(Weighing { month, on, mass_g, from_book: is_from_book(record) })
}

fn is_from_book(record: &RecordRow) -> bool {
    record.weight_entry.as_deref() == Some("from_book")
}

/// What the growth standards ask of a visit.
pub(crate) fn measures(record: &RecordRow) -> Measures {
    let positive = |value: Option<i32>| value.and_then(|value| u32::try_from(value).ok());
    Measures {
        mass_g: positive(record.weight_g),
        length_tenth_mm: positive(record.length_tenth_mm),
        posture: match record.posture.as_deref() {
            Some("l") => Some(Posture::Lying),
            Some("h") => Some(Posture::Standing),
            _ => None,
        },
        head_tenth_mm: positive(record.head_tenth_mm),
        arm_tenth_mm: positive(record.arm_tenth_mm),
        oedema: record.oedema,
    }
}

fn doubts(found: &Assessment) -> i16 {
    let bits = [
        (Index::Waz, marks::WAZ),
        (Index::Lhaz, marks::LHAZ),
        (Index::Whz, marks::WHZ),
        (Index::Baz, marks::BAZ),
        (Index::Hcz, marks::HCZ),
    ];
    let doubted = bits.into_iter().filter(|&(index, _)| found.flags.contains(index)).map(|(_, bit)| bit);
    let stood = if found.standing_too_young { marks::STOOD_TOO_YOUNG } else { 0 };
    doubted.fold(stood, |bits, bit| bits | bit)
}

fn age_days(child: &Child, on: NaiveDate) -> i32 {
    let days = on.signed_duration_since(child.birth_date).num_days();
    i32::try_from(days).expect("both dates lie in the calendar people write")
}

/// Absurd weights stay absurd instead of wrapping.
fn saturated(centi: i32) -> i16 {
    i16::try_from(centi).unwrap_or(if centi < 0 { i16::MIN } else { i16::MAX })
}
