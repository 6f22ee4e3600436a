//! The pages before all others: whose phone, which PIN, which posyandu.

use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, http::StatusCode};
use protocol::bundle::{Posyandu, User};
use protocol::{PosyanduId, UserId};
use serde::Deserialize;

use super::attempts::{Knock, Try};
use super::{Door, Person, audit, change, people, reset, secret, session};
use crate::app::Edge;
use crate::store::Deed;
use crate::web::{Line, Pages, Trouble, page};

/// The pages of this slice.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/sign-in", get(names))
        .route("/sign-in/change", post(change::take))
        .route("/sign-in/{user}", get(ask_pin).post(take_pin))
        .route("/sign-in/{user}/reset", get(reset::ask).post(reset::begin))
        .route("/sign-in/{user}/reset/answer", post(reset::answer))
        .route("/sign-out", post(sign_out))
        .route("/posyandu", get(ask_posyandu).post(take_posyandu))
        .merge(audit::routes())
}

#[derive(Template)]
#[template(path = "staff/names.html")]
struct NamesPage<'a> {
    puskesmas: &'a str,
    /// Those who have opened this phone.
    open: Vec<User>,
    /// Who of them holds it.
    holder: Option<UserId>,
    others: Vec<User>,
}

async fn names(State(edge): State<Edge>, person: Option<Person>) -> Result<Response, Trouble> {
    let unlocked = person.as_ref().map_or(&[][..], |person| &person.unlocked);
    let users = people::users(&edge)?;
    let (open, others) = users.into_iter().partition(|user| unlocked.contains(&user.id));
    let holder = person.as_ref().map(|person| person.user.id);
    page(&NamesPage { puskesmas: &edge.bundle.roster.puskesmas, open, holder, others })
}

#[derive(Template)]
#[template(path = "staff/pin.html")]
struct PinPage<'a> {
    user: &'a User,
    /// Letters instead of digits.
    password: bool,
    wrong: bool,
    pause_s: u64,
}

/// What is typed: digits, unless she asked for letters.
#[derive(Deserialize)]
struct Way {
    by: Option<String>,
}

async fn ask_pin(
    State(edge): State<Edge>,
    State(door): State<Door>,
    Path(id): Path<UserId>,
    Query(Way { by }): Query<Way>,
) -> Result<Response, Trouble> {
    let user = &people::user(&edge, id)?.ok_or(Trouble::Nowhere)?;
    let pause_s = seconds(door.left_ms(&edge, Try::Pin, user)?);
    page(&PinPage { user, password: by.is_some(), wrong: false, pause_s })
}

#[derive(Deserialize)]
struct PinForm {
    pin: String,
    by: Option<String>,
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
    let typed: String = form.pin.trim().chars().take(secret::LONGEST + 1).collect();
    let (wrong, pause_ms) = match door.knock(&edge, user, typed).await? {
        Knock::Opened => return open(&edge, user, before, line).await,
        Knock::Wrong { pause_ms } => {
            audit::at_the_door(&edge, user, None, Deed::SignInFailed);
            (true, pause_ms)
        }
        Knock::TooSoon { pause_ms } => (false, pause_ms),
    };
    let status = if wrong { StatusCode::FORBIDDEN } else { StatusCode::TOO_MANY_REQUESTS };
    let asked = PinPage { user, password: form.by.is_some(), wrong, pause_s: seconds(pause_ms) };
    Ok((status, page(&asked)?).into_response())
}

/// Opens a session for her; whoever had opened this phone before can take it back by one tap.
async fn open(edge: &Edge, user: &User, before: Option<Person>, line: Line) -> Result<Response, Trouble> {
    let cookie = session::begin(edge, user, before.map(|before| before.session), line).await?;
    audit::at_the_door(edge, user, None, Deed::SignedIn);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

async fn sign_out(State(edge): State<Edge>, person: Person, line: Line) -> Result<Response, Trouble> {
    session::end(&edge, person.session).await?;
    audit::at_the_door(&edge, &person.user, person.posyandu.map(|at| at.id), Deed::SignedOut);
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
    session::change(&edge, person.session, move |session| session.posyandu = Some(form.posyandu)).await?;
    Ok(Redirect::to("/").into_response())
}

const fn seconds(ms: u64) -> u64 {
    ms.div_ceil(1_000)
}
