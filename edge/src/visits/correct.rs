//! A weight or a length of an earlier visit is corrected: a new event that names the one it replaces, and why.

use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use protocol::event::{self, Entry, Place, Replaces};
use protocol::growth::Taken;
use protocol::{Body, CitizenId, EventId, VisitId};
use serde::Deserialize;
use uuid::Uuid;

use super::case::Who;
use crate::app::Edge;
use crate::roster;
use crate::staff::{Act, Staff};
use crate::store::{NewEvent, Observed, VisitRecord};
use crate::web::{Trouble, page, words};

/// Characters of a reason.
const LONGEST: usize = 200;

#[derive(Deserialize)]
pub(super) struct Whose {
    of: CitizenId,
}

#[derive(Template)]
#[template(path = "visits/correct.html")]
struct CorrectPage {
    who: Who,
    visit: VisitId,
    citizen: CitizenId,
    day: String,
    form: CorrectForm,
    has_weight: bool,
    has_length: bool,
    wrong: Option<&'static str>,
}

/// What stands in the form.
#[derive(Deserialize)]
pub(super) struct CorrectForm {
    of: CitizenId,
    weight_event: Uuid,
    length_event: Uuid,
    #[serde(default)]
    mass: String,
    #[serde(default)]
    length: String,
    #[serde(default)]
    reason: String,
}

/// The page.
pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Query(Whose { of }): Query<Whose>,
) -> Result<Response, Trouble> {
    let record = find(&edge, &staff, of, visit)?;
    let mass = record.weighed.as_ref().and_then(|seen| seen.value.mass_g.value());
    let length = record.length.as_ref().and_then(|seen| seen.value.length_tenth_mm.value());
    let form = CorrectForm {
        of,
        weight_event: Uuid::now_v7(),
        length_event: Uuid::now_v7(),
        mass: mass.map(|mass_g| words::kg_figure(mass_g).to_string()).unwrap_or_default(),
        length: length.map(|length| words::cm_figure(length).to_string()).unwrap_or_default(),
        reason: String::new(),
    };
    draw(&edge, &staff, &record, form, None)
}

fn find(edge: &Edge, staff: &Staff, of: CitizenId, visit: VisitId) -> Result<VisitRecord, Trouble> {
    roster::of_child(edge, staff, of)?;
    let records = edge.store.own_visits_of(of)?;
    records.into_iter().find(|record| record.visit == visit).ok_or(Trouble::Nowhere)
}

fn draw(
    edge: &Edge,
    staff: &Staff,
    record: &VisitRecord,
    form: CorrectForm,
    wrong: Option<&'static str>,
) -> Result<Response, Trouble> {
    let child = roster::of_child(edge, staff, form.of)?;
    page(&CorrectPage {
        who: Who::now(edge, &child),
        visit: record.visit,
        citizen: form.of,
        day: record.observed_on.to_naive().map(words::weekday_date).unwrap_or_default(),
        has_weight: record.weighed.is_some(),
        has_length: record.length.is_some(),
        form,
        wrong,
    })
}

/// Keeps what differs from what stood there; an unchanged figure is no correction.
pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
    Form(form): Form<CorrectForm>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let record = find(&edge, &staff, form.of, visit)?;
    if record.clock_unset {
        return Ok(Redirect::to("/clock").into_response());
    }
    match corrections(&edge, &staff, &record, &form)? {
        Ok(events) => {
            edge.store.record(events).await?;
            Ok(Redirect::to(&format!("/children/{}", form.of)).into_response())
        }
        Err(wrong) => {
            let drawn = draw(&edge, &staff, &record, form, Some(wrong))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, drawn).into_response())
        }
    }
}

fn corrections(
    edge: &Edge,
    staff: &Staff,
    record: &VisitRecord,
    form: &CorrectForm,
) -> Result<Result<Vec<NewEvent>, &'static str>, Trouble> {
    let reason = form.reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST {
        return Ok(Err("Tulis alasannya dengan singkat, misalnya: salah baca timbangan."));
    }
    let figure = |text: &str| words::typed_milli(text).filter(|&milli| milli > 0);
    let mut events = Vec::new();
    if let Some(seen) = &record.weighed {
        let Some(mass_g) = figure(&form.mass) else {
            return Ok(Err("Tulis beratnya dalam kg, misalnya 8,45."));
        };
        if seen.value.mass_g != Taken::Value(mass_g) && seen.event.0 != form.weight_event {
            let mut weighed = seen.value.clone();
            (weighed.mass_g, weighed.window, weighed.carried) = (Taken::Value(mass_g), None, None);
            weighed.repeat = weighed.repeat.saturating_add(1);
            events.push(event(edge, staff, record, form, seen, form.weight_event, Body::Weighed(weighed))?);
        }
    }
    if let Some(seen) = &record.length {
        let tenths = figure(&form.length).filter(|milli| milli % 10 == 0).map(|milli| milli / 10);
        let Some(tenths) = tenths else { return Ok(Err("Tulis panjangnya dalam cm, misalnya 73,2.")) };
        if seen.value.length_tenth_mm != Taken::Value(tenths) && seen.event.0 != form.length_event {
            let mut length = seen.value.clone();
            (length.length_tenth_mm, length.window) = (Taken::Value(tenths), None);
            length.repeat = length.repeat.saturating_add(1);
            events.push(event(
                edge,
                staff,
                record,
                form,
                seen,
                form.length_event,
                Body::LengthTaken(length),
            )?);
        }
    }
    Ok(Ok(events))
}

/// The correction stands in the place of what it replaces: its day, its month, its visit.
fn event<T>(
    edge: &Edge,
    staff: &Staff,
    record: &VisitRecord,
    form: &CorrectForm,
    seen: &Observed<T>,
    id: Uuid,
    body: Body,
) -> Result<NewEvent, Trouble> {
    let now = edge.clock.now();
    let before = edge.store.event(seen.event)?;
    let entry = match seen.entry {
        Entry::FromBook => Entry::FromBook,
        _ if record.observed_on == now.today.into() && now.believable => Entry::Typed,
        _ => Entry::Late,
    };
    Ok(NewEvent {
        id: EventId(id),
        author: staff.author(),
        posyandu: record.posyandu.unwrap_or(staff.posyandu.id),
        citizen: Some(form.of),
        visit: Some(event::Visit { id: record.visit, ticket: record.ticket, bpjs: None }),
        observed_on: record.observed_on,
        recorded_at: now.stamp,
        report_month: record.report_month,
        place: before.map_or(Place::Posyandu, |before| before.header.place),
        entry,
        instrument: None,
        replaces: Some(Replaces { event: seen.event, reason: form.reason.trim().into() }),
        body,
    })
}
