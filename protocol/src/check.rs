//! An instrument held against something known: what was put on it, what it said, and what that is worth.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// What an instrument measures, and how it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstrumentKind {
    /// A child lies or sits on it.
    InfantScale,
    /// A child stands on it.
    StandingScale,
    /// Length or height.
    LengthBoard,
    /// A cuff around an arm.
    BloodPressureMeter,
    /// A drop of blood on a strip.
    GlucoseMeter,
}

/// A check of one instrument. Its name and dialect stand in the event's header.
///
/// Values are grams for scales and tenths of a millimetre for boards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstrumentChecked {
    /// What does not change when it is renamed or plugged in elsewhere: its id. In events of earlier versions the stable
    /// name of its port, or its address.
    pub device: String,
    /// What it measures.
    pub kind: InstrumentKind,
    /// Its scale division.
    pub division: u32,
    /// Everything that was put on it, in order.
    pub loads: Vec<Load>,
    /// How far the corners of a scale may differ; `None` for boards.
    pub spread_limit: Option<u32>,
    /// What followed from that, by the limits written beside the loads.
    pub verdict: Verdict,
}

/// One known mass or length, and what the instrument made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// What it is known to be; 0 for nothing.
    pub nominal: u32,
    /// Where it lay.
    pub spot: Spot,
    /// What was read.
    pub value: i32,
    /// How far that may be from the nominal.
    pub limit: u32,
}

/// Where on an instrument something lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Spot {
    /// In the middle, or against the board's foot.
    Centre,
    /// In one of the corners, counted from 1.
    Corner(u8),
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Right, as far as was looked.
    Good,
    /// A reading is too far from what lay there.
    Off,
    /// The corners differ too much.
    Uneven,
}

impl Load {
    /// How much too high it reads; below zero for too low.
    pub fn error(&self) -> i64 {
        i64::from(self.value) - i64::from(self.nominal)
    }
}
