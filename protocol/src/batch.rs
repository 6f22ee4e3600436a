//! Sealed batches: consecutive events, closed for the hub alone and signed by the node.
//!
//! ```text
//! header length u16 | header (postcard) | encapsulated key (32) | ciphertext | signature (64)
//! ```
//!
//! The signature covers everything before it; the ciphertext is HPKE (RFC 9180, base mode, X25519, HKDF-SHA256,
//! ChaCha20-Poly1305) with the header as associated data. So any broker will do and none is trusted.

use alloc::vec::Vec;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hpke::rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::chain::Chain;
use crate::frame::Frame;
use crate::ids::NodeId;
pub use crate::sealing::Packing;
use crate::sealing::{self, Closed, KEY};

/// The largest batch a hub reads, sealed, in bytes.
pub const MAX_SEALED: usize = 256 * 1024;
/// The most events of one batch; a node sends far fewer.
pub const MAX_EVENTS: u32 = 4_096;
const VERSION: u8 = 1;
const INFO: &[u8] = b"simpul batch v1";
const SIGNATURE: usize = 64;

/// What a batch says of itself in the clear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchHeader {
    /// Layout of the batch.
    pub version: u8,
    /// The node that sealed it.
    pub node: NodeId,
    /// Which life of its journal.
    pub incarnation: u32,
    /// Sequence of the first event.
    pub first: u64,
    /// How many events follow each other.
    pub count: u32,
    /// The journal's chain before the first event.
    pub before: Chain,
    /// The journal's chain after the last event.
    pub after: Chain,
    /// The hub key it is closed for.
    pub hub_key: KeyId,
    /// How the frames are packed.
    pub packing: Packing,
}

/// Names a hub key: the first eight bytes of the SHA-256 of its public half.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyId(pub [u8; 8]);

/// The public half of a hub key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HubPublicKey(pub [u8; KEY]);

impl HubPublicKey {
    /// The name under which batches ask for the private half.
    pub fn id(&self) -> KeyId {
        let digest = Sha256::digest(self.0);
        let mut id = [0; 8];
        id.copy_from_slice(&digest[..8]);
        KeyId(id)
    }

    /// Whether anything can be closed for this key. A key of small order cannot; no hub makes one, a damaged bundle may.
    pub fn is_usable(&self, rng: &mut impl CryptoRng) -> bool {
        sealing::close(&self.0, INFO, &[], &[], rng).is_some()
    }
}

/// The private half of a hub key. Not shown by `Debug`.
#[derive(Clone)]
pub struct HubPrivateKey([u8; KEY]);

impl HubPrivateKey {
    /// Makes a new key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(sealing::generate(rng))
    }

    /// Takes stored key bytes; any 32 bytes are a key.
    pub fn from_bytes(bytes: [u8; KEY]) -> Self {
        Self(bytes)
    }

    /// The bytes to store, readable by the hub alone.
    pub fn to_bytes(&self) -> [u8; KEY] {
        self.0
    }

    /// The public half.
    pub fn public(&self) -> HubPublicKey {
        HubPublicKey(sealing::public(&self.0))
    }
}

impl core::fmt::Debug for HubPrivateKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("HubPrivateKey(hidden)")
    }
}

/// Why a batch was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The bytes are no batch.
    #[error("batch does not decode")]
    Malformed,
    /// The node's signature does not fit.
    #[error("batch is not signed by its node")]
    Signature,
    /// Closed for a key this hub does not hold.
    #[error("batch is closed for an unknown hub key")]
    UnknownKey(KeyId),
    /// It does not open.
    #[error("batch does not open")]
    Sealed,
    /// What is inside is not what the header says.
    #[error("batch content differs from its header")]
    Content,
}

/// Where a batch stands in its node's journal, and for whom it is closed.
#[derive(Debug, Clone, Copy)]
pub struct Position {
    /// The node.
    pub node: NodeId,
    /// Which life of its journal.
    pub incarnation: u32,
    /// Sequence of the first frame.
    pub first: u64,
    /// Chain before the first frame.
    pub before: Chain,
}

/// Seals consecutive frames. `frames` must not be empty, and the key one that [`HubPublicKey::is_usable`] has tried.
pub fn seal(
    position: Position,
    frames: &[Frame],
    hub: HubPublicKey,
    node: &SigningKey,
    rng: &mut impl CryptoRng,
) -> Vec<u8> {
    let after = frames.iter().fold(position.before, Chain::after);
    let plain: Vec<u8> = frames.iter().flat_map(|frame| frame.bytes().iter().copied()).collect();
    let (packing, packed) = sealing::pack(plain);
    let header = BatchHeader {
        version: VERSION,
        node: position.node,
        incarnation: position.incarnation,
        first: position.first,
        count: frames.len() as u32,
        before: position.before,
        after,
        hub_key: hub.id(),
        packing,
    };
    let header = postcard::to_allocvec(&header).expect("plain data always serialises into memory");
    let closed = sealing::close(&hub.0, INFO, &packed, &header, rng)
        .expect("the key was found usable when it was read");
    let mut sealed = Vec::with_capacity(2 + header.len() + KEY + closed.ciphertext.len() + SIGNATURE);
    sealed.extend_from_slice(&(header.len() as u16).to_le_bytes());
    sealed.extend_from_slice(&header);
    sealed.extend_from_slice(&closed.encapsulated);
    sealed.extend_from_slice(&closed.ciphertext);
    let signature = node.sign(&sealed);
    sealed.extend_from_slice(&signature.to_bytes());
    sealed
}

/// Reads what a batch says of itself. Nothing of it is proved yet.
pub fn peek(sealed: &[u8]) -> Result<BatchHeader, BatchError> {
    parts(sealed).map(|parts| parts.header)
}

/// Checks signature, seal, count and chain, and gives the frames.
///
/// `key` finds the private half of the hub key named in the header.
pub fn open(
    sealed: &[u8],
    node: &VerifyingKey,
    key: impl FnOnce(KeyId) -> Option<HubPrivateKey>,
) -> Result<(BatchHeader, Vec<Frame>), BatchError> {
    let parts = parts(sealed)?;
    node.verify_strict(parts.signed, &parts.signature).map_err(|_| BatchError::Signature)?;
    let secret = key(parts.header.hub_key).ok_or(BatchError::UnknownKey(parts.header.hub_key))?;
    let packed =
        sealing::open(&secret.0, INFO, parts.closed, parts.header_bytes).ok_or(BatchError::Sealed)?;
    let plain = sealing::unpack(parts.header.packing, packed).ok_or(BatchError::Content)?;
    let frames = split(&plain)?;
    let after = frames.iter().fold(parts.header.before, Chain::after);
    if frames.len() != parts.header.count as usize || after != parts.header.after {
        return Err(BatchError::Content);
    }
    Ok((parts.header, frames))
}

struct Parts<'a> {
    header: BatchHeader,
    header_bytes: &'a [u8],
    closed: Closed<&'a [u8; KEY], &'a [u8]>,
    signed: &'a [u8],
    signature: Signature,
}

fn parts(sealed: &[u8]) -> Result<Parts<'_>, BatchError> {
    if sealed.len() > MAX_SEALED {
        return Err(BatchError::Malformed);
    }
    let (signed, signature) = sealed.split_last_chunk::<SIGNATURE>().ok_or(BatchError::Malformed)?;
    let (length, rest) = signed.split_first_chunk::<2>().ok_or(BatchError::Malformed)?;
    let length = usize::from(u16::from_le_bytes(*length));
    let (header_bytes, rest) = rest.split_at_checked(length).ok_or(BatchError::Malformed)?;
    let (encapsulated, ciphertext) = rest.split_first_chunk::<KEY>().ok_or(BatchError::Malformed)?;
    let header: BatchHeader = match postcard::take_from_bytes(header_bytes) {
        Ok((header, [])) => header,
        _ => return Err(BatchError::Malformed),
    };
    if header.version != VERSION || header.count == 0 || header.count > MAX_EVENTS || header.first == 0 {
        return Err(BatchError::Malformed);
    }
    Ok(Parts {
        header,
        header_bytes,
        closed: Closed { encapsulated, ciphertext },
        signed,
        signature: Signature::from_bytes(signature),
    })
}

fn split(mut plain: &[u8]) -> Result<Vec<Frame>, BatchError> {
    let mut frames = Vec::new();
    while !plain.is_empty() {
        if frames.len() >= MAX_EVENTS as usize {
            return Err(BatchError::Content);
        }
        let (frame, rest) = Frame::split(plain).map_err(|_| BatchError::Content)?;
        frames.push(frame);
        plain = rest;
    }
    Ok(frames)
}
