//! A Pi has no clock battery: the kader says what day it is, her phone fills it in.

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use chrono::NaiveDateTime;
use protocol::CitizenId;
use protocol::time::ClockSource;
use serde::Deserialize;

use super::{Pages, Trouble, page, words};
use crate::app::Edge;
use crate::clock::Refused;
use crate::staff::Staff;
use crate::visits;

pub(super) fn routes() -> Router<Pages> {
    Router::new().route("/clock", get(ask).post(take))
}

#[derive(Template)]
#[template(path = "web/clock.html")]
struct ClockPage {
    device_day: String,
    believable: bool,
    wrong: Option<&'static str>,
    /// The child whose visit opens once the date is known.
    citizen: String,
}

impl ClockPage {
    fn now(edge: &Edge, wrong: Option<&'static str>, citizen: String) -> Self {
        let now = edge.clock.now();
        Self { device_day: words::weekday_date(now.today), believable: now.believable, wrong, citizen }
    }
}

/// Asks for the date before a visit is opened. She may go on without; what needs an age then waits.
pub(crate) fn ask_before(edge: &Edge, citizen: CitizenId) -> Result<Response, Trouble> {
    page(&ClockPage::now(edge, None, citizen.to_string()))
}

async fn ask(State(edge): State<Edge>, _: Staff) -> Result<Response, Trouble> {
    page(&ClockPage::now(&edge, None, String::new()))
}

#[derive(Deserialize)]
struct ClockForm {
    now: String,
    #[serde(default)]
    citizen: String,
}

async fn take(
    State(edge): State<Edge>,
    staff: Staff,
    Form(form): Form<ClockForm>,
) -> Result<Response, Trouble> {
    let again = |say| page(&ClockPage::now(&edge, Some(say), form.citizen.clone()));
    let Some(local) = read(&form.now) else {
        return again("Tanggal dan jamnya belum terbaca. Isi sekali lagi.");
    };
    let before = edge.clock.now();
    match edge.clock.confirm(local, ClockSource::Phone) {
        Ok(()) => {}
        Err(Refused::BeforeFloor) => {
            return again("Tanggal itu sebelum catatan terakhir di alat ini. Cocokkan lagi tanggal di HP.");
        }
        Err(Refused::TooFar) => return again("Tahunnya terlalu jauh di depan. Cocokkan lagi tanggal di HP."),
        Err(Refused::KnowsBetter) => {
            return again(
                "Alat ini sudah tahu jamnya dari jaringan. Kalau tanggalnya salah, beri tahu Puskesmas.",
            );
        }
    }
    edge.finder().tell(&before).await?;
    match form.citizen.parse() {
        Ok(citizen) => visits::begin(&edge, &staff, citizen).await,
        Err(_) => Ok(Redirect::to("/").into_response()),
    }
}

/// `2026-11-24T08:30`, with or without seconds, as browsers send it.
fn read(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
}
