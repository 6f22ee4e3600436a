//! Everything recorded of a person, and how a record is taken back: with a reason, by the midwife, and both stay visible.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use protocol::event::{Author, Body, Replaces, Visit};
use protocol::service::Voided;
use protocol::{CitizenId, EventId, LocalDate};
use serde::Deserialize;
use uuid::Uuid;

use crate::app::Edge;
use crate::records::said;
use crate::roster::{about_child, fields, leave, of_child};
use crate::staff::{Act, Staff};
use crate::store::{Fact, NewEvent, StoreError};
use crate::visits::Who;
use crate::web::{Trouble, page, words};

/// One record of a person.
#[derive(Debug, Clone)]
struct Record {
    event: EventId,
    kind: u16,
    visit: Option<Visit>,
    on: Option<LocalDate>,
    said: String,
    /// Why it stands no more.
    fallen: Option<String>,
}

impl Record {
    fn day(&self) -> String {
        self.on.and_then(LocalDate::to_naive).map(|on| words::date(on).to_string()).unwrap_or_default()
    }
}

/// Newest first.
fn records_of(edge: &Edge, citizen: CitizenId) -> Result<Vec<Record>, StoreError> {
    let facts = edge.store.all_facts_of(citizen)?;
    let mut records: Vec<Record> = facts
        .iter()
        .filter(|fact| !matches!(fact.body(), Body::Voided(_)))
        .map(|fact| of_fact(fact, &facts))
        .collect();
    for one in edge.store.measurements_of(citizen)? {
        let kind = one.body.kind().0;
        let taken_back = why_taken_back(&facts, kind, one.event);
        let corrected = (!one.stands).then(|| "sudah diperbaiki dengan catatan lain".to_owned());
        records.push(Record {
            event: one.event,
            kind,
            visit: Some(Visit { id: one.visit, ticket: 0, bpjs: None }),
            on: Some(one.on),
            said: said(&one.body),
            fallen: taken_back.or(corrected),
        });
    }
    if let Some(child) = edge.store.child(citizen)? {
        records.extend(child.moves.iter().map(|one| Record {
            event: one.event,
            kind: Body::PersonLeft(one.leaving.into()).kind().0,
            visit: None,
            on: Some(one.on),
            said: leave::said(one.leaving).to_owned(),
            fallen: None,
        }));
    }
    records.sort_by_key(|record| std::cmp::Reverse((record.on, record.event)));
    Ok(records)
}

fn of_fact(fact: &Fact, facts: &[Fact]) -> Record {
    let header = &fact.event.header;
    let kind = fact.body().kind().0;
    let replaced = fact.fallen.as_ref().map(|by| format!("diganti: {}", by.reason));
    Record {
        event: fact.id(),
        kind,
        visit: header.visit,
        on: fact.on.or(Some(header.observed_on)),
        said: said(fact.body()),
        fallen: why_taken_back(facts, kind, fact.id()).or(replaced),
    }
}

/// Who took it back and why, as half a line.
fn why_taken_back(facts: &[Fact], kind: u16, event: EventId) -> Option<String> {
    let by = facts.iter().find(|fact| {
        matches!(fact.body(), Body::Voided(voided) if voided.kind == kind)
            && fact.event.header.replaces.as_ref().is_some_and(|replaces| replaces.event == event)
    })?;
    let Author { role, .. } = by.event.header.author;
    let reason = by.event.header.replaces.as_ref().map(|replaces| replaces.reason.as_str());
    Some(format!("dibatalkan {}: {}", words::role(role).to_lowercase(), reason.unwrap_or_default()))
}

#[derive(Template)]
#[template(path = "roster/person/records.html")]
struct RecordsPage {
    who: Who,
    id: CitizenId,
    records: Vec<Record>,
    may_void: bool,
}

pub(super) async fn list(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    staff.may(Act::ReadPerson)?;
    let child = of_child(&edge, &staff, id)?;
    staff.saw(&edge, id, "semua catatan");
    page(&RecordsPage {
        who: Who::now(&edge, &child),
        id,
        records: records_of(&edge, id)?,
        may_void: staff.can(Act::VoidRecord),
    })
}

#[derive(Template)]
#[template(path = "roster/person/void.html")]
struct VoidPage {
    who: Who,
    id: CitizenId,
    record: Record,
    form: VoidForm,
    wrong: Option<&'static str>,
}

/// What the page asks before it takes a record back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct VoidForm {
    reason: String,
    /// Minted with the page: a second tap is the same void.
    event: String,
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path((id, event)): Path<(CitizenId, EventId)>,
) -> Result<Response, Trouble> {
    let form = VoidForm { event: Uuid::now_v7().to_string(), ..VoidForm::default() };
    show(&edge, &staff, (id, event), form, None)
}

fn show(
    edge: &Edge,
    staff: &Staff,
    (id, event): (CitizenId, EventId),
    form: VoidForm,
    wrong: Option<&'static str>,
) -> Result<Response, Trouble> {
    staff.may(Act::VoidRecord)?;
    let child = of_child(edge, staff, id)?;
    let record = record(edge, id, event)?;
    page(&VoidPage { who: Who::now(edge, &child), id, record, form, wrong })
}

fn record(edge: &Edge, id: CitizenId, event: EventId) -> Result<Record, Trouble> {
    records_of(edge, id)?.into_iter().find(|record| record.event == event).ok_or(Trouble::Nowhere)
}

pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Path((id, event)): Path<(CitizenId, EventId)>,
    Form(form): Form<VoidForm>,
) -> Result<Response, Trouble> {
    staff.may(Act::VoidRecord)?;
    of_child(&edge, &staff, id)?;
    let Ok(Some(reason)) = fields::text(&form.reason) else {
        let say = Some("Tulis alasannya, paling banyak 100 huruf.");
        return Ok(
            (StatusCode::UNPROCESSABLE_ENTITY, show(&edge, &staff, (id, event), form, say)?).into_response()
        );
    };
    let record = record(&edge, id, event)?;
    let own = form.event.parse().map_err(|_| Trouble::Unreadable)?;
    if record.fallen.is_none() {
        let void = about_child(&edge, &staff, id, own, Body::Voided(Voided { kind: record.kind }));
        let replaces = Some(Replaces { event, reason });
        edge.store.record(vec![NewEvent { replaces, visit: record.visit, ..void }]).await?;
    }
    Ok(Redirect::to(&format!("/people/{id}/records")).into_response())
}
