//! The rows as the Puskesmas reads them.

use crate::elderly::ElderlyRow;
use crate::pregnancy::{PregnancyRow, VisitRow};
use crate::web::words;

impl PregnancyRow {
    /// How and when it ended, in words.
    pub(crate) fn ended(&self) -> String {
        let how = match self.outcome.as_deref() {
            Some("born") => "lahir hidup",
            Some("stillborn") => "lahir mati",
            Some("miscarried") => "keguguran",
            Some("mother_died") => "ibu meninggal",
            Some("mistake") => "salah catat",
            _ => return "belum".into(),
        };
        self.ended_on.map_or_else(|| how.into(), |day| format!("{how} {}", words::date(&day)))
    }
}

impl VisitRow {
    pub(crate) fn pressure(&self) -> String {
        both(self.systolic_mmhg, self.diastolic_mmhg)
    }
}

impl ElderlyRow {
    pub(crate) fn pressure(&self) -> String {
        both(self.systolic_mmhg, self.diastolic_mmhg)
    }

    /// What is called otherwise than normal.
    pub(crate) fn said(&self) -> Vec<&'static str> {
        let pressure = match self.pressure_class.as_deref() {
            Some("hypertension_1") => Some("tensi tinggi tingkat 1"),
            Some("hypertension_2") => Some("tensi tinggi tingkat 2"),
            Some("hypertension_3") => Some("tensi tinggi tingkat 3"),
            Some("high_normal") => Some("tensi agak tinggi"),
            _ => None,
        };
        let glucose = match self.glucose_class.as_deref() {
            Some("prediabetes") => Some("gula darah di atas normal"),
            Some("diabetes") => Some("gula darah tinggi"),
            _ => None,
        };
        let cholesterol = match self.cholesterol_class.as_deref() {
            Some("borderline") => Some("kolesterol agak tinggi"),
            Some("high") => Some("kolesterol tinggi"),
            _ => None,
        };
        let body = match self.bmi_class.as_deref() {
            Some("thin") => Some("terlalu kurus"),
            Some("overweight") => Some("berat badan lebih"),
            Some("obese_1") => Some("obesitas tingkat 1"),
            Some("obese_2") => Some("obesitas tingkat 2"),
            _ => None,
        };
        let uric = (self.is_uric_acid_high == Some(true)).then_some("asam urat tinggi");
        let waist = (self.is_waist_wide == Some(true)).then_some("lingkar perut besar");
        [pressure, glucose, cholesterol, uric, body, waist].into_iter().flatten().collect()
    }
}

fn both(systolic: Option<i16>, diastolic: Option<i16>) -> String {
    systolic.zip(diastolic).map_or_else(|| "–".into(), |(upper, lower)| format!("{upper}/{lower}"))
}
