//! One hub tells every hub what changed, through the database they share.

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::postgres::PgListener;
use sqlx::{PgConnection, PgPool};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::app::Changed;

const CHANNEL: &str = "simpul_changed";
/// How long to leave a database alone that just failed to answer.
const PAUSE: Duration = Duration::from_secs(1);

/// Tells, once the caller's transaction is committed, that those months of those posyandu changed.
pub(crate) async fn tell(db: &mut PgConnection, months: &BTreeSet<(Uuid, i32)>) -> sqlx::Result<()> {
    let words: Vec<String> = months.iter().map(|(posyandu, month)| format!("{posyandu} {month}")).collect();
    sqlx::query!("select pg_notify($1, word) from unnest($2::text[]) as words (word)", CHANNEL, &words)
        .execute(db)
        .await?;
    Ok(())
}

/// Hears what any hub on this database tells and passes it on, until `cancel` fires. While the database is away nothing
/// is heard: whoever listens must also look from time to time.
pub(crate) async fn listen(db: PgPool, changed: broadcast::Sender<Changed>, cancel: CancellationToken) {
    loop {
        let error = tokio::select! {
            Err(error) = hear(&db, &changed) => error,
            () = cancel.cancelled() => return,
        };
        tracing::warn!("changes are not heard, trying again: {error:#}");
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = cancel.cancelled() => return,
        }
    }
}

async fn hear(db: &PgPool, changed: &broadcast::Sender<Changed>) -> sqlx::Result<std::convert::Infallible> {
    let mut listener = PgListener::connect_with(db).await?;
    listener.listen(CHANNEL).await?;
    loop {
        let told = listener.recv().await?;
        // Nobody listening is no fault.
        if let Some(change) = read(told.payload()) {
            let _ = changed.send(change);
        }
    }
}

fn read(payload: &str) -> Option<Changed> {
    let (posyandu, month) = payload.split_once(' ')?;
    Some(Changed { posyandu: posyandu.parse().ok()?, report_month: month.parse().ok()? })
}
