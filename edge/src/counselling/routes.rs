//! The page of a card, what is kept of it, and its voice.

use askama::Template;
use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use protocol::service::Served;
use protocol::{Body, VisitId};
use serde::Deserialize;
use uuid::Uuid;

use super::cards::{self, Card};
use super::choose::choose;
use super::voice;
use crate::app::Edge;
use crate::staff::{Act, Staff};
use crate::store::Ticket;
use crate::visits::found::Findings;
use crate::visits::{Case, Who, service_ids};
use crate::web::{Pages, Trouble, page};

/// The pages of this slice.
pub(crate) fn routes() -> Router<Pages> {
    Router::new()
        .route("/visits/{visit}/counselling", get(show).post(save))
        .route("/counselling/{card}/voice", get(speak))
}

#[derive(Template)]
#[template(path = "counselling/page.html")]
struct CardPage {
    who: Who,
    visit: VisitId,
    card: &'static Card,
    event: Option<Uuid>,
    /// It was told at this visit.
    told: bool,
    /// There is a voice on the node.
    has_voice: bool,
    may_record: bool,
    others: Vec<&'static Card>,
}

impl CardPage {
    fn back(&self) -> String {
        format!("/visits/{}/result", self.visit)
    }
}

#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    card: Option<String>,
}

/// The word under which the telling of a card has its id.
fn word(card: &Card) -> String {
    format!("counselled-{}", card.code)
}

fn is_told(case: &Case, card: &Card) -> bool {
    case.facts_here().any(
        |fact| matches!(fact.body(), Body::Served(Served::Counselled { card: told }) if told == card.code),
    )
}

async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let mut case = Case::load(&edge, &staff, visit)?;
    let chosen = match which.card {
        Some(code) => cards::named(&code).ok_or(Trouble::Nowhere)?,
        None => choose(Findings::of(&edge, &case)?.as_ref()),
    };
    let may_record = staff.can(Act::RecordMeasurement);
    case.offer(&edge, &staff, vec![word(chosen)]).await?;
    page(&CardPage {
        who: case.who(),
        visit,
        card: chosen,
        event: case.ticket.draft.care.events.get(&word(chosen)).map(|event| event.0),
        told: is_told(&case, chosen),
        has_voice: edge.config.counselling.voice.is_some(),
        may_record,
        others: cards::all().filter(|card| card.code != chosen.code).collect(),
    })
}

#[derive(Deserialize)]
struct Told {
    card: String,
    #[serde(default)]
    event: Option<Uuid>,
}

/// *Sudah dijelaskan*: keeps that a card was told, once a visit.
async fn save(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Form(told): Form<Told>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let card = cards::named(&told.card).ok_or(Trouble::Unreadable)?;
    let mut case = Case::of_today(&edge, &staff, visit)?;
    case.ticket = service_ids(&edge, &case.ticket, vec![word(card)]).await?;
    let id = *case.ticket.draft.care.events.get(&word(card)).ok_or(Trouble::Damaged)?;
    if told.event.is_none_or(|event| event == id.0) && !is_told(&case, card) {
        let body = Body::Served(Served::Counselled { card: card.code.into() });
        edge.store.record_on_ticket(case.event(&staff, id, body), visit, |_: &mut Ticket| {}).await?;
    }
    Ok(Redirect::to(&format!("/visits/{visit}/counselling?card={}", card.code)).into_response())
}

/// The card spoken by the node's own voice.
async fn speak(
    State(edge): State<Edge>,
    _staff: Staff,
    Path(code): Path<String>,
) -> Result<Response, Trouble> {
    let card = cards::named(&code).ok_or(Trouble::Nowhere)?;
    let program = edge.config.counselling.voice.as_deref().ok_or(Trouble::Nowhere)?;
    let wav = voice::spoken(program, card).await.ok_or(Trouble::Nowhere)?;
    Ok(([(header::CONTENT_TYPE, "audio/wav")], wav).into_response())
}
