//! The database, looked at beside what this hub remembers of it outside.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::{PgConnection, PgPool};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::state_file::{self, Seen};
use super::{Reason, begin, is_known, lock, note_lost};

/// How often a running hub looks whether its database was exchanged beneath it.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Compares the database with what this hub remembers of it outside; begins a new epoch if it went back in time.
/// Several hubs may do so at once, each with a folder of its own.
pub async fn settle(db: &PgPool, dir: &Path) -> sqlx::Result<()> {
    let seen = state_file::read(dir).await;
    let mut tx = db.begin().await?;
    lock(&mut tx).await?;
    let now = Now::read(&mut tx).await?;
    let mut epoch = now.epoch;
    if let Some(reason) = went_back(seen, &now, knows(&mut tx, seen).await?) {
        if reason != Reason::First {
            tracing::error!("this database is not the one that spoke last: {}", reason.word());
        }
        if let Some(seen) = seen.filter(|_| reason == Reason::UnknownEpoch) {
            note_lost(&mut tx, seen.epoch).await?;
        }
        epoch = Some(begin(&mut tx, reason, None).await?);
    } else {
        note_place(&mut tx, &now).await?;
    }
    tx.commit().await?;
    let epoch = epoch.expect("a database without one has just begun its first");
    let now = Seen { epoch, system: now.system, timeline: now.timeline, log_end: now.log_end };
    if seen != Some(now) {
        state_file::write(dir, now).await;
    }
    Ok(())
}

/// Looks from time to time whether the database was exchanged beneath the running hub.
pub(crate) async fn watch(db: PgPool, dir: PathBuf, cancel: CancellationToken) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = cancel.cancelled() => return,
        }
        if let Err(error) = settle(&db, &dir).await {
            tracing::warn!("the database's epoch could not be looked at: {error:#}");
        }
    }
}

/// What the database says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Now {
    pub(super) system: i64,
    pub(super) timeline: i32,
    /// Where its log ends, in bytes.
    log_end: i64,
    epoch: Option<Uuid>,
    /// Where that epoch began, if it was noted.
    began: Option<(i64, i32)>,
}

impl Now {
    pub(super) async fn read(db: &mut PgConnection) -> sqlx::Result<Self> {
        // The control file may still name the timeline before a recovery; the name of the log segment written now does not.
        let row = sqlx::query!(
            r#"
            select system_identifier as "system!",
                ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer as "timeline!",
                (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint as "log_end!",
                epoch as "epoch?", database_system, hub_epochs.timeline as began_timeline
            from pg_control_system()
            left join hub_epochs on number = (select max(number) from hub_epochs where not is_lost)
            "#
        )
        .fetch_one(db)
        .await?;
        Ok(Self {
            system: row.system,
            timeline: row.timeline,
            log_end: row.log_end,
            epoch: row.epoch,
            began: row.database_system.zip(row.began_timeline),
        })
    }
}

/// Whether, and how, the database shows that it is not what it was. `known` says whether it knows the epoch the hub saw.
fn went_back(seen: Option<Seen>, now: &Now, known: bool) -> Option<Reason> {
    let Some(epoch) = now.epoch else { return Some(Reason::First) };
    if cfg!(feature = "planted-ignore-epoch") {
        return None;
    }
    if let Some((system, timeline)) = now.began {
        if system != now.system {
            return Some(Reason::OtherCluster);
        }
        if timeline != now.timeline {
            return Some(Reason::OtherTimeline);
        }
    }
    let seen = seen?;
    if !known {
        return Some(Reason::UnknownEpoch);
    }
    // A file from before the newest epoch says nothing: whatever it could show has been answered by that epoch.
    if seen.epoch != epoch {
        return None;
    }
    if seen.system != now.system {
        Some(Reason::OtherCluster)
    } else if seen.timeline != now.timeline {
        Some(Reason::OtherTimeline)
    } else {
        (seen.log_end > now.log_end).then_some(Reason::WentBack)
    }
}

async fn knows(db: &mut PgConnection, seen: Option<Seen>) -> sqlx::Result<bool> {
    match seen {
        Some(seen) => is_known(db, seen.epoch).await,
        None => Ok(false),
    }
}

/// An epoch begun before places were noted gets the present one.
async fn note_place(db: &mut PgConnection, now: &Now) -> sqlx::Result<()> {
    if now.began.is_none() {
        sqlx::query!(
            "update hub_epochs set database_system = $2, timeline = $3 where epoch = $1",
            now.epoch,
            now.system,
            now.timeline
        )
        .execute(db)
        .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn seen(epoch: Uuid) -> Seen {
        Seen { epoch, system: 7, timeline: 1, log_end: 100 }
    }

    fn now() -> Now {
        Now { system: 7, timeline: 1, log_end: 100, epoch: Some(EPOCH), began: Some((7, 1)) }
    }

    #[test]
    fn the_same_database_further_on_is_no_reason() {
        assert_eq!(went_back(Some(seen(EPOCH)), &Now { log_end: 120, ..now() }, true), None);
        assert_eq!(went_back(None, &now(), false), None, "an empty folder beside an old database");
        assert_eq!(went_back(Some(seen(OTHER)), &Now { log_end: 5, ..now() }, true), None, "an old file");
    }

    #[cfg(not(feature = "planted-ignore-epoch"))]
    #[test]
    fn whatever_cannot_be_of_this_database_s_past_is_a_reason() {
        let reason = |seen, now: Now, known| went_back(seen, &now, known);
        assert_eq!(reason(None, Now { epoch: None, ..now() }, false), Some(Reason::First));
        assert_eq!(reason(None, Now { system: 8, ..now() }, false), Some(Reason::OtherCluster));
        assert_eq!(reason(None, Now { timeline: 2, ..now() }, false), Some(Reason::OtherTimeline));
        assert_eq!(reason(Some(seen(OTHER)), now(), false), Some(Reason::UnknownEpoch));
        assert_eq!(reason(Some(seen(EPOCH)), Now { log_end: 99, ..now() }, true), Some(Reason::WentBack));
        let unnoted = Now { began: None, timeline: 2, ..now() };
        assert_eq!(reason(Some(seen(EPOCH)), unnoted, true), Some(Reason::OtherTimeline));
    }
}
