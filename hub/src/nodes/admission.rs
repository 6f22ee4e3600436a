//! May this certificate speak for this node now?

use std::time::Duration;

use protocol::{NodeId, Standing};
use sqlx::PgPool;

use super::keys::standing;
use crate::gate;

/// How long to leave a database alone that did not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// Asks the database each time, so a revoked node is out as soon as the gate asks again.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    db: PgPool,
}

impl Admission {
    pub(crate) fn new(db: PgPool) -> Self {
        Self { db }
    }

    async fn look_up(&self, node: NodeId, certificate: &[u8]) -> sqlx::Result<Option<Standing>> {
        let found = sqlx::query!(
            r#"
            select node_keys.state,
                nodes.last_heard_at is null or nodes.last_heard_at < now() - interval '1 minute' as "is_news!"
            from node_certificates
            join node_keys using (node_id, incarnation)
            join nodes on nodes.id = node_certificates.node_id
            where node_certificates.sha256 = $2
                and node_certificates.node_id = $1
                and nodes.revoked_at is null
                and node_keys.state <> 'revoked'
            "#,
            node.0,
            certificate
        )
        .fetch_optional(&self.db)
        .await?;
        let Some(found) = found else { return Ok(None) };
        let standing = standing(&found.state);
        if found.is_news && standing == Standing::Current {
            sqlx::query!("update nodes set last_heard_at = now() where id = $1", node.0)
                .execute(&self.db)
                .await?;
        }
        Ok(Some(standing))
    }
}

impl gate::Admission for Admission {
    /// A database that is away gives no answer, which the gate understands: nobody new comes in, nobody is thrown out.
    async fn admits(&self, node: NodeId, certificate_sha256: [u8; 32]) -> Option<Standing> {
        loop {
            match self.look_up(node, &certificate_sha256).await {
                Ok(admitted) => return admitted,
                Err(error) => tracing::warn!(node.id = %node, "cannot tell whether to admit: {error:#}"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
