//! What a node must know of the posyandu it serves, for the authority to put into its bundle.

use anyhow::{Context, ensure};
use protocol::bundle::{Posyandu, Roster, User};
use protocol::{PosyanduId, UserId};
use sqlx::PgPool;
use uuid::Uuid;

use super::people::role;

/// The roster of those posyandu, which must belong to one Puskesmas, and of everybody with a PIN who works there.
pub async fn roster(db: &PgPool, posyandu: &[Uuid]) -> anyhow::Result<Roster> {
    let rows = sqlx::query!(
        r#"
        select posyandu.id, posyandu.name, village, puskesmas.name as puskesmas
        from posyandu
        join puskesmas on puskesmas.id = puskesmas_id
        where posyandu.id = any ($1)
        order by village, posyandu.name, posyandu.id
        "#,
        posyandu
    )
    .fetch_all(db)
    .await?;
    ensure!(rows.len() == posyandu.len(), "not all of these posyandu are known here");
    let puskesmas = rows.first().context("no posyandu was named")?.puskesmas.clone();
    ensure!(rows.iter().all(|row| row.puskesmas == puskesmas), "these posyandu belong to several Puskesmas");
    let posyandu_lines = rows
        .into_iter()
        .map(|row| Posyandu { id: PosyanduId(row.id), name: row.name, village: row.village })
        .collect();
    Ok(Roster { puskesmas, posyandu: posyandu_lines, users: users(db, posyandu).await? })
}

async fn users(db: &PgPool, posyandu: &[Uuid]) -> anyhow::Result<Vec<User>> {
    let rows = sqlx::query!(
        r#"
        select id, name, role, pin_verifier as "pin_verifier!"
        from users
        where is_active
            and pin_verifier is not null
            and exists (
                select from user_posyandu where user_id = users.id and posyandu_id = any ($1)
            )
        order by name, id
        "#,
        posyandu
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let role =
                role(&row.role).with_context(|| format!("user {} has the role {:?}", row.id, row.role))?;
            Ok(User { id: UserId(row.id), name: row.name, role, pin_verifier: row.pin_verifier })
        })
        .collect()
}
