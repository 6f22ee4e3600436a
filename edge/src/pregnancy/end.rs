//! How a pregnancy ended. A birth goes on to the child's registration; the rest is the midwife's to say.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use protocol::pregnancy::{Outcome, PregnancyEnded};
use protocol::{Body, CitizenId};
use uuid::Uuid;

use super::begin::day;
use super::course::Course;
use crate::app::Edge;
use crate::measuring::{self, Sheet, Top, Typed, Visitor, Wrong};
use crate::staff::{Act, Staff};
use crate::web::{Trouble, page};

#[derive(Template)]
#[template(path = "pregnancy/end.html")]
struct EndPage {
    top: Top,
    id: CitizenId,
    sheet: Uuid,
    typed: Typed,
    wrong: Vec<Wrong>,
    may_say: bool,
}

impl EndPage {
    fn day_wrong(&self) -> Option<&'static str> {
        self.wrong.iter().find(|(field, _)| *field == "on").map(|(_, say)| *say)
    }
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    staff.may(Act::ReadPerson)?;
    let visitor = Visitor::load(&edge, &staff, id)?;
    if Course::current(visitor.facts()).is_none() {
        return Ok(Redirect::to(&format!("/people/{id}/pregnancy")).into_response());
    }
    show(&staff, &visitor, Typed::default(), Vec::new())
}

pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Form(mut typed): Form<Typed>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordAnc)?;
    let visitor = Visitor::load(&edge, &staff, id)?;
    let number = typed.sheet();
    if let Some(course) = Course::current(visitor.facts()) {
        let ended = match read(&typed, &visitor, &course) {
            Ok(ended) => ended,
            Err(wrong) => {
                let page = show(&staff, &visitor, typed, wrong)?;
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
            }
        };
        let mut sheet = Sheet::outside(&visitor, &staff, number);
        sheet.put(0, Body::PregnancyEnded(ended), None);
        measuring::keep(&edge, sheet).await?;
    }
    Ok(Redirect::to(&format!("/people/{id}/pregnancy")).into_response())
}

fn read(typed: &Typed, visitor: &Visitor, course: &Course<'_>) -> Result<PregnancyEnded, Vec<Wrong>> {
    let mut wrong = Vec::new();
    let outcome = match typed.get("outcome") {
        "stillborn" => Some(Outcome::Stillborn),
        "miscarried" => Some(Outcome::Miscarried),
        "mother_died" => Some(Outcome::MotherDied),
        "mistake" => Some(Outcome::Mistake),
        _ => None,
    };
    if outcome.is_none() {
        wrong.push(("outcome", "Pilih bagaimana kehamilannya selesai."));
    }
    let say = "Tulis tanggalnya lengkap.";
    let told = day(typed, "on", say, &mut wrong);
    let on = if outcome == Some(Outcome::Mistake) { told.or(Some(visitor.now.today)) } else { told };
    let begun = course.dating().map(|dating| dating.begun());
    match on {
        None if wrong.iter().all(|(field, _)| *field != "on") => wrong.push(("on", say)),
        Some(on) if visitor.today().is_some_and(|today| on > today) => {
            wrong.push(("on", "Tanggalnya belum tiba. Cocokkan lagi."));
        }
        Some(on) if begun.is_some_and(|begun| on < begun) => {
            wrong.push(("on", "Tanggalnya sebelum kehamilan ini mulai. Cocokkan lagi."));
        }
        _ => {}
    }
    match (outcome, on) {
        (Some(outcome), Some(on)) if wrong.is_empty() => {
            Ok(PregnancyEnded { pregnancy: course.began.pregnancy, on: on.into(), outcome })
        }
        _ => Err(wrong),
    }
}

fn show(staff: &Staff, visitor: &Visitor, mut typed: Typed, wrong: Vec<Wrong>) -> Result<Response, Trouble> {
    let id = visitor.person.id;
    page(&EndPage {
        top: visitor.top(format!("/people/{id}/pregnancy")),
        id,
        sheet: typed.sheet(),
        typed,
        wrong,
        may_say: staff.can(Act::RecordAnc),
    })
}
