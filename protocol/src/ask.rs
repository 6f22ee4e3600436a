//! What a node asks the hub, signed by the node. Nothing in it tells of a person, so it is not sealed.

use alloc::string::String;
use alloc::vec::Vec;

use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::chain::Chain;
use crate::feed::{FeedId, FeedMark};
use crate::ids::NodeId;
use crate::sealing;
use crate::sum::{DaySum, Numbered, Sum};
use crate::time::{LocalDate, Stamp};

/// A question from one life of one node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Who asks.
    pub node: NodeId,
    /// Which life of its journal.
    pub incarnation: u32,
    /// Comes back in the answer, so that an old answer is not taken for a new one. Random, never 0.
    pub nonce: u64,
    /// What it asks.
    pub question: Question,
}

/// What can be asked. New questions go last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Question {
    /// *Here I am*: the first letter of every connection, and again from time to time. Answered by an ack and a
    /// [`crate::answer::Reply::Welcome`].
    Hello(Hello),
    /// What has happened in a feed after a position. Answered by a page.
    Feed(FeedQuestion),
    /// The sums of all days, because the whole differs. Answered by the days that differ.
    Days {
        /// Events up to here are counted.
        through: u64,
        /// Every day with events, in order.
        days: Vec<DaySum>,
    },
    /// The events of a day that differs. Answered by the sequences the hub lacks.
    Numbers {
        /// Events up to here are listed.
        through: u64,
        /// The day.
        day: LocalDate,
        /// Its events, in order.
        events: Vec<Numbered>,
    },
    /// Which events after this sequence are set aside, and why. Answered by a list.
    Aside {
        /// Only those after it.
        after: u64,
    },
    /// A new certificate for the key this question is signed with. Answered by one.
    Renew {
        /// Certificate request (PKCS#10, PEM).
        csr_pem: String,
    },
}

/// How a node stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The last sequence of its journal.
    pub head: u64,
    /// The last ack it took; `None` before the first.
    pub heard: Option<Heard>,
    /// The sum of its events up to that ack's watermark.
    pub sum: Sum,
    /// How many of its events it believes set aside.
    pub aside: u32,
    /// How far it has read its feeds.
    pub feeds: Vec<FeedMark>,
    /// Its clock.
    pub now: Stamp,
    /// The day its certificate ends, seconds since 1970.
    pub certificate_until_s: i64,
    /// The version of its program.
    pub version: String,
}

/// An ack as a node remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// Everything up to here was committed, the hub said.
    pub watermark: u64,
    /// The chain there.
    pub chain: Chain,
    /// The life of the hub's database that said so.
    pub hub_epoch: [u8; 16],
}

/// *What comes after this?*
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedQuestion {
    /// How far the node is; position 0 begins anew.
    pub from: FeedMark,
    /// The most items of the answer.
    pub at_most: u32,
    /// The last sequence of the asker's journal: what it wrote itself up to there need not be told. A restored card asks
    /// with a lower one, and gets back what it lost.
    pub head: u64,
}

impl FeedQuestion {
    /// The feed asked for.
    pub fn feed(&self) -> FeedId {
        self.from.feed
    }
}

/// Domain separation: a signature over a question can never be one over a batch.
const CONTEXT: &[u8] = b"simpul ask v1";

/// Why a question was not heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The node's signature does not fit.
    #[error("question is not signed by its node")]
    Signature,
    /// The bytes are no question.
    #[error("question does not decode")]
    Malformed,
}

impl Ask {
    /// The signed bytes to send.
    pub fn sign(&self, node: &SigningKey) -> Vec<u8> {
        let bytes = postcard::to_allocvec(self).expect("plain data always serialises into memory");
        sealing::signed(bytes, CONTEXT, node)
    }

    /// Reads a question without believing it: which node's key should be tried?
    pub fn peek(bytes: &[u8]) -> Result<Self, AskError> {
        let bytes = sealing::without_signature(bytes).ok_or(AskError::Malformed)?;
        match postcard::take_from_bytes(bytes) {
            Ok((ask, [])) => Ok(ask),
            _ => Err(AskError::Malformed),
        }
    }

    /// Reads a question that the node signed.
    pub fn verify(bytes: &[u8], node: &VerifyingKey) -> Result<Self, AskError> {
        let ask = Self::peek(bytes)?;
        sealing::verified(bytes, CONTEXT, node).ok_or(AskError::Signature)?;
        Ok(ask)
    }
}
