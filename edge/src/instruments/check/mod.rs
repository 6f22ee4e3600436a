//! The check at opening: nothing, a known mass in the middle and in the corners, a rod on a board. What comes of it is an
//! event.

pub(super) mod begun;
pub(super) mod limits;
pub(super) mod past;
pub(super) mod standing;

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use protocol::check::{InstrumentChecked, InstrumentKind, Load, Spot};
use protocol::event::{Body, Entry, Instrument, Place};
use protocol::{EventId, Month};
use serde::Deserialize;
use uuid::Uuid;

use super::new::known;
use super::{one, said};
use crate::app::Edge;
use crate::scales::{About, Quantity};
use crate::staff::Staff;
use crate::store::{NewEvent, whole};
use crate::web::{Trouble, page, words};
use begun::{connection, next_connection, only_tells, steady};
use limits::{REPEATS, Step};

#[derive(Template)]
#[template(path = "instruments/check/page.html")]
struct CheckPage {
    about: About,
    is_board: bool,
    rows: Vec<Row>,
    /// What to do now.
    step: String,
    /// Where it may lie, with what is proposed.
    spots: Vec<(&'static str, &'static str, bool)>,
    known: String,
    is_done: bool,
    event: Uuid,
    wrong: Option<String>,
}

/// One load that was taken.
struct Row {
    what: String,
    value: String,
    error: String,
    is_right: bool,
}

pub(super) async fn show(
    State(edge): State<Edge>,
    _: Staff,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let about = one::about(&edge, &id)?;
    edge.workshop.begun.step(&id, edge.clock.monotonic_ms(), connection(&edge, &about));
    draw(&edge, &id, None, None)
}

fn draw(edge: &Edge, id: &str, typed: Option<String>, wrong: Option<String>) -> Result<Response, Trouble> {
    let (about, quantity) = weighs(edge, id)?;
    let is_board = about.kind == InstrumentKind::LengthBoard;
    let loads = edge.workshop.begun.loads(id);
    let step = step(edge, &about);
    let first = limits::first_known(&loads);
    let known = typed.or_else(|| first.map(|first| figure(is_board, first))).unwrap_or_default();
    let row = |load: &Load| Row {
        what: match (load.nominal, load.spot) {
            (0, _) => "kosong".into(),
            (nominal, spot) => {
                format!("{} {}", said::value(quantity, nominal.into()), said::spot(spot, is_board))
            }
        },
        value: said::value(quantity, load.value.into()),
        error: said::difference(quantity, load.error()),
        is_right: load.error().unsigned_abs() <= load.limit.into(),
    };
    page(&CheckPage {
        is_board,
        rows: loads.iter().map(row).collect(),
        step: ask(step, is_board, &known),
        spots: SPOTS.map(|(word, said, spot)| (word, said, spot == proposed(step))).to_vec(),
        known,
        is_done: step == Step::Done,
        event: Uuid::now_v7(),
        wrong,
        about,
    })
}

/// What a check that was begun asks for next.
fn step(edge: &Edge, about: &About) -> Step {
    let steps = edge.workshop.begun.steps(&about.id, next_connection(edge, about));
    limits::next(about.kind, only_tells(about), &steps)
}

/// A scale or a board, and what it measures; nothing known can be put on a meter.
fn weighs(edge: &Edge, id: &str) -> Result<(About, Quantity), Trouble> {
    let about = one::about(edge, id)?;
    let quantity = about.quantity().ok_or(Trouble::Nowhere)?;
    Ok((about, quantity))
}

/// What to do now, as one says it.
fn ask(step: Step, is_board: bool, known: &str) -> String {
    let load = match (is_board, known) {
        (false, "") => "beban yang sudah diketahui (paling baik 5 kg)".into(),
        (true, "") => "tongkat yang sudah diketahui (paling baik 60 cm)".into(),
        (false, known) => format!("beban {known} kg"),
        (true, known) => format!("tongkat {known} cm"),
    };
    match (step, is_board) {
        (Step::Empty, _) => "Kosongkan alatnya, lalu tekan Catat.".into(),
        (Step::Centre(1), false) => format!("Letakkan {load} di tengah."),
        (Step::Centre(nth), false) => {
            format!("Letakkan {load} di tengah sekali lagi ({nth} dari {REPEATS}).")
        }
        (Step::Centre(1), true) => format!("Ukur {load}."),
        (Step::Centre(nth), true) => {
            format!("Geser papannya, lalu ukur {load} sekali lagi ({nth} dari {REPEATS}).")
        }
        (Step::Corner(corner), _) => format!("Letakkan {load} di pojok {corner}."),
        (Step::Done, false) => "Cukup. Tekan Selesai, atau timbang beban lain dulu.".into(),
        (Step::Done, true) => "Cukup. Tekan Selesai, atau ukur tongkat lain dulu.".into(),
    }
}

/// Places in forms, what they are called, and where that is; `None` for nothing on the pan.
const SPOTS: [(&str, &str, Option<Spot>); 6] = [
    ("empty", "kosong, tidak ada beban", None),
    ("centre", "di tengah", Some(Spot::Centre)),
    ("corner-1", "pojok 1", Some(Spot::Corner(1))),
    ("corner-2", "pojok 2", Some(Spot::Corner(2))),
    ("corner-3", "pojok 3", Some(Spot::Corner(3))),
    ("corner-4", "pojok 4", Some(Spot::Corner(4))),
];

/// Where the load of a step lies.
const fn proposed(step: Step) -> Option<Spot> {
    match step {
        Step::Empty => None,
        Step::Centre(_) | Step::Done => Some(Spot::Centre),
        Step::Corner(corner) => Some(Spot::Corner(corner)),
    }
}

/// Where a form says that something lies.
fn spot(word: &str) -> Result<Option<Spot>, Trouble> {
    let found = SPOTS.iter().find(|(own, ..)| *own == word);
    found.map(|(_, _, spot)| *spot).ok_or(Trouble::Unreadable)
}

fn figure(is_board: bool, value: u32) -> String {
    if is_board { words::cm_figure(value).to_string() } else { words::kg_figure(value).to_string() }
}

#[derive(Deserialize)]
pub(super) struct LoadForm {
    spot: String,
    #[serde(default)]
    known: String,
}

/// Takes down what the instrument makes of what lies on it now.
pub(super) async fn take(
    State(edge): State<Edge>,
    _: Staff,
    Path(id): Path<String>,
    Form(form): Form<LoadForm>,
) -> Result<Response, Trouble> {
    let (about, quantity) = weighs(&edge, &id)?;
    let refuse = |why: &str| {
        let again = draw(&edge, &id, Some(form.known.clone()), Some(why.into()))?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
    };
    let (nominal, spot) = match spot(&form.spot)? {
        None => (0, Spot::Centre),
        Some(spot) => match known::known(quantity, &form.known) {
            Ok(nominal) => (nominal, spot),
            Err(why) => return refuse(why),
        },
    };
    match steady(&edge, &about).await {
        Ok(value) => {
            edge.instruments.mark_known(&id);
            let limit = limits::allowed(about.kind, about.division, nominal);
            let load = Load { nominal, spot, value, limit };
            edge.workshop.begun.add(&id, load, connection(&edge, &about));
            Ok(Redirect::to(&format!("/instruments/{id}/check")).into_response())
        }
        Err(why) => refuse(said::unsteady(why)),
    }
}

pub(super) async fn again(
    State(edge): State<Edge>,
    _: Staff,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    edge.workshop.begun.clear(&id);
    Ok(Redirect::to(&format!("/instruments/{id}/check")).into_response())
}

#[derive(Deserialize)]
pub(super) struct FinishForm {
    /// Minted with the page: a second tap is the same check.
    event: Uuid,
}

/// Judges what was taken down, and records it.
pub(super) async fn finish(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<String>,
    Form(form): Form<FinishForm>,
) -> Result<Response, Trouble> {
    let (about, _) = weighs(&edge, &id)?;
    if step(&edge, &about) != Step::Done {
        return Ok(Redirect::to(&format!("/instruments/{id}/check")).into_response());
    }
    let loads = edge.workshop.begun.loads(&id);
    let event = event(&edge, &staff, &about, loads, form.event.into())?;
    let (store, workshop, of) = (edge.store.clone(), edge.workshop.clone(), id.clone());
    let finishing = whole(async move {
        store.record(vec![event]).await?;
        workshop.begun.clear(&of);
        workshop.judge();
        Ok(())
    });
    finishing.await?;
    Ok(Redirect::to(&format!("/instruments/{id}")).into_response())
}

fn event(
    edge: &Edge,
    staff: &Staff,
    about: &About,
    loads: Vec<Load>,
    id: EventId,
) -> Result<NewEvent, Trouble> {
    let now = edge.clock.now();
    let spread_limit = limits::spread_allowed(about.kind, about.division);
    let checked = InstrumentChecked {
        device: edge.workshop.identity(about).word().to_owned(),
        kind: about.kind,
        division: about.division,
        verdict: limits::judge(&loads, spread_limit),
        loads,
        spread_limit,
    };
    let checked_on = standing::checked_on(edge.workshop.checks_of(about)?.last());
    let instrument = Instrument { name: about.name.clone(), dialect: about.dialect.into(), checked_on };
    Ok(NewEvent {
        id,
        author: staff.author(),
        posyandu: staff.posyandu.id,
        citizen: None,
        visit: None,
        observed_on: now.today.into(),
        recorded_at: now.stamp,
        report_month: Month::of(now.today),
        place: Place::Posyandu,
        entry: Entry::Instrument,
        instrument: Some(instrument),
        replaces: None,
        body: Body::InstrumentChecked(checked),
    })
}
