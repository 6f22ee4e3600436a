//! New Ed25519 keys, in the form every program can read.

use anyhow::Context;
use ed25519_dalek::pkcs8::{EncodePrivateKey, KeypairBytes};
use rcgen::{KeyPair, PKCS_ED25519};

/// Makes a key whose PEM is PKCS#8 version 1: the private half alone.
///
/// The library's own keys carry the public half too (version 2), which OpenSSL 3.0, and with it many a broker, refuses.
pub(crate) fn ed25519() -> anyhow::Result<KeyPair> {
    let mut secret_key = [0; 32];
    getrandom::fill(&mut secret_key).context("the system gives no random numbers")?;
    let der = KeypairBytes { secret_key, public_key: None }.to_pkcs8_der().context("cannot write a key")?;
    KeyPair::from_pkcs8_der_and_sign_algo(&der.as_bytes().into(), &PKCS_ED25519).context("cannot make a key")
}
