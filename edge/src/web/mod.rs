//! The pages a kader's phone asks for: one router, the look they share, and what is said when something goes wrong.

pub mod assets;
pub(crate) mod clock;
mod guard;
mod safety;
mod shell;
mod trouble;
pub mod words;

use askama::Template;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::Edge;
use crate::{closing, courier, immunization, instruments, records, roster, staff, visits};

pub use shell::Shell;
pub use trouble::{Trouble, standstill};

/// No form of ours is longer.
const LONGEST_FORM: usize = 16 * 1024;

/// What the pages share beside the node itself.
#[derive(Clone, FromRef)]
pub struct Pages {
    edge: Edge,
    door: staff::Door,
}

/// Every page of the node.
pub fn router(edge: Edge) -> Router {
    Router::new()
        .merge(roster::routes())
        .merge(visits::routes())
        .merge(staff::routes())
        .merge(safety::routes())
        .merge(clock::routes())
        .merge(records::routes())
        .merge(closing::routes())
        .merge(immunization::routes())
        .merge(courier::routes())
        .merge(instruments::routes())
        .merge(assets::routes())
        .route("/health", get(async || "ok\n"))
        .fallback(async || Trouble::Nowhere)
        .layer(middleware::map_response(guard::kindly))
        .layer(middleware::from_fn(guard::same_site))
        .layer(CatchPanicLayer::custom(|_| Trouble::Broken.into_response()))
        .layer(middleware::map_response(guard::headers))
        .layer(DefaultBodyLimit::max(LONGEST_FORM))
        .with_state(Pages { edge, door: staff::Door::default() })
}

/// Draws a page.
pub fn page(template: &impl Template) -> Result<Response, Trouble> {
    let text = template.render().map_err(|err| {
        tracing::error!("a page could not be drawn: {err}");
        Trouble::Broken
    })?;
    Ok(Html(text).into_response())
}
