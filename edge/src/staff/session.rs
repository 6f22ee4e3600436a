//! A session is a sealed row under the hash of a token that only the phone holds.

use axum::http::{HeaderMap, HeaderValue, header};
use protocol::{LocalDate, NodeId, PosyanduId, UserId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::app::{Edge, unhex};
use crate::clock::Now;
use crate::store::{Small, StoreError};

/// The cookie's name begins so and ends with the node's, because browsers share cookies between ports of one host.
const COOKIE: &str = "simpul_";

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
    pub(super) user: UserId,
    pub(super) posyandu: Option<PosyanduId>,
    /// The day it began, if the clock could be believed then.
    pub(super) since: Option<LocalDate>,
    /// The power-up it began in: one without a day ends with it.
    pub(super) boot: [u8; 16],
}

impl Session {
    pub(super) fn new(user: UserId, posyandu: Option<PosyanduId>, now: &Now) -> Self {
        Self { user, posyandu, since: now.believable.then(|| now.today.into()), boot: now.stamp.boot }
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
    pub(super) fn of(headers: &HeaderMap, node: NodeId) -> Option<Self> {
        let name = name(node);
        let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let text = cookies
            .flat_map(|line| line.split(';'))
            .find_map(|cookie| cookie.trim().strip_prefix(&name)?.strip_prefix('='))?;
        unhex(text).map(Self)
    }

    pub(super) fn session(&self) -> SessionId {
        SessionId(Sha256::digest(self.0).into())
    }

    fn cookie(&self, node: NodeId) -> HeaderValue {
        let hex: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        // The pages travel over the node's own Wi-Fi without TLS, so `Secure` would keep the cookie from coming back.
        cookie(&format!("{}={hex}; Path=/; HttpOnly; SameSite=Strict; Max-Age=129600", name(node)))
    }
}

/// Begins a session and answers with the cookie that carries it.
pub(crate) async fn begin(edge: &Edge, user: UserId) -> Result<HeaderValue, StoreError> {
    let token = Token::mint();
    keep(edge, token.session(), &Session::new(user, None, &edge.clock.now())).await?;
    Ok(token.cookie(edge.bundle.node))
}

/// Keeps what changed in a session.
pub(super) async fn keep(edge: &Edge, id: SessionId, session: &Session) -> Result<(), StoreError> {
    let row = postcard::to_allocvec(session).expect("a session is plain figures");
    edge.store.put_small(Small::Sessions, id.0.to_vec(), row).await
}

/// The session behind a token, unless it has ended or outlived its day.
pub(super) fn find(edge: &Edge, token: &Token) -> Result<Option<Session>, StoreError> {
    let row = edge.store.small(Small::Sessions, &token.session().0)?;
    let session = row.and_then(|row| postcard::from_bytes::<Session>(&row).ok());
    let now = edge.clock.now();
    Ok(session.filter(|session| session.lasts(&now)))
}

/// Ends a session for good.
pub(super) async fn end(edge: &Edge, id: SessionId) -> Result<(), StoreError> {
    edge.store.remove_small(Small::Sessions, id.0.to_vec()).await
}

/// The cookie that makes a browser forget its token.
pub(super) fn forget(edge: &Edge) -> HeaderValue {
    cookie(&format!("{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0", name(edge.bundle.node)))
}

fn name(node: NodeId) -> String {
    let [.., a, b, c, d] = *node.bytes();
    format!("{COOKIE}{a:02x}{b:02x}{c:02x}{d:02x}")
}

fn cookie(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("the cookie is plain ASCII")
}
