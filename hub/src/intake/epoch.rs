//! Which life of this database speaks.

use sqlx::PgPool;
use uuid::Uuid;

/// The current epoch; begins the first one in a database that never spoke.
pub(super) async fn current(db: &PgPool) -> sqlx::Result<Uuid> {
    let mut tx = db.begin().await?;
    // Several hubs may start on an empty database at the same moment.
    sqlx::query!("lock table hub_epochs in share row exclusive mode").execute(&mut *tx).await?;
    sqlx::query!(
        "insert into hub_epochs (epoch) select $1 where not exists (select from hub_epochs)",
        Uuid::new_v4()
    )
    .execute(&mut *tx)
    .await?;
    let epoch = sqlx::query_scalar!("select epoch from hub_epochs order by began_at desc limit 1")
        .fetch_one(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(epoch)
}
