//! Pregnancies and the visits before and after birth, made from nothing but a woman's events.

mod store;

use std::collections::BTreeMap;

use care::pregnancy::{Dating, LAST_DAY_OF_NIFAS};
use chrono::NaiveDate;
use protocol::growth::Taken;
use protocol::measured::{Measure, Pressure};
use protocol::pregnancy::{AncExamined, NifasExamined, Outcome, PregnancyBegan, PregnancyEnded};
use protocol::service::Served;
use protocol::{Body, LocalDate};
use serde::Serialize;
use uuid::Uuid;

use crate::growth::Entered;

pub(crate) use store::{keep, of};

/// One row of `pregnancies`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PregnancyRow {
    /// The pregnancy.
    pub id: Uuid,
    /// Where it was written down.
    pub posyandu_id: Uuid,
    /// The woman.
    pub citizen_id: Uuid,
    /// The day it was written down.
    pub noted_on: NaiveDate,
    /// First day of the last period, as said or as it follows from the due day.
    pub begun_on: Option<NaiveDate>,
    /// The day birth is expected.
    pub due_on: Option<NaiveDate>,
    /// Which pregnancy it is.
    pub gravida: i16,
    /// Births before.
    pub para: i16,
    /// Miscarriages before.
    pub abortus: i16,
    /// Tetanus doses told at the beginning.
    pub tetanus_doses: Option<i16>,
    /// Risks known at the beginning, codes with commas.
    pub risks: String,
    /// The day it ended.
    pub ended_on: Option<NaiveDate>,
    /// How: `born`, `stillborn`, `miscarried`, `mother_died` or `mistake`.
    pub outcome: Option<String>,
}

/// One row of `pregnancy_records`: a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VisitRow {
    /// The visit.
    pub id: Uuid,
    /// Where it was made.
    pub posyandu_id: Uuid,
    /// The woman.
    pub citizen_id: Uuid,
    /// Which pregnancy.
    pub pregnancy_id: Uuid,
    /// `anc` before birth, `nifas` after.
    pub kind: String,
    /// The day.
    pub visit_date: NaiveDate,
    /// The month it is reported in.
    pub report_month: i32,
    /// Completed weeks; `None` after birth and where nobody knows.
    pub gestational_age_weeks: Option<i16>,
    /// Weight in grams.
    pub weight_g: Option<i32>,
    /// Upper blood pressure.
    pub systolic_mmhg: Option<i16>,
    /// Lower blood pressure.
    pub diastolic_mmhg: Option<i16>,
    /// Arm in tenths of a millimetre.
    pub arm_tenth_mm: Option<i32>,
    /// Height of the womb in tenths of a millimetre.
    pub fundus_tenth_mm: Option<i32>,
    /// The unborn child's heart.
    pub fetal_heart_bpm: Option<i16>,
    /// Haemoglobin in tenths of g/dL.
    pub haemoglobin_tenths: Option<i16>,
    /// Tablets given.
    pub tablets: i32,
    /// Red capsules given.
    pub capsules: i16,
    /// The tetanus dose given.
    pub tetanus_dose: Option<i16>,
    /// A doctor examined.
    pub is_by_doctor: bool,
    /// An ultrasound was made.
    pub has_ultrasound: bool,
    /// Risks and signs seen, codes with commas.
    pub risks: String,
    /// In words.
    pub notes: String,
    /// Who recorded last.
    pub recorder_id: Uuid,
    /// The midwife who stands by it.
    pub midwife_id: Option<Uuid>,
    /// Whether one does.
    pub validated: bool,
}

/// All pregnancies of a woman with their visits.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Pregnancies {
    /// The pregnancies, by day written down.
    pub pregnancies: Vec<PregnancyRow>,
    /// Their visits, by day.
    pub visits: Vec<VisitRow>,
}

impl Pregnancies {
    /// The pregnancy a day lies in, with the six weeks after it.
    pub(crate) fn covering(&self, day: NaiveDate) -> Option<&PregnancyRow> {
        self.pregnancies.iter().rfind(|row| {
            let begun = row.begun_on.unwrap_or(row.noted_on).min(row.noted_on);
            row.outcome.as_deref() != Some("mistake")
                && day >= begun
                && row.ended_on.is_none_or(|ended| (day - ended).num_days() <= LAST_DAY_OF_NIFAS)
        })
    }
}

/// Folds the events of one woman that stand, given in order.
pub(crate) fn fold(events: &[Entered]) -> Pregnancies {
    let mut by_id: BTreeMap<Uuid, PregnancyRow> = BTreeMap::new();
    for entered in events {
        if let Body::PregnancyBegan(began) = &entered.event.body {
            by_id.insert(began.pregnancy.0, begun(entered, began));
        }
    }
    for entered in events {
        if let Body::PregnancyEnded(ended) = &entered.event.body
            && let Some(row) = by_id.get_mut(&ended.pregnancy.0)
        {
            end(row, ended);
        }
    }
    let mut pregnancies: Vec<PregnancyRow> = by_id.into_values().collect();
    pregnancies.sort_by_key(|row| (row.noted_on, row.id));
    let mut all = Pregnancies { pregnancies, visits: Vec::new() };
    let mut visits: BTreeMap<(Uuid, Uuid), Vec<&Entered>> = BTreeMap::new();
    for entered in events.iter().filter(|entered| is_of_a_visit(&entered.event.body)) {
        if let Some(visit) = &entered.event.header.visit {
            visits.entry((entered.posyandu(), visit.id.0)).or_default().push(entered);
        }
    }
    let mut rows: Vec<VisitRow> = visits.values().filter_map(|events| visit(&all, events)).collect();
    rows.sort_by_key(|row| (row.visit_date, row.posyandu_id, row.id));
    all.visits = rows;
    all
}

const fn is_of_a_visit(body: &Body) -> bool {
    matches!(
        body,
        Body::Measured(_)
            | Body::Served(Served::Tablets { .. })
            | Body::AncExamined(_)
            | Body::NifasExamined(_)
    )
}

fn begun(entered: &Entered, began: &PregnancyBegan) -> PregnancyRow {
    let naive = |day: Option<LocalDate>| day.and_then(LocalDate::to_naive);
    let dating = Dating::of(naive(began.last_period), naive(began.due));
    PregnancyRow {
        id: began.pregnancy.0,
        posyandu_id: entered.posyandu(),
        citizen_id: entered.citizen(),
        noted_on: entered.observed_on(),
        begun_on: dating.map(Dating::begun),
        due_on: dating.and_then(Dating::due),
        gravida: began.gravida.into(),
        para: began.para.into(),
        abortus: began.abortus.into(),
        tetanus_doses: began.tetanus.map(Into::into),
        risks: began.risks.join(","),
        ended_on: None,
        outcome: None,
    }
}

fn end(row: &mut PregnancyRow, ended: &PregnancyEnded) {
    let outcome = match ended.outcome {
        Outcome::Born(_) => "born",
        Outcome::Stillborn => "stillborn",
        Outcome::Miscarried => "miscarried",
        Outcome::MotherDied => "mother_died",
        Outcome::Mistake => "mistake",
    };
    (row.ended_on, row.outcome) = (ended.on.to_naive(), Some(outcome.into()));
}

/// The row of one visit, whose events are given in order; `None` if it is of no pregnancy.
fn visit(all: &Pregnancies, events: &[&Entered]) -> Option<VisitRow> {
    let newest = events.last()?;
    let day = newest.observed_on();
    let examined = events.iter().rev().find_map(|entered| match &entered.event.body {
        Body::AncExamined(AncExamined { pregnancy, .. })
        | Body::NifasExamined(NifasExamined { pregnancy, .. }) => Some(pregnancy.0),
        _ => None,
    });
    let of = all.pregnancies.iter().find(|row| Some(row.id) == examined).or_else(|| all.covering(day));
    let id = examined.or_else(|| of.map(|row| row.id))?;
    let is_after = of.and_then(|row| row.ended_on).is_some_and(|ended| day >= ended);
    let is_nifas =
        is_after || events.iter().any(|entered| matches!(entered.event.body, Body::NifasExamined(_)));
    let dating = of.and_then(|row| Dating::of(row.begun_on, None)).filter(|_| !is_nifas);
    let weeks = dating.and_then(|dating| dating.weeks(day)).and_then(|(weeks, _)| i16::try_from(weeks).ok());
    let mut row = VisitRow {
        id: newest.visit(),
        posyandu_id: newest.posyandu(),
        citizen_id: newest.citizen(),
        pregnancy_id: id,
        kind: if is_nifas { "nifas" } else { "anc" }.into(),
        visit_date: day,
        report_month: newest.report_month(),
        gestational_age_weeks: weeks,
        weight_g: None,
        systolic_mmhg: None,
        diastolic_mmhg: None,
        arm_tenth_mm: None,
        fundus_tenth_mm: None,
        fetal_heart_bpm: None,
        haemoglobin_tenths: None,
        tablets: 0,
        capsules: 0,
        tetanus_dose: None,
        is_by_doctor: false,
        has_ultrasound: false,
        risks: String::new(),
        notes: String::new(),
        recorder_id: newest.event.header.author.user.0,
        midwife_id: None,
        validated: false,
    };
    // Later in order overwrites earlier; what a midwife stands by is not overwritten by a note.
    events.iter().for_each(|entered| row.put(entered));
    Some(row)
}

impl VisitRow {
    fn put(&mut self, entered: &Entered) {
        let author = entered.event.header.author.user.0;
        match &entered.event.body {
            Body::Measured(measured) => self.measure(&measured.measure),
            Body::Served(Served::Tablets { count, .. }) => self.tablets += i32::from(*count),
            Body::AncExamined(exam) if exam.validated || !self.validated => {
                self.is_by_doctor = exam.by_doctor;
                self.has_ultrasound = exam.ultrasound;
                self.tetanus_dose = exam.tetanus_given.map(Into::into);
                self.stand(exam.validated, author, &exam.risks, &exam.notes);
            }
            Body::NifasExamined(exam) => {
                self.capsules = self.capsules.saturating_add(exam.capsules.into());
                if exam.validated || !self.validated {
                    self.stand(exam.validated, author, &exam.risks, &exam.notes);
                }
            }
            _ => {}
        }
    }

    fn stand(&mut self, validated: bool, author: Uuid, risks: &[String], notes: &str) {
        self.risks = risks.join(",");
        notes.clone_into(&mut self.notes);
        self.validated = validated;
        self.midwife_id = validated.then_some(author);
    }

    fn measure(&mut self, measure: &Measure) {
        let wide = measure.number().and_then(|value| i32::try_from(value).ok());
        let narrow = measure.number().and_then(|value| i16::try_from(value).ok());
        match *measure {
            Measure::Mass(_) => self.weight_g = wide,
            Measure::Arm(_) => self.arm_tenth_mm = wide,
            Measure::Fundus(_) => self.fundus_tenth_mm = wide,
            Measure::FetalHeart(_) => self.fetal_heart_bpm = narrow,
            Measure::Haemoglobin(_) => self.haemoglobin_tenths = narrow,
            Measure::Pressure(Taken::Value(Pressure { systolic, diastolic, .. })) => {
                self.systolic_mmhg = i16::try_from(systolic).ok();
                self.diastolic_mmhg = i16::try_from(diastolic).ok();
            }
            _ => {}
        }
    }
}
