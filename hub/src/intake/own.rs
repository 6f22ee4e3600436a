//! What people record at the hub itself is judged and taken like everything else.

use chrono::{DateTime, Utc};
use protocol::{Event, Frame};
use sqlx::PgConnection;

use super::judge::judge;
use super::transaction::take;

/// Takes an event of the hub's own; the inner error says in words why it cannot be. Nothing is kept until the caller
/// commits.
pub(crate) async fn take_own(
    db: &mut PgConnection,
    event: Event,
    now: DateTime<Utc>,
) -> sqlx::Result<Result<(), String>> {
    let (node, incarnation, sequence) = (event.header.node, event.header.incarnation, event.header.sequence);
    let judged = judge(node, incarnation, sequence, Frame::encode(&event));
    if let Err(refusal) = &judged.event {
        return Ok(Err(refusal.reason.clone()));
    }
    take(db, &[((node, incarnation), &judged)], now).await?;
    Ok(Ok(()))
}
