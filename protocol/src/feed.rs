//! The feed down: what a posyandu's nodes must know that they did not record themselves.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::bundle::{Posyandu, User};
use crate::ids::{CitizenId, NodeId, PosyanduId, UserId};
use crate::registry::Leaving;
use crate::time::LocalDate;

/// Which feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FeedId {
    /// What every node needs: hub keys, settings, templates.
    Common,
    /// One posyandu's people, their observations, users, schedule, tasks.
    Posyandu(PosyanduId),
}

/// A place in a feed. Position 0 is before the first item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedMark {
    /// Which feed.
    pub feed: FeedId,
    /// Up to and including this item.
    pub position: u64,
    /// The feed's hash there, as the hub gave it: a hub that went back in time cannot give the same for long.
    pub hash: FeedHash,
}

/// The hash over a feed's items up to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedHash(pub [u8; 16]);

impl FeedHash {
    /// Before the first item.
    pub const EMPTY: Self = Self([0; 16]);

    /// After one more item, given as its stored bytes.
    #[must_use]
    pub fn after(self, position: u64, item: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(position.to_le_bytes());
        hash.update(item);
        let mut first = [0; 16];
        first.copy_from_slice(&hash.finalize()[..16]);
        Self(first)
    }
}

/// Consecutive news of one feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Which feed.
    pub feed: FeedId,
    /// The position it was asked from.
    pub after: u64,
    /// Where the node stands once it has applied this page.
    pub mark: FeedMark,
    /// The feed's last position just now: more is waiting if it is beyond the mark.
    pub head: u64,
    /// Set if the node's position is not known here (the hub went back in time): it begins again at 0. What the feed
    /// gave before stays, for everything in it is either a fact or is set again.
    pub restart: bool,
    /// The items as [`Item::encode`] stored them, in order; one that does not decode is of a newer hub, and costs only
    /// itself. Positions may be missing: what the node wrote itself, what is too old, what a later item replaces.
    pub items: Vec<Vec<u8>>,
}

impl Page {
    /// The items in order, as far as this program knows them.
    pub fn known(&self) -> impl Iterator<Item = Item> {
        self.items.iter().filter_map(|item| Item::decode(item))
    }
}

/// One thing a node must know. New items go last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Item {
    /// An event recorded elsewhere (or by this node in an earlier life): the raw frame.
    Event(Vec<u8>),
    /// Someone left this posyandu's roster.
    Left {
        /// Who.
        citizen: CitizenId,
        /// Why.
        leaving: Leaving,
    },
    /// Someone may sign in; the newest word on a user counts.
    User(User),
    /// Someone may not sign in any more.
    UserGone(UserId),
    /// The posyandu's name and village.
    Posyandu(Posyandu),
    /// A setting or a template, by name; an empty value takes it away.
    Setting {
        /// Its name.
        key: String,
        /// Its value.
        value: String,
    },
    /// The day a posyandu meets.
    Session(Session),
    /// Something a kader should do for someone.
    Task(Task),
    /// Public halves of the hub's keys, newest first: what is sealed from now on is sealed for the first.
    HubKeys(Vec<[u8; 32]>),
    /// What a node's own pages are served with over TLS. The hub sends it to no other node.
    WebCertificate {
        /// Whose it is.
        node: NodeId,
        /// The newest; `None` takes it away.
        certificate: Option<WebCertificate>,
    },
    /// What was recorded of a guest elsewhere was recorded of somebody in this book.
    Guest(Guest),
}

impl Item {
    /// The stored bytes.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_allocvec(self).expect("plain data always serialises into memory")
    }

    /// Reads stored bytes; `None` for an item this program does not know.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        match postcard::take_from_bytes(bytes) {
            Ok((item, [])) => Some(item),
            _ => None,
        }
    }
}

/// A certificate for the name by which phones on a node's own Wi-Fi find it, with its key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebCertificate {
    /// The chain (PEM), the node's own certificate first.
    pub chain_pem: String,
    /// The private key of the first (PEM).
    pub key_pem: String,
}

/// Without the key: what is printed ends in logs.
impl fmt::Debug for WebCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebCertificate").field("chain_pem", &self.chain_pem).finish_non_exhaustive()
    }
}

/// Somebody in this posyandu's book, and the same person as another posyandu wrote her down as its guest. The visits made
/// there come by this feed too, as they were recorded: of the guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// The person in this book.
    pub home: CitizenId,
    /// The person as a guest.
    pub guest: CitizenId,
    /// What the other posyandu is called; `None` if the two are not one person after all.
    pub at: Option<String>,
}

/// A day on which a posyandu meets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id.
    pub id: uuid::Uuid,
    /// The day.
    pub day: LocalDate,
    /// First minute of the local day.
    pub from_min: u16,
    /// Where, if not at the usual place.
    pub place: String,
    /// It will not take place.
    pub cancelled: bool,
}

/// Something to do for someone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its id.
    pub id: uuid::Uuid,
    /// For whom.
    pub citizen: CitizenId,
    /// What, in words a kader can read.
    pub text: String,
    /// By when.
    pub due: Option<LocalDate>,
    /// It is done or no longer needed.
    pub done: bool,
}
