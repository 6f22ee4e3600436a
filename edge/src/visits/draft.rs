//! What has been typed or has settled on the scale and is not saved yet; it lives on the node, field by field.

use protocol::EventId;
use protocol::event::Instrument;
use protocol::growth::{Clothing, Posture, Window};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The half-filled pages of one visit.
///
/// Kept in the ticket, so a browser that is killed and a phone that is swapped lose nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketDraft {
    /// The page *Timbang*.
    pub weight: Part,
    /// The page *Ukur*.
    pub length: Part,
    /// What the child wears, where the kader said so.
    pub clothing: Option<Clothing>,
    /// Both feet are swollen.
    pub oedema: bool,
    /// Lying or standing, where the kader chose otherwise than the age proposes.
    pub posture: Option<Posture>,
}

/// One half-filled measurement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Digits as typed, not yet read as a number.
    pub typed: String,
    /// The reading the instrument settled on.
    pub locked: Option<Locked>,
    /// How often this was saved before, in this visit.
    pub repeats: u8,
    /// The event that the next save replaces (*Ulangi*).
    pub replaces: Option<EventId>,
}

/// A settled reading that belongs to this visit and waits to be saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locked {
    /// The reading's own id: a page saves this, never a number.
    pub reading: Uuid,
    /// Grams, or tenths of a millimetre.
    pub value: u32,
    /// What it was made from, in the value's unit.
    pub window: Window,
    /// What it was read from.
    pub instrument: Instrument,
}
