//! The counter of each feed: how far it has come, and who may go on with it.

use std::collections::{BTreeMap, BTreeSet};

use protocol::feed::{FeedHash, FeedMark};
use sqlx::PgConnection;
use uuid::Uuid;

use super::feed_of;

/// Where a feed ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) position: u64,
    pub(super) hash: FeedHash,
}

impl Head {
    pub(super) const EMPTY: Self = Self { position: 0, hash: FeedHash::EMPTY };

    /// Where the feed ends after one more item.
    pub(super) fn after(self, item: &[u8]) -> Self {
        let position = self.position + 1;
        Self { position, hash: self.hash.after(position, item) }
    }

    pub(super) fn mark(self, row: Uuid) -> FeedMark {
        FeedMark { feed: feed_of(row), position: self.position, hash: self.hash }
    }
}

/// Locks feeds until the transaction ends; one that was never written begins. Whoever locks posyandu as well locks those
/// first.
pub(super) async fn lock(
    db: &mut PgConnection,
    feeds: &BTreeSet<Uuid>,
) -> sqlx::Result<BTreeMap<Uuid, Head>> {
    let feeds: Vec<Uuid> = feeds.iter().copied().collect();
    // Before the locks, so that nobody waits for a new row while holding an old one.
    sqlx::query!(
        r#"
        insert into feeds (id)
        select asked.id
        from unnest($1::uuid[]) as asked (id)
        where not exists (select from feeds where feeds.id = asked.id)
        order by asked.id
        on conflict do nothing
        "#,
        &feeds
    )
    .execute(&mut *db)
    .await?;
    let rows = sqlx::query!(
        "select id, position, hash from feeds where id = any ($1) order by id for no key update",
        &feeds
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, head(row.position, &row.hash))).collect())
}

/// Writes where feeds end now.
pub(super) async fn keep(db: &mut PgConnection, heads: &BTreeMap<Uuid, Head>) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update feeds
        set position = now.position, hash = now.hash
        from unnest($1::uuid[], $2::bigint[], $3::bytea[]) as now (id, position, hash)
        where feeds.id = now.id
        "#,
        &heads.keys().copied().collect::<Vec<_>>(),
        &heads.values().map(|head| head.position as i64).collect::<Vec<_>>(),
        &heads.values().map(|head| head.hash.0.to_vec()).collect::<Vec<_>>()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A place as the tables keep it.
pub(super) fn head(position: i64, hash: &[u8]) -> Head {
    let hash = FeedHash(hash.try_into().expect("the table holds 16 bytes"));
    Head { position: position as u64, hash }
}
