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
use sqlx::PgPool;
use uuid::Uuid;

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

/// What a posyandu is called, if it belongs to the Puskesmas.
pub(crate) async fn name_of(db: &PgPool, puskesmas: Uuid, posyandu: Uuid) -> sqlx::Result<Option<String>> {
    Ok(store::posyandu(db, puskesmas, posyandu).await?.map(|posyandu| posyandu.name))
}
