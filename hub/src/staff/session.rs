//! Staying signed in: the cookie, the session behind it, and what it grants.

use std::str::FromStr;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use sqlx::PgPool;
use uuid::Uuid;

use super::store;
use super::token::Token;
use crate::app::Hub;
use crate::web::PageError;

/// A member of a Puskesmas' staff who is signed in. As an argument of a route it means: nobody else gets further.
#[derive(Debug, Clone)]
pub struct Staff {
    /// Who.
    pub user: Uuid,
    /// The name shown on pages.
    pub name: String,
    /// As what.
    pub role: Role,
    /// The Puskesmas whose posyandu and children this person may see, and no others.
    pub puskesmas: Uuid,
    /// Its name.
    pub puskesmas_name: String,
    fingerprint: [u8; 32],
}

/// What somebody is at the Puskesmas. Kader have no account here: they sign in on their node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Midwife.
    Bidan,
    /// Puskesmas staff, such as the nutrition officer.
    Petugas,
}

impl Role {
    /// The word the database keeps.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Bidan => "bidan",
            Self::Petugas => "petugas",
        }
    }

    /// What a person reads.
    pub const fn label(self) -> &'static str {
        self.code()
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "bidan" => Ok(Self::Bidan),
            "petugas" => Ok(Self::Petugas),
            other => Err(format!("{other:?} is no role at a Puskesmas: bidan or petugas")),
        }
    }
}

impl Staff {
    /// Whether this session is still good. For live pages, which outlast the request that opened them; unlike a
    /// request it does not keep the session alive, so that a forgotten screen signs itself out.
    pub(crate) async fn is_still_signed_in(&self, db: &PgPool) -> sqlx::Result<bool> {
        Ok(store::session(db, &self.fingerprint).await?.is_some())
    }

    /// Ends this session at once, everywhere.
    pub(super) async fn sign_out(&self, db: &PgPool) -> sqlx::Result<()> {
        store::revoke(db, &self.fingerprint).await
    }
}

impl<S> FromRequestParts<S> for Staff
where
    S: Send + Sync,
    Hub: FromRef<S>,
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let hub = Hub::from_ref(state);
        let secure = hub.config.web.cookie_secure;
        match session_of(&hub.db, &parts.headers, secure).await? {
            Some(staff) => Ok(staff),
            None if came_from_elsewhere(parts, secure) => {
                Err(PageError::FromElsewhere { again: path(parts) })
            }
            None => {
                let ended = cookie(&parts.headers, secure).is_some();
                Err(PageError::SignIn { back: path(parts), ended })
            }
        }
    }
}

/// Whoever the cookie in `headers` belongs to, if its session is still good.
pub(super) async fn session_of(
    db: &PgPool,
    headers: &HeaderMap,
    secure: bool,
) -> sqlx::Result<Option<Staff>> {
    let Some(fingerprint) = cookie(headers, secure).map(|token| token.fingerprint()) else { return Ok(None) };
    let Some(row) = store::session(db, &fingerprint).await? else { return Ok(None) };
    let Ok(role) = row.role.parse() else { return Ok(None) };
    // A live page asks by itself; only what a person does counts as being there.
    let by_itself = headers.get(header::ACCEPT).is_some_and(|accept| accept == "text/event-stream");
    if row.is_quiet && !by_itself {
        store::touch(db, &fingerprint).await?;
    }
    Ok(Some(Staff {
        user: row.user_id,
        name: row.name,
        role,
        puskesmas: row.puskesmas_id,
        puskesmas_name: row.puskesmas_name,
        fingerprint,
    }))
}

/// Opens a session and returns the cookie that carries it.
pub(super) async fn open(
    db: &mut sqlx::PgConnection,
    user: Uuid,
    secure: bool,
) -> Result<HeaderValue, PageError> {
    let token = Token::new()?;
    store::open_session(db, user, &token.fingerprint()).await?;
    Ok(set_cookie(&token.text(), secure, ""))
}

/// The cookie that takes the session's cookie away.
pub(super) fn farewell(secure: bool) -> HeaderValue {
    set_cookie("", secure, "; Max-Age=0")
}

/// `__Host-` makes browsers refuse the cookie from any other host or over plain HTTP.
const fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-simpul" } else { "simpul" }
}

fn set_cookie(value: &str, secure: bool, more: &str) -> HeaderValue {
    let name = cookie_name(secure);
    let only_secure = if secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{only_secure}{more}"))
        .expect("a cookie of hexadecimal digits and fixed words")
}

fn cookie(headers: &HeaderMap, secure: bool) -> Option<Token> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == cookie_name(secure))
        .and_then(|(_, value)| Token::parse(value))
}

/// A link in a colleague's message opens without the cookie, because that is strict about where it comes from.
fn came_from_elsewhere(parts: &Parts, secure: bool) -> bool {
    parts.method == Method::GET
        && parts.headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site")
        && cookie(&parts.headers, secure).is_none()
}

fn path(parts: &Parts) -> String {
    parts.uri.path_and_query().map_or_else(|| "/".to_owned(), |path| path.as_str().to_owned())
}
