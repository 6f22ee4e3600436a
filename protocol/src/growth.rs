//! What is measured of a child, as it was observed and never as it was concluded.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// Either a value or the reason there is none; a child that could not be measured still came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Taken<T> {
    /// The value read.
    Value(T),
    /// Not measured, and why.
    Not(NotTaken),
}

impl<T> Taken<T> {
    /// The value, if one was read.
    pub fn value(self) -> Option<T> {
        match self {
            Taken::Value(value) => Some(value),
            Taken::Not(_) => None,
        }
    }
}

/// Why a child could not be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotTaken {
    /// Cries or struggles.
    Cries,
    /// Child or parent refuses.
    Refuses,
    /// Too ill.
    Ill,
    /// No working instrument.
    NoInstrument,
}

/// The raw window a settled value was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Readings in the window.
    pub count: u16,
    /// Median absolute deviation, in the value's unit.
    pub spread: u32,
    /// Length of the window in milliseconds.
    pub duration_ms: u32,
    /// Smallest reading, in the value's unit.
    pub min: i32,
    /// Largest reading, in the value's unit.
    pub max: i32,
}

/// How a child was held while its length was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Posture {
    /// Lying: length (panjang badan).
    Lying,
    /// Standing: height (tinggi badan).
    Standing,
}

/// What the child wore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clothing {
    /// Bare or the thinnest.
    Light,
    /// Clothed: the weight is a little high.
    Clothed,
}

/// A child was weighed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weighed {
    /// Net weight of the child in grams.
    pub mass_g: Taken<u32>,
    /// Pitting oedema of both feet: the weight then says nothing of nutrition.
    pub oedema: bool,
    /// What the child wore.
    pub clothing: Clothing,
    /// Which weighing of this visit, from 1.
    pub repeat: u8,
    /// Raw window in grams; `None` for a typed weight and for a child in somebody's arms.
    pub window: Option<Window>,
    /// Concerns the kader was asked about and insisted on, by the growth crate's stable codes.
    pub insisted: Vec<u8>,
    /// The two readings of a child weighed in somebody's arms; version 2 writes them behind all the above.
    #[serde(skip)]
    pub carried: Option<Carried>,
}

/// A child weighed in somebody's arms (*gendong*): its weight is what lies between two readings of one scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// The carer with the child.
    pub together: Load,
    /// The carer alone.
    pub alone: Load,
    /// The division of the scale both were read on, in grams: the difference is no finer.
    pub division_g: u32,
}

impl Carried {
    /// The child's weight in grams; 0 for readings the wrong way round.
    pub const fn mass_g(&self) -> u32 {
        self.together.mass_g.saturating_sub(self.alone.mass_g)
    }
}

/// One settled reading of a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// What lay on it, in grams.
    pub mass_g: u32,
    /// What that was made from, in grams.
    pub window: Window,
}

/// A child's length or height was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LengthTaken {
    /// Length as read, in tenths of a millimetre, before any posture shift.
    pub length_tenth_mm: Taken<u32>,
    /// Lying or standing.
    pub posture: Posture,
    /// Which reading of this visit, from 1.
    pub repeat: u8,
    /// Raw window in tenths of a millimetre; `None` for a typed length.
    pub window: Option<Window>,
    /// Concerns the kader was asked about and insisted on, by the growth crate's stable codes.
    pub insisted: Vec<u8>,
}
