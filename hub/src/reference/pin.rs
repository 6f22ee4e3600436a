//! PINs that kader use on nodes: only verifiers are kept.

use anyhow::{anyhow, ensure};
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, PasswordHash};

/// Makes the verifier of a PIN of 4 to 12 digits, or of a password of 8 to 128 characters: Argon2id, PHC string.
pub(super) fn verifier(pin: &str) -> anyhow::Result<String> {
    let is_pin = pin.bytes().all(|byte| byte.is_ascii_digit());
    let lengths = if is_pin { 4..=12 } else { 8..=128 };
    ensure!(
        lengths.contains(&pin.chars().count()) && pin.trim() == pin,
        "a PIN has 4 to 12 digits, a password 8 to 128 characters and no space at its ends"
    );
    let hash: PasswordHash =
        Argon2::default().hash_password(pin.as_bytes()).map_err(|error| anyhow!("hashing a PIN: {error}"))?;
    Ok(hash.to_string())
}

/// Whether this is the PIN of a verifier.
pub(super) fn fits(pin: &str, verifier: &str) -> bool {
    let verifier = PasswordHash::new(verifier);
    verifier.is_ok_and(|verifier| Argon2::default().verify_password(pin.as_bytes(), &verifier).is_ok())
}

/// Whether a node can check PINs with this.
pub(super) fn is_verifier(text: &str) -> bool {
    text.starts_with("$argon2id$") && PasswordHash::new(text).is_ok()
}
