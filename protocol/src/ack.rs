//! The hub's word, after its commit, on how far a node's events are safe.

use alloc::string::String;
use alloc::vec::Vec;

use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::chain::Chain;
use crate::ids::{EventId, NodeId};
use crate::sealing;

/// An ack names at most so many gaps; the rest follows once these are closed.
pub const MAX_GAPS: usize = 32;
/// An ack names at most so many events that were set aside; a node whose count differs asks for the rest.
pub const MAX_ASIDE: usize = 64;

/// What the hub holds of one node's journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// The node spoken to.
    pub node: NodeId,
    /// Which life of its journal.
    pub incarnation: u32,
    /// Everything up to and including this sequence is committed at the hub; 0 for nothing yet.
    pub watermark: u64,
    /// The journal's chain at the watermark, as the hub computed it.
    pub chain: Chain,
    /// What is missing between the watermark and the highest sequence held; the first [`MAX_GAPS`].
    pub gaps: Vec<Gap>,
    /// Which life of the hub's database speaks: it changes when the hub was restored from a backup.
    pub hub_epoch: [u8; 16],
    /// Events of this journal that arrived safely but could not be taken, with the reason; at most [`MAX_ASIDE`], those
    /// of what was just received first.
    pub quarantined: Vec<Quarantined>,
    /// How many events of this journal are set aside in all.
    pub quarantined_total: u32,
    /// Seconds the node should wait before its next batch; 0 for none.
    pub retry_after_s: u32,
    /// What this life of the node is to the hub.
    pub standing: Standing,
}

/// What one life of a node is to the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// It is the one in use.
    Current,
    /// Another card has taken its place; what it still holds is taken, and then it should be put away.
    Replaced,
}

/// A run of missing sequences, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// First missing.
    pub first: u64,
    /// Last missing.
    pub last: u64,
}

/// An event that was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// Its place in the journal.
    pub sequence: u64,
    /// Its id, if it could be read.
    pub event: Option<EventId>,
    /// Why, in words a kader can read.
    pub reason: String,
}

/// Why an ack was not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AckError {
    /// The hub's signature does not fit.
    #[error("ack is not signed by this hub")]
    Signature,
    /// The bytes are no ack.
    #[error("ack does not decode")]
    Malformed,
}

/// Domain separation: a signature over an ack can never be one over a batch.
const CONTEXT: &[u8] = b"simpul ack v1";

impl Ack {
    /// The signed bytes to send.
    pub fn sign(&self, hub: &SigningKey) -> Vec<u8> {
        let bytes = postcard::to_allocvec(self).expect("plain data always serialises into memory");
        sealing::signed(bytes, CONTEXT, hub)
    }

    /// Reads an ack without believing it; for whoever has just made it.
    pub fn peek(bytes: &[u8]) -> Result<Self, AckError> {
        Self::decode(sealing::without_signature(bytes).ok_or(AckError::Malformed)?)
    }

    /// Reads an ack that the hub signed.
    pub fn verify(bytes: &[u8], hub: &VerifyingKey) -> Result<Self, AckError> {
        sealing::without_signature(bytes).ok_or(AckError::Malformed)?;
        Self::decode(sealing::verified(bytes, CONTEXT, hub).ok_or(AckError::Signature)?)
    }

    fn decode(bytes: &[u8]) -> Result<Self, AckError> {
        match postcard::take_from_bytes(bytes) {
            Ok((ack, [])) => Ok(ack),
            _ => Err(AckError::Malformed),
        }
    }
}
