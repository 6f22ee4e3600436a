//! One at a time: two hubs, or two posyandu, may meet in one child.

use std::collections::BTreeSet;

use protocol::Body;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Entered;
use super::guests::guests;

/// Keeps everybody else away from the children of these events until the transaction ends: by their posyandu and by that
/// whose book they stand in, as well where they are guests; and, where a child is registered or corrected, is not known or
/// belongs elsewhere, from all such children, for only there two posyandu meet.
pub(crate) async fn keep_others_away(db: &mut PgConnection, entered: &[Entered]) -> sqlx::Result<()> {
    // A clock that was found dates children of any posyandu its node ever served. It is found once in a power-up.
    if entered.iter().any(Entered::is_of_a_clock) {
        return keep_everybody_away(db).await;
    }
    let of_somebody = entered.iter().filter(|entered| !entered.is_of_nobody());
    let seen: BTreeSet<(Uuid, Uuid)> =
        of_somebody.map(|entered| (entered.citizen(), entered.posyandu())).collect();
    let mut posyandu: BTreeSet<Uuid> = entered.iter().map(Entered::posyandu).collect();
    if entered.iter().any(says_who) || !all_at_home(db, &seen).await? {
        return with_homes(db, &seen, posyandu).await;
    }
    let guests = guests(db, &seen.iter().map(|(citizen, _)| *citizen).collect::<Vec<_>>()).await?;
    posyandu.extend(guests.iter().map(|guest| guest.posyandu));
    keep_away(db, &posyandu).await?;
    // Somebody may have moved while the locks were waited for. Taken in this order two hubs might wait for each other;
    // then Postgres ends one of the transactions, and it is tried again.
    if !all_at_home(db, &seen).await? {
        return with_homes(db, &seen, posyandu).await;
    }
    Ok(())
}

/// Locks strangers, and after them, for nobody moves then, the homes of all children together with `posyandu`.
async fn with_homes(
    db: &mut PgConnection,
    seen: &BTreeSet<(Uuid, Uuid)>,
    mut posyandu: BTreeSet<Uuid>,
) -> sqlx::Result<()> {
    lock_strangers(db).await?;
    let citizens: Vec<Uuid> = seen.iter().map(|(citizen, _)| *citizen).collect();
    let homes =
        sqlx::query_scalar!("select distinct posyandu_id from citizens where id = any ($1)", &citizens)
            .fetch_all(&mut *db)
            .await?;
    posyandu.extend(homes);
    posyandu.extend(guests(db, &citizens).await?.iter().map(|guest| guest.posyandu));
    keep_away(db, &posyandu).await
}

/// Whether it may change who is whose guest: that is decided by one hub after the other.
fn says_who(entered: &Entered) -> bool {
    entered.is_registration()
        || matches!(entered.event.body, Body::PersonEdited(_) | Body::PersonLeft(_) | Body::Voided(_))
}

/// Keeps everybody else away from every child until the transaction ends.
pub(crate) async fn keep_everybody_away(db: &mut PgConnection) -> sqlx::Result<()> {
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

/// Keeps everybody else away from the children in the books of those posyandu until the transaction ends.
pub(super) async fn keep_away(db: &mut PgConnection, posyandu: &BTreeSet<Uuid>) -> sqlx::Result<()> {
    let posyandu: Vec<Uuid> = posyandu.iter().copied().collect();
    sqlx::query!("select id from posyandu where id = any ($1) order by id for no key update", &posyandu)
        .fetch_all(db)
        .await?;
    Ok(())
}
