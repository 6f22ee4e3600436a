//! The public keys of nodes, remembered for half a minute so that a batch costs no question to the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ed25519_dalek::VerifyingKey;
use protocol::NodeId;
use sqlx::PgPool;

const REMEMBERED_FOR: Duration = Duration::from_secs(30);

/// Answers by which key a node signs. Cheap to clone; all clones remember together.
#[derive(Debug, Clone)]
pub(crate) struct PublicKeys {
    db: PgPool,
    known: Arc<Mutex<HashMap<NodeId, (VerifyingKey, Instant)>>>,
}

impl PublicKeys {
    pub(crate) fn new(db: PgPool) -> Self {
        Self { db, known: Arc::default() }
    }

    /// The key of an enrolled node that is not revoked; `fresh` asks the database whatever is remembered.
    pub(crate) async fn key_of(&self, node: NodeId, fresh: bool) -> sqlx::Result<Option<VerifyingKey>> {
        if !fresh && let Some(key) = self.remembered(node) {
            return Ok(Some(key));
        }
        let bytes =
            sqlx::query_scalar!("select public_key from nodes where id = $1 and revoked_at is null", node.0)
                .fetch_optional(&self.db)
                .await?;
        let key = bytes.and_then(|bytes| VerifyingKey::try_from(bytes.as_slice()).ok());
        let mut known = self.known.lock().expect("nobody panics while holding it");
        match key {
            Some(key) => drop(known.insert(node, (key, Instant::now()))),
            // Only enrolled nodes are remembered, so strangers cannot fill the memory.
            None => drop(known.remove(&node)),
        }
        Ok(key)
    }

    fn remembered(&self, node: NodeId) -> Option<VerifyingKey> {
        let known = self.known.lock().expect("nobody panics while holding it");
        known.get(&node).filter(|(_, since)| since.elapsed() < REMEMBERED_FOR).map(|(key, _)| *key)
    }
}
