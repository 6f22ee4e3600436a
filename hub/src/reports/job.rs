//! Months that were marked are counted again, soon but never all the time.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use protocol::Month;
use sqlx::{PgConnection, PgPool};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::store;
use crate::app::{Changed, Hub};
use crate::changes;

/// WIT's distance from UTC.
const EAST: TimeDelta = TimeDelta::hours(9);
/// Marks that choose the months counted at a time; all other marks of those months are worked off with them.
const PORTION: i64 = 500;
/// How often to look without being told: a wake-up may be missed while the database is away.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// At least so long between two rounds; marks that come meanwhile are counted together.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
/// After counting, a rest of so many times as long: while letters pour in, the database is theirs.
const RESTS_PER_ROUND: u32 = 9;

/// Counts marked months until `cancel` fires, woken by changes and by the clock. `clock` tells the hub's time.
pub async fn run(hub: Hub, clock: fn() -> DateTime<Utc>, cancel: CancellationToken) {
    let mut changed = hub.changed.subscribe();
    loop {
        let began = Instant::now();
        let is_done = round(&hub.db, clock()).await.unwrap_or_else(|error| {
            tracing::warn!("figures wait, trying again: {error:#}");
            true
        });
        let pause = (began.elapsed() * RESTS_PER_ROUND).max(SHORTEST_PAUSE);
        tokio::select! {
            () = rest(pause, is_done, &mut changed) => {}
            () = cancel.cancelled() => return,
        }
    }
}

/// Counts one portion; gives whether no mark is left.
async fn round(db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<bool> {
    mark_uncounted(db, now).await?;
    // The month begins in the east of the country nine hours before it does in UTC.
    mark_uncounted(db, now + EAST).await?;
    Ok(count_dirty(db).await? == 0)
}

/// Waits the pause, and when nothing is left to do for a change or the time to look.
async fn rest(pause: Duration, is_done: bool, changed: &mut broadcast::Receiver<Changed>) {
    tokio::time::sleep(pause).await;
    if !is_done {
        return;
    }
    // However many were missed or told meanwhile, one round counts them all.
    let _ = tokio::time::timeout(LOOK_EVERY, changed.recv()).await;
    *changed = changed.resubscribe();
}

/// Counts one portion of the marked months again; gives how many, 0 when nothing is marked.
pub async fn count_dirty(db: &PgPool) -> sqlx::Result<usize> {
    let mut tx = db.begin().await?;
    let months = take_marks(&mut tx).await?;
    if months.is_empty() {
        return Ok(0);
    }
    let (posyandu, report_months): (Vec<Uuid>, Vec<i32>) = months.iter().copied().unzip();
    lock(&mut tx, &posyandu, &report_months).await?;
    let counted = store::count(&mut tx, &posyandu, &report_months).await?;
    store::keep(&mut tx, &counted).await?;
    changes::tell(&mut tx, &months).await?;
    tx.commit().await?;
    Ok(counted.len())
}

/// Marks this month for every posyandu that has no figures for it: children age without anything happening.
pub async fn mark_uncounted(db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<()> {
    let Month(month) = Month::of(now.date_naive());
    sqlx::query!(
        r#"
        insert into dirty_months (posyandu_id, report_month)
        select posyandu.id, $1
        from posyandu
        where not exists (
            select from monthly_figures figures where figures.posyandu_id = posyandu.id and figures.report_month = $1
        )
        "#,
        month
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes marks away, those that no other hub is working off; they come back should the count fail.
async fn take_marks(db: &mut PgConnection) -> sqlx::Result<BTreeSet<(Uuid, i32)>> {
    let marks = sqlx::query!(
        r#"
        with next as (
            select distinct posyandu_id, report_month
            from (
                select posyandu_id, report_month from dirty_months order by id limit $1 for update skip locked
            ) oldest
        )
        delete from dirty_months
        where id in (
            select id
            from dirty_months
            join next using (posyandu_id, report_month)
            for update of dirty_months skip locked
        )
        returning posyandu_id, report_month
        "#,
        PORTION
    )
    .fetch_all(db)
    .await?;
    Ok(marks.into_iter().map(|mark| (mark.posyandu_id, mark.report_month)).collect())
}

/// Two hubs may hold marks of one month: the second counts after the first, and so counts all. The months come sorted.
async fn lock(db: &mut PgConnection, posyandu: &[Uuid], months: &[i32]) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        select pg_advisory_xact_lock(hashtextextended('simpul figures ' || posyandu_id || ' ' || report_month, 0))
        from unnest($1::uuid[], $2::integer[]) as months (posyandu_id, report_month)
        "#,
        posyandu,
        months
    )
    .execute(db)
    .await?;
    Ok(())
}
