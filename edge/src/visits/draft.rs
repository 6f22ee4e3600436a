//! What has been typed or has settled on the scale and is not saved yet; it lives on the node, field by field.

use protocol::EventId;
use protocol::event::Instrument;
use protocol::growth::{Clothing, Posture, Window};
use serde::{Deserialize, Deserializer, Serialize};
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
    /// The child is weighed in somebody's arms, and how far that is.
    #[serde(deserialize_with = "nothing_before")]
    pub carrying: Option<Carrying>,
}

/// The two steps of a child in somebody's arms, in whichever order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carrying {
    /// What has settled at each step.
    pub steps: [Option<Locked>; 2],
    /// The division of the scale, in grams.
    pub division_g: u32,
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

/// For the last fields of a row: one that an earlier version of this program wrote ends before them.
pub(crate) fn nothing_before<'de, T, D>(draft: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(T::deserialize(draft).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A draft as the first version wrote it, and behind it nothing.
    #[derive(Serialize)]
    struct First {
        weight: Part,
        length: Part,
        clothing: Option<Clothing>,
        oedema: bool,
        posture: Option<Posture>,
    }

    #[test]
    fn a_ticket_of_an_earlier_version_is_still_read() {
        let weight = Part { typed: "8,4".into(), repeats: 2, ..Part::default() };
        let first = First {
            weight: weight.clone(),
            length: Part::default(),
            clothing: None,
            oedema: true,
            posture: Some(Posture::Standing),
        };
        let draft: TicketDraft = postcard::from_bytes(&postcard::to_allocvec(&first).unwrap()).unwrap();
        let posture = Some(Posture::Standing);
        assert_eq!(draft, TicketDraft { weight, oedema: true, posture, ..TicketDraft::default() });
        let now = TicketDraft { carrying: Some(Carrying::default()), ..draft };
        assert_eq!(postcard::from_bytes::<TicketDraft>(&postcard::to_allocvec(&now).unwrap()).unwrap(), now);
    }
}
