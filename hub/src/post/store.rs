//! Whose packets a Puskesmas takes.

use protocol::NodeId;
use sqlx::PgPool;
use uuid::Uuid;

/// The label of a node that serves a posyandu of this Puskesmas.
pub(super) async fn label_of(db: &PgPool, puskesmas: Uuid, node: NodeId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        r#"
        select label
        from nodes
        where id = $1
            and exists (
                select
                from node_posyandu
                join posyandu on posyandu.id = node_posyandu.posyandu_id
                where node_posyandu.node_id = nodes.id and posyandu.puskesmas_id = $2
            )
        "#,
        node.0,
        puskesmas
    )
    .fetch_optional(db)
    .await
}
