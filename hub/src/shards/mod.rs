//! Which part of the nodes this hub hears at an outside broker, when several hubs share the work.
//!
//! # Why
//! Nodes are divided into shards by their id, and a broker hands a message to everyone who subscribed to its shard. So
//! hubs agree, by leases in the database they share, on who subscribes to what; a hub that dies loses its shards when
//! its leases end, and the others take them. Nothing else rests on a lease: two hubs on one shard do the same work twice and
//! the tables keep it once.

mod set;
mod share;

use std::time::Duration;

use sqlx::{PgConnection, PgPool};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use set::Shards;
use share::{Lease, share};

/// Renewals that may fail before a lease ends.
const RENEWALS: u32 = 5;

/// One hub process's part in the division.
#[derive(Debug, Clone)]
pub struct Leases {
    db: PgPool,
    me: Uuid,
    lasting: Duration,
}

/// How the division stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    mine: Shards,
    /// Held by others, who live.
    others: Shards,
}

impl Leases {
    /// The part of a hub process that calls itself `me`, a name never used before; others take over what it held
    /// `lasting` after its last word.
    pub fn new(db: PgPool, me: Uuid, lasting: Duration) -> Self {
        Self { db, me, lasting }
    }

    /// Keeps `hears` at what this hub should hear, until `cancel` fires; then leaves its part to the others.
    ///
    /// A shard that was given away is heard until its new hub holds it, so that there is no moment at which nobody hears it.
    /// While the database is away everything stays as it was.
    pub async fn run(self, hears: watch::Sender<Shards>, cancel: CancellationToken) {
        loop {
            match self.renew().await {
                Ok(Standing { mine, others }) => hears.send_if_modified(|heard| {
                    let now = mine.and(heard.without(others));
                    if now != *heard {
                        tracing::info!("this hub hears shards {now}");
                    }
                    now != std::mem::replace(heard, now)
                }),
                Err(error) => {
                    tracing::warn!("shards stay as they are, the database does not answer: {error:#}");
                    false
                }
            };
            tokio::select! {
                () = tokio::time::sleep(self.lasting / RENEWALS) => {}
                () = cancel.cancelled() => break,
            }
        }
        if let Err(error) = self.leave().await {
            tracing::warn!("other hubs take over only when the leases end: {error:#}");
        }
    }

    /// Says that this hub lives, and takes or gives away what makes the shares even.
    async fn renew(&self) -> sqlx::Result<Standing> {
        let mut tx = self.db.begin().await?;
        let leases = lock(&mut tx).await?;
        let lasting = self.lasting.as_secs_f64();
        sqlx::query!(
            r#"
            insert into hub_processes (id, until)
            values ($1, clock_timestamp() + make_interval(secs => $2))
            on conflict (id) do update set until = excluded.until
            "#,
            self.me,
            lasting
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!("delete from hub_processes where until < clock_timestamp()").execute(&mut *tx).await?;
        let hubs =
            sqlx::query_scalar!("select id from hub_processes order by id").fetch_all(&mut *tx).await?;
        let mine = share(&leases, &hubs, self.me);
        let rows: Vec<i16> = mine.iter().map(i16::from).collect();
        sqlx::query!(
            "update shard_leases set until = '-infinity' where hub = $1 and shard <> all ($2)",
            self.me,
            &rows
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            r#"
            update shard_leases
            set hub = $1, until = clock_timestamp() + make_interval(secs => $3)
            where shard = any ($2)
            "#,
            self.me,
            &rows,
            lasting
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        let others = leases.iter().filter(|lease| lease.lives && lease.hub != Some(self.me));
        Ok(Standing { mine, others: others.map(|lease| lease.shard).collect() })
    }

    async fn leave(&self) -> sqlx::Result<()> {
        let mut tx = self.db.begin().await?;
        lock(&mut tx).await?;
        sqlx::query!("update shard_leases set until = '-infinity' where hub = $1", self.me)
            .execute(&mut *tx)
            .await?;
        sqlx::query!("delete from hub_processes where id = $1", self.me).execute(&mut *tx).await?;
        tx.commit().await
    }
}

/// All leases, locked: hubs divide one after the other. Only the database's clock is asked, and only after the wait.
async fn lock(db: &mut PgConnection) -> sqlx::Result<Vec<Lease>> {
    sqlx::query!("select from shard_leases order by shard for update").execute(&mut *db).await?;
    let rows = sqlx::query!(
        r#"select shard, hub, until > clock_timestamp() as "lives!" from shard_leases order by shard"#
    )
    .fetch_all(db)
    .await?;
    let lease = |shard, hub, lives| Some(Lease { shard: u8::try_from(shard).ok()?, hub, lives });
    Ok(rows.into_iter().filter_map(|row| lease(row.shard, row.hub, row.lives)).collect())
}
