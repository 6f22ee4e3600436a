//! *Lupa PIN*: a new PIN without any network, by an answer the Puskesmas reads from its hub over the phone.
//!
//! # Why
//! The codes are `protocol::reset`'s. A request stays the same until it is used, so that a page that is loaded again does
//! not spoil a phone call. It is used up durably before an answer is looked at. The new PIN stands on this node until the
//! hub says another one; the name's other phones are locked by it, as by every change of a PIN.

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use protocol::UserId;
use protocol::batch::HubPublicKey;
use protocol::bundle::User;
use protocol::reset::{Asker, COUNTER_BITS, Misread, NONCE_BITS, Request, Shared, looks_like_answer};
use serde::{Deserialize, Serialize};

use super::attempts::{self, Knock, Try};
use super::{Door, Person, audit, people, secret, session};
use crate::app::{Edge, unhex};
use crate::store::{Deed, Small, StoreError};
use crate::web::{Line, Trouble, page};

/// What this node remembers of somebody's requests.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Asked {
    /// How many there have been.
    counter: u32,
    pending: Option<Pending>,
}

/// A request nobody has answered.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Pending {
    nonce: u32,
    /// The hub key it asks for.
    hub: [u8; 32],
}

#[derive(Template)]
#[template(path = "staff/reset.html")]
struct ResetPage<'a> {
    user: &'a User,
    puskesmas: &'a str,
    /// The request to read aloud, if there is one.
    code: Option<String>,
    /// What was typed as the answer, so that a slip elsewhere does not cost it.
    answer: &'a str,
    problem: Option<&'static str>,
    pause_s: u64,
}

/// Shows the request that is pending, or how to ask.
pub(super) async fn ask(
    State(edge): State<Edge>,
    State(door): State<Door>,
    Path(id): Path<UserId>,
) -> Result<Response, Trouble> {
    let user = people::user(&edge, id)?.ok_or(Trouble::Nowhere)?;
    let pause_s = door.left_ms(&edge, Try::Answer, &user)?.div_ceil(1_000);
    draw(&edge, &user, StatusCode::OK, "", None, pause_s)
}

/// Makes a request, unless one is pending.
pub(super) async fn begin(State(edge): State<Edge>, Path(id): Path<UserId>) -> Result<Response, Trouble> {
    let user = people::user(&edge, id)?.ok_or(Trouble::Nowhere)?;
    if pending(&edge, &user)?.is_none() {
        let Some(hub) = hub_key(&edge) else {
            let problem = "Alat ini belum mengenal Puskesmas-nya. Minta bantuan petugas Puskesmas.";
            return draw(&edge, &user, StatusCode::CONFLICT, "", Some(problem), 0);
        };
        let asked = asked(&edge, &user)?;
        let next = Asked {
            counter: (asked.counter + 1) & ((1 << COUNTER_BITS) - 1),
            pending: Some(Pending { nonce: nonce(), hub: hub.0 }),
        };
        keep(&edge, user.id, next).await?;
        audit::at_the_door(&edge, &user, None, Deed::ResetAsked);
    }
    Ok(Redirect::to(&format!("/sign-in/{id}/reset")).into_response())
}

#[derive(Deserialize)]
pub(super) struct AnswerForm {
    answer: String,
    pin: String,
    again: String,
}

/// Looks at an answer; if it is right, the new PIN counts from now on and opens this phone.
pub(super) async fn answer(
    State(edge): State<Edge>,
    State(door): State<Door>,
    Path(id): Path<UserId>,
    before: Option<Person>,
    line: Line,
    Form(form): Form<AnswerForm>,
) -> Result<Response, Trouble> {
    let user = people::user(&edge, id)?.ok_or(Trouble::Nowhere)?;
    let Some((request, hub)) = pending(&edge, &user)? else {
        let problem = "Kode ini sudah dipakai. Minta kode baru, lalu telepon lagi.";
        return draw(&edge, &user, StatusCode::CONFLICT, "", Some(problem), 0);
    };
    // nothing is used up by what can be seen to be a slip
    if let Some(problem) = slip(&form) {
        return draw(&edge, &user, StatusCode::UNPROCESSABLE_ENTITY, &form.answer, Some(problem), 0);
    }
    let asker = asker(&edge, user.id);
    let checking = async {
        // another may have answered, or asked anew, while this one waited at the door
        if pending(&edge, &user)? != Some((request, hub)) {
            return Ok(false);
        }
        let asked = asked(&edge, &user)?;
        keep(&edge, user.id, Asked { pending: None, ..asked }).await?;
        let shared = Shared::of_node(&edge.node_key, hub);
        Ok(shared.is_some_and(|shared| shared.fits(&form.answer, &request, &asker)))
    };
    match door.attempt(&edge, Try::Answer, &user, checking).await? {
        Knock::Opened => open(&edge, &user, &form.pin, before, line).await,
        Knock::Wrong { pause_ms } => {
            audit::at_the_door(&edge, &user, None, Deed::ResetFailed);
            let problem = "Jawabannya tidak cocok, dan kode tadi tidak berlaku lagi. Minta kode baru, lalu telepon lagi.";
            draw(&edge, &user, StatusCode::FORBIDDEN, "", Some(problem), pause_ms.div_ceil(1_000))
        }
        Knock::TooSoon { pause_ms } => {
            draw(&edge, &user, StatusCode::TOO_MANY_REQUESTS, &form.answer, None, pause_ms.div_ceil(1_000))
        }
    }
}

async fn open(
    edge: &Edge,
    user: &User,
    pin: &str,
    before: Option<Person>,
    line: Line,
) -> Result<Response, Trouble> {
    let verifier = verifier(pin.trim().to_owned()).await?;
    people::keep_local_pin(edge, user.id, verifier).await?;
    attempts::forget(edge, Try::Pin, user).await?;
    audit::at_the_door(edge, user, None, Deed::Reset);
    let user = people::user(edge, user.id)?.ok_or(Trouble::Nowhere)?;
    let cookie = session::begin(edge, &user, before.map(|before| before.session), line).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

/// What can be seen to be wrong before anything is used up.
fn slip(form: &AnswerForm) -> Option<&'static str> {
    match looks_like_answer(&form.answer) {
        Err(Misread::Length) => return Some("Jawabannya 10 huruf dan angka. Minta dibacakan sekali lagi."),
        Err(Misread::Letter | Misread::Check) => {
            return Some("Ada huruf yang salah dengar. Minta jawabannya dibacakan sekali lagi, pelan-pelan.");
        }
        Ok(()) => {}
    }
    if form.pin.trim() != form.again.trim() {
        return Some("Dua isian PIN belum sama. Ketik sekali lagi, pelan-pelan.");
    }
    secret::weakness(form.pin.trim())
}

fn draw(
    edge: &Edge,
    user: &User,
    status: StatusCode,
    answer: &str,
    problem: Option<&'static str>,
    pause_s: u64,
) -> Result<Response, Trouble> {
    let code = pending(edge, user)?.map(|(request, _)| request.code());
    let puskesmas = &edge.bundle.roster.puskesmas;
    Ok((status, page(&ResetPage { user, puskesmas, code, answer, problem, pause_s })?).into_response())
}

fn pending(edge: &Edge, user: &User) -> Result<Option<(Request, HubPublicKey)>, StoreError> {
    let asked = asked(edge, user)?;
    Ok(asked.pending.map(|Pending { nonce, hub }| {
        let hub = HubPublicKey(hub);
        (Request::new(&asker(edge, user.id), hub, asked.counter, nonce), hub)
    }))
}

fn asked(edge: &Edge, user: &User) -> Result<Asked, StoreError> {
    let row = edge.store.small(Small::Resets, user.id.bytes())?;
    Ok(row.and_then(|row| postcard::from_bytes(&row).ok()).unwrap_or_default())
}

async fn keep(edge: &Edge, user: UserId, asked: Asked) -> Result<(), StoreError> {
    let row = postcard::to_allocvec(&asked).expect("plain figures");
    edge.store.put_small(Small::Resets, user.bytes().to_vec(), row).await
}

fn asker(edge: &Edge, user: UserId) -> Asker {
    Asker { node: edge.bundle.node, incarnation: edge.bundle.incarnation, user }
}

/// The newest key the hub is known by: its own word, or what the bundle says.
fn hub_key(edge: &Edge) -> Option<HubPublicKey> {
    let told = edge.store.hub_keys().first().copied();
    told.or_else(|| edge.bundle.hub_keys.first().and_then(|key| unhex(key))).map(HubPublicKey)
}

fn nonce() -> u32 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).expect("the kernel gives random bytes once it has started");
    u32::from_le_bytes(bytes) & ((1 << NONCE_BITS) - 1)
}

async fn verifier(pin: String) -> Result<String, Trouble> {
    let hashed = tokio::task::spawn_blocking(move || {
        Argon2::default().hash_password(pin.as_bytes()).map(|hash| hash.to_string())
    });
    match hashed.await {
        Ok(Ok(verifier)) => Ok(verifier),
        Ok(Err(_)) | Err(_) => Err(Trouble::Broken),
    }
}
