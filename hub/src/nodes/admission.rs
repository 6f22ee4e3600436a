//! May this certificate speak for this node now?

use std::time::Duration;

use protocol::NodeId;
use sqlx::PgPool;

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

    async fn is_admitted(&self, node: NodeId, certificate: &[u8]) -> sqlx::Result<bool> {
        let admitted = sqlx::query_scalar!(
            r#"
            select last_heard_at is null or last_heard_at < now() - interval '1 minute' as "is_news!"
            from nodes
            where id = $1 and certificate_sha256 = $2 and revoked_at is null
            "#,
            node.0,
            certificate
        )
        .fetch_optional(&self.db)
        .await?;
        if admitted == Some(true) {
            sqlx::query!("update nodes set last_heard_at = now() where id = $1", node.0)
                .execute(&self.db)
                .await?;
        }
        Ok(admitted.is_some())
    }
}

impl gate::Admission for Admission {
    /// A database that is away gives no answer, which the gate understands: nobody new comes in, nobody is thrown out.
    async fn admits(&self, node: NodeId, certificate_sha256: [u8; 32]) -> bool {
        loop {
            match self.is_admitted(node, &certificate_sha256).await {
                Ok(admitted) => return admitted,
                Err(error) => tracing::warn!(node.id = %node, "cannot tell whether to admit: {error:#}"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
