//! One-time links: the only way an account gets its first password, or a new one.

use anyhow::{Context, bail};
use sqlx::PgPool;
use uuid::Uuid;

use super::Role;
use super::store;
use super::token::Token;

/// Who is invited, as the person at the command line writes it.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The address the person signs in with.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// What the person is at the Puskesmas.
    pub role: Role,
    /// The Puskesmas, by id or by name.
    pub puskesmas: String,
}

/// Makes the account where there is none, and a link that sets its password once within 24 hours.
///
/// The link begins with `public_url` and is shown to nobody but the caller; the hub keeps its SHA-256. An older link of
/// the same person stops working. Fails when the Puskesmas is unknown or the address belongs to another Puskesmas.
pub async fn invite(db: &PgPool, public_url: &str, invitation: &Invitation) -> anyhow::Result<String> {
    let email = invitation.email.trim().to_lowercase();
    if !email.contains('@') || email.contains(char::is_whitespace) {
        bail!("{email:?} is not an e-mail address");
    }
    let token = Token::new()?;
    let mut tx = db.begin().await.context("no connection to the database")?;
    let puskesmas = puskesmas(&mut tx, &invitation.puskesmas).await?;
    let user = store::keep_user(&mut tx, puskesmas, invitation.name.trim(), &email, invitation.role)
        .await?
        .with_context(|| format!("{email} already belongs to another Puskesmas"))?;
    store::keep_link(&mut tx, user, &token.fingerprint()).await?;
    tx.commit().await?;
    Ok(format!("{}/undangan/{}", public_url.trim_end_matches('/'), token.text()))
}

async fn puskesmas(db: &mut sqlx::PgConnection, named: &str) -> anyhow::Result<Uuid> {
    match store::puskesmas_named(db, named.trim()).await?.as_slice() {
        [one] => Ok(*one),
        [] => bail!("there is no Puskesmas {named:?}"),
        several => bail!("{} Puskesmas are called {named:?}; name it by its id", several.len()),
    }
}
