//! The pages a kader's phone asks for: one router, the look they share, and what is said when something goes wrong.

pub mod assets;
pub(crate) mod clock;
mod guard;
mod line;
mod safety;
mod shell;
mod trouble;
pub mod words;

use askama::Template;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::app::Edge;
use crate::day::practice;
use crate::{
    adults, care, closing, counselling, courier, day, home_visits, immunization, instruments, pregnancy,
    records, roster, staff, visits,
};

pub use line::Line;
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

/// Every page of the node, and beside them those of practice: which a phone sees is chosen before any page is asked.
pub fn router(edge: Edge) -> Router {
    let door = practice::Door::new(edge.clone(), pages);
    let begin = Router::new()
        .route("/practice", post(practice::begin))
        .layer(middleware::from_fn(guard::same_site))
        .layer(middleware::map_response(guard::headers))
        .with_state(Practised { edge: edge.clone(), door: door.clone() });
    pages(edge).merge(begin).layer(middleware::from_fn_with_state(door, practice::choose))
}

/// What begins practice.
#[derive(Clone, FromRef)]
struct Practised {
    edge: Edge,
    door: practice::Door,
}

fn pages(edge: Edge) -> Router {
    Router::new()
        .merge(roster::routes())
        .merge(visits::routes())
        .merge(care::routes())
        .merge(counselling::routes())
        .merge(pregnancy::routes())
        .merge(adults::routes())
        .merge(staff::routes())
        .merge(safety::routes())
        .merge(clock::routes())
        .merge(records::routes())
        .merge(closing::routes())
        .merge(day::routes())
        .merge(immunization::routes())
        .merge(courier::routes())
        .merge(instruments::routes())
        .merge(home_visits::routes())
        .merge(assets::routes())
        .route("/health", get(async || "ok\n"))
        .fallback(async || Trouble::Nowhere)
        .layer(middleware::map_response(guard::kindly))
        .layer(middleware::from_fn(guard::same_site))
        .layer(CatchPanicLayer::custom(|_| Trouble::Broken.into_response()))
        .layer(middleware::map_response(guard::headers))
        // A village hall is often a slow line away from the node; streams of events are left as they are.
        .layer(CompressionLayer::new())
        .layer(DefaultBodyLimit::max(LONGEST_FORM))
        .with_state(Pages { edge, door: staff::Door::default() })
}

/// The same pages, for whoever asks over TLS.
pub fn over_tls(pages: Router) -> Router {
    pages.layer(Extension(Line::Secure))
}

/// Draws a page.
pub fn page(template: &impl Template) -> Result<Response, Trouble> {
    let text = template.render().map_err(|err| {
        tracing::error!("a page could not be drawn: {err}");
        Trouble::Broken
    })?;
    Ok(Html(text).into_response())
}
