//! Who may be given a new PIN, which nodes can ask for one, and what was answered.

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

/// Somebody with a PIN on nodes.
pub(super) struct PinUser {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) posyandu: String,
}

/// The current life of a node.
pub(super) struct Life {
    pub(super) node_id: Uuid,
    pub(super) label: String,
    pub(super) incarnation: i32,
    pub(super) public_key: Vec<u8>,
}

/// An answer that was given.
pub(super) struct Told {
    pub(super) answered_at: DateTime<Utc>,
    pub(super) by: String,
    pub(super) to: String,
    pub(super) node: String,
}

/// Everyone of a Puskesmas who has a PIN.
pub(super) async fn users_of(db: &PgPool, puskesmas: Uuid) -> sqlx::Result<Vec<PinUser>> {
    sqlx::query_as!(
        PinUser,
        r#"
        select users.id, users.name, role, string_agg(posyandu.name, ', ' order by posyandu.name) as "posyandu!"
        from users
        join user_posyandu on user_posyandu.user_id = users.id
        join posyandu on posyandu.id = posyandu_id
        where users.puskesmas_id = $1 and is_active and pin_verifier is not null
        group by users.id
        order by users.name, users.id
        "#,
        puskesmas
    )
    .fetch_all(db)
    .await
}

/// One of them; `None` if there is nobody of this id, or only at another Puskesmas.
pub(super) async fn user_of(db: &PgPool, puskesmas: Uuid, user: Uuid) -> sqlx::Result<Option<PinUser>> {
    Ok(users_of(db, puskesmas).await?.into_iter().find(|known| known.id == user))
}

/// The nodes of the posyandu somebody works in, as they are now.
pub(super) async fn lives_of(db: &PgPool, user: Uuid) -> sqlx::Result<Vec<Life>> {
    sqlx::query_as!(
        Life,
        r#"
        select distinct nodes.id as node_id, nodes.label, node_keys.incarnation, node_keys.public_key
        from user_posyandu
        join node_posyandu using (posyandu_id)
        join nodes on nodes.id = node_posyandu.node_id
        join node_keys on node_keys.node_id = nodes.id
        where user_posyandu.user_id = $1 and node_keys.state = 'current' and nodes.revoked_at is null
        "#,
        user
    )
    .fetch_all(db)
    .await
}

/// Writes down who answered whom.
pub(super) async fn note(
    db: &PgPool,
    answered_by: Uuid,
    user: Uuid,
    life: &Life,
    request: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into pin_resets (answered_by, user_id, node_id, incarnation, request) values ($1, $2, $3, $4, $5)",
        answered_by,
        user,
        life.node_id,
        life.incarnation,
        request
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The last answers given to people of a Puskesmas.
pub(super) async fn told(db: &PgPool, puskesmas: Uuid) -> sqlx::Result<Vec<Told>> {
    sqlx::query_as!(
        Told,
        r#"
        select answered_at, answerer.name as "by", asker.name as "to", nodes.label as node
        from pin_resets
        join users answerer on answerer.id = answered_by
        join users asker on asker.id = user_id
        join nodes on nodes.id = node_id
        where asker.puskesmas_id = $1
        order by pin_resets.id desc
        limit 20
        "#,
        puskesmas
    )
    .fetch_all(db)
    .await
}
