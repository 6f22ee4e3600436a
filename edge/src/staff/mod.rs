//! Who is holding the phone: names as big buttons, a PIN, and a session that survives a restart of the node.

mod attempts;
mod audit;
mod change;
mod people;
mod reset;
mod rights;
mod routes;
mod secret;
mod session;

#[cfg(test)]
mod tests;

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use protocol::bundle::{Posyandu, User};
use protocol::{Author, UserId};

use crate::app::Edge;
use crate::store::StoreError;
use crate::web::{Line, Trouble};

pub use attempts::Door;
pub(crate) use people::{place_name, user, users};
pub use rights::Act;
pub use routes::routes;
pub(crate) use session::begin as sign_in;
pub use session::{SessionId, lock_all};

/// Someone who has signed in, at the posyandu she works in now. A page that asks for this cannot be seen without.
#[derive(Debug, Clone)]
pub struct Staff {
    /// Who, as she is named now.
    pub user: User,
    /// Where.
    pub posyandu: Posyandu,
    /// The session of this phone: two phones of one kader are two sessions.
    pub session: SessionId,
}

/// Someone who has signed in and may still have to say which posyandu is open.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who.
    pub user: User,
    /// Where, once chosen; a node with a single posyandu chooses by itself.
    pub posyandu: Option<Posyandu>,
    /// The session of this phone.
    pub session: SessionId,
    /// Everyone whose PIN has opened this phone today: it changes between them by one tap.
    unlocked: Vec<UserId>,
}

/// Why a page cannot be shown yet: the answer leads to the page that must come first.
#[derive(Debug)]
pub enum NotYet {
    /// Nobody is signed in on this phone.
    SignIn,
    /// The posyandu is not chosen.
    Choose,
    /// The session cannot be read.
    Trouble(Trouble),
}

impl Staff {
    /// Her signature under an event.
    pub fn author(&self) -> Author {
        Author { user: self.user.id, role: self.user.role }
    }
}

impl From<Trouble> for NotYet {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<StoreError> for NotYet {
    fn from(error: StoreError) -> Self {
        Self::Trouble(error.into())
    }
}

impl IntoResponse for NotYet {
    fn into_response(self) -> Response {
        match self {
            NotYet::SignIn => Redirect::to("/sign-in").into_response(),
            NotYet::Choose => Redirect::to("/posyandu").into_response(),
            NotYet::Trouble(trouble) => trouble.into_response(),
        }
    }
}

impl<S> FromRequestParts<S> for Person
where
    S: Send + Sync,
    Edge: FromRef<S>,
{
    type Rejection = NotYet;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, NotYet> {
        let edge = Edge::from_ref(state);
        let token =
            session::Token::of(&parts.headers, edge.bundle.node, Line::of(parts)).ok_or(NotYet::SignIn)?;
        let kept = session::find(&edge, &token)?.ok_or(NotYet::SignIn)?;
        let users = people::users(&edge)?;
        let unlocked = kept.still_open(&users);
        let user = users.into_iter().find(|user| user.id == kept.user && unlocked.contains(&user.id));
        let user = user.ok_or(NotYet::SignIn)?;
        let posyandu = people::only_or_chosen(&edge, kept.posyandu)?;
        Ok(Self { user, posyandu, session: token.session(), unlocked })
    }
}

/// For the one page that asks who holds the phone and does not mind if nobody does yet.
impl<S> OptionalFromRequestParts<S> for Person
where
    S: Send + Sync,
    Edge: FromRef<S>,
{
    type Rejection = NotYet;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, NotYet> {
        match <Self as FromRequestParts<S>>::from_request_parts(parts, state).await {
            Ok(person) => Ok(Some(person)),
            Err(NotYet::SignIn | NotYet::Choose) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }
}

impl<S> FromRequestParts<S> for Staff
where
    S: Send + Sync,
    Edge: FromRef<S>,
{
    type Rejection = NotYet;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, NotYet> {
        let Person { user, posyandu, session, .. } =
            <Person as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        Ok(Self { user, posyandu: posyandu.ok_or(NotYet::Choose)?, session })
    }
}
