//! What a node need not be told, because it wrote it itself.

use protocol::NodeId;
use sqlx::PgPool;

/// The part of a journal that whoever asks surely holds: up to its own head; where two cards go by the same name, no more
/// than what both have in common. A restored card gets back what it wrote before and lost.
pub(super) struct Own {
    pub(super) incarnation: i32,
    /// Its own are the events before this one.
    pub(super) before: i64,
}

/// What this life of the node surely holds.
pub(super) async fn own(db: &PgPool, node: NodeId, incarnation: u32, head: u64) -> sqlx::Result<Own> {
    let incarnation = i32::try_from(incarnation).unwrap_or(i32::MAX);
    let before = sqlx::query_scalar!(
        r#"
        select coalesce(min(first_sequence), 9223372036854775807) as "before!"
        from journal_branches
        where node_id = $1 and incarnation = $2
        "#,
        node.0,
        incarnation
    )
    .fetch_one(db)
    .await?;
    let after_head = i64::try_from(head.saturating_add(1)).unwrap_or(i64::MAX);
    Ok(Own { incarnation, before: before.min(after_head) })
}
