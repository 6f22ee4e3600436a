//! Values are sealed before they touch the card: names, NIK and weights are never in the clear on disk.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use super::StoreError;

const NONCE: usize = 24;

/// Seals and opens values under the node's data key.
///
/// The table's name and the row's key are bound in, so a value moved to another row does not open.
pub(super) struct Seal {
    cipher: XChaCha20Poly1305,
    /// Tables of which it has been said that some of their rows are damaged.
    said: Mutex<BTreeSet<String>>,
}

impl Seal {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self { cipher: XChaCha20Poly1305::new(key.into()), said: Mutex::default() }
    }

    pub(super) fn close(&self, table: &str, key: &[u8], value: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).expect("the operating system gives random numbers");
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: value, aad: &place(table, key) })
            .expect("values are far below the cipher's limit");
        [nonce.as_slice(), &sealed].concat()
    }

    pub(super) fn open(&self, table: &str, key: &[u8], stored: &[u8]) -> Result<Vec<u8>, StoreError> {
        let (nonce, sealed) = stored.split_first_chunk::<NONCE>().ok_or(StoreError::Damaged)?;
        self.cipher
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &place(table, key) })
            .map_err(|_| StoreError::Damaged)
    }

    /// A row of several that others can do without: one that is damaged is passed over, and that is said once a table in the
    /// log. A page asks again and again.
    pub(super) fn or_pass_over<T>(
        &self,
        table: &str,
        row: Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match row {
            Ok(row) => Ok(Some(row)),
            Err(StoreError::Damaged) => {
                let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
                if said.insert(table.to_owned()) {
                    tracing::error!(table, "a damaged row is passed over, and so will others be");
                }
                Ok(None)
            }
            Err(other) => Err(other),
        }
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
