//! What was weighed on another day or in another place, typed in from paper: by row code, keyboard only.
//!
//! # Why
//! A weighing at the posyandu belongs to the month of the meeting held that day. One at home, at PAUD or pustu counts for
//! its own month up to the day the Puskesmas has set and for the next month after it ([`day::month_away`]), and the page
//! says for which, so that nothing is left out and no reported month changes behind anybody's back.

mod sheet;

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{Days, NaiveDate};
use protocol::VisitId;
use protocol::event::Place;
use serde::Deserialize;
use uuid::Uuid;

use crate::app::Edge;
use crate::staff::{Act, Staff};
use crate::web::{Shell, Trouble, page};
use sheet::{Sheet, derived};

/// Rows on one page.
const ROWS: usize = 10;

/// Days back that are still typed in.
const DAYS_BACK: u64 = 366;

/// Where something was measured, as the page asks.
const PLACES: [(&str, &str, Place); 5] = [
    ("posyandu", "Posyandu", Place::Posyandu),
    ("rumah", "Rumah", Place::Home),
    ("paud", "PAUD", Place::Paud),
    ("pustu", "Pustu", Place::Pustu),
    ("lain", "Tempat lain", Place::Elsewhere),
];

#[derive(Template)]
#[template(path = "closing/late.html")]
struct LatePage {
    shell: Shell,
    on: String,
    latest: String,
    place: String,
    wrong: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "closing/late_rows.html")]
struct RowsPage {
    shell: Shell,
    when: When,
    day: String,
    place: &'static str,
    month: String,
    /// The month is not that of the day.
    is_other_month: bool,
    sheet: Uuid,
    saved: usize,
    rows: Vec<Row>,
}

/// One line of the sheet as it stands.
#[derive(Default)]
struct Row {
    number: usize,
    code: String,
    mass: String,
    length: String,
    /// Who it is, once the code is known.
    name: Option<String>,
    /// What has to be put right, or asked.
    wrong: Option<String>,
    /// It may be insisted on.
    asks: bool,
    /// Children who share the code.
    which: Vec<(protocol::CitizenId, String)>,
}

/// The day and the place of everything on a sheet.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct When {
    #[serde(default)]
    on: String,
    #[serde(default)]
    place: String,
}

impl When {
    fn place(&self) -> Option<(&'static str, Place)> {
        PLACES.into_iter().find(|(word, _, _)| *word == self.place).map(|(_, label, place)| (label, place))
    }

    fn day(&self, today: NaiveDate) -> Option<NaiveDate> {
        let day: NaiveDate = self.on.parse().ok()?;
        let first = today.checked_sub_days(Days::new(DAYS_BACK))?;
        (first..=today).contains(&day).then_some(day)
    }
}

/// First the true day and the place.
pub(super) async fn ask(
    State(edge): State<Edge>,
    staff: Staff,
    Query(when): Query<When>,
) -> Result<Response, Trouble> {
    let today = edge.clock.now().today;
    let wrong = match (when.on.is_empty(), when.day(today), when.place()) {
        (true, _, _) => None,
        (_, None, _) => Some("Tanggalnya di luar satu tahun terakhir, atau belum lewat. Periksa lagi."),
        (_, _, None) => Some("Pilih tempatnya."),
        (_, Some(_), Some(_)) => {
            return Ok(
                Redirect::to(&format!("/late/rows?on={}&place={}", when.on, when.place)).into_response()
            );
        }
    };
    let latest = today.format("%Y-%m-%d").to_string();
    let drawn = page(&LatePage {
        shell: Shell::of(&edge, &staff),
        on: if when.on.is_empty() { latest.clone() } else { when.on },
        latest,
        place: when.place,
        wrong,
    })?;
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, drawn).into_response())
}

/// An empty sheet of that day and place.
pub(super) async fn rows(
    State(edge): State<Edge>,
    staff: Staff,
    Query(when): Query<When>,
) -> Result<Response, Trouble> {
    let Some(sheet) = Sheet::of(&edge, &staff, &when)? else {
        return Ok(Redirect::to("/late").into_response());
    };
    sheet.draw(&edge, &staff, when, Vec::new(), 0)
}

/// Keeps the rows that are clear, and shows the others again with nothing lost.
pub(super) async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Form(fields): Form<HashMap<String, String>>,
) -> Result<Response, Trouble> {
    staff.may(Act::RecordMeasurement)?;
    let field = |name: &str| fields.get(name).map(|value| value.trim().to_owned()).unwrap_or_default();
    let when = When { on: field("on"), place: field("place") };
    let Some(sheet) = Sheet::of(&edge, &staff, &when)? else { return Err(Trouble::Unreadable) };
    let id: Uuid = field("sheet").parse().map_err(|_| Trouble::Unreadable)?;
    let (mut again, mut events, mut saved) = (Vec::new(), Vec::new(), 0);
    for number in 0..ROWS {
        let of_row = |name: &str| field(&format!("{name}{number}"));
        let mut row =
            Row { number, code: of_row("c"), mass: of_row("w"), length: of_row("l"), ..Row::default() };
        if row.code.is_empty() && row.mass.is_empty() && row.length.is_empty() {
            continue;
        }
        let insists = !of_row("y").is_empty();
        let which = of_row("k").parse().ok();
        match sheet.read(&mut row, VisitId(derived(id, number, "visit")), which, insists) {
            Some(measured) => {
                events.extend(measured.events(&edge, &staff, &sheet, id, number));
                saved += 1;
            }
            None => again.push(row),
        }
    }
    edge.store.record(events).await?;
    let is_clear = again.is_empty();
    let drawn = sheet.draw(&edge, &staff, when, again, saved)?;
    let status = if is_clear { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, drawn).into_response())
}
