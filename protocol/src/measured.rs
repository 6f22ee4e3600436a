//! What is measured of anybody besides a child's weight and length: one value an event, so that each keeps its own
//! instrument and its own way in.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::growth::{Taken, Window};

/// Something was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// What, and how much.
    pub measure: Measure,
    /// Which reading of this visit, from 1.
    pub repeat: u8,
    /// Raw window in the value's unit; `None` for what was typed or does not settle.
    pub window: Option<Window>,
    /// Concerns the kader was asked about and insisted on, by the codes of the page that asked.
    pub insisted: Vec<u8>,
}

/// A quantity with its value or the reason there is none. New quantities go last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Measure {
    /// Weight of somebody who is no child, in grams.
    Mass(Taken<u32>),
    /// Height of somebody who is no child, in tenths of a millimetre.
    Height(Taken<u32>),
    /// Head circumference (*lingkar kepala*), in tenths of a millimetre.
    Head(Taken<u32>),
    /// Mid-upper arm circumference (*LiLA*), in tenths of a millimetre.
    Arm(Taken<u32>),
    /// Waist circumference, in tenths of a millimetre.
    Waist(Taken<u32>),
    /// Blood pressure.
    Pressure(Taken<Pressure>),
    /// Blood glucose.
    Glucose(Taken<Glucose>),
    /// Total cholesterol, in mg/dL.
    Cholesterol(Taken<u16>),
    /// Uric acid, in tenths of mg/dL.
    UricAcid(Taken<u16>),
    /// Haemoglobin, in tenths of g/dL.
    Haemoglobin(Taken<u16>),
    /// Body temperature, in tenths of a degree Celsius.
    Temperature(Taken<u16>),
    /// Height of the womb (*tinggi fundus*), in tenths of a millimetre.
    Fundus(Taken<u32>),
    /// The unborn child's heart, in beats a minute.
    FetalHeart(Taken<u16>),
}

/// Which quantity is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Weight.
    Mass,
    /// Height.
    Height,
    /// Head circumference.
    Head,
    /// Arm circumference.
    Arm,
    /// Waist circumference.
    Waist,
    /// Blood pressure.
    Pressure,
    /// Blood glucose.
    Glucose,
    /// Total cholesterol.
    Cholesterol,
    /// Uric acid.
    UricAcid,
    /// Haemoglobin.
    Haemoglobin,
    /// Body temperature.
    Temperature,
    /// Height of the womb.
    Fundus,
    /// The unborn child's heart.
    FetalHeart,
}

/// Blood pressure in mmHg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pressure {
    /// The upper figure.
    pub systolic: u16,
    /// The lower figure.
    pub diastolic: u16,
    /// Beats a minute, where the cuff says them.
    pub pulse: Option<u16>,
}

/// Blood glucose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glucose {
    /// In mg/dL.
    pub mg_dl: u16,
    /// Taken after at least eight hours without food.
    pub fasting: bool,
}

impl Measure {
    /// Which quantity it is.
    pub const fn what(&self) -> What {
        match self {
            Measure::Mass(_) => What::Mass,
            Measure::Height(_) => What::Height,
            Measure::Head(_) => What::Head,
            Measure::Arm(_) => What::Arm,
            Measure::Waist(_) => What::Waist,
            Measure::Pressure(_) => What::Pressure,
            Measure::Glucose(_) => What::Glucose,
            Measure::Cholesterol(_) => What::Cholesterol,
            Measure::UricAcid(_) => What::UricAcid,
            Measure::Haemoglobin(_) => What::Haemoglobin,
            Measure::Temperature(_) => What::Temperature,
            Measure::Fundus(_) => What::Fundus,
            Measure::FetalHeart(_) => What::FetalHeart,
        }
    }

    /// The value as one number, if there is one and it is one number.
    pub fn number(&self) -> Option<u32> {
        match *self {
            Measure::Mass(taken)
            | Measure::Height(taken)
            | Measure::Head(taken)
            | Measure::Arm(taken)
            | Measure::Waist(taken)
            | Measure::Fundus(taken) => taken.value(),
            Measure::Cholesterol(taken)
            | Measure::UricAcid(taken)
            | Measure::Haemoglobin(taken)
            | Measure::Temperature(taken)
            | Measure::FetalHeart(taken) => taken.value().map(u32::from),
            Measure::Glucose(taken) => taken.value().map(|glucose| u32::from(glucose.mg_dl)),
            Measure::Pressure(_) => None,
        }
    }
}
