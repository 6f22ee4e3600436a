//! A lost or stolen node is shut out.

use protocol::NodeId;
use sqlx::PgConnection;

/// Shuts out a node, or only one life of it (a stolen card whose successor goes on): its certificates are refused within
/// a minute, and what it signed is not believed any more. `false` if there is no such node or life.
///
/// What it had delivered stays. A new enrolment with a new card lifts the revocation of the node, never of the old card.
pub async fn revoke(db: &mut PgConnection, node: NodeId, incarnation: Option<u32>) -> anyhow::Result<bool> {
    let life = incarnation.map(i32::try_from).transpose()?;
    let keys = sqlx::query!(
        r#"
        update node_keys
        set state = 'revoked', state_since = now()
        where node_id = $1 and ($2::integer is null or incarnation = $2) and state <> 'revoked'
        "#,
        node.0,
        life
    )
    .execute(&mut *db)
    .await?;
    if life.is_none() {
        sqlx::query!("update nodes set revoked_at = now() where id = $1 and revoked_at is null", node.0)
            .execute(db)
            .await?;
    }
    Ok(keys.rows_affected() > 0)
}
