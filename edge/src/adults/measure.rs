//! The page on which an adult's figures are typed: only what was measured.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use protocol::CitizenId;
use uuid::Uuid;

use super::meaning::ASKED;
use crate::app::Edge;
use crate::measuring::{self, Filled, Group, Sheet, Top, Typed, Visitor, Wrong};
use crate::staff::{Act, Staff};
use crate::web::{Trouble, page};

/// The name of this half-filled page.
const PAGE: &str = "adult";

#[derive(Template)]
#[template(path = "adults/measure.html")]
struct MeasurePage {
    top: Top,
    id: CitizenId,
    sheet: Uuid,
    groups: Vec<Group>,
    wrong: Vec<Wrong>,
    asked: Vec<String>,
    seen: String,
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let visitor = Visitor::load(&edge, &staff, id)?;
    let typed = Typed::kept(&edge, PAGE, id)?;
    show(&edge, &visitor, typed, Vec::new(), Vec::new(), String::new())
}

pub(super) async fn keep_draft(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Form(typed): Form<Typed>,
) -> Result<StatusCode, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    Visitor::load(&edge, &staff, id)?;
    typed.keep(&edge, PAGE, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Form(mut typed): Form<Typed>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let visitor = Visitor::load(&edge, &staff, id)?;
    let number = typed.sheet();
    let ticket = measuring::today(&edge, &staff, &visitor).await?;
    match measuring::fill(&edge, &visitor, &ticket, &typed, &ASKED).await? {
        Filled::Said(said) => {
            let mut sheet = Sheet::new(&visitor, &staff, &ticket, number);
            said.into_iter().for_each(|said| sheet.measure(said));
            measuring::keep(&edge, sheet).await?;
            Typed::forget(&edge, PAGE, id).await?;
            Ok(Redirect::to(&format!("/people/{id}/adult")).into_response())
        }
        Filled::Wrong(wrong) => {
            typed.keep(&edge, PAGE, id).await?;
            let page = show(&edge, &visitor, typed, wrong, Vec::new(), String::new())?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Filled::Odd(asked, seen) => {
            typed.keep(&edge, PAGE, id).await?;
            show(&edge, &visitor, typed, Vec::new(), asked, seen)
        }
    }
}

fn show(
    edge: &Edge,
    visitor: &Visitor,
    mut typed: Typed,
    wrong: Vec<Wrong>,
    asked: Vec<String>,
    seen: String,
) -> Result<Response, Trouble> {
    let id = visitor.person.id;
    page(&MeasurePage {
        top: visitor.top(format!("/people/{id}/adult")),
        id,
        sheet: typed.sheet(),
        groups: measuring::groups(edge, visitor, &ASKED, &typed, &wrong),
        wrong,
        asked,
        seen,
    })
}
