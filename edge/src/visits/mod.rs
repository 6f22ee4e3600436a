//! Who came, what was measured, what it means.

mod came;
mod case;
mod child;
mod correct;
pub mod draft;
mod growing;
mod result;
mod routes;
mod station;

use protocol::VisitId;

use crate::scales::Quantity;
use crate::store::{Store, StoreError};
use draft::{Locked, Part, TicketDraft};

pub(crate) use case::Who;
pub use routes::routes;
pub(crate) use routes::{begin, next_step};

/// Keeps a reading that has settled for a visit, before anybody taps *Simpan*: a browser that dies loses nothing.
pub async fn keep_reading(
    store: &Store,
    visit: VisitId,
    quantity: Quantity,
    locked: Locked,
) -> Result<(), StoreError> {
    store.change_ticket(visit, move |ticket| part(&mut ticket.draft, quantity).locked = Some(locked)).await?;
    Ok(())
}

/// The half-filled measurement of a draft.
fn part(draft: &mut TicketDraft, quantity: Quantity) -> &mut Part {
    match quantity {
        Quantity::Weight => &mut draft.weight,
        Quantity::Length => &mut draft.length,
    }
}

fn part_of(draft: &TicketDraft, quantity: Quantity) -> &Part {
    match quantity {
        Quantity::Weight => &draft.weight,
        Quantity::Length => &draft.length,
    }
}
