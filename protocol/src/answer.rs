//! What the hub answers, closed for one node and signed by the hub.
//!
//! ```text
//! packing u8 | encapsulated key (32) | ciphertext | signature (64)
//! ```
//!
//! The node's X25519 key is its Ed25519 key in the curve's other form, so a node has one key and one proof of it.

use alloc::string::String;
use alloc::vec::Vec;

use ed25519_dalek::{SigningKey, VerifyingKey};
use hpke::rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::ack::{Gap, Quarantined, Standing};
use crate::feed::{FeedMark, Page};
use crate::ids::NodeId;
use crate::sealing::{self, Closed, KEY, Packing};
use crate::time::LocalDate;

/// The hub's answer to one question, or news nobody asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The node spoken to.
    pub node: NodeId,
    /// The question's nonce; 0 for news.
    pub nonce: u64,
    /// The hub's wall time, milliseconds since 1970 UTC.
    pub hub_time_ms: i64,
    /// What it says.
    pub reply: Reply,
}

/// What can be answered. New replies go last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// To a hello; an ack goes before it.
    Welcome(Welcome),
    /// A page of a feed.
    Page(Page),
    /// The days whose sums differ, and those the hub knows and the node did not name.
    Days(Vec<LocalDate>),
    /// Sequences the hub lacks; the next ack names them as gaps.
    Lacks(Vec<Gap>),
    /// Events that are set aside.
    Aside {
        /// In order of their sequences.
        list: Vec<Quarantined>,
        /// Whether there are none after these.
        complete: bool,
    },
    /// A renewed certificate.
    Certificate {
        /// The node's certificate (PEM).
        certificate_pem: String,
        /// The authorities nodes and hub believe (PEM).
        authority_pem: String,
    },
    /// It will not be done, and why, in words a technician can read.
    Refused(String),
    /// Unasked: these feeds have gone on.
    News(Vec<FeedMark>),
}

/// How a node stands with the hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// Which life of the hub's database speaks now. An ack of another life than the node's own is believed only after
    /// an answer to a question of the node has named it: an old letter must not take a node back to a life that is over.
    pub hub_epoch: [u8; 16],
    /// What this life of the node is to the hub.
    pub standing: Standing,
    /// Whether the node's sum of what was acknowledged is not the hub's: the node should send its days.
    pub differs: bool,
    /// How many of the node's events are set aside.
    pub aside: u32,
    /// The heads of the feeds this node reads, common one included.
    pub feeds: Vec<FeedMark>,
}

/// Why an answer was not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The hub's signature does not fit.
    #[error("answer is not signed by this hub")]
    Signature,
    /// It was closed for somebody else, or changed.
    #[error("answer does not open")]
    Sealed,
    /// The bytes are no answer.
    #[error("answer does not decode")]
    Malformed,
}

const CONTEXT: &[u8] = b"simpul answer v1";
const INFO: &[u8] = b"simpul answer v1";

impl Answer {
    /// Closes the answer for its node and signs it. `None` if nothing can be closed for that key.
    pub fn seal(&self, node: &VerifyingKey, hub: &SigningKey, rng: &mut impl CryptoRng) -> Option<Vec<u8>> {
        let plain = postcard::to_allocvec(self).expect("plain data always serialises into memory");
        let (packing, packed) = sealing::pack(plain);
        let recipient = node.to_montgomery().to_bytes();
        let closed = sealing::close(&recipient, INFO, &packed, self.node.bytes(), rng)?;
        let mut bytes = Vec::with_capacity(1 + KEY + closed.ciphertext.len() + 64);
        bytes.push(matches!(packing, Packing::Deflate).into());
        bytes.extend_from_slice(&closed.encapsulated);
        bytes.extend_from_slice(&closed.ciphertext);
        Some(sealing::signed(bytes, CONTEXT, hub))
    }

    /// Opens an answer that this hub signed for this node.
    pub fn open(
        bytes: &[u8],
        node: NodeId,
        key: &SigningKey,
        hub: &VerifyingKey,
    ) -> Result<Self, AnswerError> {
        let bytes = sealing::verified(bytes, CONTEXT, hub).ok_or(AnswerError::Signature)?;
        let (packing, bytes) = bytes.split_first().ok_or(AnswerError::Malformed)?;
        let packing = match packing {
            0 => Packing::Plain,
            1 => Packing::Deflate,
            _ => return Err(AnswerError::Malformed),
        };
        let (encapsulated, ciphertext) = bytes.split_first_chunk::<KEY>().ok_or(AnswerError::Malformed)?;
        let closed = Closed { encapsulated, ciphertext };
        let packed =
            sealing::open(&key.to_scalar_bytes(), INFO, closed, node.bytes()).ok_or(AnswerError::Sealed)?;
        let plain = sealing::unpack(packing, packed).ok_or(AnswerError::Malformed)?;
        match postcard::take_from_bytes(&plain) {
            Ok((answer, [])) => Ok(answer),
            _ => Err(AnswerError::Malformed),
        }
    }
}
