//! The page of services, and what its taps do.

use askama::Template;
use axum::Router;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use protocol::event::Replaces;
use protocol::service::{Served, Voided};
use protocol::{Body, EventId, VisitId};
use serde::Deserialize;
use uuid::Uuid;

use super::answer::{NoAnswer, Sent, answer};
use super::cards::{Card, Form as How, cards};
use super::referral;
use super::service::Service;
use super::settings::Settings;
use crate::app::Edge;
use crate::staff::{Act, Staff};
use crate::store::{NewEvent, Ticket};
use crate::visits::found::Findings;
use crate::visits::{Case, Who, service_ids};
use crate::web::{Pages, Trouble, page};

/// The pages of this slice.
pub(crate) fn routes() -> Router<Pages> {
    Router::new()
        .route("/visits/{visit}/care", get(show).post(save))
        .route("/visits/{visit}/care/undo", post(undo))
        .route("/visits/{visit}/referral", get(referral::show).post(referral::save))
        .route("/visits/{visit}/referral/slip", get(referral::slip))
}

#[derive(Template)]
#[template(path = "care/page.html")]
struct CarePage {
    who: Who,
    visit: VisitId,
    cards: Vec<Card>,
    may_record: bool,
    clock_unset: bool,
}

impl CarePage {
    fn back(&self) -> String {
        format!("/visits/{}/result", self.visit)
    }

    fn due(&self) -> impl Iterator<Item = &Card> {
        self.cards.iter().filter(|card| card.is_due)
    }

    fn others(&self) -> impl Iterator<Item = &Card> {
        self.cards.iter().filter(|card| !card.is_due)
    }

    fn open(&self) -> usize {
        self.due().filter(|card| card.done.is_none()).count()
    }
}

async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
) -> Result<Response, Trouble> {
    let mut case = Case::load(&edge, &staff, visit)?;
    case.offer(&edge, &staff, words()).await?;
    draw(&edge, &staff, &case, None)
}

fn draw(
    edge: &Edge,
    staff: &Staff,
    case: &Case,
    unclear: Option<(Service, &'static str)>,
) -> Result<Response, Trouble> {
    let settings = Settings::of(edge)?;
    let findings = Findings::of(edge, case)?;
    let mut cards = if case.now.believable { cards(case, &settings, findings.as_ref()) } else { Vec::new() };
    if let Some((service, why)) = unclear
        && let Some(card) = cards.iter_mut().find(|card| card.service == service)
    {
        (card.unclear, card.is_due) = (Some(why), true);
    }
    page(&CarePage {
        who: case.who(),
        visit: case.ticket.visit,
        cards,
        may_record: staff.can(Act::RecordMeasurement),
        clock_unset: !case.now.believable,
    })
}

/// The words under which a ticket holds the ids of what is answered on these pages.
pub(super) fn words() -> Vec<String> {
    Service::ALL.into_iter().map(Service::word).chain([referral::WORD]).map(str::to_owned).collect()
}

async fn save(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let mut case = Case::of_today(&edge, &staff, visit)?;
    if !case.now.believable {
        return Ok(Redirect::to("/clock").into_response());
    }
    let sent = Sent(fields);
    let service = sent.get("service").and_then(Service::named).ok_or(Trouble::Unreadable)?;
    case.ticket = service_ids(&edge, &case.ticket, words()).await?;
    let id = *case.ticket.draft.care.events.get(service.word()).ok_or(Trouble::Damaged)?;
    let is_meant = sent.get("event").is_none_or(|event| event == id.0.to_string());
    let is_done = case.facts_here().any(|fact| Service::answered_by(fact.body()) == Some(service));
    let back = Redirect::to(&format!("/visits/{visit}/care"));
    if !is_meant || is_done {
        // a second tap, or an older page: nothing is left to do
        return Ok(back.into_response());
    }
    let settings = Settings::of(&edge)?;
    let body = match answer(service, &sent, &case, &settings) {
        Ok(body) => body,
        Err(NoAnswer::Unreadable) => return Err(Trouble::Unreadable),
        Err(NoAnswer::Unclear(why)) => {
            keep_typed(&mut case.ticket, service, &sent);
            let page = draw(&edge, &staff, &case, Some((service, why)))?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let event = case.event(&staff, id, body);
    let clear = move |ticket: &mut Ticket| ticket.draft.care.clear(service.word());
    edge.store.record_on_ticket(event, visit, clear).await?;
    Ok(back.into_response())
}

/// What was typed and ticked stays on the page that asks again.
fn keep_typed(ticket: &mut Ticket, service: Service, sent: &Sent) {
    let care = &mut ticket.draft.care;
    care.clear(service.word());
    for (field, value) in &sent.0 {
        match field.as_str() {
            "typed" => care.type_in(service.word(), value.clone()),
            "tick" => care.type_in(&format!("{}-{value}", service.word()), "ya".into()),
            _ => {}
        }
    }
}

#[derive(Deserialize)]
struct Undone {
    event: Uuid,
}

/// *Urungkan*: an answer of this visit is taken back by whoever records at the table, and stays visible as taken back.
async fn undo(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Form(Undone { event }): Form<Undone>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let case = Case::of_today(&edge, &staff, visit)?;
    let back = Redirect::to(&format!("/visits/{visit}/care")).into_response();
    let Some(fact) = case.facts_here().find(|fact| fact.id().0 == event) else {
        return Ok(back); // taken back already
    };
    let word = match fact.body() {
        Body::Served(Served::Referred { .. }) => referral::WORD,
        body => Service::answered_by(body).ok_or(Trouble::Unreadable)?.word(),
    };
    let kind = fact.body().kind().0;
    let replaces = Some(Replaces { event: fact.id(), reason: "salah ketuk".into() });
    // one thing can be taken back once: the id follows from it, so that a double tap is the same event
    let id = EventId(taken_back(fact.id()));
    let void = NewEvent { replaces, ..case.event(&staff, id, Body::Voided(Voided { kind })) };
    let fresh = EventId(Uuid::now_v7());
    let anew = move |ticket: &mut Ticket| {
        ticket.draft.care.events.insert(word.into(), fresh);
    };
    edge.store.record_on_ticket(void, visit, anew).await?;
    Ok(back)
}

/// The id of the event that takes another one back: the other's with one bit of its random part turned.
fn taken_back(event: EventId) -> Uuid {
    Uuid::from_u128(event.0.as_u128() ^ 1)
}
