//! Which life of this database speaks, and how it is noticed that it went back in time.
//!
//! # Why
//! A restored database does not know that it was restored, and a node that believes its old acks would never send again
//! what was lost. So nothing is taken from the backup's own word: the hub compares with a small file beside it, with the
//! cluster's name and timeline, and with what every node remembers of its acks. Any of them that is ahead of the
//! database proves that it went back, and a new epoch makes all nodes look again.

mod look;
mod state_file;

use protocol::NodeId;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

pub use look::settle;
pub(crate) use look::watch;

use look::Now;

/// Why an epoch began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The database never spoke before.
    First,
    /// It is another cluster than the one the epoch began in.
    OtherCluster,
    /// It is on another timeline: it was recovered from a backup, or a standby took over.
    OtherTimeline,
    /// Its log ends before a place this hub has seen.
    WentBack,
    /// Somebody remembers an epoch it does not know.
    UnknownEpoch,
    /// A node remembers an ack beyond what is held, or of another story.
    AckBeyond,
    /// A node has read a feed further than it goes, or otherwise than it goes.
    FeedBeyond,
    /// Rows that were acknowledged are missing; the nodes concerned send them again.
    Mended,
}

impl Reason {
    /// As the table keeps it.
    const fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::OtherCluster => "other cluster",
            Self::OtherTimeline => "other timeline",
            Self::WentBack => "went back",
            Self::UnknownEpoch => "unknown epoch",
            Self::AckBeyond => "ack beyond",
            Self::FeedBeyond => "feed beyond",
            Self::Mended => "mended",
        }
    }
}

/// The current epoch; begins the first one in a database that never spoke.
pub(super) async fn current(db: &mut PgConnection) -> sqlx::Result<Uuid> {
    if let Some(epoch) = newest(db).await? {
        return Ok(epoch);
    }
    lock(db).await?;
    match newest(db).await? {
        Some(epoch) => Ok(epoch),
        None => begin(db, Reason::First, None).await,
    }
}

/// Makes sure there is an epoch to speak by.
pub(super) async fn ensure(db: &PgPool) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    current(&mut tx).await?;
    tx.commit().await
}

/// Whether this epoch was ever spoken by this database, or by one that is known to be gone.
pub(super) async fn is_known(db: &mut PgConnection, epoch: Uuid) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select exists (select from hub_epochs where epoch = $1) as "known!""#, epoch)
        .fetch_one(db)
        .await
}

/// Begins an epoch because a node remembers what this database does not. `None` if one has begun since `compared_with`
/// was read, or if the last one begun this way is less than a minute old: a node that lies costs little.
pub(super) async fn begin_by_comparison(
    db: &mut PgConnection,
    compared_with: Uuid,
    reason: Reason,
    node: NodeId,
    lost: Option<Uuid>,
) -> sqlx::Result<Option<Uuid>> {
    lock(db).await?;
    if newest(db).await? != Some(compared_with) {
        return Ok(None);
    }
    let is_soon = sqlx::query_scalar!(
        r#"
        select exists (
            select from hub_epochs where node_id is not null and began_at > clock_timestamp() - interval '1 minute'
        ) as "soon!"
        "#
    )
    .fetch_one(&mut *db)
    .await?;
    if is_soon {
        tracing::warn!(node.id = %node, "this node also remembers what the database does not: {}", reason.word());
        return Ok(None);
    }
    if let Some(lost) = lost {
        note_lost(db, lost).await?;
    }
    tracing::error!(node.id = %node, "a node remembers what the database does not: {}", reason.word());
    begin(db, reason, Some(node)).await.map(Some)
}

/// Begins an epoch because acknowledged rows are missing and were cut from what is held.
pub(super) async fn begin_mended(db: &mut PgConnection, node: NodeId) -> sqlx::Result<Uuid> {
    lock(db).await?;
    tracing::error!(node.id = %node, "acknowledged events were missing in the tables; their node sends them again");
    begin(db, Reason::Mended, None).await
}

async fn newest(db: &mut PgConnection) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!("select epoch from hub_epochs where not is_lost order by number desc limit 1")
        .fetch_optional(db)
        .await
}

/// One at a time; who only reads the epoch does not wait.
async fn lock(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("lock table hub_epochs in share row exclusive mode").execute(db).await?;
    Ok(())
}

async fn begin(db: &mut PgConnection, reason: Reason, node: Option<NodeId>) -> sqlx::Result<Uuid> {
    if cfg!(feature = "planted-ignore-epoch")
        && let Some(epoch) = newest(db).await?
    {
        return Ok(epoch);
    }
    let now = Now::read(db).await?;
    let epoch = Uuid::new_v4();
    sqlx::query!(
        r#"
        insert into hub_epochs (epoch, began_at, reason, node_id, database_system, timeline)
        values ($1, clock_timestamp(), $2, $3, $4, $5)
        "#,
        epoch,
        reason.word(),
        node.map(|node| node.0),
        now.system,
        now.timeline
    )
    .execute(db)
    .await?;
    tracing::info!(epoch = %epoch, "a new epoch begins: {}", reason.word());
    Ok(epoch)
}

async fn note_lost(db: &mut PgConnection, epoch: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into hub_epochs (epoch, reason, is_lost) values ($1, 'lost', true) on conflict do nothing",
        epoch
    )
    .execute(db)
    .await?;
    Ok(())
}
