//! What everybody at the table asks and gives: signs of danger, tuberculosis, tablets; and a note for the midwife.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use care::pregnancy::Danger;
use protocol::event::Replaces;
use protocol::pregnancy::AncExamined;
use protocol::service::{Noted, Served, Tablet, TbSign};
use protocol::{Body, CitizenId};
use uuid::Uuid;

use super::course::Course;
use super::{settings, words};
use crate::app::Edge;
use crate::measuring::{self, Sheet, Top, Typed, Visitor, Wrong};
use crate::staff::{Act, Staff};
use crate::web::{Trouble, page};

/// The name of this half-filled page.
const PAGE: &str = "questions";

/// More tablets than are given at once.
const MOST: u16 = 200;

#[derive(Template)]
#[template(path = "pregnancy/questions.html")]
struct QuestionsPage {
    top: Top,
    id: CitizenId,
    sheet: Uuid,
    typed: Typed,
    wrong: Vec<Wrong>,
    dangers: Vec<(&'static str, &'static str)>,
    tb: [(&'static str, TbSign, &'static str); 5],
    is_mms: bool,
    /// Whether a note is left for the midwife, who writes her own elsewhere.
    has_note: bool,
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let visitor = Visitor::load(&edge, &staff, id)?;
    if Course::current(visitor.facts()).is_none() {
        return Ok(Redirect::to(&format!("/people/{id}/pregnancy")).into_response());
    }
    let typed = Typed::kept(&edge, PAGE, id)?;
    show(&edge, &staff, &visitor, typed, Vec::new())
}

pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Form(mut typed): Form<Typed>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let visitor = Visitor::load(&edge, &staff, id)?;
    let back = format!("/people/{id}/pregnancy");
    let Some(course) = Course::current(visitor.facts()) else {
        return Ok(Redirect::to(&back).into_response());
    };
    let number = typed.sheet();
    let count = match typed.get("tablets") {
        "" => None,
        text => match text.parse().ok().filter(|count| (1..=MOST).contains(count)) {
            Some(count) => Some(count),
            None => {
                typed.keep(&edge, PAGE, id).await?;
                let wrong = vec![("tablets", "Tulis berapa tablet yang diberikan, misalnya 30.")];
                let page = show(&edge, &staff, &visitor, typed, wrong)?;
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
            }
        },
    };
    let ticket = measuring::today(&edge, &staff, &visitor).await?;
    let mut sheet = Sheet::new(&visitor, &staff, &ticket, number);
    let dangers: Vec<String> = Danger::ALL
        .iter()
        .filter(|sign| sign.is_before_birth() && typed.has(sign.code()))
        .map(|sign| sign.code().into())
        .collect();
    sheet.put(0, Body::Noted(Noted::Danger(dangers.clone())), None);
    let tb = words::TB.iter().filter(|(name, ..)| typed.has(name)).map(|(_, sign, _)| *sign).collect();
    sheet.put(1, Body::Noted(Noted::Tuberculosis(tb)), None);
    if let Some(count) = count {
        let product = if typed.get("product") == "mms" { Tablet::Micronutrients } else { Tablet::Iron };
        sheet.put(2, Body::Served(Served::Tablets { product, count }), None);
    }
    let notes = typed.text("notes");
    if !notes.is_empty() && !staff.can(Act::RecordAnc) {
        // a second note of the same visit stands for the first
        let before = course
            .drafts()
            .rfind(|one| one.fact.event.header.visit.is_some_and(|visit| visit.id == ticket.visit));
        let replaces = before.map(|one| Replaces { event: one.fact.id(), reason: "ditulis ulang".into() });
        let draft = AncExamined {
            pregnancy: course.began.pregnancy,
            by_doctor: false,
            ultrasound: false,
            tetanus_given: None,
            screened: Vec::new(),
            risks: dangers,
            notes,
            validated: false,
        };
        sheet.put(3, Body::AncExamined(draft), replaces);
    }
    measuring::keep(&edge, sheet).await?;
    Typed::forget(&edge, PAGE, id).await?;
    Ok(Redirect::to(&back).into_response())
}

fn show(
    edge: &Edge,
    staff: &Staff,
    visitor: &Visitor,
    mut typed: Typed,
    wrong: Vec<Wrong>,
) -> Result<Response, Trouble> {
    let id = visitor.person.id;
    let usual = settings::tablet(edge)? == Tablet::Micronutrients;
    page(&QuestionsPage {
        top: visitor.top(format!("/people/{id}/pregnancy")),
        id,
        sheet: typed.sheet(),
        is_mms: if typed.has("product") { typed.get("product") == "mms" } else { usual },
        typed,
        wrong,
        dangers: Danger::ALL
            .iter()
            .filter(|sign| sign.is_before_birth())
            .map(|&sign| (sign.code(), words::danger(sign)))
            .collect(),
        tb: words::TB,
        has_note: !staff.can(Act::RecordAnc),
    })
}
