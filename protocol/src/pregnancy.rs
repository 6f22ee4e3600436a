//! Pregnancies: when one began, what the midwife examined, how it ended, and the weeks after.
//!
//! What is measured (weight, blood pressure, arm, womb) are [`crate::measured`] events of the same visit; a kader may
//! record them. What stands here is the midwife's.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::ids::{CitizenId, PregnancyId};
use crate::time::LocalDate;

/// A pregnancy is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PregnancyBegan {
    /// Its id.
    pub pregnancy: PregnancyId,
    /// First day of the last period (*HPHT*), where known.
    pub last_period: Option<LocalDate>,
    /// The day of birth an ultrasound or the midwife gave; it counts before the last period.
    pub due: Option<LocalDate>,
    /// Which pregnancy it is, from 1.
    pub gravida: u8,
    /// Births so far.
    pub para: u8,
    /// Miscarriages so far.
    pub abortus: u8,
    /// Tetanus doses so far, 0 to 5; `None` if nobody knows.
    pub tetanus: Option<u8>,
    /// Risks known at the beginning, by the codes of the page that asked.
    pub risks: Vec<String>,
}

/// A pregnancy has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PregnancyEnded {
    /// Which.
    pub pregnancy: PregnancyId,
    /// The day.
    pub on: LocalDate,
    /// How.
    pub outcome: Outcome,
}

/// How a pregnancy ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Children were born alive; those who are written down here.
    Born(Vec<CitizenId>),
    /// Born without life.
    Stillborn,
    /// Miscarriage.
    Miscarried,
    /// The mother died.
    MotherDied,
    /// It never was, or stands here twice.
    Mistake,
}

/// What the midwife found and gave at a visit before birth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AncExamined {
    /// Which pregnancy.
    pub pregnancy: PregnancyId,
    /// A doctor examined.
    pub by_doctor: bool,
    /// An ultrasound was made.
    pub ultrasound: bool,
    /// The tetanus dose given now, 1 to 5.
    pub tetanus_given: Option<u8>,
    /// Screenings done now, by code: blood group, protein, HIV, syphilis, hepatitis B, glucose, malaria.
    pub screened: Vec<Screened>,
    /// Risk signs seen now, by code.
    pub risks: Vec<String>,
    /// In words.
    pub notes: String,
    /// The midwife stands by the record; until then it is a draft of what a kader noted.
    pub validated: bool,
}

/// One screening and what it said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screened {
    /// Its code.
    pub what: String,
    /// Its result, in words or figures.
    pub result: String,
}

/// What was found and given in the weeks after birth (*nifas*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NifasExamined {
    /// The pregnancy that ended.
    pub pregnancy: PregnancyId,
    /// Red vitamin A capsules given now.
    pub capsules: u8,
    /// Signs of danger seen now, by code.
    pub risks: Vec<String>,
    /// In words.
    pub notes: String,
    /// The midwife stands by the record.
    pub validated: bool,
}
