//! Adults and the elderly: what was measured of them, what it is called, what to do, and what is owed this year.

mod daily;
mod meaning;
mod measure;
mod shown;

use axum::Router;
use axum::routing::{get, post};

use crate::web::Pages;

/// The pages of this slice.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/people/{id}/adult", get(shown::show))
        .route("/people/{id}/adult/measure", get(measure::ask).post(measure::take))
        .route("/people/{id}/adult/draft", post(measure::keep_draft))
        .route("/people/{id}/adult/daily/{list}", get(daily::ask).post(daily::take))
        .route("/people/{id}/adult/slip", get(shown::slip).post(shown::refer))
}
