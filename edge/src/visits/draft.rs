//! What has been typed or has settled on the scale and is not saved yet; it lives on the node, field by field.

use std::collections::BTreeMap;

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
    /// What is asked, given and told besides.
    #[serde(deserialize_with = "nothing_before")]
    pub care: CareDraft,
}

/// The services of a visit, as far as they are not saved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CareDraft {
    /// The ids the events of its services will have, by the services' words: a double tap saves the same event.
    pub events: BTreeMap<String, EventId>,
    /// What is typed or ticked, by the names of the fields.
    pub fields: BTreeMap<String, String>,
}

/// A page of ours has fewer fields.
const MOST_FIELDS: usize = 64;

impl CareDraft {
    /// Keeps a field as it is typed; emptied, it is forgotten.
    pub fn type_in(&mut self, field: &str, value: String) {
        if value.is_empty() {
            self.fields.remove(field);
        } else if self.fields.contains_key(field) || self.fields.len() < MOST_FIELDS {
            self.fields.insert(field.into(), value);
        }
    }

    /// Forgets the fields of a service.
    pub fn clear(&mut self, service: &str) {
        let own = |field: &str| field == service || field.starts_with(&format!("{service}-"));
        self.fields.retain(|field, _| !own(field));
    }
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
        let fields = BTreeMap::from([("arm".to_owned(), "13,2".to_owned())]);
        let care = CareDraft { fields, ..CareDraft::default() };
        let now = TicketDraft { carrying: Some(Carrying::default()), care, ..draft };
        assert_eq!(postcard::from_bytes::<TicketDraft>(&postcard::to_allocvec(&now).unwrap()).unwrap(), now);
    }

    #[test]
    fn the_fields_of_one_service_are_forgotten_and_those_of_others_are_kept() {
        let mut care = CareDraft::default();
        for field in ["tb-cough", "tb", "arm", "tbx"] {
            care.type_in(field, "ya".into());
        }
        care.clear("tb");
        care.type_in("arm", String::new());
        assert_eq!(care.fields.keys().collect::<Vec<_>>(), ["tbx"]);
        (0..200).for_each(|number| care.type_in(&format!("field-{number}"), "1".into()));
        assert_eq!(care.fields.len(), MOST_FIELDS);
    }
}
