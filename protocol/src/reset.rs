//! A forgotten PIN is set anew without any network: the node shows a code, the Puskesmas reads the answer over the phone.
//!
//! # Why this holds
//! - Node and hub share a secret that never travels: X25519 between the hub's sealing key, whose public half every node
//!   has, and the node's own key, whose public half the hub enrolled. (An Ed25519 key used for Diffie-Hellman as well is
//!   sound: Thormarker, *On using the same key pair for Ed25519 and an X25519 based KEM*.) HKDF with a name of its own
//!   keeps it apart from everything else these keys do.
//! - The node's own key lies on its card in the clear (`node.key`). So whoever has copied a card computes every answer of
//!   that node by himself, until the card is replaced: its new life has a new key. What he still needs is to stand before
//!   the node; each reset is noted there, and locks the name's other phones.
//! - An answer is the first 40 bits of an HMAC over the whole ids of node, life and user and over every digit of the
//!   request. The request holds a counter and a nonce the node drew itself, is pending for one person at a time and is
//!   used up durably *before* an answer is looked at. So a guess has one chance in 2^40 and needs a new request each
//!   time, and an answer that was overheard, or noted for later, opens nothing.
//! - The request says by a digest whose it is. The Puskesmas says for whom it answers before it sees an answer: a code
//!   that was made for another name, node or Puskesmas is refused there.
//! - Letters are spoken: the alphabet has none that look alike, and both codes carry ten check bits (CRC), so that a slip
//!   is told at once and uses nothing up.

use alloc::string::String;
use alloc::vec::Vec;

use ed25519_dalek::{SigningKey, VerifyingKey};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use crate::batch::{HubPrivateKey, HubPublicKey};
use crate::ids::{NodeId, UserId};

/// Ten check bits; every slip in two neighbouring letters shows.
const CHECK: crc::Crc<u16> = crc::Crc::<u16>::new(&crc::CRC_10_ATM);
const CONTEXT: &[u8] = b"simpul pin reset v1";
/// Digits and letters, none of which look alike.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of a request: 90 bits and the check.
const REQUEST_LETTERS: usize = 20;
/// Letters of an answer: 40 bits and the check.
const ANSWER_LETTERS: usize = 10;

const NODE_BITS: u32 = 20;
const USER_BITS: u32 = 20;
const KEY_BITS: u32 = 10;
/// Bits of a counter; the next after the highest is 0.
pub const COUNTER_BITS: u32 = 15;
/// Bits of a nonce.
pub const NONCE_BITS: u32 = 25;

/// What a node asks for. Says whose it is only by digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    node: u32,
    user: u32,
    key: u32,
    counter: u32,
    nonce: u32,
}

/// Whom an answer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asker {
    /// The node.
    pub node: NodeId,
    /// Which life of it.
    pub incarnation: u32,
    /// The person.
    pub user: UserId,
}

/// Why a code cannot be read; nothing is used up by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misread {
    /// It has too few or too many letters.
    #[error("the code has another number of letters")]
    Length,
    /// A letter is none of the alphabet's.
    #[error("the code has a letter that none of ours has")]
    Letter,
    /// The letters do not belong together.
    #[error("a letter of the code was misheard")]
    Check,
}

impl Request {
    /// What a node asks the holder of `hub` for. Counter and nonce are cut to their bits.
    pub fn new(asker: &Asker, hub: HubPublicKey, counter: u32, nonce: u32) -> Self {
        Self {
            node: of_node(asker.node, asker.incarnation),
            user: of_user(asker.user),
            key: of_key(hub),
            counter: counter & ((1 << COUNTER_BITS) - 1),
            nonce: nonce & ((1 << NONCE_BITS) - 1),
        }
    }

    /// The code to show, in groups of four letters.
    pub fn code(&self) -> String {
        grouped(&checked(self.bits(), REQUEST_LETTERS), 4)
    }

    /// Reads a code as it was typed: small letters, spaces, dashes and letters that look like others do not matter.
    pub fn read(text: &str) -> Result<Self, Misread> {
        let bits = unchecked(text, REQUEST_LETTERS)?;
        let mut left = bits;
        let mut take = |count: u32| {
            let value = left & ((1 << count) - 1);
            left >>= count;
            value as u32
        };
        let (nonce, counter) = (take(NONCE_BITS), take(COUNTER_BITS));
        let (key, user, node) = (take(KEY_BITS), take(USER_BITS), take(NODE_BITS));
        Ok(Self { node, user, key, counter, nonce })
    }

    /// Whether it comes from this life of this node.
    pub fn is_of(&self, node: NodeId, incarnation: u32) -> bool {
        self.node == of_node(node, incarnation)
    }

    /// Whether it is for this person.
    pub fn is_for(&self, user: UserId) -> bool {
        self.user == of_user(user)
    }

    /// Whether it asks the holder of this key.
    pub fn is_to(&self, hub: HubPublicKey) -> bool {
        self.key == of_key(hub)
    }

    fn bits(&self) -> u128 {
        let fields = [
            (self.node, NODE_BITS),
            (self.user, USER_BITS),
            (self.key, KEY_BITS),
            (self.counter, COUNTER_BITS),
            (self.nonce, NONCE_BITS),
        ];
        fields.iter().fold(0, |bits, &(value, count)| (bits << count) | u128::from(value))
    }
}

/// What a node and its hub know and nobody else: neither half of it ever travels.
pub struct Shared(Zeroizing<[u8; 32]>);

impl Shared {
    /// As the node finds it; `None` for a key no hub makes.
    pub fn of_node(node: &SigningKey, hub: HubPublicKey) -> Option<Self> {
        Self::between(node.to_scalar_bytes(), hub.0, &node.verifying_key(), hub)
    }

    /// As the hub finds it; `None` for a key no node makes.
    pub fn of_hub(hub: &HubPrivateKey, node: &VerifyingKey) -> Option<Self> {
        Self::between(hub.to_bytes(), node.to_montgomery().to_bytes(), node, hub.public())
    }

    fn between(mine: [u8; 32], theirs: [u8; 32], node: &VerifyingKey, hub: HubPublicKey) -> Option<Self> {
        let agreed = StaticSecret::from(mine).diffie_hellman(&PublicKey::from(theirs));
        if !agreed.was_contributory() {
            return None;
        }
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(CONTEXT), agreed.as_bytes())
            .expand(&[node.as_bytes().as_slice(), &hub.0].concat(), key.as_mut_slice())
            .expect("32 bytes are within what HKDF gives");
        Some(Self(key))
    }

    /// The answer to read aloud, in two groups of five letters.
    pub fn answer(&self, request: &Request, asker: &Asker) -> String {
        grouped(&checked(self.tag(request, asker), ANSWER_LETTERS), 5)
    }

    /// Whether this is the answer. A misread one is told apart from a wrong one by [`looks_like_answer`].
    pub fn fits(&self, typed: &str, request: &Request, asker: &Asker) -> bool {
        let tag = self.tag(request, asker);
        // forty bits at once: no letter can be found before the others
        unchecked(typed, ANSWER_LETTERS).is_ok_and(|said| (said ^ tag) == 0)
    }

    fn tag(&self, request: &Request, asker: &Asker) -> u128 {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.0.as_slice()).expect("HMAC takes a key of any length");
        mac.update(CONTEXT);
        mac.update(asker.node.bytes());
        mac.update(&asker.incarnation.to_be_bytes());
        mac.update(asker.user.bytes());
        mac.update(&request.bits().to_be_bytes());
        first_bits(&mac.finalize().into_bytes(), 40).into()
    }
}

/// Whether what was typed can be an answer at all; if not, it was misheard and nothing need be used up for it.
pub fn looks_like_answer(typed: &str) -> Result<(), Misread> {
    unchecked(typed, ANSWER_LETTERS).map(drop)
}

fn of_node(node: NodeId, incarnation: u32) -> u32 {
    digest(&[b"node", node.bytes(), &incarnation.to_be_bytes()], NODE_BITS)
}

fn of_user(user: UserId) -> u32 {
    digest(&[b"user", user.bytes()], USER_BITS)
}

fn of_key(hub: HubPublicKey) -> u32 {
    digest(&[b"hub", &hub.0], KEY_BITS)
}

fn digest(parts: &[&[u8]], bits: u32) -> u32 {
    let mut hash = Sha256::new();
    hash.update(CONTEXT);
    parts.iter().for_each(|part| hash.update(part));
    first_bits(&hash.finalize(), bits) as u32
}

/// The first bits of at least eight bytes, at most 64 of them.
fn first_bits(bytes: &[u8], count: u32) -> u64 {
    let whole = bytes.iter().take(8).fold(0, |bits: u64, &byte| (bits << 8) | u64::from(byte));
    whole >> (64 - count)
}

/// Letters of a code: its bits, then ten check bits.
fn checked(bits: u128, letters: usize) -> Vec<u8> {
    let all = (bits << 10) | u128::from(CHECK.checksum(&bits.to_be_bytes()));
    (0..letters).rev().map(|place| ALPHABET[(all >> (5 * place)) as usize & 31]).collect()
}

/// The bits of a code that was typed.
fn unchecked(text: &str, letters: usize) -> Result<u128, Misread> {
    let (mut all, mut count) = (0u128, 0);
    for letter in text.chars().filter(|letter| !letter.is_whitespace() && !matches!(letter, '-' | '.')) {
        count += 1;
        if count > letters {
            return Err(Misread::Length);
        }
        all = (all << 5) | value(letter).ok_or(Misread::Letter)?;
    }
    let bits = all >> 10;
    match count == letters {
        false => Err(Misread::Length),
        true if u128::from(CHECK.checksum(&bits.to_be_bytes())) != all & 1023 => Err(Misread::Check),
        true => Ok(bits),
    }
}

fn value(letter: char) -> Option<u128> {
    let letter = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        'U' => 'V',
        letter => letter,
    };
    ALPHABET.iter().position(|&known| char::from(known) == letter).map(|value| value as u128)
}

fn grouped(letters: &[u8], group: usize) -> String {
    let mut text = String::new();
    for (place, &letter) in letters.iter().enumerate() {
        if place > 0 && place % group == 0 {
            text.push('-');
        }
        text.push(char::from(letter));
    }
    text
}

#[cfg(test)]
mod tests;
