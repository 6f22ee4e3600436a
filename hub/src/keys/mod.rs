//! The hub's own secrets: what opens batches and what signs acks.
//!
//! # Why
//! Sealing keys change from time to time, so that a stolen one opens little. Nodes are told of a new key by the common
//! feed; until a node has read that it seals for an older one, so old keys stay for the longest time a node may be offline.
//! The file is looked at again whenever a batch names a key that is not known, and every few seconds: no hub has to be
//! started anew, and a key that was destroyed leaves its memory too.

mod file;
mod ring;
mod rotate;

use std::fmt;

use anyhow::ensure;
use ed25519_dalek::SigningKey;
use protocol::batch::{HubPrivateKey, KeyId};
use tokio_util::sync::CancellationToken;

pub(crate) use file::from_hex;
pub use rotate::{Destroyed, Unheard, destroy, rotate, unheard};

use crate::config;
use ring::Ring;

/// The keys of a running hub. Never shown by `Debug`. Cheap to clone; all clones follow the file together.
#[derive(Clone)]
pub struct HubKeys {
    ring: Ring,
    /// Signs acks.
    pub signing: SigningKey,
}

impl HubKeys {
    /// Takes keys as they are, newest sealing key first.
    pub fn new(sealing: Vec<HubPrivateKey>, signing: SigningKey) -> Self {
        Self { ring: Ring::fixed(sealing), signing }
    }

    /// Reads the files named in the settings.
    pub fn load(files: &config::Keys) -> anyhow::Result<Self> {
        let ring = Ring::of_file(&files.sealing)?;
        let signing = file::read(&files.signing)?;
        ensure!(signing.len() == 1, "{} must hold exactly one key", files.signing.display());
        Ok(Self { ring, signing: SigningKey::from_bytes(&signing[0]) })
    }

    /// Public halves of the sealing keys, newest first, as nodes are told.
    pub fn publics(&self) -> Vec<[u8; 32]> {
        self.ring.publics()
    }

    /// Looks at the file every few seconds until `cancel` fires.
    pub(crate) async fn follow(&self, cancel: CancellationToken) {
        self.ring.follow(cancel).await;
    }

    /// Every private half that is not destroyed yet, newest first.
    pub(crate) fn every_sealing(&self) -> Vec<HubPrivateKey> {
        self.ring.every()
    }

    /// The private half of a key, if it has not been destroyed yet. A key that is not known is looked for in the file: may
    /// block for a moment.
    pub(crate) fn sealing(&self, id: KeyId) -> Option<HubPrivateKey> {
        self.ring.find(id)
    }
}

impl fmt::Debug for HubKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HubKeys(hidden)")
    }
}
