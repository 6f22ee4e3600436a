//! *Kunjungan rumah*: a phone takes children of the list away, visits them out of the node's reach, and hands over what it
//! brought, once.
//!
//! # Why
//! The phone is a satchel, never the record: what is only on it is said in so many words on its first line, and leaves it
//! only after the node's durable answer. It mints the ids once, so a hand-over that was cut off is simply repeated. All of
//! this needs a browser that lets a page work without its server, which browsers do over TLS alone.

mod hand_over;
mod shell;
mod take_along;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::web::Pages;

/// Sixty visits of a phone, with all that was typed.
const LONGEST_BUNDLE: usize = 128 * 1024;

/// The pages of this slice. Everything lies beneath `/rumah/`: so far and no further reaches the phone's own part.
pub fn routes() -> Router<Pages> {
    let hand_over = post(hand_over::take).layer(DefaultBodyLimit::max(LONGEST_BUNDLE));
    Router::new()
        .route("/rumah/", get(shell::show))
        .route("/rumah/worker.js", get(shell::worker))
        .route("/rumah/app.webmanifest", get(shell::manifest))
        .route("/rumah/list", get(take_along::list))
        .route("/rumah/take", post(take_along::take))
        .route("/rumah/hand-over", hand_over)
        .merge(shell::scripts())
}
