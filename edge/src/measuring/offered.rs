//! What a meter has just finished and a kader may tap instead of typing it.
//!
//! # Why
//! A meter does not know whose arm it was on, so its number is nobody's until somebody taps it on that person's page. This
//! is the one place where pages meet meters.

use protocol::VisitId;
use protocol::event::Instrument;
use protocol::measured::{Measure, What};
use uuid::Uuid;

use crate::app::Edge;
use crate::store::StoreError;

/// A finished measurement that is nobody's yet.
pub(crate) struct Offer {
    pub(crate) id: Uuid,
    /// `128/82 · Tensimeter A · 1 menit lalu`.
    pub(crate) label: String,
}

/// A measurement that now belongs to a visit.
pub(crate) struct Given {
    pub(crate) measure: Measure,
    pub(crate) instrument: Instrument,
}

/// What meters offer of a quantity, the latest first. Scales and boards are all this node listens to, so it is nothing.
pub(crate) const fn offers(_edge: &Edge, _what: What) -> Vec<Offer> {
    Vec::new()
}

/// Gives an offered measurement to a visit. `None` if it is not offered any more.
pub(crate) async fn take(_edge: &Edge, _id: Uuid, _visit: VisitId) -> Result<Option<Given>, StoreError> {
    Ok(None)
}
