//! What the Puskesmas looks at: the month's figures, each a door to the children behind it, and each child's card.

mod child;
mod children;
mod figures;
mod live;
mod month;
mod order;
mod posyandu;
mod standing;
mod store;

use axum::Router;
use axum::routing::get;

use crate::web::Web;

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/", get(month::show))
        .route("/langsung", get(month::watch))
        .route("/anak", get(children::of_puskesmas))
        .route("/anak/{child}", get(child::show))
        .route("/posyandu/{posyandu}", get(posyandu::show))
        .route("/posyandu/{posyandu}/langsung", get(posyandu::watch))
        .route("/posyandu/{posyandu}/anak", get(children::of_posyandu))
}
