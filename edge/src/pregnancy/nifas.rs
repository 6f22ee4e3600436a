//! A visit in the six weeks after birth: signs of danger, capsules, a note. What a midwife saves counts.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use care::pregnancy::{CAPSULES, Danger, nifas_visit};
use protocol::event::Replaces;
use protocol::pregnancy::NifasExamined;
use protocol::{Body, CitizenId};
use uuid::Uuid;

use super::course::Course;
use super::words;
use crate::app::Edge;
use crate::measuring::{self, Sheet, Top, Typed, Visitor};
use crate::staff::{Act, Staff};
use crate::web::{Trouble, page};

/// The name of this half-filled page.
const PAGE: &str = "nifas";

#[derive(Template)]
#[template(path = "pregnancy/nifas.html")]
struct NifasPage {
    top: Top,
    id: CitizenId,
    sheet: Uuid,
    typed: Typed,
    number: Option<u8>,
    /// Capsules she may still be given.
    capsules: Vec<String>,
    dangers: Vec<(&'static str, &'static str)>,
    validates: bool,
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let visitor = Visitor::load(&edge, &staff, id)?;
    let Some((course, number)) = standing(&visitor) else { return Ok(back(id)) };
    let mut typed = Typed::kept(&edge, PAGE, id)?;
    page(&NifasPage {
        top: visitor.top(format!("/people/{id}/pregnancy")),
        id,
        sheet: typed.sheet(),
        typed,
        number,
        capsules: (0..=CAPSULES.saturating_sub(course.capsules())).map(|count| count.to_string()).collect(),
        dangers: Danger::ALL
            .iter()
            .filter(|sign| sign.is_after_birth())
            .map(|&sign| (sign.code(), words::danger(sign)))
            .collect(),
        validates: staff.can(Act::RecordAnc),
    })
}

pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Form(mut typed): Form<Typed>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let visitor = Visitor::load(&edge, &staff, id)?;
    let Some((course, _)) = standing(&visitor) else { return Ok(back(id)) };
    let number = typed.sheet();
    let signs = Danger::ALL.iter().filter(|sign| sign.is_after_birth() && typed.has(sign.code()));
    let exam = NifasExamined {
        pregnancy: course.began.pregnancy,
        capsules: typed.get("capsules").parse().ok().filter(|count| *count <= CAPSULES).unwrap_or(0),
        risks: signs.map(|sign| sign.code().into()).collect(),
        notes: typed.text("notes"),
        validated: staff.can(Act::RecordAnc),
    };
    let ticket = measuring::today(&edge, &staff, &visitor).await?;
    // the midwife completes what a kader noted in this visit; the capsules given then were given
    let noted = course.nifas.iter().rfind(|one| {
        !one.exam.validated && one.fact.event.header.visit.is_some_and(|visit| visit.id == ticket.visit)
    });
    let replaces = noted
        .filter(|_| exam.validated)
        .map(|one| Replaces { event: one.fact.id(), reason: "dilengkapi bidan".into() });
    let had = noted.filter(|_| exam.validated).map_or(0, |one| one.exam.capsules);
    let exam = NifasExamined { capsules: exam.capsules.saturating_add(had).min(CAPSULES), ..exam };
    let mut sheet = Sheet::new(&visitor, &staff, &ticket, number);
    sheet.put(0, Body::NifasExamined(exam), replaces);
    measuring::keep(&edge, sheet).await?;
    Typed::forget(&edge, PAGE, id).await?;
    Ok(back(id))
}

fn back(id: CitizenId) -> Response {
    Redirect::to(&format!("/people/{id}/pregnancy")).into_response()
}

/// The pregnancy whose weeks these are, and which visit today is.
fn standing(visitor: &Visitor) -> Option<(Course<'_>, Option<u8>)> {
    let today = visitor.today()?;
    let course = Course::in_nifas(visitor.facts(), today)?;
    let number = course.birth().and_then(|birth| nifas_visit(birth, today));
    Some((course, number))
}
