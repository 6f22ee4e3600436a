//! A card died with events nobody else has: what is gone is written down, and nobody waits for it.

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use protocol::NodeId;
use sqlx::PgConnection;

use super::stories::FIRST_BRANCH;

/// Notes that those sequences, both ends included, of one life of a node will never come, and who said so. Acks go over
/// them from then on. Should they come after all, they are taken as any others.
pub async fn note_lost(
    db: &mut PgConnection,
    node: NodeId,
    incarnation: u32,
    (first, last): (u64, u64),
    by: &str,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    ensure!((1..FIRST_BRANCH).contains(&incarnation), "incarnation is out of bounds");
    ensure!(0 < first && first <= last, "a range begins at 1 or later and does not end before it begins");
    let last = i64::try_from(last).context("no journal is that long")?;
    sqlx::query!(
        r#"
        insert into lost_ranges (node_id, incarnation, first_sequence, last_sequence, noted_at, noted_by)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (node_id, incarnation, first_sequence) do update
        set last_sequence = greatest(lost_ranges.last_sequence, excluded.last_sequence),
            noted_at = excluded.noted_at,
            noted_by = excluded.noted_by
        "#,
        node.0,
        incarnation as i32,
        first as i64,
        last,
        now,
        by
    )
    .execute(db)
    .await?;
    Ok(())
}
