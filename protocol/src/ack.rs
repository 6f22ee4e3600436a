//! The hub's word, after its commit, on how far a node's events are safe.

use alloc::string::String;
use alloc::vec::Vec;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::chain::Chain;
use crate::ids::{EventId, NodeId};

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
    /// What is missing between the watermark and the highest sequence held.
    pub gaps: Vec<Gap>,
    /// Which life of the hub's database speaks: it changes when the hub was restored from a backup.
    pub hub_epoch: [u8; 16],
    /// Events that arrived safely but could not be taken, with the reason.
    pub quarantined: Vec<Quarantined>,
    /// Seconds the node should wait before its next batch; 0 for none.
    pub retry_after_s: u32,
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
        let mut bytes = postcard::to_allocvec(self).expect("plain data always serialises into memory");
        let signature = hub.sign(&signed_part(&bytes));
        bytes.extend_from_slice(&signature.to_bytes());
        bytes
    }

    /// Reads an ack that the hub signed.
    pub fn verify(bytes: &[u8], hub: &VerifyingKey) -> Result<Self, AckError> {
        let (bytes, signature) = bytes.split_last_chunk::<64>().ok_or(AckError::Malformed)?;
        hub.verify_strict(&signed_part(bytes), &Signature::from_bytes(signature))
            .map_err(|_| AckError::Signature)?;
        match postcard::take_from_bytes(bytes) {
            Ok((ack, [])) => Ok(ack),
            _ => Err(AckError::Malformed),
        }
    }
}

fn signed_part(bytes: &[u8]) -> Vec<u8> {
    [CONTEXT, bytes].concat()
}
