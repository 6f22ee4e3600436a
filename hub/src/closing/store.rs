//! What a closing total is compared with, in Postgres.

use chrono::NaiveDate;
use protocol::NodeId;
use protocol::closing::Closing;
use sqlx::PgPool;
use uuid::Uuid;

/// Where a closing total says it is from.
pub(super) struct Place {
    /// The node's label.
    pub(super) label: String,
    /// The posyandu's name.
    pub(super) name: String,
}

/// The place, if the posyandu is one of that Puskesmas.
pub(super) async fn place(db: &PgPool, closing: &Closing, puskesmas: Uuid) -> sqlx::Result<Option<Place>> {
    sqlx::query_as!(
        Place,
        r#"
        select nodes.label, posyandu.name
        from nodes
        cross join posyandu
        where nodes.id = $1 and posyandu.id = $2 and posyandu.puskesmas_id = $3
        "#,
        closing.node.0,
        closing.posyandu.0,
        puskesmas
    )
    .fetch_optional(db)
    .await
}

/// Every frame kept of a node that was observed on that day, or on a day nobody could read.
pub(super) async fn frames(db: &PgPool, node: NodeId, day: NaiveDate) -> sqlx::Result<Vec<Vec<u8>>> {
    sqlx::query_scalar!(
        r#"select frame as "frame!" from kept_events where node_id = $1 and (observed_on = $2 or observed_on is null)"#,
        node.0,
        day
    )
    .fetch_all(db)
    .await
}
