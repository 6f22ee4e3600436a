//! Doses given, doses not given, and what followed them.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// Something about one dose, or about what followed. New ones go last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Immunization {
    /// A dose was given; the event's day is the day it was given, its place where.
    Given(Dose),
    /// A dose that was due was not given.
    NotGiven {
        /// Which antigen, by its code in the catalogue.
        antigen: String,
        /// Which dose of it, from 1.
        number: u8,
        /// Why not.
        reason: NotGiven,
    },
    /// Something unwanted after an immunization (*KIPI*).
    Reaction {
        /// Antigens of that day, as far as one knows.
        antigens: Vec<String>,
        /// What was seen, in words.
        what: String,
        /// A hospital or a doctor was needed.
        serious: bool,
    },
}

/// A dose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dose {
    /// Which antigen, by its code in the catalogue.
    pub antigen: String,
    /// Which dose of it, from 1.
    pub number: u8,
    /// Batch number on the vial; `None` for a dose copied from the book.
    pub batch: Option<String>,
    /// Who gave it, where that is not who records it: a health post, a name.
    pub given_by: Option<String>,
    /// Whether it came too early, and what a midwife decided then. Her decision is the same dose again, with this changed,
    /// in place of the event before.
    pub timing: Timing,
}

/// Whether a dose came at its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// At its time or later, as far as anybody saw.
    Timely,
    /// Younger than the schedule allows, or too soon after the last: kept, marked, and a midwife decides.
    Early,
    /// Early, and a midwife says that it counts.
    EarlyCounts,
    /// A midwife says that it does not count and is given again.
    Repeat,
}

/// Why a dose was not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotGiven {
    /// The child is sick.
    Sick,
    /// The family refuses.
    Refused,
    /// There is no vaccine today.
    OutOfStock,
    /// Must not have it.
    Contraindicated,
    /// Another reason, on another day.
    Postponed,
}
