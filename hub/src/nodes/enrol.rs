//! A node that the authority has signed becomes known to the hub.

use anyhow::{Context, bail};
use ed25519_dalek::VerifyingKey;
use protocol::bundle::Enrolment;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::keys::from_hex;

/// Writes down a node, its keys and whom it serves; a repeat brings them up to date. An enrolment never lifts a
/// revocation unless it brings a new certificate.
pub async fn enrol(db: &mut PgConnection, enrolment: &Enrolment) -> anyhow::Result<()> {
    let public_key: [u8; 32] =
        from_hex(&enrolment.public_key).context("public key is not 64 hexadecimal digits")?;
    VerifyingKey::from_bytes(&public_key).context("public key is no Ed25519 key")?;
    let certificate: [u8; 32] =
        from_hex(&enrolment.certificate_sha256).context("certificate hash is not 64 hexadecimal digits")?;
    let incarnation = i32::try_from(enrolment.incarnation).context("incarnation is out of bounds")?;
    let posyandu: Vec<Uuid> = enrolment.posyandu.iter().map(|posyandu| posyandu.0).collect();
    require_known(db, &posyandu).await?;
    sqlx::query!(
        r#"
        insert into nodes (id, label, incarnation, public_key, certificate_sha256)
        values ($1, $2, $3, $4, $5)
        on conflict (id) do update
        set label = excluded.label,
            incarnation = excluded.incarnation,
            public_key = excluded.public_key,
            certificate_sha256 = excluded.certificate_sha256,
            revoked_at = case
                when nodes.certificate_sha256 = excluded.certificate_sha256 then nodes.revoked_at
            end
        "#,
        enrolment.node.0,
        enrolment.label,
        incarnation,
        &public_key,
        &certificate
    )
    .execute(&mut *db)
    .await?;
    serve_exactly(db, enrolment.node.0, &posyandu).await
}

async fn require_known(db: &mut PgConnection, posyandu: &[Uuid]) -> anyhow::Result<()> {
    let missing = sqlx::query_scalar!(
        r#"
        select asked.id as "id!"
        from unnest($1::uuid[]) as asked (id)
        where not exists (select from posyandu where posyandu.id = asked.id)
        "#,
        posyandu
    )
    .fetch_optional(db)
    .await?;
    match missing {
        Some(missing) => bail!("posyandu {missing} is not known here; load the reference data first"),
        None => Ok(()),
    }
}

async fn serve_exactly(db: &mut PgConnection, node: Uuid, posyandu: &[Uuid]) -> anyhow::Result<()> {
    sqlx::query!("delete from node_posyandu where node_id = $1 and posyandu_id <> all ($2)", node, posyandu)
        .execute(&mut *db)
        .await?;
    sqlx::query!(
        r#"
        insert into node_posyandu (node_id, posyandu_id)
        select $1, posyandu_id
        from unnest($2::uuid[]) as served (posyandu_id)
        on conflict do nothing
        "#,
        node,
        posyandu
    )
    .execute(db)
    .await?;
    Ok(())
}
