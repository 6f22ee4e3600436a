//! The addresses of this slice.

use axum::Router;
use axum::routing::{get, post};

use super::{book, card, reaction, record, show, today, undo};
use crate::web::Pages;

/// The pages of this slice.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/immunizations", get(today::show))
        .route("/people/{id}/immunization", get(show::show).post(record::take))
        .route("/people/{id}/immunization/came", post(record::came))
        .route("/people/{id}/immunization/review", post(record::review))
        .route("/people/{id}/immunization/book", get(book::ask).post(book::take))
        .route("/people/{id}/immunization/reaction", get(reaction::ask).post(reaction::take))
        .route("/people/{id}/immunization/undo/{event}", get(undo::ask).post(undo::take))
        .route("/people/{id}/immunization/card", get(card::show))
        .route("/people/{id}/immunization/card.pdf", get(card::pdf))
        .route("/people/{id}/immunization/strip", get(card::strip))
}
