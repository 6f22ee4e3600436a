//! The hash chain over one node's journal.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::frame::Frame;
use crate::ids::NodeId;

/// A point in a journal's chain: SHA-256 over everything up to there.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain(pub [u8; 32]);

impl Chain {
    /// Where a journal begins; different for each life of each node, so chains cannot be passed off as each other.
    pub fn genesis(node: NodeId, incarnation: u32) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"simpul journal v1");
        hash.update(node.bytes());
        hash.update(incarnation.to_le_bytes());
        Self(hash.finalize().into())
    }

    /// The chain after one more frame.
    #[must_use]
    pub fn after(self, frame: &Frame) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(frame.bytes());
        Self(hash.finalize().into())
    }
}

impl core::fmt::Debug for Chain {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for byte in &self.0[..6] {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("…")
    }
}
