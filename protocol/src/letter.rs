//! A letter: one thing a node or the hub says, with a tag in front. The same bytes go by MQTT, by HTTPS or in a file.

use alloc::vec::Vec;

/// The largest letter, in bytes.
pub const MAX_LETTER: usize = crate::batch::MAX_SEALED + 1;

/// What a node says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Up<'a> {
    /// A sealed batch of events.
    Batch(&'a [u8]),
    /// A signed question.
    Ask(&'a [u8]),
}

/// What the hub says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Down<'a> {
    /// A signed ack.
    Ack(&'a [u8]),
    /// An answer sealed to the node.
    Answer(&'a [u8]),
}

impl<'a> Up<'a> {
    /// Reads the tag; `None` for anything that is no letter of a node.
    pub fn read(letter: &'a [u8]) -> Option<Self> {
        match letter.split_first()? {
            (1, bytes) => Some(Up::Batch(bytes)),
            (2, bytes) => Some(Up::Ask(bytes)),
            _ => None,
        }
    }

    /// The letter to send.
    pub fn write(self) -> Vec<u8> {
        match self {
            Up::Batch(bytes) => tagged(1, bytes),
            Up::Ask(bytes) => tagged(2, bytes),
        }
    }
}

impl<'a> Down<'a> {
    /// Reads the tag; `None` for anything that is no letter of the hub.
    pub fn read(letter: &'a [u8]) -> Option<Self> {
        match letter.split_first()? {
            (1, bytes) => Some(Down::Ack(bytes)),
            (2, bytes) => Some(Down::Answer(bytes)),
            _ => None,
        }
    }

    /// The letter to send.
    pub fn write(self) -> Vec<u8> {
        match self {
            Down::Ack(bytes) => tagged(1, bytes),
            Down::Answer(bytes) => tagged(2, bytes),
        }
    }
}

fn tagged(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut letter = Vec::with_capacity(1 + bytes.len());
    letter.push(tag);
    letter.extend_from_slice(bytes);
    letter
}
