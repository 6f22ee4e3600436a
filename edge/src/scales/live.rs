//! What an instrument shows at a moment, as pages and streams see it.

use protocol::VisitId;
use uuid::Uuid;

use crate::visits::draft::Locked;

/// What an instrument shows at a moment, and to whom it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// Whether the port is open.
    pub connected: bool,
    /// How far a measurement is.
    pub phase: Phase,
    /// The latest reading, grams or tenths of a millimetre; the last one known while a cabled instrument is silent.
    pub value: i32,
    /// How near to ready, 0 to 100.
    pub progress: u8,
    /// It takes so long that typing should be offered.
    pub slow: bool,
    /// Why there is no reading now, where the instrument or the cable says so.
    pub upset: Option<Upset>,
    /// The visit it waits for.
    pub claim: Option<VisitId>,
    /// What has settled for that visit.
    pub locked: Option<LockedFor>,
    /// What has settled for nobody and may be confirmed by name.
    pub offer: Option<Offer>,
}

impl Live {
    /// What is shown of an instrument on which nothing ever lies: a meter that has not been heard yet.
    pub(super) const fn nothing() -> Self {
        Self {
            connected: false,
            phase: Phase::Empty,
            value: 0,
            progress: 0,
            slow: false,
            upset: None,
            claim: None,
            locked: None,
            offer: None,
        }
    }
}

/// How far a measurement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing there: the next child may come.
    Empty,
    /// A measurement is under way.
    Moving,
    /// Something is there that is done with, or whose beginning nobody saw.
    Resting,
}

/// A reading that has settled, and the visit it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedFor {
    /// The visit.
    pub visit: VisitId,
    /// The reading.
    pub reading: Locked,
}

/// A reading that has settled and belongs to nobody yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Its name.
    pub reading: Uuid,
    /// Grams, or tenths of a millimetre.
    pub value: u32,
    /// It came after the visit that is looking had claimed the instrument.
    pub awaited: bool,
    /// When the instrument told it, in milliseconds of [`Clock::monotonic_ms`](crate::clock::Clock::monotonic_ms);
    /// `None` for a value that was seen to settle.
    pub told_ms: Option<u64>,
}

/// Why there is no reading. A variant for each thing a kader can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upset {
    /// More than it can measure.
    TooMuch,
    /// Below its zero.
    TooLittle,
    /// The instrument says that something is wrong with it.
    Unwell,
    /// Bytes come, but no readings: cable, speed or dialect.
    Unreadable,
    /// The port is open and nothing comes: it is switched off.
    Silent,
    /// Its own clock is wrong or was never set, so that nobody can say when it measured.
    Undated,
}
