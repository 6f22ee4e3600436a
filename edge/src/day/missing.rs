//! Who came last month and has not come this time: the list for home visits. Whoever was weighed elsewhere is not missed.

use std::sync::Arc;

use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use protocol::{CitizenId, Month};
use serde::Deserialize;

use super::people::Line;
use super::session::report_month;
use super::ticks::{Tick, ticked, toggle};
use crate::app::Edge;
use crate::roster;
use crate::staff::{Act, Staff};
use crate::store::{Card, StoreError, Ticket};
use crate::web::Trouble;

/// A list to walk along, not a register.
pub(super) const AT_MOST: usize = 100;

/// Somebody who is missed.
pub(super) struct Missed {
    pub(super) line: Line,
    /// Will be visited at home.
    pub(super) is_visited: bool,
}

/// Those missed, by name, and how many there are altogether.
pub(super) fn list(
    edge: &Edge,
    staff: &Staff,
    tickets: &[Ticket],
    month: Month,
) -> Result<(Vec<Missed>, usize), StoreError> {
    let posyandu = staff.posyandu.id;
    let before = Month(month.0 - 1);
    let mut missed: Vec<_> = edge.store.cards();
    missed.retain(|card| {
        card.stay.posyandu == posyandu
            && card.stay.left.is_none()
            && (card.came(posyandu, before) || card.weighed_away(posyandu, before).is_some())
            && !card.came(posyandu, month)
            && card.weighed_away(posyandu, month).is_none()
            && tickets.iter().all(|ticket| ticket.citizen != card.citizen)
    });
    missed.sort_by(|one, other| one.person.name.cmp(&other.person.name));
    let count = missed.len();
    let marked = ticked(edge, Tick::HomeVisit, posyandu, month)?;
    missed.truncate(AT_MOST);
    let missed = missed
        .iter()
        .map(|card| Missed { line: Line::of(edge, card), is_visited: marked.contains(&card.citizen) });
    Ok((missed.collect(), count))
}

/// Those who were weighed elsewhere this month and have not come here, by name, with where that was.
pub(super) fn away(edge: &Edge, staff: &Staff, tickets: &[Ticket], month: Month) -> Vec<(Line, String)> {
    let posyandu = staff.posyandu.id;
    let mut away = edge.store.cards();
    away.retain(|card| {
        card.stay.left.is_none()
            && card.weighed_away(posyandu, month).is_some()
            && !card.came(posyandu, month)
            && tickets.iter().all(|ticket| ticket.citizen != card.citizen)
    });
    away.sort_by(|one, other| one.person.name.cmp(&other.person.name));
    away.truncate(AT_MOST);
    let line = |card: &Arc<Card>| {
        let weighed = card.weighed_away(posyandu, month)?;
        Some((Line::of(edge, card), roster::place_of(edge, card, weighed)))
    };
    away.iter().filter_map(line).collect()
}

#[derive(Deserialize)]
pub(super) struct Mark {
    citizen: CitizenId,
    #[serde(default)]
    on: Option<String>,
}

/// *Kunjungan rumah*, or not after all.
pub(super) async fn mark(
    State(edge): State<Edge>,
    staff: Staff,
    Form(Mark { citizen, on }): Form<Mark>,
) -> Result<Response, Trouble> {
    staff.may(Act::MarkAttendance)?;
    roster::of_child(&edge, &staff, citizen)?;
    let month = report_month(&edge, staff.posyandu.id, edge.clock.now().today);
    toggle(&edge, &staff, Tick::HomeVisit, month, citizen, on.is_some()).await?;
    Ok(Redirect::to("/board#belum").into_response())
}
