//! *Salin dari buku*: doses given earlier or elsewhere, each with its day, without a batch number.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;
use protocol::event::{Body, Entry, Place};
use protocol::immunization::{Dose, Immunization};
use protocol::{CitizenId, EventId, Month};
use uuid::Uuid;

use super::case::Case;
use super::record::Typed;
use crate::app::Edge;
use crate::staff::{Act, Staff};
use crate::store::NewEvent;
use crate::visits::Who;
use crate::web::{Trouble, page};

/// Longer than any name of a place.
const LONGEST_PLACE: usize = 100;

#[derive(Template)]
#[template(path = "immunization/book.html")]
struct BookPage {
    who: Who,
    child: CitizenId,
    today: NaiveDate,
    born: NaiveDate,
    wrong: Option<String>,
    given_by: String,
    lines: Vec<BookLine>,
}

/// A dose nobody has written down yet.
struct BookLine {
    name: String,
    age: String,
    event: EventId,
    on: String,
}

pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordDose)?;
    let case = Case::load(&edge, &staff, id).await?;
    draw(&edge, &case, None, &Typed::default())
}

fn draw(edge: &Edge, case: &Case, wrong: Option<String>, typed: &Typed) -> Result<Response, Trouble> {
    let line = |row: super::row::Row| {
        let name = row.name();
        let event = typed.id("id", &name).unwrap_or_else(|_| EventId(Uuid::now_v7()));
        BookLine { on: typed.of("on", &name).to_owned(), age: row.age, event, name }
    };
    // A dose that was passed over because a later one is known has no event, and may still be copied.
    let rows = case.rows().into_iter().filter(|row| row.event.is_none());
    page(&BookPage {
        who: case.who(edge),
        child: case.child.id,
        today: case.today,
        born: case.born,
        wrong,
        given_by: typed.whole("given_by").to_owned(),
        lines: rows.map(line).collect(),
    })
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
    let copied = match read(&case, &typed)? {
        Ok(copied) => copied,
        Err(wrong) => {
            let page = draw(&edge, &case, Some(wrong), &typed)?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let event = |(id, dose, on): (EventId, Dose, NaiveDate)| NewEvent {
        visit: None,
        observed_on: on.into(),
        report_month: Month::of(on),
        place: Place::Elsewhere,
        entry: Entry::FromBook,
        ..case.event(&staff, id, Body::Immunization(Immunization::Given(dose)))
    };
    edge.store.record(copied.into_iter().map(event).collect()).await?;
    Ok(Redirect::to(&format!("/people/{id}/immunization?saved=ya")).into_response())
}

/// Doses with the ids and days they will have.
type Copied = Vec<(EventId, Dose, NaiveDate)>;

/// Reads the days that were typed, the earliest dose first, so that each is judged by those before it.
fn read(case: &Case, typed: &Typed) -> Result<Result<Copied, String>, Trouble> {
    let given_by = typed.whole("given_by");
    if given_by.chars().count() > LONGEST_PLACE {
        return Ok(Err("Nama tempatnya terlalu panjang.".into()));
    }
    let mut days = Vec::new();
    let mut is_repeat = false;
    for row in case.rows() {
        let name = row.name();
        let text = typed.of("on", &name);
        if text.is_empty() {
            continue;
        }
        if row.event.is_some() {
            is_repeat = true;
            continue;
        }
        let on = match text.parse::<NaiveDate>() {
            Ok(on) if on < case.born => return Ok(Err(format!("{name}: tanggalnya sebelum lahir."))),
            Ok(on) if on > case.today => return Ok(Err(format!("{name}: tanggalnya belum sampai."))),
            Ok(on) => on,
            Err(_) => return Ok(Err(format!("{name}: tanggalnya tidak ada di kalender."))),
        };
        days.push((on, row.dose, row.antigen, typed.id("id", &name)?));
    }
    if days.is_empty() && !is_repeat {
        return Ok(Err("Belum ada tanggal yang diisi.".into()));
    }
    days.sort();
    let mut copied: Copied = Vec::new();
    for (on, number, antigen, id) in days {
        let others: Vec<_> = copied.iter().map(|(_, dose, on)| (dose.clone(), *on)).collect();
        let timing = case.timing((&antigen, number), on, &others);
        let given_by = Some(given_by.to_owned()).filter(|by| !by.is_empty());
        copied.push((id, Dose { antigen, number, batch: None, given_by, timing }, on));
    }
    Ok(Ok(copied))
}
