//! *Batalkan*: a record of a vaccine is taken back, with a reason; it stays visible to whoever looks for it.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use protocol::event::{Body, Replaces};
use protocol::service::Voided;
use protocol::{CitizenId, EventId};
use serde::Deserialize;
use uuid::Uuid;

use super::case::Case;
use crate::app::Edge;
use crate::records::said;
use crate::staff::{Act, Staff};
use crate::store::{Fact, NewEvent};
use crate::visits::Who;
use crate::web::{Trouble, page};

/// The kind of events of vaccines.
const KIND: u16 = 18;
/// Longer than any reason.
const LONGEST_REASON: usize = 200;

#[derive(Template)]
#[template(path = "immunization/undo.html")]
struct UndoPage {
    who: Who,
    child: CitizenId,
    dose: EventId,
    what: String,
    wrong: bool,
    event: Uuid,
    reason: String,
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path((id, dose)): Path<(CitizenId, EventId)>,
) -> Result<Response, Trouble> {
    staff.may(Act::VoidRecord)?;
    let case = Case::load(&edge, &staff, id).await?;
    let fact = fact(&edge, id, dose)?.filter(|fact| fact.fallen.is_none()).ok_or(Trouble::Nowhere)?;
    draw(&edge, &case, &fact, false, Uuid::now_v7(), String::new())
}

fn draw(
    edge: &Edge,
    case: &Case,
    fact: &Fact,
    wrong: bool,
    event: Uuid,
    reason: String,
) -> Result<Response, Trouble> {
    page(&UndoPage {
        who: case.who(edge),
        child: case.child.id,
        dose: fact.id(),
        what: said(fact.body()),
        wrong,
        event,
        reason,
    })
}

#[derive(Deserialize)]
pub(super) struct UndoForm {
    #[serde(default)]
    reason: String,
    event: Uuid,
}

pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Path((id, dose)): Path<(CitizenId, EventId)>,
    Form(form): Form<UndoForm>,
) -> Result<Response, Trouble> {
    staff.may(Act::VoidRecord)?;
    let case = Case::load(&edge, &staff, id).await?;
    let fact = fact(&edge, id, dose)?.ok_or(Trouble::Nowhere)?;
    let reason = form.reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        let page = draw(&edge, &case, &fact, true, form.event, form.reason)?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    if fact.fallen.is_none() {
        let header = &fact.event.header;
        let event = NewEvent {
            visit: header.visit,
            observed_on: header.observed_on,
            report_month: header.report_month,
            place: header.place,
            replaces: Some(Replaces { event: dose, reason: reason.into() }),
            ..case.event(&staff, form.event.into(), Body::Voided(Voided { kind: KIND }))
        };
        edge.store.record(vec![event]).await?;
    }
    Ok(Redirect::to(&format!("/people/{id}/immunization?saved=ya")).into_response())
}

/// A record of this child's vaccines, also one that was taken back.
fn fact(edge: &Edge, citizen: CitizenId, event: EventId) -> Result<Option<Fact>, Trouble> {
    let mut facts = edge.store.all_facts_of(citizen)?.into_iter();
    Ok(facts.find(|fact| fact.id() == event && matches!(fact.body(), Body::Immunization(_))))
}
