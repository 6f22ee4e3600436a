//! A node that the authority has signed becomes known to the hub.

use anyhow::{Context, bail, ensure};
use chrono::{DateTime, Utc};
use ed25519_dalek::VerifyingKey;
use protocol::bundle::Enrolment;
use sqlx::PgConnection;
use uuid::Uuid;

use super::web_certificate::tell_again;
use crate::intake;
use crate::keys::from_hex;

/// Writes down a node, its key and whom it serves. A repeat brings them up to date; a later incarnation is a new card:
/// the card before it is replaced, and what it still holds will be taken.
///
/// An enrolment never lifts a revocation unless it brings a new card, and never gives an old life another key.
pub async fn enrol(db: &mut PgConnection, enrolment: &Enrolment) -> anyhow::Result<()> {
    let public_key: [u8; 32] =
        from_hex(&enrolment.public_key).context("public key is not 64 hexadecimal digits")?;
    VerifyingKey::from_bytes(&public_key).context("public key is no Ed25519 key")?;
    let certificate: [u8; 32] =
        from_hex(&enrolment.certificate_sha256).context("certificate hash is not 64 hexadecimal digits")?;
    ensure!((1..intake::FIRST_BRANCH).contains(&enrolment.incarnation), "incarnation is out of bounds");
    let incarnation = enrolment.incarnation as i32;
    let posyandu: Vec<Uuid> = enrolment.posyandu.iter().map(|posyandu| posyandu.0).collect();
    require_known(db, &posyandu).await?;
    let node = enrolment.node.0;
    let latest = latest_life(db, node).await?;
    match latest {
        Some((life, _)) if life > incarnation => {
            bail!("node {node} is in its life {life} already; {incarnation} is an older card")
        }
        Some((life, key)) if life == incarnation && key != public_key => bail!(
            "life {life} of node {node} has another key; a new card is a new life: sign it with --incarnation {}",
            life + 1
        ),
        _ => {}
    }
    let is_new_card = latest.is_none_or(|(life, _)| life < incarnation);
    note_node(db, enrolment, incarnation, is_new_card).await?;
    if is_new_card {
        begin_life(db, node, incarnation, &public_key).await?;
    }
    note_certificate(db, node, incarnation, &certificate, None).await?;
    serve_exactly(db, node, &posyandu).await?;
    tell_again(db, enrolment.node).await?;
    // What was set aside because the node did not serve that posyandu is taken now.
    let now = sqlx::query_scalar!(r#"select now() as "now!""#).fetch_one(&mut *db).await?;
    intake::judge_again(db, intake::Which::Node(enrolment.node), now).await?;
    Ok(())
}

/// The last life of a node and its key.
async fn latest_life(db: &mut PgConnection, node: Uuid) -> sqlx::Result<Option<(i32, Vec<u8>)>> {
    let latest = sqlx::query!(
        "select incarnation, public_key from node_keys where node_id = $1 order by incarnation desc limit 1",
        node
    )
    .fetch_optional(db)
    .await?;
    Ok(latest.map(|latest| (latest.incarnation, latest.public_key)))
}

async fn note_node(
    db: &mut PgConnection,
    enrolment: &Enrolment,
    incarnation: i32,
    is_new_card: bool,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into nodes (id, label, incarnation)
        values ($1, $2, $3)
        on conflict (id) do update
        set label = excluded.label,
            incarnation = excluded.incarnation,
            revoked_at = case when $4 then null else nodes.revoked_at end
        "#,
        enrolment.node.0,
        enrolment.label,
        incarnation,
        is_new_card
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn begin_life(
    db: &mut PgConnection,
    node: Uuid,
    incarnation: i32,
    public_key: &[u8],
) -> sqlx::Result<()> {
    sqlx::query!(
        "update node_keys set state = 'replaced', state_since = now() where node_id = $1 and state = 'current'",
        node
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "insert into node_keys (node_id, incarnation, public_key) values ($1, $2, $3)",
        node,
        incarnation,
        public_key
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Makes a certificate known for one life of a node.
pub(super) async fn note_certificate(
    db: &mut PgConnection,
    node: Uuid,
    incarnation: i32,
    sha256: &[u8],
    valid_until: Option<DateTime<Utc>>,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into node_certificates (sha256, node_id, incarnation, valid_until)
        values ($1, $2, $3, $4)
        on conflict do nothing
        "#,
        sha256,
        node,
        incarnation,
        valid_until
    )
    .execute(db)
    .await?;
    Ok(())
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
