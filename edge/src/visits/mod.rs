//! Who came, what was measured, what it means.

mod came;
mod case;
mod charts;
mod child;
mod correct;
pub mod draft;
pub(crate) mod found;
mod growing;
pub(crate) mod home;
mod result;
mod routes;
mod station;

use protocol::{EventId, VisitId};
use uuid::Uuid;

use crate::app::Edge;
use crate::scales::Quantity;
use crate::store::{Store, StoreError, Ticket};
use draft::{Locked, Part, TicketDraft};

pub(crate) use case::{Case, Who};
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

/// The ticket with an id for the event of each of these services, minted by whoever opens its page first: a double tap on
/// any phone is the same event.
pub(crate) async fn service_ids(
    edge: &Edge,
    ticket: &Ticket,
    words: Vec<String>,
) -> Result<Ticket, StoreError> {
    if words.iter().all(|word| ticket.draft.care.events.contains_key(word)) {
        return Ok(ticket.clone());
    }
    let minted: Vec<(String, EventId)> =
        words.into_iter().map(|word| (word, EventId(Uuid::now_v7()))).collect();
    let mint = move |ticket: &mut Ticket| {
        for (word, id) in minted {
            ticket.draft.care.events.entry(word).or_insert(id);
        }
    };
    edge.store.change_ticket(ticket.visit, mint).await?.ok_or(StoreError::Damaged)
}

/// Where whoever has to be seen is sent: `referral_to` of the Puskesmas, else the Puskesmas itself.
pub(crate) fn referral_to(edge: &Edge) -> Result<String, StoreError> {
    let told = edge.store.setting("referral_to")?.map(|text| text.trim().to_owned());
    let usual = || format!("Puskesmas {}", edge.bundle.roster.puskesmas);
    Ok(told.filter(|text| !text.is_empty()).unwrap_or_else(usual))
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
