//! What was there before feeds were kept is taken in, once for each posyandu.

use std::collections::HashSet;

use protocol::bundle;
use protocol::feed::{FeedId, Item};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::append::logged;
use super::write::{Line, set, write};
use super::{counter, feed_of, guests, item, row_of};
use crate::{growth, reference};

/// Completes every feed that was not begun properly: its posyandu, people, plans, and all events of the children it knows.
/// A repeat finds nothing to do; several hubs may do it together, and intake goes on meanwhile.
pub async fn begin(db: &PgPool) -> anyhow::Result<()> {
    let waiting = sqlx::query_scalar!(
        r#"
        select posyandu.id
        from posyandu
        left join feeds on feeds.id = posyandu.id
        where feeds.begun_at is null
        order by posyandu.id
        "#
    )
    .fetch_all(db)
    .await?;
    let settings = reference::settings(&mut *db.acquire().await?).await?;
    let mut tx = db.begin().await?;
    set(&mut tx, &settings).await?;
    tx.commit().await?;
    for posyandu in waiting {
        let mut tx = db.begin().await?;
        complete(&mut tx, posyandu).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Looks for events of a posyandu's children that its feed does not have, in every feed: after an older hub, which kept no
/// feeds, has worked on the same tables.
pub async fn catch_up(db: &PgPool) -> anyhow::Result<()> {
    sqlx::query!("update feeds set begun_at = null").execute(db).await?;
    begin(db).await
}

/// Announces this hub's sealing keys, newest first, if the newest is one that nodes were not told of. A hub whose newest key
/// is known already says nothing: another one may be ahead.
pub async fn announce_keys(db: &PgPool, keys: &[[u8; 32]]) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    counter::lock(&mut tx, &[row_of(FeedId::Common)].into()).await?;
    let told = sqlx::query_scalar!(
        r#"select item as "item!" from feed_items where feed_id = $1 and subject = $2 and replaced_by is null"#,
        row_of(FeedId::Common),
        item::KEYS
    )
    .fetch_optional(&mut *tx)
    .await?;
    let told = match told.as_deref().and_then(Item::decode) {
        Some(Item::HubKeys(told)) => told,
        _ => Vec::new(),
    };
    match keys.first() {
        Some(newest) if !told.contains(newest) => {
            set(&mut tx, &[(FeedId::Common, Item::HubKeys(keys.to_vec()))]).await?;
        }
        Some(newest) if told.first() != Some(newest) => {
            tracing::warn!(
                "nodes were told of a newer sealing key than this hub holds: copy the key file here"
            );
        }
        _ => {}
    }
    tx.commit().await
}

async fn complete(db: &mut PgConnection, posyandu: Uuid) -> anyhow::Result<()> {
    // Intake locks a posyandu before its children's feeds; so does this.
    let known = sqlx::query!("select name, village from posyandu where id = $1 for no key update", posyandu)
        .fetch_one(&mut *db)
        .await?;
    counter::lock(db, &[posyandu].into()).await?;
    let feed = FeedId::Posyandu(posyandu.into());
    let name = bundle::Posyandu { id: posyandu.into(), name: known.name, village: known.village };
    let mut items = vec![(feed, Item::Posyandu(name))];
    items.extend(reference::standing(db, posyandu).await?.into_iter().map(|item| (feed, item)));
    let guests: Vec<growth::Guest> = growth::guests_of(db, posyandu).await?.into_iter().collect();
    let words = guests::words(db, &guests).await?;
    items.extend(words.into_iter().map(|(home, item)| (feed_of(home), item)));
    set(db, &items).await?;
    let mut missing = missing(db, posyandu).await?;
    missing.extend(guests::visits(db, &guests, &HashSet::new()).await?);
    write(db, &missing).await?;
    sqlx::query!("update feeds set begun_at = now() where id = $1", posyandu).execute(db).await?;
    Ok(())
}

/// Events that were observed here, or of children who stand in this book, and are not in its feed.
async fn missing(db: &mut PgConnection, posyandu: Uuid) -> sqlx::Result<Vec<Line>> {
    let rows = sqlx::query!(
        r#"
        with people as (
            select id from citizens where posyandu_id = $1
            union
            select citizen_id from child_growth_records where posyandu_id = $1
        )
        select event_log.received_at, node_id, incarnation, sequence, frame
        from people
        join event_log on event_log.citizen_id = people.id
        left join citizens on citizens.id = people.id
        where event_log.posyandu_id = $1 or citizens.posyandu_id = $1
        order by event_log.received_at, node_id, incarnation, sequence
        "#,
        posyandu
    )
    .fetch_all(&mut *db)
    .await?;
    let listed = sqlx::query!(
        r#"
        select node_id as "node_id!", incarnation as "incarnation!", sequence as "sequence!"
        from feed_items
        where feed_id = $1 and sequence is not null
        "#,
        posyandu
    )
    .fetch_all(db)
    .await?;
    let listed: HashSet<(Uuid, i32, i64)> =
        listed.into_iter().map(|row| (row.node_id, row.incarnation, row.sequence)).collect();
    let lines = rows.into_iter().filter_map(|row| {
        let key = (row.node_id, row.incarnation, row.sequence);
        (!listed.contains(&key)).then(|| logged(posyandu, &row.frame, row.received_at, key))?
    });
    Ok(lines.collect())
}
