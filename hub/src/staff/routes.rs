//! The pages of signing in: sign-in, sign-out, and the one-time link that sets a password.

use std::time::{Duration, Instant};

use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;

use super::caller::Caller;
use super::token::Token;
use super::{Staff, password, pin, session, store};
use crate::web::{PageError, Shell, Web, page, words};

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/masuk", get(sign_in_page).post(sign_in))
        .route("/keluar", post(sign_out))
        .route("/undangan/{token}", get(link_page).post(set_password))
        .merge(pin::routes())
}

#[derive(Template)]
#[template(path = "staff/masuk.html")]
struct SignInPage<'a> {
    shell: Shell,
    email: &'a str,
    back: &'a str,
    ended: bool,
    refused: Option<Refused>,
}

enum Refused {
    Wrong,
    Wait(Duration),
}

#[derive(Template)]
#[template(path = "staff/undangan.html")]
struct LinkPage<'a> {
    shell: Shell,
    name: &'a str,
    email: &'a str,
    shortest: usize,
    problem: Option<&'static str>,
}

#[derive(Deserialize)]
struct Came {
    lanjut: Option<String>,
    habis: Option<String>,
}

#[derive(Deserialize)]
struct SignInForm {
    email: String,
    kata_sandi: String,
    #[serde(default)]
    lanjut: String,
}

#[derive(Deserialize)]
struct PasswordForm {
    kata_sandi: String,
    kata_sandi_lagi: String,
}

async fn sign_in_page(
    State(web): State<Web>,
    Query(came): Query<Came>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let back = local(came.lanjut.as_deref().unwrap_or_default());
    if session::session_of(&web.hub.db, &headers, web.hub.config.web.cookie_secure).await?.is_some() {
        return Ok(Redirect::to(back).into_response());
    }
    page(&SignInPage {
        shell: Shell::open("Masuk"),
        email: "",
        back,
        ended: came.habis.is_some(),
        refused: None,
    })
}

async fn sign_in(
    State(web): State<Web>,
    from: Caller,
    form: Result<Form<SignInForm>, FormRejection>,
) -> Result<Response, PageError> {
    let Form(form) = form.map_err(|_| PageError::BadForm)?;
    let address = from.address(web.hub.config.web.behind_proxy);
    if let Err(wait) = web.door.knock(&form.email, address, Instant::now()) {
        tracing::warn!("sign-in put off: too many tries");
        return refused(&form, Refused::Wait(wait));
    }
    let account = store::account(&web.hub.db, &form.email).await?;
    let (user, kept) = account.map(|account| (account.id, account.password_hash)).unzip();
    let too_long = form.kata_sandi.chars().count() > password::LONGEST;
    if too_long || !web.door.verify(form.kata_sandi.clone(), kept.flatten()).await? {
        tracing::warn!(user.id = user.map(tracing::field::display), "sign-in refused");
        return refused(&form, Refused::Wrong);
    }
    let user = user.expect("a password verified only against a kept account");
    web.door.welcome(&form.email, address);
    let mut db = web.hub.db.acquire().await?;
    let cookie = session::open(&mut db, user, web.hub.config.web.cookie_secure).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(local(&form.lanjut))).into_response())
}

fn refused(form: &SignInForm, refused: Refused) -> Result<Response, PageError> {
    let (status, wait) = match refused {
        Refused::Wrong => (StatusCode::UNAUTHORIZED, None),
        Refused::Wait(wait) => (StatusCode::TOO_MANY_REQUESTS, Some(wait)),
    };
    let shell = Shell::open("Masuk");
    let back = local(&form.lanjut);
    let mut response =
        page(&SignInPage { shell, email: &form.email, back, ended: false, refused: Some(refused) })?;
    *response.status_mut() = status;
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
    }
    Ok(response)
}

async fn sign_out(State(web): State<Web>, staff: Staff) -> Result<Response, PageError> {
    staff.sign_out(&web.hub.db).await?;
    let cookie = session::farewell(web.hub.config.web.cookie_secure);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/masuk")).into_response())
}

async fn link_page(State(web): State<Web>, Path(token): Path<String>) -> Result<Response, PageError> {
    let (_, account) = of_link(&web, &token).await?;
    choose(&account, None)
}

async fn set_password(
    State(web): State<Web>,
    Path(token): Path<String>,
    form: Result<Form<PasswordForm>, FormRejection>,
) -> Result<Response, PageError> {
    let Form(form) = form.map_err(|_| PageError::BadForm)?;
    let (token, account) = of_link(&web, &token).await?;
    if let Err(weakness) = password::judge(&form.kata_sandi, &account.name, &account.email) {
        return choose(&account, Some(weakness.words()));
    }
    if form.kata_sandi != form.kata_sandi_lagi {
        return choose(&account, Some("Dua isian kata sandi belum sama. Ketik sekali lagi, pelan-pelan."));
    }
    let hash = web.door.hash(form.kata_sandi).await?;
    let mut tx = web.hub.db.begin().await?;
    if !store::use_link(&mut tx, &token.fingerprint()).await? {
        return Err(PageError::SpentLink);
    }
    store::set_password(&mut tx, account.id, &hash).await?;
    let cookie = session::open(&mut tx, account.id, web.hub.config.web.cookie_secure).await?;
    tx.commit().await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

async fn of_link(web: &Web, token: &str) -> Result<(Token, store::AccountRow), PageError> {
    let token = Token::parse(token).ok_or(PageError::SpentLink)?;
    let account = store::of_link(&web.hub.db, &token.fingerprint()).await?.ok_or(PageError::SpentLink)?;
    Ok((token, account))
}

fn choose(account: &store::AccountRow, problem: Option<&'static str>) -> Result<Response, PageError> {
    let shell = Shell::open("Buat kata sandi");
    let (name, email) = (account.name.as_str(), account.email.as_str());
    let mut response = page(&LinkPage { shell, name, email, shortest: password::SHORTEST, problem })?;
    if problem.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// Where to go after signing in: a path of this hub, whatever the address bar was made to say.
fn local(path: &str) -> &str {
    let mut letters = path.chars();
    let inside = letters.next() == Some('/') && !matches!(letters.next(), Some('/' | '\\'));
    if inside && path.chars().all(|c| c.is_ascii_graphic()) { path } else { "/" }
}
