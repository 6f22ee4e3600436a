//! *Latihan*: the whole node once more, with invented people and simulated instruments, for hands that learn.
//!
//! # Why
//! What is practised stays out of every count by construction: it happens in another store, in a temporary folder, under
//! another key and another node's name, with no road to the hub. Which of the two a phone sees, a cookie says, and the
//! choice is made in one place before any page is asked: no page knows that there are two. Leaving forgets the cookie and
//! touches nothing; the phone's real sign-in is still there.

mod band;
mod pan;
mod world;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use protocol::NodeId;
use tokio::sync::OnceCell;
use tower::ServiceExt;

use crate::app::Edge;
use crate::staff::Staff;
use crate::web::Trouble;
use world::World;

/// The address that leads out again.
const END: &str = "/practice/end";

/// The way between the two; cheap to clone. The practice node is made when somebody first asks for it.
#[derive(Clone)]
pub struct Door(Arc<Inner>);

struct Inner {
    edge: Edge,
    world: OnceCell<World>,
    pages: fn(Edge) -> Router,
}

impl Door {
    /// A door beside this node; `pages` makes the pages of the other.
    pub fn new(edge: Edge, pages: fn(Edge) -> Router) -> Self {
        Self(Arc::new(Inner { edge, world: OnceCell::new(), pages }))
    }

    async fn world(&self) -> Result<&World, Trouble> {
        let Inner { edge, world, pages } = &*self.0;
        world.get_or_try_init(|| World::begin(edge, *pages)).await.map_err(|error| {
            tracing::error!("practice cannot begin: {error:#}");
            Trouble::Broken
        })
    }

    fn name(&self) -> String {
        let NodeId(node) = self.0.edge.bundle.node;
        let [.., a, b, c, d] = *node.as_bytes();
        format!("simpul_latihan_{a:02x}{b:02x}{c:02x}{d:02x}")
    }

    fn cookie(&self, lasts_s: u32) -> HeaderValue {
        let text = format!("{}=1; Path=/; HttpOnly; SameSite=Strict; Max-Age={lasts_s}", self.name());
        HeaderValue::from_str(&text).expect("the cookie is plain ASCII")
    }

    fn is_practising(&self, headers: &HeaderMap) -> bool {
        let wanted = format!("{}=1", self.name());
        let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        lines.flat_map(|line| line.split(';')).any(|cookie| cookie.trim() == wanted)
    }
}

/// Leads a phone that practises to the practice node, and every other one on.
pub async fn choose(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    if !door.is_practising(request.headers()) {
        return next.run(request).await;
    }
    // what the real pages read from the address is not the practice pages' affair
    request.extensions_mut().clear();
    let ends = request.method() == Method::POST && request.uri().path() == END;
    match door.0.world.get() {
        Some(world) if !ends => match world.pages.clone().oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        },
        // after a restart nobody practises any more
        _ => ([(header::SET_COOKIE, door.cookie(0))], Redirect::to("/")).into_response(),
    }
}

/// *Latihan*: from now on this phone sees the practice node, signed in there in the same part.
pub async fn begin(State(door): State<Door>, staff: Staff) -> Result<Response, Trouble> {
    let signed_in = door.world().await?.sign_in(staff.user.role).await?;
    let mut answer = Redirect::to("/").into_response();
    for cookie in [door.cookie(6 * 3_600), signed_in] {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(answer)
}
