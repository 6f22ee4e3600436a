//! Pregnant women and the six weeks after birth: what the kader measures, what the midwife examines, what is owed.
//!
//! # Why
//! A kader measures anybody and may leave a note; only a midwife's record is a visit (*K1* to *K6*). Numbers of visits are
//! counted from the records that stand, whenever a page is shown, and are written down nowhere.

mod begin;
mod course;
mod end;
mod exam;
mod list;
mod meaning;
mod measure;
mod nifas;
mod questions;
mod settings;
mod shown;
mod words;

use axum::Router;
use axum::routing::{get, post};

use crate::web::Pages;

pub use list::{PastTerm, past_term};

/// The pages of this slice.
pub fn routes() -> Router<Pages> {
    Router::new()
        .route("/pregnancies", get(list::show))
        .route("/people/{id}/pregnancy", get(shown::show))
        .route("/people/{id}/pregnancy/new", get(begin::ask).post(begin::take))
        .route("/people/{id}/pregnancy/measure", get(measure::ask).post(measure::take))
        .route("/people/{id}/pregnancy/draft/{page}", post(measure::keep_draft))
        .route("/people/{id}/pregnancy/questions", get(questions::ask).post(questions::take))
        .route("/people/{id}/pregnancy/exam", get(exam::ask).post(exam::take))
        .route("/people/{id}/pregnancy/nifas", get(nifas::ask).post(nifas::take))
        .route("/people/{id}/pregnancy/end", get(end::ask).post(end::take))
        .route("/people/{id}/pregnancy/slip", get(shown::slip).post(shown::refer))
}
