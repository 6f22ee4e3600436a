//! *Kode PIN*: what is read to a kader on the telephone who forgot her PIN, so that she chooses a new one without network.
//!
//! # Why
//! The codes are `protocol::reset`'s. Whoever answers says first for whom: a code that another name, another life of the
//! node or a node of another Puskesmas made is refused, and every answer is written down before it is shown. The hub keeps
//! no PIN by this: hers stands on her node until the reference data say another.

mod store;

use askama::Template;
use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, Utc};
use ed25519_dalek::VerifyingKey;
use protocol::batch::HubPrivateKey;
use protocol::reset::{Asker, Misread, Request, Shared};
use protocol::{NodeId, UserId};
use serde::Deserialize;
use uuid::Uuid;

use super::Staff;
use crate::app::Hub;
use crate::keys::HubKeys;
use crate::web::{PageError, Shell, Web, page, words};
use store::{Life, PinUser, Told};

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/staf/kode-pin", get(ask).post(answer))
}

#[derive(Template)]
#[template(path = "staff/pin/page.html")]
struct PinPage<'a> {
    shell: Shell,
    users: Vec<PinUser>,
    /// For whom, as it was chosen.
    chosen: Option<Uuid>,
    request: &'a str,
    problem: Option<&'static str>,
    answered: Option<Answered>,
    /// Answers given lately, newest first.
    told: Vec<Told>,
    now: DateTime<Utc>,
}

/// What is read out.
struct Answered {
    name: String,
    node: String,
    answer: String,
}

#[derive(Deserialize)]
struct Asked {
    kode: String,
    untuk: Uuid,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    Misread(Misread),
    OtherPerson,
    OtherNode,
    OtherKey,
}

impl Refused {
    const fn words(self) -> &'static str {
        match self {
            Self::Misread(Misread::Length) => "Kodenya 20 huruf dan angka. Minta dibacakan sekali lagi.",
            Self::Misread(Misread::Letter | Misread::Check) => {
                "Ada huruf yang salah dengar. Minta kodenya dibacakan sekali lagi, pelan-pelan."
            }
            Self::OtherPerson => {
                "Kode ini bukan untuk nama yang dipilih. Tanyakan sekali lagi siapa yang menelepon; kalau tidak yakin, tutup teleponnya."
            }
            Self::OtherNode => {
                "Kode ini bukan dari alat di posyandu orang itu. Periksa kodenya; kalau tetap begini, beri tahu pengelola Simpul."
            }
            Self::OtherKey => {
                "Alat itu memakai kunci Puskesmas yang sudah tidak ada. Hubungkan alatnya sekali, lalu minta kode baru."
            }
        }
    }
}

async fn ask(State(hub): State<Hub>, staff: Staff) -> Result<Response, PageError> {
    draw(&hub, &staff, None, "", Ok(None)).await
}

async fn answer(
    State(hub): State<Hub>,
    staff: Staff,
    form: Result<Form<Asked>, FormRejection>,
) -> Result<Response, PageError> {
    let Form(Asked { kode, untuk }) = form.map_err(|_| PageError::BadForm)?;
    let user = store::user_of(&hub.db, staff.puskesmas, untuk).await?.ok_or(PageError::NotFound)?;
    let answered = match read(&hub, &user, &kode).await? {
        Ok((request, life, answer)) => {
            store::note(&hub.db, staff.user, user.id, &life, &request.code()).await?;
            Ok(Some(Answered { name: user.name, node: life.label, answer }))
        }
        Err(refused) => Err(refused),
    };
    // one code is answered once a page: the next begins with an empty field
    let typed = if answered.is_ok() { "" } else { kode.as_str() };
    draw(&hub, &staff, Some(untuk), typed, answered).await
}

/// The answer to a code that was made for this person, by a node that serves her.
async fn read(
    hub: &Hub,
    user: &PinUser,
    code: &str,
) -> Result<Result<(Request, Life, String), Refused>, PageError> {
    let request = match Request::read(code) {
        Ok(request) => request,
        Err(misread) => return Ok(Err(Refused::Misread(misread))),
    };
    if !request.is_for(UserId(user.id)) {
        return Ok(Err(Refused::OtherPerson));
    }
    let lives = store::lives_of(&hub.db, user.id).await?;
    let asked_by = |life: &Life| request.is_of(NodeId(life.node_id), life.incarnation as u32);
    let Some(life) = lives.into_iter().find(asked_by) else { return Ok(Err(Refused::OtherNode)) };
    let settings = hub.config.keys.clone();
    let keys = tokio::task::spawn_blocking(move || HubKeys::load(&settings))
        .await
        .map_err(anyhow::Error::from)??;
    let Some(hub_key) = keys.every_sealing().into_iter().find(|key| request.is_to(key.public())) else {
        return Ok(Err(Refused::OtherKey));
    };
    let answer = answer_of(&hub_key, &life, user, &request)?;
    Ok(Ok((request, life, answer)))
}

fn answer_of(hub: &HubPrivateKey, life: &Life, user: &PinUser, request: &Request) -> anyhow::Result<String> {
    let node = VerifyingKey::try_from(life.public_key.as_slice())?;
    let asker =
        Asker { node: NodeId(life.node_id), incarnation: life.incarnation as u32, user: UserId(user.id) };
    let shared =
        Shared::of_hub(hub, &node).ok_or_else(|| anyhow::anyhow!("a node's key is of small order"))?;
    Ok(shared.answer(request, &asker))
}

async fn draw(
    hub: &Hub,
    staff: &Staff,
    chosen: Option<Uuid>,
    request: &str,
    came: Result<Option<Answered>, Refused>,
) -> Result<Response, PageError> {
    let users = store::users_of(&hub.db, staff.puskesmas).await?;
    let told = store::told(&hub.db, staff.puskesmas).await?;
    let (answered, problem) = match came {
        Ok(answered) => (answered, None),
        Err(refused) => (None, Some(refused.words())),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shell = Shell::of(staff, "Kode PIN");
    let drawn = PinPage { shell, users, chosen, request, problem, answered, told, now: Utc::now() };
    Ok((status, page(&drawn)?).into_response())
}
