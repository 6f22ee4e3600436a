//! The pages before all others: whose phone, which PIN, which posyandu.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, http::StatusCode};
use protocol::bundle::{Posyandu, User};
use protocol::{PosyanduId, UserId};
use serde::Deserialize;

use super::attempts::Knock;
use super::{Door, Person, people, session};
use crate::app::Edge;
use crate::web::{Line, Pages, Trouble, page};

/// The pages of this slice.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/sign-in", get(names))
        .route("/sign-in/{user}", get(ask_pin).post(take_pin))
        .route("/sign-out", post(sign_out))
        .route("/posyandu", get(ask_posyandu).post(take_posyandu))
}

#[derive(Template)]
#[template(path = "staff/names.html")]
struct NamesPage<'a> {
    puskesmas: &'a str,
    users: &'a [User],
}

async fn names(State(edge): State<Edge>) -> Result<Response, Trouble> {
    page(&NamesPage { puskesmas: &edge.bundle.roster.puskesmas, users: &people::users(&edge)? })
}

#[derive(Template)]
#[template(path = "staff/pin.html")]
struct PinPage<'a> {
    user: &'a User,
    wrong: bool,
    pause_s: u64,
}

async fn ask_pin(
    State(edge): State<Edge>,
    State(door): State<Door>,
    Path(id): Path<UserId>,
) -> Result<Response, Trouble> {
    let user = &people::user(&edge, id)?.ok_or(Trouble::Nowhere)?;
    let pause_s = seconds(door.left_ms(&edge, user)?);
    page(&PinPage { user, wrong: false, pause_s })
}

#[derive(Deserialize)]
struct PinForm {
    pin: String,
}

async fn take_pin(
    State(edge): State<Edge>,
    State(door): State<Door>,
    Path(id): Path<UserId>,
    before: Option<Person>,
    line: Line,
    Form(form): Form<PinForm>,
) -> Result<Response, Trouble> {
    let user = &people::user(&edge, id)?.ok_or(Trouble::Nowhere)?;
    let (wrong, pause_ms) = match door.knock(&edge, user, form.pin.trim().to_owned()).await? {
        Knock::Opened => return open(&edge, user, before, line).await,
        Knock::Wrong { pause_ms } => (true, pause_ms),
        Knock::TooSoon { pause_ms } => (false, pause_ms),
    };
    let status = if wrong { StatusCode::FORBIDDEN } else { StatusCode::TOO_MANY_REQUESTS };
    Ok((status, page(&PinPage { user, wrong, pause_s: seconds(pause_ms) })?).into_response())
}

/// Opens a session for her and ends that of whoever held this phone before.
async fn open(edge: &Edge, user: &User, before: Option<Person>, line: Line) -> Result<Response, Trouble> {
    if let Some(before) = before {
        session::end(edge, before.session).await?;
    }
    let cookie = session::begin(edge, user.id, line).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

async fn sign_out(State(edge): State<Edge>, person: Person, line: Line) -> Result<Response, Trouble> {
    session::end(&edge, person.session).await?;
    Ok(([(header::SET_COOKIE, session::forget(&edge, line))], Redirect::to("/sign-in")).into_response())
}

#[derive(Template)]
#[template(path = "staff/posyandu.html")]
struct PosyanduPage<'a> {
    kader: &'a str,
    posyandu: &'a [Posyandu],
}

async fn ask_posyandu(State(edge): State<Edge>, person: Person) -> Result<Response, Trouble> {
    page(&PosyanduPage { kader: &person.user.name, posyandu: &people::places(&edge)? })
}

#[derive(Deserialize)]
struct PosyanduForm {
    posyandu: PosyanduId,
}

async fn take_posyandu(
    State(edge): State<Edge>,
    person: Person,
    Form(form): Form<PosyanduForm>,
) -> Result<Response, Trouble> {
    let known = people::places(&edge)?.iter().any(|posyandu| posyandu.id == form.posyandu);
    if !known {
        return Err(Trouble::Nowhere);
    }
    let chosen = session::Session::new(person.user.id, Some(form.posyandu), &edge.clock.now());
    session::keep(&edge, person.session, &chosen).await?;
    Ok(Redirect::to("/").into_response())
}

const fn seconds(ms: u64) -> u64 {
    ms.div_ceil(1_000)
}
