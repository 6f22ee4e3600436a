//! One at a time: two hubs, or two posyandu, may meet in one child.

use std::collections::BTreeSet;

use sqlx::PgConnection;
use uuid::Uuid;

use super::Entered;

/// Keeps everybody else away from the children of these events until the transaction ends: by their posyandu; and, where
/// a child is registered, is not known or belongs elsewhere, from all such children, for only there two posyandu meet.
pub(crate) async fn keep_others_away(db: &mut PgConnection, entered: &[Entered]) -> sqlx::Result<()> {
    let seen: BTreeSet<(Uuid, Uuid)> =
        entered.iter().map(|entered| (entered.citizen(), entered.posyandu())).collect();
    if entered.iter().any(Entered::is_registration) || !all_at_home(db, &seen).await? {
        lock_strangers(db).await?;
    }
    let posyandu: BTreeSet<Uuid> = entered.iter().map(Entered::posyandu).collect();
    lock_posyandu(db, &posyandu.into_iter().collect::<Vec<_>>()).await
}

/// Keeps everybody else away from every child until the transaction ends.
pub(super) async fn keep_everybody_away(db: &mut PgConnection) -> sqlx::Result<()> {
    lock_strangers(db).await?;
    sqlx::query!("select id from posyandu order by id for no key update").fetch_all(db).await?;
    Ok(())
}

/// Whether each of these children is known and was seen at its own posyandu.
async fn all_at_home(db: &mut PgConnection, seen: &BTreeSet<(Uuid, Uuid)>) -> sqlx::Result<bool> {
    let (citizens, posyandu): (Vec<Uuid>, Vec<Uuid>) = seen.iter().copied().unzip();
    sqlx::query_scalar!(
        r#"
        select not exists (
            select
            from unnest($1::uuid[], $2::uuid[]) as seen (citizen_id, posyandu_id)
            left join citizens on citizens.id = seen.citizen_id
            where citizens.posyandu_id is distinct from seen.posyandu_id
        ) as "all!"
        "#,
        &citizens,
        &posyandu
    )
    .fetch_one(db)
    .await
}

async fn lock_strangers(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('simpul strangers', 0))").execute(db).await?;
    Ok(())
}

/// `posyandu` come sorted.
async fn lock_posyandu(db: &mut PgConnection, posyandu: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!("select id from posyandu where id = any ($1) order by id for no key update", posyandu)
        .fetch_all(db)
        .await?;
    Ok(())
}
