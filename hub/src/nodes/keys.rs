//! The public keys of nodes, remembered for half a minute so that a batch costs no question to the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ed25519_dalek::VerifyingKey;
use protocol::{NodeId, Standing};
use sqlx::PgPool;

const REMEMBERED_FOR: Duration = Duration::from_secs(30);

/// The key of one life of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NodeKey {
    /// The life it was made for.
    pub(crate) incarnation: u32,
    pub(crate) key: VerifyingKey,
    /// What that life is to the hub.
    pub(crate) standing: Standing,
}

/// The keys of a node, and when they were read.
type Remembered = (Vec<NodeKey>, Instant);

/// Answers by which keys a node signs. Cheap to clone; all clones remember together.
#[derive(Debug, Clone)]
pub(crate) struct PublicKeys {
    db: PgPool,
    known: Arc<Mutex<HashMap<NodeId, Remembered>>>,
}

impl PublicKeys {
    pub(crate) fn new(db: PgPool) -> Self {
        Self { db, known: Arc::default() }
    }

    /// The keys of an enrolled node that are not revoked, the current one first; none for anybody else. `fresh` asks
    /// the database whatever is remembered.
    pub(crate) async fn keys_of(&self, node: NodeId, fresh: bool) -> sqlx::Result<Vec<NodeKey>> {
        if !fresh && let Some(keys) = self.remembered(node) {
            return Ok(keys);
        }
        let keys = self.read(node).await?;
        let mut known = self.known.lock().expect("nobody panics while holding it");
        // Only enrolled nodes are remembered, so strangers cannot fill the memory.
        if keys.is_empty() {
            known.remove(&node);
        } else {
            known.insert(node, (keys.clone(), Instant::now()));
        }
        Ok(keys)
    }

    async fn read(&self, node: NodeId) -> sqlx::Result<Vec<NodeKey>> {
        let rows = sqlx::query!(
            r#"
            select node_keys.incarnation, node_keys.public_key, node_keys.state
            from node_keys
            join nodes on nodes.id = node_keys.node_id
            where node_keys.node_id = $1 and node_keys.state <> 'revoked' and nodes.revoked_at is null
            order by node_keys.incarnation desc
            "#,
            node.0
        )
        .fetch_all(&self.db)
        .await?;
        let key = |incarnation: i32, bytes: &[u8], state: &str| {
            let key = VerifyingKey::try_from(bytes).ok()?;
            Some(NodeKey { incarnation: incarnation as u32, key, standing: standing(state) })
        };
        Ok(rows.iter().filter_map(|row| key(row.incarnation, &row.public_key, &row.state)).collect())
    }

    fn remembered(&self, node: NodeId) -> Option<Vec<NodeKey>> {
        let known = self.known.lock().expect("nobody panics while holding it");
        known.get(&node).filter(|(_, since)| since.elapsed() < REMEMBERED_FOR).map(|(keys, _)| keys.clone())
    }
}

/// What a state of `node_keys` makes of its bearer; those that are revoked are not asked about.
pub(super) fn standing(state: &str) -> Standing {
    if state == "current" { Standing::Current } else { Standing::Replaced }
}
