//! The file `data.key`: the key every value on a node's card is sealed under, itself sealed under a secret of the device.
//!
//! # Why
//! A card alone must tell a thief nothing. The data key is random and lies on the card wrapped (XChaCha20-Poly1305) under a
//! key derived by HKDF from a secret that lies elsewhere: in the board's own memory, or, for demonstrations, in a file.
//! The file says which, so that nobody has to guess why it does not open.

use alloc::format;
use alloc::string::String;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// The key values are sealed under; wiped from memory when it is let go.
pub type DataKey = Zeroizing<[u8; 32]>;

/// Bytes [`Wrapped::close`] needs that were never used before: a salt and a nonce.
pub const FRESH: usize = SALT + NONCE;

const SALT: usize = 16;
const NONCE: usize = 24;
const SEALED: usize = 32 + 16;
/// What a wrapped key begins with.
const MARK: &str = "SIMPUL-DATA-KEY-1";

/// Where the secret of the device lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySource {
    /// In a file beside the key: protects nobody, for demonstrations only.
    File,
    /// In memory of the board that is no part of the card.
    Board,
}

impl KeySource {
    /// The word for it, in `data.key` and in settings.
    pub const fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Board => "board",
        }
    }

    fn of(word: &str) -> Option<Self> {
        [Self::File, Self::Board].into_iter().find(|source| source.word() == word)
    }
}

/// What is in `data.key`.
#[derive(Clone, PartialEq, Eq)]
pub enum KeyFile {
    /// The key itself, as nodes of before this form have it.
    Plain(DataKey),
    /// The key under a secret of the device.
    Wrapped(Wrapped),
}

/// A data key under a secret of the device.
#[derive(Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// Where the secret lies.
    pub source: KeySource,
    salt: [u8; SALT],
    nonce: [u8; NONCE],
    sealed: [u8; SEALED],
}

/// The text is no `data.key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("holds neither a wrapped key nor 64 hexadecimal digits")]
pub struct NoKey;

/// The secret is not the one the key was wrapped under, or the file was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret is not the one this key was wrapped under")]
pub struct WrongSecret;

/// What should be a secret of the board is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("holds no secret: at least 16 bytes that are not all alike")]
pub struct NoSecret;

/// Checks that these bytes can be a secret: memory nobody has written is all zeros or all ones.
pub fn secret(bytes: &[u8]) -> Result<&[u8], NoSecret> {
    let first = bytes.first().ok_or(NoSecret)?;
    if bytes.len() < 16 || bytes.iter().all(|byte| byte == first) { Err(NoSecret) } else { Ok(bytes) }
}

impl KeyFile {
    /// Reads the text of `data.key`.
    pub fn read(text: &str) -> Result<Self, NoKey> {
        let text = text.trim();
        let mut words = text.split(' ');
        if words.next() != Some(MARK) {
            return unhex(text).map(|key| Self::Plain(Zeroizing::new(key))).ok_or(NoKey);
        }
        let source = words.next().and_then(KeySource::of).ok_or(NoKey)?;
        let bytes = words.next().and_then(unhex::<{ FRESH + SEALED }>).ok_or(NoKey)?;
        if words.next().is_some() {
            return Err(NoKey);
        }
        let (mut salt, mut nonce, mut sealed) = ([0; SALT], [0; NONCE], [0; SEALED]);
        salt.copy_from_slice(&bytes[..SALT]);
        nonce.copy_from_slice(&bytes[SALT..FRESH]);
        sealed.copy_from_slice(&bytes[FRESH..]);
        Ok(Self::Wrapped(Wrapped { source, salt, nonce, sealed }))
    }
}

impl Wrapped {
    /// Wraps a key. `fresh` are random bytes that were never used before.
    pub fn close(key: &[u8; 32], secret: &[u8], source: KeySource, fresh: [u8; FRESH]) -> Self {
        let (mut salt, mut nonce, mut sealed) = ([0; SALT], [0; NONCE], [0; SEALED]);
        salt.copy_from_slice(&fresh[..SALT]);
        nonce.copy_from_slice(&fresh[SALT..]);
        let closed = cipher(secret, &salt)
            .encrypt(&XNonce::from(nonce), Payload { msg: key, aad: place(source).as_bytes() })
            .expect("a key is far below the cipher's limit");
        sealed.copy_from_slice(&closed);
        Self { source, salt, nonce, sealed }
    }

    /// Opens the key.
    pub fn open(&self, secret: &[u8]) -> Result<DataKey, WrongSecret> {
        let place = place(self.source);
        let payload = Payload { msg: &self.sealed, aad: place.as_bytes() };
        let opened = cipher(secret, &self.salt).decrypt(&XNonce::from(self.nonce), payload);
        let opened = Zeroizing::new(opened.map_err(|_| WrongSecret)?);
        let key: [u8; 32] = opened.as_slice().try_into().map_err(|_| WrongSecret)?;
        Ok(Zeroizing::new(key))
    }

    /// The text of `data.key`, one line.
    pub fn to_text(&self) -> String {
        let bytes = self.salt.iter().chain(&self.nonce).chain(&self.sealed);
        let digits: String = bytes.map(|byte| format!("{byte:02x}")).collect();
        format!("{} {digits}\n", place(self.source))
    }
}

/// Bound in with the key, so that no other source can be written over the one that is meant.
fn place(source: KeySource) -> String {
    format!("{MARK} {}", source.word())
}

fn cipher(secret: &[u8], salt: &[u8]) -> XChaCha20Poly1305 {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(salt), secret)
        .expand(MARK.as_bytes(), key.as_mut_slice())
        .expect("32 bytes are within what HKDF gives");
    XChaCha20Poly1305::new((&*key).into())
}

/// Exactly `2 * N` hexadecimal digits.
fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"a secret of the board, 32 bytes!";

    fn wrapped() -> Wrapped {
        Wrapped::close(&[7; 32], SECRET, KeySource::Board, [3; FRESH])
    }

    #[test]
    fn a_wrapped_key_opens_under_its_secret_alone() {
        let text = wrapped().to_text();
        assert!(!text.contains("0707"), "{text}");
        let Ok(KeyFile::Wrapped(read)) = KeyFile::read(&text) else { panic!("{text}") };
        assert_eq!(*read.open(SECRET).unwrap(), [7; 32]);
        assert_eq!(read.open(b"a secret of another board, 32 b.").unwrap_err(), WrongSecret);
    }

    #[test]
    fn a_key_with_another_source_written_over_it_does_not_open() {
        let text = wrapped().to_text().replace(" board ", " file ");
        let Ok(KeyFile::Wrapped(read)) = KeyFile::read(&text) else { panic!("{text}") };
        assert_eq!(read.source, KeySource::File);
        assert_eq!(read.open(SECRET).unwrap_err(), WrongSecret);
    }

    #[test]
    fn the_form_of_before_is_still_read_and_nothing_else() {
        let plain = "07".repeat(32);
        let Ok(KeyFile::Plain(key)) = KeyFile::read(&format!("{plain}\n")) else { panic!() };
        assert_eq!(*key, [7; 32]);
        let whole = wrapped().to_text();
        let (cut, longer) = (&whole[..whole.len() - 2], format!("{} 00", whole.trim()));
        for text in
            ["", "07", &"07".repeat(33), "SIMPUL-DATA-KEY-1", "SIMPUL-DATA-KEY-1 tpm 00", cut, &longer]
        {
            assert!(KeyFile::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn memory_nobody_has_written_is_no_secret() {
        for bytes in [&[0; 32][..], &[0xff; 32], &[], &SECRET[..15]] {
            assert!(secret(bytes).is_err(), "{bytes:?}");
        }
        assert!(secret(SECRET).is_ok());
    }
}
