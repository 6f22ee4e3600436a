//! Reference data comes in from a file, as often as it is corrected.

use std::collections::HashMap;

use anyhow::{Context, ensure};
use protocol::bundle;
use protocol::feed::{FeedId, Item};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{people, pin};
use crate::feed;

/// The file `simpul-hub reference load` reads (JSON). Unknown keys are refused. What is not named stays as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Health centres.
    #[serde(default)]
    pub puskesmas: Vec<Puskesmas>,
    /// Posyandu of these or of earlier loaded health centres.
    #[serde(default)]
    pub posyandu: Vec<Posyandu>,
    /// People who work there.
    #[serde(default)]
    pub users: Vec<User>,
}

/// A health centre.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Puskesmas {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its kecamatan.
    pub district: String,
}

/// A posyandu.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posyandu {
    /// Its id.
    pub id: Uuid,
    /// Its health centre.
    pub puskesmas_id: Uuid,
    /// Its name, e.g. `Mawar 3`.
    pub name: String,
    /// Its village.
    pub village: String,
}

/// Someone who works for posyandu.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The person's id.
    pub id: Uuid,
    /// The person's health centre.
    pub puskesmas_id: Uuid,
    /// The person's name.
    pub name: String,
    /// `kader`, `bidan` or `petugas`.
    pub role: String,
    /// The posyandu the person works at.
    #[serde(default)]
    pub posyandu: Vec<Uuid>,
    /// PIN for nodes, in the clear; hashed here and kept nowhere.
    #[serde(default)]
    pub pin: Option<String>,
    /// PIN for nodes as a ready Argon2id verifier (PHC string), instead of `pin`.
    #[serde(default)]
    pub pin_verifier: Option<String>,
    /// The address the person signs in with on the hub, if at all.
    #[serde(default)]
    pub email: Option<String>,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

/// Takes reference data in and tells the nodes what is new; a repeat changes nothing. The caller owns the transaction.
pub async fn load(db: &mut PgConnection, reference: &Reference) -> anyhow::Result<()> {
    for puskesmas in &reference.puskesmas {
        keep_puskesmas(db, puskesmas).await?;
    }
    for posyandu in &reference.posyandu {
        keep_posyandu(db, posyandu).await.with_context(|| format!("posyandu {}", posyandu.name))?;
    }
    let verifiers = verifiers(db, &reference.users).await?;
    for (user, verifier) in reference.users.iter().zip(verifiers) {
        keep_user(db, user, verifier).await.with_context(|| format!("user {}", user.id))?;
    }
    tell(db, reference).await
}

/// What of it the nodes do not know yet goes into their feeds.
async fn tell(db: &mut PgConnection, reference: &Reference) -> anyhow::Result<()> {
    let posyandu = |posyandu: &Posyandu| {
        let (id, name, village) = (posyandu.id.into(), posyandu.name.clone(), posyandu.village.clone());
        (FeedId::Posyandu(id), Item::Posyandu(bundle::Posyandu { id, name, village }))
    };
    let mut items: Vec<(FeedId, Item)> = reference.posyandu.iter().map(posyandu).collect();
    let users: Vec<Uuid> = reference.users.iter().map(|user| user.id).collect();
    let standing = people::of_users(db, &users).await?;
    items.extend(feed::gone(db, &users, &standing).await?);
    items.extend(standing.into_iter().map(|(feed, user)| (feed, Item::User(user))));
    feed::set(db, &items).await?;
    Ok(())
}

async fn keep_puskesmas(db: &mut PgConnection, puskesmas: &Puskesmas) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into puskesmas (id, name, district)
        values ($1, $2, $3)
        on conflict (id) do update
        set name = excluded.name, district = excluded.district
        "#,
        puskesmas.id,
        puskesmas.name,
        puskesmas.district
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn keep_posyandu(db: &mut PgConnection, posyandu: &Posyandu) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into posyandu (id, puskesmas_id, name, village)
        values ($1, $2, $3, $4)
        on conflict (id) do update
        set puskesmas_id = excluded.puskesmas_id, name = excluded.name, village = excluded.village
        "#,
        posyandu.id,
        posyandu.puskesmas_id,
        posyandu.name,
        posyandu.village
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The verifier of each user's PIN; one that is kept already and fits stays, so that a repeat changes nothing.
async fn verifiers(db: &mut PgConnection, users: &[User]) -> anyhow::Result<Vec<Option<String>>> {
    let ids: Vec<Uuid> = users.iter().map(|user| user.id).collect();
    let rows =
        sqlx::query!("select id, pin_verifier from users where id = any ($1)", &ids).fetch_all(db).await?;
    let kept: HashMap<Uuid, Option<String>> =
        rows.into_iter().map(|row| (row.id, row.pin_verifier)).collect();
    let mut verifiers = Vec::with_capacity(users.len());
    for user in users {
        let kept = kept.get(&user.id).cloned().flatten();
        verifiers.push(verifier(user, kept).with_context(|| format!("PIN of user {}", user.id))?);
    }
    Ok(verifiers)
}

fn verifier(user: &User, kept: Option<String>) -> anyhow::Result<Option<String>> {
    match (&user.pin, &user.pin_verifier) {
        (Some(_), Some(_)) => anyhow::bail!("pin and pin_verifier exclude each other"),
        (Some(pin), None) if kept.as_deref().is_some_and(|kept| pin::fits(pin, kept)) => Ok(kept),
        (Some(pin), None) => pin::verifier(pin).map(Some),
        (None, Some(ready)) => {
            ensure!(pin::is_verifier(ready), "pin_verifier is no Argon2id PHC string");
            Ok(Some(ready.clone()))
        }
        (None, None) => Ok(kept),
    }
}

async fn keep_user(db: &mut PgConnection, user: &User, verifier: Option<String>) -> anyhow::Result<()> {
    sqlx::query!(
        r#"
        insert into users (id, puskesmas_id, name, email, role, pin_verifier)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (id) do update
        set puskesmas_id = excluded.puskesmas_id,
            name = excluded.name,
            email = coalesce(excluded.email, users.email),
            role = excluded.role,
            pin_verifier = excluded.pin_verifier
        "#,
        user.id,
        user.puskesmas_id,
        user.name,
        user.email.as_ref().map(|email| email.trim().to_lowercase()),
        user.role,
        verifier
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "delete from user_posyandu where user_id = $1 and posyandu_id <> all ($2)",
        user.id,
        &user.posyandu
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        r#"
        insert into user_posyandu (user_id, posyandu_id)
        select $1, posyandu_id
        from unnest($2::uuid[]) as works_at (posyandu_id)
        on conflict do nothing
        "#,
        user.id,
        &user.posyandu
    )
    .execute(db)
    .await?;
    Ok(())
}
