//! Values are sealed before they touch the card: names, NIK and weights are never in the clear on disk.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use super::StoreError;

const NONCE: usize = 24;

/// Seals and opens values under the node's data key.
///
/// The table's name and the row's key are bound in, so a value moved to another row does not open.
pub(super) struct Seal(XChaCha20Poly1305);

impl Seal {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    pub(super) fn close(&self, table: &str, key: &[u8], value: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).expect("the operating system gives random numbers");
        let sealed = self
            .0
            .encrypt(&XNonce::from(nonce), Payload { msg: value, aad: &place(table, key) })
            .expect("values are far below the cipher's limit");
        [nonce.as_slice(), &sealed].concat()
    }

    pub(super) fn open(&self, table: &str, key: &[u8], stored: &[u8]) -> Result<Vec<u8>, StoreError> {
        let (nonce, sealed) = stored.split_first_chunk::<NONCE>().ok_or(StoreError::Damaged)?;
        self.0
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &place(table, key) })
            .map_err(|_| StoreError::Damaged)
    }
}

fn place(table: &str, key: &[u8]) -> Vec<u8> {
    [table.as_bytes(), b"/", key].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_opens_only_in_its_own_place() {
        let seal = Seal::new(&[7; 32]);
        let stored = seal.close("children", b"1", b"Siti");
        assert_eq!(seal.open("children", b"1", &stored).unwrap(), b"Siti");
        assert!(seal.open("children", b"2", &stored).is_err());
        assert!(seal.open("journal", b"1", &stored).is_err());
        assert!(Seal::new(&[8; 32]).open("children", b"1", &stored).is_err());
    }

    #[test]
    fn nothing_readable_is_left() {
        let stored = Seal::new(&[7; 32]).close("children", b"1", b"Siti Aminah");
        assert!(!stored.windows(4).any(|window| window == b"Siti"));
    }
}
