//! The midwife writes down what was given and what was not; anybody at the table says that the child is here.

use std::collections::BTreeMap;

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use protocol::event::{Body, Replaces, Visit};
use protocol::immunization::{Dose, Immunization, NotGiven, Timing};
use protocol::service::Served;
use protocol::{CitizenId, EventId};
use serde::Deserialize;
use uuid::Uuid;

use super::case::Case;
use super::row::Row;
use super::show;
use crate::app::Edge;
use crate::staff::{Act, Staff};
use crate::store::NewEvent;
use crate::web::Trouble;

/// Longer than any number on a vial.
const LONGEST_BATCH: usize = 40;

/// What a page with a line for each dose sends: `give:MR 1`, `batch:MR 1`, `not:MR 1`, and the ids the events will have.
#[derive(Debug, Default)]
pub(super) struct Typed(BTreeMap<String, String>);

impl Typed {
    pub(super) fn new(fields: Vec<(String, String)>) -> Self {
        Self(fields.into_iter().collect())
    }

    /// What was typed into one field of one dose.
    pub(super) fn of(&self, field: &str, dose: &str) -> &str {
        self.0.get(&format!("{field}:{dose}")).map_or("", |value| value.trim())
    }

    /// What was typed into a field of the whole page.
    pub(super) fn whole(&self, field: &str) -> &str {
        self.0.get(field).map_or("", |value| value.trim())
    }

    /// The id minted with the page for a dose.
    pub(super) fn id(&self, field: &str, dose: &str) -> Result<EventId, Trouble> {
        self.of(field, dose).parse().map_err(|_| Trouble::Unreadable)
    }
}

pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordDose)?;
    let typed = Typed::new(fields);
    let case = Case::load(&edge, &staff, id).await?;
    let rows = case.rows();
    let events = match read(&case, &staff, &rows, &typed) {
        Ok(events) => events,
        Err(Refused::Unreadable(trouble)) => return Err(trouble),
        Err(Refused::Wrong(wrong)) => {
            let page = show::draw(&edge, &staff, &case, Some(wrong), &typed)?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    edge.store.record(events).await?;
    Ok(Redirect::to(&format!("/people/{id}/immunization?saved=ya")).into_response())
}

enum Refused {
    Wrong(String),
    Unreadable(Trouble),
}

impl From<Trouble> for Refused {
    fn from(trouble: Trouble) -> Self {
        Self::Unreadable(trouble)
    }
}

fn wrong(say: impl Into<String>) -> Refused {
    Refused::Wrong(say.into())
}

fn read(case: &Case, staff: &Staff, rows: &[Row], typed: &Typed) -> Result<Vec<NewEvent>, Refused> {
    let mut events = Vec::new();
    let mut is_repeat = false;
    for row in rows {
        let name = row.name();
        let (gives, reason) = (!typed.of("give", &name).is_empty(), typed.of("not", &name));
        if gives && !row.is_open() {
            // A second tap, or another phone was quicker: the dose stands already, and stands once.
            is_repeat = true;
            continue;
        }
        if gives && !reason.is_empty() {
            return Err(wrong(format!("{name}: pilih salah satu, diberikan atau tidak diberikan.")));
        }
        if gives {
            let batch = typed.of("batch", &name);
            if batch.is_empty() && typed.whole("without").is_empty() {
                return Err(wrong(format!("Nomor batch {name} belum diisi. Lihat di botol vaksinnya.")));
            }
            if batch.chars().count() > LONGEST_BATCH {
                return Err(wrong(format!("Nomor batch {name} terlalu panjang.")));
            }
            let dose = Dose {
                antigen: row.antigen.clone(),
                number: row.dose,
                batch: Some(batch.to_owned()).filter(|batch| !batch.is_empty()),
                given_by: None,
                timing: case.timing((&row.antigen, row.dose), case.today, &[]),
            };
            let given = Body::Immunization(Immunization::Given(dose));
            events.push(case.event(staff, typed.id("id", &name)?, given));
        } else if !reason.is_empty() {
            let reason = reason_of(reason).ok_or(Trouble::Unreadable)?;
            let antigen = row.antigen.clone();
            let not = Immunization::NotGiven { antigen, number: row.dose, reason };
            events.push(case.event(staff, typed.id("no", &name)?, Body::Immunization(not)));
        }
    }
    if events.is_empty() && !is_repeat {
        return Err(wrong("Belum ada yang dipilih. Centang vaksin yang diberikan, atau pilih alasannya."));
    }
    Ok(events)
}

/// The reasons a page offers, by their code.
pub(super) const REASONS: [(&str, NotGiven); 5] = [
    ("sick", NotGiven::Sick),
    ("refused", NotGiven::Refused),
    ("out_of_stock", NotGiven::OutOfStock),
    ("contraindicated", NotGiven::Contraindicated),
    ("postponed", NotGiven::Postponed),
];

fn reason_of(code: &str) -> Option<NotGiven> {
    REASONS.into_iter().find(|(known, _)| *known == code).map(|(_, reason)| reason)
}

#[derive(Deserialize)]
pub(super) struct CameForm {
    event: Uuid,
}

/// *Hadir*: the child has come, whatever is done with it afterwards.
pub(super) async fn came(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Form(form): Form<CameForm>,
) -> Result<Response, Trouble> {
    staff.may(Act::MarkAttendance)?;
    let mut case = Case::load(&edge, &staff, id).await?;
    if !case.history.came {
        if case.visit.is_none() {
            let ticket = edge.store.next_ticket(staff.posyandu.id, case.now, id).await?;
            case.visit =
                Some(Visit { id: ticket.visit, ticket: ticket.number, bpjs: case.child.registered.bpjs });
        }
        let event = case.event(&staff, form.event.into(), Body::Served(Served::Came));
        edge.store.record(vec![event]).await?;
    }
    Ok(Redirect::to(&format!("/people/{id}/immunization")).into_response())
}

#[derive(Deserialize)]
pub(super) struct ReviewForm {
    /// The dose that is judged.
    dose: Uuid,
    /// Minted with the page.
    event: Uuid,
    /// `ya` or `tidak`.
    counts: String,
}

/// A midwife decides about a dose that came too early: the same dose again, in place of the event before.
pub(super) async fn review(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Form(form): Form<ReviewForm>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordDose)?;
    let case = Case::load(&edge, &staff, id).await?;
    let (timing, reason) = match form.counts.as_str() {
        "ya" => (Timing::EarlyCounts, "terlalu dini, dinilai bidan: dihitung"),
        "tidak" => (Timing::Repeat, "terlalu dini, dinilai bidan: diulang"),
        _ => return Err(Trouble::Unreadable),
    };
    // Gone from the list once it was judged: a second tap changes nothing.
    let judged = case.history.doses.iter().find(|record| record.fact.id() == EventId(form.dose));
    if let Some(record) = judged {
        let header = &record.fact.event.header;
        let dose = Dose { timing, ..record.dose.clone() };
        let event = NewEvent {
            visit: header.visit,
            observed_on: record.on.into(),
            report_month: record.fact.month,
            place: header.place,
            entry: header.entry,
            replaces: Some(Replaces { event: record.fact.id(), reason: reason.into() }),
            ..case.event(&staff, form.event.into(), Body::Immunization(Immunization::Given(dose)))
        };
        edge.store.record(vec![event]).await?;
    }
    Ok(Redirect::to(&format!("/people/{id}/immunization?saved=ya")).into_response())
}
