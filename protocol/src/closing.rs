//! The closing total of a posyandu day: what the node says it holds, short enough for a QR code, signed by the node.

use alloc::string::String;
use alloc::vec::Vec;

use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::chain::Chain;
use crate::ids::{NodeId, PosyanduId};
use crate::sealing;
use crate::sum::Sum;
use crate::time::LocalDate;

/// What was done on one day at one posyandu, by one node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// The node.
    pub node: NodeId,
    /// Which life of its journal.
    pub incarnation: u32,
    /// The posyandu.
    pub posyandu: PosyanduId,
    /// The day.
    pub day: LocalDate,
    /// People who came.
    pub visits: u32,
    /// Of those, weighed with a value.
    pub weighed: u32,
    /// Of those, measured with a value.
    pub measured: u32,
    /// Children written down that day.
    pub registered: u32,
    /// All events of that day and posyandu.
    pub sum: Sum,
    /// The last sequence of the journal when this was made.
    pub head: u64,
    /// The journal's chain there.
    pub chain: Chain,
}

/// Why a code was not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClosingError {
    /// It is no code of ours, or was copied wrongly.
    #[error("closing code does not decode")]
    Malformed,
    /// The node's signature does not fit.
    #[error("closing code is not signed by its node")]
    Signature,
}

const CONTEXT: &[u8] = b"simpul closing v1";
/// What a code begins with.
const MARK: &str = "SIMPUL1-";

impl Closing {
    /// The signed code: capital letters and digits, so that a QR code holds it in its densest plain form.
    pub fn sign(&self, node: &SigningKey) -> String {
        let bytes = postcard::to_allocvec(self).expect("plain data always serialises into memory");
        let mut code = String::from(MARK);
        base32(&sealing::signed(bytes, CONTEXT, node), &mut code);
        code
    }

    /// Reads a code without believing it. Spaces, line breaks and small letters do not matter.
    pub fn peek(code: &str) -> Result<Self, ClosingError> {
        let bytes = bytes_of(code)?;
        let bytes = sealing::without_signature(&bytes).ok_or(ClosingError::Malformed)?;
        match postcard::take_from_bytes(bytes) {
            Ok((closing, [])) => Ok(closing),
            _ => Err(ClosingError::Malformed),
        }
    }

    /// Reads a code that the node signed.
    pub fn verify(code: &str, node: &VerifyingKey) -> Result<Self, ClosingError> {
        let closing = Self::peek(code)?;
        sealing::verified(&bytes_of(code)?, CONTEXT, node).ok_or(ClosingError::Signature)?;
        Ok(closing)
    }
}

/// RFC 4648, without padding.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn base32(bytes: &[u8], into: &mut String) {
    let (mut held, mut bits) = (0u32, 0);
    for &byte in bytes {
        held = (held << 8) | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            into.push(char::from(ALPHABET[(held >> bits) as usize & 31]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        into.push(char::from(ALPHABET[(held << (5 - bits)) as usize & 31]));
    }
}

fn bytes_of(code: &str) -> Result<Vec<u8>, ClosingError> {
    let plain: String = code
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    let digits = plain.strip_prefix(MARK).ok_or(ClosingError::Malformed)?;
    let (mut held, mut bits, mut bytes) = (0u32, 0, Vec::new());
    for digit in digits.bytes() {
        let value = ALPHABET.iter().position(|&letter| letter == digit).ok_or(ClosingError::Malformed)?;
        held = (held << 5) | value as u32;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
        }
        held &= (1 << bits) - 1;
    }
    Ok(bytes)
}
