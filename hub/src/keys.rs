//! The hub's own secrets: what opens batches and what signs acks.

use std::fmt;
use std::path::Path;

use anyhow::{Context, ensure};
use ed25519_dalek::SigningKey;
use protocol::batch::{HubPrivateKey, KeyId};

use crate::config;

/// The keys of a running hub. Never shown by `Debug`.
#[derive(Clone)]
pub struct HubKeys {
    sealing: Vec<(KeyId, HubPrivateKey)>,
    /// Signs acks.
    pub signing: SigningKey,
}

impl HubKeys {
    /// Takes keys as they are, newest sealing key first.
    pub fn new(sealing: Vec<HubPrivateKey>, signing: SigningKey) -> Self {
        Self { sealing: sealing.into_iter().map(|key| (key.public().id(), key)).collect(), signing }
    }

    /// Reads the files named in the settings.
    pub fn load(files: &config::Keys) -> anyhow::Result<Self> {
        let sealing = read(&files.sealing)?;
        let signing = read(&files.signing)?;
        let [seed] = signing[..] else {
            anyhow::bail!("{} must hold exactly one key", files.signing.display());
        };
        let sealing = sealing.into_iter().map(HubPrivateKey::from_bytes).collect();
        Ok(Self::new(sealing, SigningKey::from_bytes(&seed)))
    }

    /// The private half of a key, if it has not been destroyed yet.
    pub(crate) fn sealing(&self, id: KeyId) -> Option<HubPrivateKey> {
        self.sealing.iter().find(|(known, _)| *known == id).map(|(_, key)| key.clone())
    }
}

impl fmt::Debug for HubKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HubKeys(hidden)")
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<[u8; 32]>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the keys in {}", file.display()))?;
    let keys: Option<Vec<_>> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(from_hex).collect();
    let keys = keys.with_context(|| format!("{} must hold 64 hexadecimal digits a line", file.display()))?;
    ensure!(!keys.is_empty(), "{} holds no key", file.display());
    Ok(keys)
}

/// Reads `2 * N` hexadecimal digits; `None` for anything else.
pub(crate) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digits = std::str::from_utf8(digits).ok()?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_is_read_exactly_or_not_at_all() {
        assert_eq!(from_hex("00ff"), Some([0, 255]));
        assert_eq!(from_hex::<2>("00f"), None);
        assert_eq!(from_hex::<2>("00fg"), None);
        assert_eq!(from_hex::<2>("+0ff"), None, "a sign is no digit");
    }
}
