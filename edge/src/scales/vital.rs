//! What a meter of blood pressure or glucose tells: a finished measurement, or why it is none.

use ::scales::{BloodPressure, Dialect, Extras, Meal, Measured, Measures, Reading};
use serde::{Deserialize, Serialize};

use crate::config::InstrumentKind;

/// What a meter measures once and tells when it has finished. It never settles, and never goes the way of a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vital {
    /// Blood pressure, in millimetres of mercury.
    BloodPressure,
    /// Glucose in blood, in milligrams in a decilitre.
    Glucose,
}

impl Vital {
    /// What instruments of a kind measure; `None` for scales and boards.
    pub const fn of(kind: InstrumentKind) -> Option<Self> {
        match kind {
            InstrumentKind::BloodPressureMeter => Some(Self::BloodPressure),
            InstrumentKind::GlucoseMeter => Some(Self::Glucose),
            InstrumentKind::InfantScale | InstrumentKind::StandingScale | InstrumentKind::LengthBoard => None,
        }
    }

    /// The kind of instrument that measures it.
    pub const fn kind(self) -> InstrumentKind {
        match self {
            Self::BloodPressure => InstrumentKind::BloodPressureMeter,
            Self::Glucose => InstrumentKind::GlucoseMeter,
        }
    }

    /// What such meters speak.
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::BloodPressure => Dialect::Ble2a35,
            Self::Glucose => Dialect::Ble2a18,
        }
    }

    /// What dialects call it.
    pub const fn measures(self) -> Measures {
        match self {
            Self::BloodPressure => Measures::BloodPressure,
            Self::Glucose => Measures::Glucose,
        }
    }

    /// The word in addresses and forms.
    pub const fn word(self) -> &'static str {
        match self {
            Self::BloodPressure => "blood_pressure",
            Self::Glucose => "glucose",
        }
    }

    /// The unit people read.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::BloodPressure => "mmHg",
            Self::Glucose => "mg/dL",
        }
    }
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// By a cuff.
    BloodPressure(Pressure),
    /// By a strip.
    Glucose(Glucose),
}

/// A blood pressure, whole millimetres of mercury whatever unit the cuff spoke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pressure {
    /// The upper one.
    pub systolic_mmhg: u16,
    /// The lower one.
    pub diastolic_mmhg: u16,
    /// The mean over the beat, if the cuff works it out.
    pub mean_mmhg: Option<u16>,
    /// Heartbeats in a minute, if the cuff counts them.
    pub pulse_bpm: Option<u16>,
    /// What the cuff itself found odd.
    pub cautions: Vec<Caution>,
}

/// The glucose in a drop of blood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glucose {
    /// Milligrams in a decilitre, whatever unit the meter spoke.
    pub mg_per_dl: u16,
    /// How far from a meal, if somebody told the meter.
    #[serde(with = "meals")]
    pub meal: Option<Meal>,
    /// What the meter itself found odd.
    pub cautions: Vec<Caution>,
}

/// What a meter found odd about a measurement whose number it stands by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Caution {
    /// The body moved meanwhile.
    BodyMoved,
    /// The cuff sat too loosely.
    CuffLoose,
    /// The heart did not beat evenly.
    PulseIrregular,
    /// The heart beat faster than the cuff can count well.
    PulseFast,
    /// The heart beat slower than the cuff can count well.
    PulseSlow,
    /// The arm was not where it should be.
    WrongPosition,
    /// The battery is nearly empty.
    BatteryLow,
    /// The meter was too hot.
    TooHot,
    /// The meter was too cold.
    TooCold,
}

/// Why what a meter told is no measurement of anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoValue {
    /// It says itself that it went wrong: strip, drop, sensor.
    Failed,
    /// More than the meter can measure.
    TooHigh,
    /// Less than the meter can measure.
    TooLow,
    /// No living person has it.
    Impossible,
    /// It was the liquid the meter is tried with.
    Control,
}

/// Bits of a cuff's status, and what they mean; its two bits on the pulse are one number.
const CUFF: [(u16, Caution); 4] = [
    (1, Caution::BodyMoved),
    (1 << 1, Caution::CuffLoose),
    (1 << 2, Caution::PulseIrregular),
    (1 << 5, Caution::WrongPosition),
];
const CUFF_PULSE: (u16, u32) = (0b11 << 3, 3);

/// Bits of a glucose meter's status after which its number stands.
const STRIP: [(u16, Caution); 3] =
    [(1, Caution::BatteryLow), (1 << 7, Caution::TooHot), (1 << 8, Caution::TooCold)];
/// Sensor broken, drop too small, strip not in, wrong strip, pulled out too early, any other fault.
const STRIP_FAILED: u16 = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 9 | 1 << 10;
const STRIP_TOO_HIGH: u16 = 1 << 5;
const STRIP_TOO_LOW: u16 = 1 << 6;

/// What a living person can have. Beyond it a meter was not on one.
const SYSTOLIC: std::ops::RangeInclusive<u16> = 40..=300;
const DIASTOLIC: std::ops::RangeInclusive<u16> = 20..=200;
const PULSE: std::ops::RangeInclusive<u16> = 20..=250;
const MG_PER_DL: std::ops::RangeInclusive<u16> = 10..=1_000;

impl Value {
    /// What a reading says was measured.
    ///
    /// # Errors
    /// Why it is no measurement of anybody.
    pub fn of(reading: &Reading) -> Result<Self, NoValue> {
        let extras = &reading.extras;
        match reading.measured {
            Measured::BloodPressure(told) => pressure(&told, extras).map(Self::BloodPressure),
            Measured::Quantity(told) => glucose(told, extras).map(Self::Glucose),
            _ => Err(NoValue::Impossible),
        }
    }

    /// What kind of value it is.
    pub const fn vital(&self) -> Vital {
        match self {
            Self::BloodPressure(_) => Vital::BloodPressure,
            Self::Glucose(_) => Vital::Glucose,
        }
    }

    /// What the meter itself found odd.
    pub fn cautions(&self) -> &[Caution] {
        match self {
            Self::BloodPressure(pressure) => &pressure.cautions,
            Self::Glucose(glucose) => &glucose.cautions,
        }
    }

    /// The numbers of it: what makes two tellings the same.
    pub(super) fn numbers(&self) -> [Option<u16>; 3] {
        match self {
            Self::BloodPressure(Pressure { systolic_mmhg, diastolic_mmhg, pulse_bpm, .. }) => {
                [Some(*systolic_mmhg), Some(*diastolic_mmhg), *pulse_bpm]
            }
            Self::Glucose(glucose) => [Some(glucose.mg_per_dl), None, None],
        }
    }
}

fn pressure(told: &BloodPressure, extras: &Extras) -> Result<Pressure, NoValue> {
    let whole = |pressure| told.mm_hg(pressure).and_then(|mmhg| u16::try_from(mmhg).ok());
    let upper = whole(told.systolic).filter(|mmhg| SYSTOLIC.contains(mmhg));
    let lower = whole(told.diastolic).filter(|mmhg| DIASTOLIC.contains(mmhg));
    let both = upper.zip(lower).filter(|(upper, lower)| upper > lower);
    let (systolic_mmhg, diastolic_mmhg) = both.ok_or(NoValue::Impossible)?;
    let pulse = extras.pulse.and_then(|pulse| u16::try_from(pulse.whole()?).ok());
    let status = extras.status.unwrap_or_default();
    let mut cautions = marked(status, &CUFF);
    match (status & CUFF_PULSE.0) >> CUFF_PULSE.1 {
        1 => cautions.push(Caution::PulseFast),
        2 => cautions.push(Caution::PulseSlow),
        _ => {}
    }
    Ok(Pressure {
        systolic_mmhg,
        diastolic_mmhg,
        mean_mmhg: told.mean.and_then(whole).filter(|mean| (diastolic_mmhg..=systolic_mmhg).contains(mean)),
        pulse_bpm: pulse.filter(|pulse| PULSE.contains(pulse)),
        cautions,
    })
}

fn glucose(told: ::scales::Quantity, extras: &Extras) -> Result<Glucose, NoValue> {
    let status = extras.status.unwrap_or_default();
    if extras.is_control {
        return Err(NoValue::Control);
    }
    for (bits, why) in [
        (STRIP_FAILED, NoValue::Failed),
        (STRIP_TOO_HIGH, NoValue::TooHigh),
        (STRIP_TOO_LOW, NoValue::TooLow),
    ] {
        if status & bits != 0 {
            return Err(why);
        }
    }
    let mg_per_dl = told.glucose_mg_per_dl().and_then(|mg| u16::try_from(mg).ok());
    let mg_per_dl = mg_per_dl.filter(|mg| MG_PER_DL.contains(mg)).ok_or(NoValue::Impossible)?;
    Ok(Glucose { mg_per_dl, meal: extras.meal, cautions: marked(status, &STRIP) })
}

fn marked(status: u16, bits: &[(u16, Caution)]) -> Vec<Caution> {
    bits.iter().filter(|(bit, _)| status & bit != 0).map(|&(_, caution)| caution).collect()
}

/// How a meal is kept: by its number at the meter; 0 for none, and for one this version does not know.
mod meals {
    use ::scales::Meal;
    use serde::{Deserialize, Deserializer, Serializer};

    const NUMBERED: [(u8, Meal); 5] =
        [(1, Meal::Before), (2, Meal::After), (3, Meal::Fasting), (4, Meal::Casual), (5, Meal::Bedtime)];

    pub(super) fn serialize<S: Serializer>(meal: &Option<Meal>, out: S) -> Result<S::Ok, S::Error> {
        let number = NUMBERED.iter().find(|(_, known)| Some(*known) == *meal).map(|(number, _)| *number);
        out.serialize_u8(number.unwrap_or_default())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(kept: D) -> Result<Option<Meal>, D::Error> {
        let kept = u8::deserialize(kept)?;
        Ok(NUMBERED.iter().find(|(number, _)| *number == kept).map(|(_, meal)| *meal))
    }
}

#[cfg(test)]
#[path = "vital_tests.rs"]
mod tests;
