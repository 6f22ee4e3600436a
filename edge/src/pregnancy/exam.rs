//! The midwife's record of a visit before birth. She stands by what she saves; a kader's note becomes hers.

use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use care::pregnancy::Known;
use protocol::event::Replaces;
use protocol::pregnancy::{AncExamined, Screened};
use protocol::{Body, CitizenId, EventId};
use serde::Deserialize;
use uuid::Uuid;

use super::course::{Course, Examined};
use super::words;
use crate::app::Edge;
use crate::measuring::{self, Sheet, Top, Typed, Visitor};
use crate::staff::{Act, Staff};
use crate::web::{Trouble, page, words as said};

/// The name of this half-filled page.
const PAGE: &str = "exam";

#[derive(Template)]
#[template(path = "pregnancy/exam.html")]
struct ExamPage {
    top: Top,
    id: CitizenId,
    sheet: Uuid,
    typed: Typed,
    /// The record that is completed or put right, and its day.
    base: Option<(EventId, String, bool)>,
    doctor_due: bool,
    ultrasound_due: bool,
    /// The dose that may be given today, or why none.
    dose: Option<u8>,
    dose_from: Option<String>,
    screenings: Vec<(&'static str, &'static str, Option<String>)>,
    risks: Vec<(&'static str, &'static str)>,
}

#[derive(Deserialize)]
pub(super) struct Which {
    /// The kader's note to complete.
    #[serde(default)]
    draft: Option<EventId>,
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordAnc)?;
    let visitor = Visitor::load(&edge, &staff, id)?;
    let Some(course) = Course::current(visitor.facts()) else { return Ok(back(id)) };
    let base = base(&visitor, &course, which.draft);
    let kept = Typed::kept(&edge, PAGE, id)?;
    // a half-filled page of another record is not this one's
    let is_same = kept.has("sheet") && kept.get("draft") == named(base);
    let typed = if is_same { kept } else { filled(base) };
    show(&edge, &visitor, &course, base, typed)
}

pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Form(mut typed): Form<Typed>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordAnc)?;
    let visitor = Visitor::load(&edge, &staff, id)?;
    let Some(course) = Course::current(visitor.facts()) else { return Ok(back(id)) };
    let number = typed.sheet();
    let exam = read(&typed, &course, &visitor);
    let named = typed.get("draft").parse().ok();
    let ticket = measuring::today(&edge, &staff, &visitor).await?;
    let mut sheet = Sheet::new(&visitor, &staff, &ticket, number);
    match course.exams.iter().find(|one| Some(one.fact.id()) == named) {
        Some(base) => {
            let reason = if base.exam.validated { "dibetulkan bidan" } else { "dilengkapi bidan" };
            sheet.complete(0, Body::AncExamined(exam), base.fact, reason);
        }
        None => sheet.put(0, Body::AncExamined(exam), None::<Replaces>),
    }
    measuring::keep(&edge, sheet).await?;
    Typed::forget(&edge, PAGE, id).await?;
    Ok(back(id))
}

fn back(id: CitizenId) -> Response {
    Redirect::to(&format!("/people/{id}/pregnancy")).into_response()
}

/// The record she was asked to complete; else the last note that waits; else her own of today.
fn base<'c, 'a>(
    visitor: &Visitor,
    course: &'c Course<'a>,
    wanted: Option<EventId>,
) -> Option<&'c Examined<'a, AncExamined>> {
    let of_today = course.exams.iter().rfind(|one| Some(one.on) == visitor.today());
    let asked = wanted.and_then(|wanted| course.exams.iter().find(|one| one.fact.id() == wanted));
    asked.or_else(|| course.drafts().next_back()).or(of_today)
}

fn named(base: Option<&Examined<'_, AncExamined>>) -> String {
    base.map(|one| one.fact.id().to_string()).unwrap_or_default()
}

/// The page filled from the record it completes.
fn filled(base: Option<&Examined<'_, AncExamined>>) -> Typed {
    let mut typed = Typed::default();
    let Some(one) = base else { return typed };
    typed.set("draft", named(base));
    if one.exam.by_doctor {
        typed.set("doctor", "ya");
    }
    if one.exam.ultrasound {
        typed.set("ultrasound", "ya");
    }
    if let Some(dose) = one.exam.tetanus_given {
        typed.set("tetanus", dose.to_string());
    }
    one.exam.screened.iter().for_each(|screened| typed.set(&screened.what, screened.result.clone()));
    one.exam.risks.iter().for_each(|risk| typed.set(risk, "ya"));
    typed.set("notes", one.exam.notes.clone());
    typed
}

/// The record as she left the page. Signs a kader had noted stay in it.
fn read(typed: &Typed, course: &Course<'_>, visitor: &Visitor) -> AncExamined {
    let base = course.exams.iter().find(|one| one.fact.id().to_string() == typed.get("draft"));
    let screened = words::SCREENINGS.iter().filter_map(|(code, _)| {
        let result = typed.text(code);
        (!result.is_empty()).then(|| Screened { what: (*code).into(), result })
    });
    let known = Known::ALL.iter().filter(|risk| is_asked(**risk) && typed.has(risk.code()));
    let noted = base.map(|one| one.exam.risks.clone()).unwrap_or_default();
    let noted = noted.into_iter().filter(|code| Known::from_code(code).is_none());
    let dose: Option<u8> = typed.get("tetanus").parse().ok();
    let next = next_dose(visitor, course);
    let had = base.and_then(|one| one.exam.tetanus_given);
    AncExamined {
        pregnancy: course.began.pregnancy,
        by_doctor: typed.has("doctor"),
        ultrasound: typed.has("ultrasound"),
        tetanus_given: dose.filter(|dose| next == Some(*dose) || had == Some(*dose)),
        screened: screened.collect(),
        risks: known.map(|risk| risk.code().into()).chain(noted).collect(),
        notes: typed.text("notes"),
        validated: true,
    }
}

/// Found on the way, beside what was known at the beginning.
const fn is_asked(risk: Known) -> bool {
    matches!(risk, Known::Hypertension | Known::Diabetes | Known::Heart | Known::Tuberculosis | Known::Twins)
}

/// The dose that may be given today.
fn next_dose(visitor: &Visitor, course: &Course<'_>) -> Option<u8> {
    let tetanus = course.tetanus();
    visitor.today().filter(|today| tetanus.is_due(*today)).map(|_| tetanus.doses + 1)
}

fn show(
    edge: &Edge,
    visitor: &Visitor,
    course: &Course<'_>,
    base: Option<&Examined<'_, AncExamined>>,
    mut typed: Typed,
) -> Result<Response, Trouble> {
    let id = visitor.person.id;
    let rules = super::settings::rules(edge)?;
    let (progress, _) = course.visits(&rules);
    let trimester = visitor.today().and_then(|today| course.dating()?.trimester(today, &rules));
    let last = |code: &str| {
        let done =
            course.exams.iter().rev().flat_map(|one| one.exam.screened.iter().map(move |s| (one.on, s)));
        let mut done = done.filter(|(_, screened)| screened.what == code);
        done.next().map(|(on, screened)| format!("{} · {}", screened.result, said::date(on)))
    };
    let had = base.and_then(|one| one.exam.tetanus_given);
    let dose = had.or_else(|| next_dose(visitor, course));
    page(&ExamPage {
        top: visitor.top(format!("/people/{id}/pregnancy")),
        id,
        sheet: typed.sheet(),
        typed,
        base: base.map(|one| (one.fact.id(), said::date(one.on).to_string(), one.exam.validated)),
        doctor_due: progress.is_doctor_due(trimester),
        ultrasound_due: progress.is_ultrasound_due(trimester),
        dose,
        dose_from: course.tetanus().due().filter(|_| dose.is_none()).map(|due| said::date(due).to_string()),
        screenings: words::SCREENINGS.iter().map(|&(code, word)| (code, word, last(code))).collect(),
        risks: Known::ALL
            .iter()
            .filter(|risk| is_asked(**risk))
            .map(|&risk| (risk.code(), words::known(risk)))
            .collect(),
    })
}
