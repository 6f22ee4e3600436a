//! What a kader or the midwife measures of a pregnant woman: each figure its own record.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use protocol::CitizenId;
use protocol::measured::What;
use uuid::Uuid;

use super::course::Course;
use super::shown::ASKED;
use crate::app::Edge;
use crate::measuring::{self, Filled, Group, Sheet, Top, Typed, Visitor, Wrong};
use crate::staff::{Act, Staff};
use crate::web::{Trouble, page};

/// The name of this half-filled page.
const PAGE: &str = "mother";

#[derive(Template)]
#[template(path = "pregnancy/measure.html")]
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
    show(&edge, &visitor, Typed::kept(&edge, PAGE, id)?, Vec::new(), (Vec::new(), String::new()))
}

/// Keeps what is typed so far on any page of this slice.
pub(super) async fn keep_draft(
    State(edge): State<Edge>,
    staff: Staff,
    Path((id, name)): Path<(CitizenId, String)>,
    Form(typed): Form<Typed>,
) -> Result<StatusCode, Trouble> {
    let act = match name.as_str() {
        PAGE | "questions" | "nifas" => Act::RecordMeasurement,
        "begin" => Act::RegisterPerson,
        "exam" => Act::RecordAnc,
        _ => return Err(Trouble::Unreadable),
    };
    staff.may(act)?;
    Visitor::load(&edge, &staff, id)?;
    typed.keep(&edge, &name, id).await?;
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
    match measuring::fill(&edge, &visitor, &ticket, &typed, &asked(&visitor)).await? {
        Filled::Said(said) => {
            let mut sheet = Sheet::new(&visitor, &staff, &ticket, number);
            said.into_iter().for_each(|said| sheet.measure(said));
            measuring::keep(&edge, sheet).await?;
            Typed::forget(&edge, PAGE, id).await?;
            let is_pregnant = Course::current(visitor.facts()).is_some();
            let next = if is_pregnant { "/questions" } else { "" };
            Ok(Redirect::to(&format!("/people/{id}/pregnancy{next}")).into_response())
        }
        Filled::Wrong(wrong) => {
            typed.keep(&edge, PAGE, id).await?;
            let page = show(&edge, &visitor, typed, wrong, (Vec::new(), String::new()))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Filled::Odd(asks, seen) => {
            typed.keep(&edge, PAGE, id).await?;
            show(&edge, &visitor, typed, Vec::new(), (asks, seen))
        }
    }
}

/// What is asked for: after birth neither womb nor unborn child.
fn asked(visitor: &Visitor) -> Vec<What> {
    let is_pregnant = Course::current(visitor.facts()).is_some();
    let of_child = |what: &What| matches!(what, What::Fundus | What::FetalHeart);
    ASKED.into_iter().filter(|what| is_pregnant || !of_child(what)).collect()
}

fn show(
    edge: &Edge,
    visitor: &Visitor,
    mut typed: Typed,
    wrong: Vec<Wrong>,
    (asks, seen): (Vec<String>, String),
) -> Result<Response, Trouble> {
    let id = visitor.person.id;
    page(&MeasurePage {
        top: visitor.top(format!("/people/{id}/pregnancy")),
        id,
        sheet: typed.sheet(),
        groups: measuring::groups(edge, visitor, &asked(visitor), &typed, &wrong),
        wrong,
        asked: asks,
        seen,
    })
}
