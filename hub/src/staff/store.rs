//! Accounts, links and sessions as Postgres keeps them. Time is the database's, so that all hub processes agree.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::Role;

/// A live session and the account behind it.
pub(super) struct SessionRow {
    pub(super) user_id: Uuid,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) puskesmas_id: Uuid,
    pub(super) puskesmas_name: String,
    /// Whether it was last seen more than a minute ago.
    pub(super) is_quiet: bool,
}

/// The account a link or a sign-in speaks of.
pub(super) struct AccountRow {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) password_hash: Option<String>,
}

/// Every Puskesmas with this id or, in any case, this name.
pub(super) async fn puskesmas_named(db: &mut PgConnection, named: &str) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select id from puskesmas where id::text = lower($1) or lower(name) in (lower($1), 'puskesmas ' || lower($1))",
        named
    )
    .fetch_all(db)
    .await
}

/// Makes an account or renames the one with this address; `None` if that one belongs to another Puskesmas.
pub(super) async fn keep_user(
    db: &mut PgConnection,
    puskesmas: Uuid,
    name: &str,
    email: &str,
    role: Role,
) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        r#"
        insert into users (id, puskesmas_id, name, email, role)
        values ($1, $2, $3, $4, $5)
        on conflict (email) do update
        set name = excluded.name, role = excluded.role, is_active = true
        where users.puskesmas_id = excluded.puskesmas_id
        returning id
        "#,
        Uuid::now_v7(),
        puskesmas,
        name,
        email,
        role.code(),
    )
    .fetch_optional(db)
    .await
}

/// Keeps a link's fingerprint for 24 hours and ends the person's older links.
pub(super) async fn keep_link(db: &mut PgConnection, user: Uuid, fingerprint: &[u8]) -> sqlx::Result<()> {
    sqlx::query!("delete from sign_in_links where user_id = $1 and used_at is null", user)
        .execute(&mut *db)
        .await?;
    sqlx::query!(
        "insert into sign_in_links (token_sha256, user_id, expires_at) values ($1, $2, now() + interval '24 hours')",
        fingerprint,
        user,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The account of a link that still works.
pub(super) async fn of_link(db: &PgPool, fingerprint: &[u8]) -> sqlx::Result<Option<AccountRow>> {
    sqlx::query_as!(
        AccountRow,
        r#"
        select users.id, users.name, users.email as "email!", users.password_hash
        from sign_in_links
        join users on users.id = sign_in_links.user_id
        where token_sha256 = $1 and used_at is null and expires_at > now() and is_active and email is not null
        "#,
        fingerprint,
    )
    .fetch_optional(db)
    .await
}

/// Uses a link up; `false` if somebody else was first or it has run out.
pub(super) async fn use_link(db: &mut PgConnection, fingerprint: &[u8]) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        r#"
        update sign_in_links
        set used_at = now()
        where token_sha256 = $1 and used_at is null and expires_at > now()
        "#,
        fingerprint,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Sets a password and ends every session opened with the old one.
pub(super) async fn set_password(db: &mut PgConnection, user: Uuid, hash: &str) -> sqlx::Result<()> {
    sqlx::query!("update users set password_hash = $2 where id = $1", user, hash).execute(&mut *db).await?;
    sqlx::query!(
        "update user_sessions set revoked_at = now() where user_id = $1 and revoked_at is null",
        user
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The active account of Puskesmas staff with this address, in any case. Kader sign in on their node, not here.
pub(super) async fn account(db: &PgPool, email: &str) -> sqlx::Result<Option<AccountRow>> {
    sqlx::query_as!(
        AccountRow,
        r#"
        select id, name, email as "email!", password_hash
        from users
        where email = lower($1) and is_active and role in ('bidan', 'petugas')
        "#,
        email.trim(),
    )
    .fetch_optional(db)
    .await
}

/// Opens a session of at most twelve hours, and forgets those that ended long ago.
pub(super) async fn open_session(db: &mut PgConnection, user: Uuid, fingerprint: &[u8]) -> sqlx::Result<()> {
    sqlx::query!("delete from user_sessions where expires_at < now() - interval '30 days'")
        .execute(&mut *db)
        .await?;
    sqlx::query!(
        "insert into user_sessions (token_sha256, user_id, expires_at) values ($1, $2, now() + interval '12 hours')",
        fingerprint,
        user,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A session that is not revoked, not past its twelve hours and was seen within half an hour.
pub(super) async fn session(db: &PgPool, fingerprint: &[u8]) -> sqlx::Result<Option<SessionRow>> {
    sqlx::query_as!(
        SessionRow,
        r#"
        select
            users.id as user_id,
            users.name,
            users.role,
            users.puskesmas_id,
            puskesmas.name as puskesmas_name,
            last_seen_at < now() - interval '1 minute' as "is_quiet!"
        from user_sessions
        join users on users.id = user_sessions.user_id
        join puskesmas on puskesmas.id = users.puskesmas_id
        where token_sha256 = $1
            and revoked_at is null
            and expires_at > now()
            and last_seen_at > now() - interval '30 minutes'
            and is_active
        "#,
        fingerprint,
    )
    .fetch_optional(db)
    .await
}

/// Notes that a session is in use.
pub(super) async fn touch(db: &PgPool, fingerprint: &[u8]) -> sqlx::Result<()> {
    sqlx::query!("update user_sessions set last_seen_at = now() where token_sha256 = $1", fingerprint)
        .execute(db)
        .await?;
    Ok(())
}

/// Ends a session at once, everywhere.
pub(super) async fn revoke(db: &PgPool, fingerprint: &[u8]) -> sqlx::Result<()> {
    sqlx::query!("update user_sessions set revoked_at = now() where token_sha256 = $1", fingerprint)
        .execute(db)
        .await?;
    Ok(())
}
