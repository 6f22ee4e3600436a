//! Who may sign in on the nodes of which posyandu.

use anyhow::Context;
use protocol::UserId;
use protocol::bundle::User;
use protocol::event::Role;
use protocol::feed::FeedId;
use sqlx::PgConnection;
use uuid::Uuid;

/// Those who may sign in at a posyandu: active, with a PIN.
pub(super) async fn of_posyandu(db: &mut PgConnection, posyandu: Uuid) -> anyhow::Result<Vec<User>> {
    let standing = standing(db, &[], &[posyandu]).await?;
    Ok(standing.into_iter().map(|(_, user)| user).collect())
}

/// Where each of these people may sign in.
pub(super) async fn of_users(db: &mut PgConnection, users: &[Uuid]) -> anyhow::Result<Vec<(FeedId, User)>> {
    standing(db, users, &[]).await
}

async fn standing(
    db: &mut PgConnection,
    users: &[Uuid],
    posyandu: &[Uuid],
) -> anyhow::Result<Vec<(FeedId, User)>> {
    let rows = sqlx::query!(
        r#"
        select posyandu_id, users.id, name, role, pin_verifier as "pin_verifier!"
        from user_posyandu
        join users on users.id = user_id
        where is_active
            and pin_verifier is not null
            and (users.id = any ($1) or posyandu_id = any ($2))
        order by posyandu_id, name, users.id
        "#,
        users,
        posyandu
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let role =
                role(&row.role).with_context(|| format!("user {} has the role {:?}", row.id, row.role))?;
            let user = User { id: UserId(row.id), name: row.name, role, pin_verifier: row.pin_verifier };
            Ok((FeedId::Posyandu(row.posyandu_id.into()), user))
        })
        .collect()
}

/// The role a word of the tables stands for.
pub(super) fn role(word: &str) -> Option<Role> {
    match word {
        "kader" => Some(Role::Kader),
        "bidan" => Some(Role::Bidan),
        "petugas" => Some(Role::Petugas),
        _ => None,
    }
}
