//! The hub's pages as a whole: one router, one look, one way to say that something went wrong.
//!
//! # Why
//!
//! Pages are plain HTML made on the server. A Puskesmas computer may be old and its line slow, so a page is complete
//! before its script has loaded, and nothing on it comes from anywhere but this hub.

mod assets;
mod error;
mod headers;
mod layout;
mod state;
#[cfg(test)]
mod tests;
pub(crate) mod words;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

pub use error::PageError;
pub(crate) use layout::{Shell, page};
pub(crate) use state::Web;

use crate::app::Hub;
use crate::post::Counter;
use crate::{citizens, closing, dashboard, immunization, nodes, post, staff};

/// The largest form a page sends beside a packet is a sign-in; anything near this size is not ours.
const LARGEST_BODY: usize = 16 * 1024;

/// How long an answer may take to begin. Live pages begin at once and then stay open.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a packet may take to arrive and to be taken.
const PATIENCE_WITH_PACKETS: Duration = Duration::from_secs(10 * 60);

/// Every page of the hub, without an intake behind them. Live pages opened through it stay open until their reader leaves.
pub fn router(hub: Hub) -> Router {
    routes(Web::new(hub, Counter::closed(), CancellationToken::new()))
}

/// Serves the pages on `listener` until `cancel` fires and the last answer is out; live pages are then closed.
pub(crate) async fn serve(
    hub: Hub,
    counter: Counter,
    listener: TcpListener,
    cancel: CancellationToken,
) -> anyhow::Result<()> {
    let app =
        routes(Web::new(hub, counter, cancel.clone())).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app)
        .with_graceful_shutdown(async move { cancel.cancelled().await })
        .await
        .context("serving the pages")
}

fn routes(web: Web) -> Router {
    let secure = web.hub.config.web.cookie_secure;
    // The layer added last is met first by a request.
    Router::new()
        .merge(dashboard::routes())
        .merge(immunization::routes())
        .merge(citizens::routes())
        .merge(closing::routes())
        .merge(nodes::routes())
        .merge(staff::routes())
        .merge(assets::routes())
        .route("/health", get(health))
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, PATIENCE))
        // A courier's packet may be as large as five years of a posyandu, and the line to the Puskesmas slow.
        .merge(
            post::routes()
                .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, PATIENCE_WITH_PACKETS)),
        )
        .fallback(async || PageError::NotFound)
        .method_not_allowed_fallback(async || PageError::NotFound)
        .layer(CsrfLayer::new().with_rejection_response(error::foreign_form))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::from_fn_with_state(secure, headers::guard))
        .layer(CompressionLayer::new())
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .with_state(web)
}

/// Names the route, never the address: an address may hold a person's id or a one-time token.
fn span(request: &Request) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str);
    tracing::info_span!("request", method = %request.method(), route)
}

/// For whoever watches the hub: `ok` while the database answers.
async fn health(State(hub): State<Hub>) -> (StatusCode, &'static str) {
    match sqlx::query("select 1").execute(&hub.db).await {
        Ok(_) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::warn!("health: database does not answer: {error:#}");
            (StatusCode::SERVICE_UNAVAILABLE, "database does not answer\n")
        }
    }
}
