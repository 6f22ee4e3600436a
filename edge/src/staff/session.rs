//! A session is a sealed row under the hash of a token that only the phone holds.

use axum::http::{HeaderMap, HeaderValue, header};
use protocol::bundle::User;
use protocol::{LocalDate, NodeId, PosyanduId, UserId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::people::{self, fingerprint};
use crate::app::{Edge, unhex};
use crate::clock::Now;
use crate::store::{Small, StoreError};
use crate::web::Line;

/// The cookie's name begins so and ends with the node's, because browsers share cookies between ports of one host.
const COOKIE: &str = "simpul_";

/// Before it, over TLS: a browser sends such a cookie to this very host and never in the clear.
const OVER_TLS: &str = "__Host-";

/// A posyandu day with room at both ends; after a night the PIN is asked again.
const LONGEST_DAYS: i32 = 1;

/// Which phone's sign-in something belongs to; says nothing about the token itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId([u8; 32]);

/// The secret in the phone's cookie.
pub(super) struct Token([u8; 32]);

/// What the node keeps of a sign-in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Session {
    /// Who holds the phone now.
    pub(super) user: UserId,
    pub(super) posyandu: Option<PosyanduId>,
    /// The day it began, if the clock could be believed then.
    pub(super) since: Option<LocalDate>,
    /// The power-up it began in: one without a day ends with it.
    pub(super) boot: [u8; 16],
    /// Everyone who has opened this phone since then, and by which PIN.
    pub(super) unlocked: Vec<Unlocked>,
}

/// Somebody's PIN has opened a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unlocked {
    pub(super) user: UserId,
    /// Of the verifier it fitted: a PIN that was changed since opens nothing any more.
    verifier: [u8; 32],
}

impl Session {
    /// Her PIN has opened a phone, on which `before` was open until now.
    pub(super) fn opened(user: &User, before: Option<Session>, now: &Now) -> Self {
        let since = now.believable.then(|| now.today.into());
        let posyandu = before.as_ref().and_then(|before| before.posyandu);
        // whose PIN was asked on another day is asked again
        let today = before.filter(|before| match before.since {
            Some(_) => before.since == since,
            None => before.boot == now.stamp.boot,
        });
        let mut unlocked = today.map(|before| before.unlocked).unwrap_or_default();
        unlocked.retain(|other| other.user != user.id);
        unlocked.push(Unlocked { user: user.id, verifier: fingerprint(&user.pin_verifier) });
        Self { user: user.id, posyandu, since, boot: now.stamp.boot, unlocked }
    }

    /// Those who have opened this phone and whose PIN is still the same.
    pub(super) fn still_open(&self, users: &[User]) -> Vec<UserId> {
        let is_hers = |open: &Unlocked, user: &User| {
            user.id == open.user && fingerprint(&user.pin_verifier) == open.verifier
        };
        let still = self.unlocked.iter().filter(|open| users.iter().any(|user| is_hers(open, user)));
        still.map(|open| open.user).collect()
    }

    /// A posyandu day long; while nobody knows the day, as long as the node is on.
    fn lasts(&self, now: &Now) -> bool {
        let today = LocalDate::from(now.today);
        match self.since {
            Some(since) if now.believable => (0..=LONGEST_DAYS).contains(&(today.0 - since.0)),
            Some(_) | None => self.boot == now.stamp.boot,
        }
    }
}

impl Token {
    fn mint() -> Self {
        let mut token = [0; 32];
        getrandom::fill(&mut token).expect("the kernel gives random bytes once it has started");
        Self(token)
    }

    /// The token a request carries, if it carries a well-formed one.
    pub(super) fn of(headers: &HeaderMap, node: NodeId, line: Line) -> Option<Self> {
        let name = name(node, line);
        let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let text = cookies
            .flat_map(|line| line.split(';'))
            .find_map(|cookie| cookie.trim().strip_prefix(&name)?.strip_prefix('='))?;
        unhex(text).map(Self)
    }

    pub(super) fn session(&self) -> SessionId {
        SessionId(Sha256::digest(self.0).into())
    }

    fn cookie(&self, node: NodeId, line: Line) -> HeaderValue {
        let hex: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        cookie(node, line, &hex, 129_600)
    }
}

/// Begins a session for her whose PIN has just opened this phone, and answers with the cookie that carries it. The session
/// that was open here before ends, with everybody who had opened it taken along.
pub(crate) async fn begin(
    edge: &Edge,
    user: &User,
    before: Option<SessionId>,
    line: Line,
) -> Result<HeaderValue, StoreError> {
    let now = edge.clock.now();
    let kept = before.map(|id| read(edge, id)).transpose()?.flatten();
    let token = Token::mint();
    put(edge, token.session(), &Session::opened(user, kept, &now)).await?;
    // the one before, and what nobody will come back to
    edge.store
        .change_smalls(Small::Sessions, move |key, row| {
            if !is_session(key) {
                return Some(row);
            }
            let is_before = before.is_some_and(|before| before.0.as_slice() == key);
            let lasts = decoded(&row).is_some_and(|session| session.lasts(&now));
            (lasts && !is_before).then_some(row)
        })
        .await?;
    Ok(token.cookie(edge.bundle.node, line))
}

/// Changes a session where it lies.
pub(super) async fn change(
    edge: &Edge,
    id: SessionId,
    change: impl Fn(&mut Session) + Clone + Send + 'static,
) -> Result<(), StoreError> {
    edge.store
        .change_smalls(Small::Sessions, move |key, row| {
            if id.0.as_slice() != key {
                return Some(row);
            }
            let mut session = decoded(&row)?;
            change(&mut session);
            Some(encoded(&session))
        })
        .await
}

/// Locks every phone that works for a posyandu: from now on everybody's PIN is asked again. `keep` is the phone on which
/// the posyandu was closed: whoever holds it stays signed in to see that it worked; the others who had opened it do not.
///
/// A phone that has not chosen a posyandu counts to the only one of a node that has one.
pub async fn lock_all(edge: &Edge, posyandu: PosyanduId, keep: Option<SessionId>) -> Result<(), StoreError> {
    let only = people::only_or_chosen(edge, None)?.map(|only| only.id);
    edge.store
        .change_smalls(Small::Sessions, move |key, row| {
            if !is_session(key) {
                return Some(row);
            }
            let mut session = decoded(&row)?;
            if session.posyandu.or(only) != Some(posyandu) {
                return Some(row);
            }
            keep.filter(|keep| keep.0.as_slice() == key)?;
            let holder = session.user;
            session.unlocked.retain(|open| open.user == holder);
            Some(encoded(&session))
        })
        .await
}

async fn put(edge: &Edge, id: SessionId, session: &Session) -> Result<(), StoreError> {
    edge.store.put_small(Small::Sessions, id.0.to_vec(), encoded(session)).await
}

fn read(edge: &Edge, id: SessionId) -> Result<Option<Session>, StoreError> {
    let session = edge.store.small(Small::Sessions, &id.0)?.and_then(|row| decoded(&row));
    let now = edge.clock.now();
    Ok(session.filter(|session| session.lasts(&now)))
}

/// Half-filled pages lie in the same table, under shorter keys.
fn is_session(key: &[u8]) -> bool {
    key.len() == 32
}

fn encoded(session: &Session) -> Vec<u8> {
    postcard::to_allocvec(session).expect("a session is plain figures")
}

/// A row of another shape, of before an update, opens nothing.
fn decoded(row: &[u8]) -> Option<Session> {
    postcard::from_bytes(row).ok()
}

/// The session behind a token, unless it has ended or outlived its day.
pub(super) fn find(edge: &Edge, token: &Token) -> Result<Option<Session>, StoreError> {
    read(edge, token.session())
}

/// Ends a session for good.
pub(super) async fn end(edge: &Edge, id: SessionId) -> Result<(), StoreError> {
    edge.store.remove_small(Small::Sessions, id.0.to_vec()).await
}

/// The cookie that makes a browser forget its token.
pub(super) fn forget(edge: &Edge, line: Line) -> HeaderValue {
    cookie(edge.bundle.node, line, "", 0)
}

/// The sign-ins of the two lines do not know each other: one that went through the air in the clear opens no other.
fn name(node: NodeId, line: Line) -> String {
    let [.., a, b, c, d] = *node.bytes();
    let before = if line == Line::Secure { OVER_TLS } else { "" };
    format!("{before}{COOKIE}{a:02x}{b:02x}{c:02x}{d:02x}")
}

fn cookie(node: NodeId, line: Line, value: &str, lasts_s: u32) -> HeaderValue {
    // Where the pages travel without TLS, `Secure` would keep the cookie from coming back.
    let secure = if line == Line::Secure { "; Secure" } else { "" };
    let text =
        format!("{}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={lasts_s}{secure}", name(node, line));
    HeaderValue::from_str(&text).expect("the cookie is plain ASCII")
}
