//! Yearly checks of adults and the elderly, made from nothing but a person's events.

mod store;

use std::collections::BTreeMap;

use care::adult::{self, BmiClass, CholesterolClass, GlucoseClass, PressureClass};
use chrono::NaiveDate;
use protocol::Body;
use protocol::growth::Taken;
use protocol::measured::{Glucose, Measure, Pressure, What};
use protocol::service::Noted;
use serde::Serialize;
use uuid::Uuid;

use crate::growth::Entered;
use crate::pregnancy::Pregnancies;

pub(crate) use store::{keep, of};

/// One row of `elderly_health_records`: a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ElderlyRow {
    /// The visit.
    pub id: Uuid,
    /// Where it was made.
    pub posyandu_id: Uuid,
    /// The person.
    pub citizen_id: Uuid,
    /// The day.
    pub recorded_on: NaiveDate,
    /// The month it is reported in.
    pub report_month: i32,
    /// Weight in grams.
    pub weight_g: Option<i32>,
    /// Height in tenths of a millimetre.
    pub height_tenth_mm: Option<i32>,
    /// IMT, with the last height known that day.
    pub bmi_class: Option<String>,
    /// Waist in tenths of a millimetre.
    pub waist_tenth_mm: Option<i32>,
    /// Whether it is too wide; `None` while the sex is not known.
    pub is_waist_wide: Option<bool>,
    /// Upper blood pressure.
    pub systolic_mmhg: Option<i16>,
    /// Lower blood pressure.
    pub diastolic_mmhg: Option<i16>,
    /// What it is called.
    pub pressure_class: Option<String>,
    /// Only the upper figure is high.
    pub is_isolated_systolic: Option<bool>,
    /// Glucose in mg/dL.
    pub glucose_mg_dl: Option<i16>,
    /// Taken without food before.
    pub is_fasting: Option<bool>,
    /// What it is called.
    pub glucose_class: Option<String>,
    /// Total cholesterol in mg/dL.
    pub cholesterol_mg_dl: Option<i16>,
    /// What it is called.
    pub cholesterol_class: Option<String>,
    /// Uric acid in tenths of mg/dL.
    pub uric_acid_tenths: Option<i16>,
    /// Whether it is high; `None` while the sex is not known.
    pub is_uric_acid_high: Option<bool>,
    /// In words: lists gone through and remarks.
    pub notes: String,
    /// Who recorded last.
    pub recorder_id: Uuid,
}

/// Whether a quantity alone makes a visit one of these.
pub(crate) const fn is_of_adults(what: What) -> bool {
    matches!(
        what,
        What::Mass
            | What::Height
            | What::Waist
            | What::Pressure
            | What::Glucose
            | What::Cholesterol
            | What::UricAcid
    )
}

/// Folds the events of one person that stand, given in order. A pregnant woman's visits are no visits here.
pub(crate) fn fold(events: &[Entered], is_male: Option<bool>, pregnancies: &Pregnancies) -> Vec<ElderlyRow> {
    let mut visits: BTreeMap<(Uuid, Uuid), Vec<&Entered>> = BTreeMap::new();
    for entered in events {
        let is_of_visit = matches!(
            entered.event.body,
            Body::Measured(_) | Body::Noted(Noted::DailyLife { .. } | Noted::Remark(_))
        );
        if let Some(visit) = entered.event.header.visit.as_ref().filter(|_| is_of_visit) {
            visits.entry((entered.posyandu(), visit.id.0)).or_default().push(entered);
        }
    }
    visits.retain(|_, events| events.iter().any(|entered| is_one(&entered.event.body)));
    let mut rows: Vec<ElderlyRow> = visits
        .values()
        .filter_map(|events| row(events, is_male))
        .filter(|row| pregnancies.covering(row.recorded_on).is_none())
        .collect();
    rows.sort_by_key(|row| (row.recorded_on, row.posyandu_id, row.id));
    let mut height = None;
    for row in &mut rows {
        height = row.height_tenth_mm.or(height);
        let body = row.weight_g.zip(height);
        let body = body.and_then(|(mass, height)| Some((mass.try_into().ok()?, height.try_into().ok()?)));
        row.bmi_class = body.map(|(mass, height)| bmi(BmiClass::of(mass, height)).into());
    }
    rows
}

const fn is_one(body: &Body) -> bool {
    match body {
        Body::Measured(measured) => is_of_adults(measured.measure.what()),
        Body::Noted(Noted::DailyLife { .. }) => true,
        _ => false,
    }
}

fn row(events: &[&Entered], is_male: Option<bool>) -> Option<ElderlyRow> {
    let newest = events.last()?;
    let mut row = ElderlyRow {
        id: newest.visit(),
        posyandu_id: newest.posyandu(),
        citizen_id: newest.citizen(),
        recorded_on: newest.observed_on(),
        report_month: newest.report_month(),
        weight_g: None,
        height_tenth_mm: None,
        bmi_class: None,
        waist_tenth_mm: None,
        is_waist_wide: None,
        systolic_mmhg: None,
        diastolic_mmhg: None,
        pressure_class: None,
        is_isolated_systolic: None,
        glucose_mg_dl: None,
        is_fasting: None,
        glucose_class: None,
        cholesterol_mg_dl: None,
        cholesterol_class: None,
        uric_acid_tenths: None,
        is_uric_acid_high: None,
        notes: String::new(),
        recorder_id: newest.event.header.author.user.0,
    };
    // Later in order overwrites earlier.
    for entered in events {
        match &entered.event.body {
            Body::Measured(measured) => row.measure(&measured.measure, is_male),
            Body::Noted(Noted::DailyLife { list, points, of }) => row.note(&format!("{list} {points}/{of}")),
            Body::Noted(Noted::Remark(text)) => row.note(text),
            _ => {}
        }
    }
    Some(row)
}

impl ElderlyRow {
    fn note(&mut self, text: &str) {
        if !self.notes.is_empty() {
            self.notes.push_str("; ");
        }
        self.notes.push_str(text);
    }

    fn measure(&mut self, measure: &Measure, is_male: Option<bool>) {
        let wide = measure.number().and_then(|value| i32::try_from(value).ok());
        let narrow = measure.number().and_then(|value| i16::try_from(value).ok());
        match *measure {
            Measure::Mass(_) => self.weight_g = wide,
            Measure::Height(_) => self.height_tenth_mm = wide,
            Measure::Waist(taken) => {
                self.waist_tenth_mm = wide;
                self.is_waist_wide =
                    taken.value().zip(is_male).map(|(waist, male)| adult::is_waist_wide(waist, male));
            }
            Measure::Pressure(taken) => self.press(taken),
            Measure::Glucose(taken) => {
                let glucose = taken.value();
                self.glucose_mg_dl = narrow;
                self.is_fasting = glucose.map(|glucose| glucose.fasting);
                self.glucose_class = glucose
                    .map(|Glucose { mg_dl, fasting }| glucose_code(GlucoseClass::of(mg_dl, fasting)).into());
            }
            Measure::Cholesterol(taken) => {
                self.cholesterol_mg_dl = narrow;
                self.cholesterol_class =
                    taken.value().map(|mg_dl| cholesterol(CholesterolClass::of(mg_dl)).into());
            }
            Measure::UricAcid(taken) => {
                self.uric_acid_tenths = narrow;
                self.is_uric_acid_high =
                    taken.value().zip(is_male).map(|(tenths, male)| adult::is_uric_acid_high(tenths, male));
            }
            _ => {}
        }
    }

    fn press(&mut self, taken: Taken<Pressure>) {
        let both = taken.value().map(|Pressure { systolic, diastolic, .. }| (systolic, diastolic));
        self.systolic_mmhg = both.and_then(|(systolic, _)| i16::try_from(systolic).ok());
        self.diastolic_mmhg = both.and_then(|(_, diastolic)| i16::try_from(diastolic).ok());
        self.pressure_class = both.map(|(upper, lower)| pressure(PressureClass::of(upper, lower)).into());
        self.is_isolated_systolic = both.map(|(upper, lower)| adult::is_isolated(upper, lower));
    }
}

const fn pressure(class: PressureClass) -> &'static str {
    match class {
        PressureClass::Optimal => "optimal",
        PressureClass::Normal => "normal",
        PressureClass::HighNormal => "high_normal",
        PressureClass::First => "hypertension_1",
        PressureClass::Second => "hypertension_2",
        PressureClass::Third => "hypertension_3",
    }
}

const fn glucose_code(class: GlucoseClass) -> &'static str {
    match class {
        GlucoseClass::Normal => "normal",
        GlucoseClass::Unsure => "unsure",
        GlucoseClass::Prediabetes => "prediabetes",
        GlucoseClass::Diabetes => "diabetes",
    }
}

const fn cholesterol(class: CholesterolClass) -> &'static str {
    match class {
        CholesterolClass::Desirable => "desirable",
        CholesterolClass::Borderline => "borderline",
        CholesterolClass::High => "high",
    }
}

const fn bmi(class: BmiClass) -> &'static str {
    match class {
        BmiClass::Thin => "thin",
        BmiClass::Normal => "normal",
        BmiClass::Overweight => "overweight",
        BmiClass::ObeseOne => "obese_1",
        BmiClass::ObeseTwo => "obese_2",
    }
}
