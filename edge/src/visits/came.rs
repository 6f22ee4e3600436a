//! A child that is done for today and comes again: asked about, because a second visit is rarely meant.

use askama::Template;
use axum::response::Response;
use protocol::CitizenId;

use super::case::Who;
use crate::app::Edge;
use crate::roster;
use crate::staff::Staff;
use crate::store::{StoreError, Ticket};
use crate::web::{Trouble, page};

#[derive(Template)]
#[template(path = "visits/came.html")]
struct CamePage {
    who: Who,
    ticket: Ticket,
    clock_unset: bool,
}

/// The last ticket of a child whose visits of today are all done.
pub(super) fn done_today(
    edge: &Edge,
    staff: &Staff,
    citizen: CitizenId,
) -> Result<Option<Ticket>, StoreError> {
    let now = edge.clock.now();
    let mut tickets = edge.store.tickets_on(staff.posyandu.id, now.today.into())?;
    // all days of an unset clock look alike; only this power-up's are surely of today
    tickets.retain(|ticket| ticket.citizen == citizen && (now.believable || ticket.boot == now.stamp.boot));
    let all_done = tickets.iter().all(|ticket| ticket.closed);
    Ok(tickets.pop().filter(|_| all_done))
}

/// *Lihat hasil* or *datang lagi*?
pub(super) fn ask(edge: &Edge, staff: &Staff, ticket: &Ticket) -> Result<Response, Trouble> {
    let child = roster::of_child(edge, staff, ticket.citizen)?;
    let who = Who { ticket: Some(ticket.number), ..Who::now(edge, &child) };
    page(&CamePage { who, ticket: ticket.clone(), clock_unset: !edge.clock.now().believable })
}
