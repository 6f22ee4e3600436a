//! A packet: many letters in one file or one HTTPS body, for a road that is walked instead of wired.
//!
//! ```text
//! magic (16) | node (16) | (length u32 | letter)*     little-endian
//! ```
//!
//! The letters protect themselves, so the packet needs no seal of its own: whoever carries it can neither read nor change
//! one, and a packet that is cut off still gives the letters before the cut.

use alloc::vec::Vec;

use uuid::Uuid;

use crate::ids::NodeId;
use crate::letter::MAX_LETTER;

/// The largest packet that is read, in bytes: a node's five years with room to spare.
pub const MAX_PACKET: usize = 64 * 1024 * 1024;

/// A tag and at least one byte; shorter ones would make a small file many letters.
const SHORTEST_LETTER: usize = 2;
/// The most letters of a packet; a node with five years behind it writes a few hundred.
const MOST_LETTERS: usize = 100_000;

/// Which way a packet goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From a node to the hub.
    Up,
    /// The hub's receipt: acks and feed pages.
    Down,
}

impl Way {
    const fn magic(self) -> &'static [u8; 16] {
        match self {
            Way::Up => b"SIMPUL KURIR v1\n",
            Way::Down => b"SIMPUL BALAS v1\n",
        }
    }
}

/// Letters of, or to, one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// The node they come from or go to.
    pub node: NodeId,
    /// The letters, in order.
    pub letters: Vec<Vec<u8>>,
    /// False if the packet ends in the middle of a letter: what came before is good.
    pub complete: bool,
}

/// Why bytes are no packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// It does not begin like one.
    #[error("not a courier packet")]
    NotAPacket,
    /// It is the other way's: a receipt where a node's packet was expected, or the reverse.
    #[error("a courier packet of the other way")]
    OtherWay,
    /// It is larger than any packet.
    #[error("courier packet is too large")]
    TooLarge,
}

/// Writes a packet.
pub fn write(way: Way, node: NodeId, letters: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let mut bytes = Vec::from(way.magic().as_slice());
    bytes.extend_from_slice(node.bytes());
    for letter in letters.iter().map(AsRef::as_ref) {
        bytes.extend_from_slice(&(letter.len() as u32).to_le_bytes());
        bytes.extend_from_slice(letter);
    }
    bytes
}

/// Reads a packet.
pub fn read(way: Way, bytes: &[u8]) -> Result<Packet, PacketError> {
    if bytes.len() > MAX_PACKET {
        return Err(PacketError::TooLarge);
    }
    let (magic, rest) = bytes.split_first_chunk::<16>().ok_or(PacketError::NotAPacket)?;
    if magic != way.magic() {
        let other = [Way::Up, Way::Down].iter().any(|way| magic == way.magic());
        return Err(if other { PacketError::OtherWay } else { PacketError::NotAPacket });
    }
    let (node, mut rest) = rest.split_first_chunk::<16>().ok_or(PacketError::NotAPacket)?;
    let mut packet = Packet { node: NodeId(Uuid::from_bytes(*node)), letters: Vec::new(), complete: true };
    while !rest.is_empty() {
        let Some((letter, after)) = take_letter(rest).filter(|_| packet.letters.len() < MOST_LETTERS) else {
            packet.complete = false;
            break;
        };
        packet.letters.push(letter.to_vec());
        rest = after;
    }
    Ok(packet)
}

fn take_letter(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = u32::from_le_bytes(*length) as usize;
    if !(SHORTEST_LETTER..=MAX_LETTER).contains(&length) {
        return None;
    }
    rest.split_at_checked(length)
}
