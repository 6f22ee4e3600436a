//! The node as a whole: what is opened at start and shared by everything that runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::DecodePrivateKey;
use protocol::bundle::Bundle;
use protocol::data_key::DataKey;
use protocol::{PosyanduId, UserId};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::clock::{Clock, Finder};
use crate::config::{CardSettings, Config};
use crate::instruments::Workshop;
use crate::roster::Roster;
use crate::scales::Instruments;
use crate::store::{Identity, Store};
use crate::{key, uplink};

/// Everything a page or a task needs; cheap to clone.
#[derive(Clone)]
pub struct Edge {
    /// The journal and its views.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
    /// The posyandu's people.
    pub roster: Roster,
    /// The instruments on the wire.
    pub instruments: Instruments,
    /// The instruments that were taken in on the page, and what is being listened to.
    pub workshop: Workshop,
    /// The settings file.
    pub config: Arc<Config>,
    /// Who this node is and whom it serves.
    pub bundle: Arc<Bundle>,
    /// How the road to the hub is.
    pub uplink: uplink::Status,
    /// Signs what this node says of itself.
    pub node_key: Arc<SigningKey>,
}

impl Edge {
    /// The clock with the journal that is told when it is found.
    pub fn finder(&self) -> Finder {
        finder(&self.clock, &self.store, &self.bundle)
    }
}

/// What the appliance itself says is filed under its first posyandu, and its first user stands behind it.
pub fn finder(clock: &Clock, store: &Store, bundle: &Bundle) -> Finder {
    let user = bundle.roster.users.first().map_or(UserId(Uuid::nil()), |user| user.id);
    let posyandu = bundle.roster.posyandu.first().map_or(PosyanduId(Uuid::nil()), |posyandu| posyandu.id);
    Finder { clock: clock.clone(), store: store.clone(), posyandu, user }
}

/// A node's folder: what `simpul node new` made, the bundle that came back, and the store.
#[derive(Debug, Clone)]
pub struct Folder(pub PathBuf);

impl Folder {
    /// Reads the bundle.
    pub fn bundle(&self) -> anyhow::Result<Bundle> {
        let path = self.0.join("bundle.json");
        let text = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let bundle: Bundle =
            serde_json::from_slice(&text).with_context(|| format!("in {}", path.display()))?;
        ensure!(
            bundle.version == 1,
            "{} has layout {}, this program reads 1",
            path.display(),
            bundle.version
        );
        ensure!(!bundle.roster.posyandu.is_empty(), "{} names no posyandu", path.display());
        Ok(bundle)
    }

    /// Reads the key that seals every value. Writes nothing.
    pub fn data_key(&self) -> anyhow::Result<DataKey> {
        key::read(&self.0, &self.card()?)
    }

    /// Wraps the key that seals every value under the secret the settings name, if that is not done yet.
    pub fn settle_key(&self) -> anyhow::Result<()> {
        key::settle(&self.0, &self.card()?).map(drop)
    }

    /// What keeps the card shut; a folder without settings, such as one that came back from the field, has the usual ones.
    fn card(&self) -> anyhow::Result<CardSettings> {
        let path = self.0.join("edge.toml");
        if path.try_exists()? { Ok(Config::load(&path)?.card) } else { Ok(CardSettings::default()) }
    }

    /// The node's private key: TLS and the signature under batches.
    pub fn node_key(&self) -> anyhow::Result<String> {
        let path = self.0.join("node.key");
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }

    /// The same key, as it signs.
    pub fn signing_key(&self) -> anyhow::Result<SigningKey> {
        SigningKey::from_pkcs8_pem(&self.node_key()?).context("node.key is no Ed25519 key")
    }

    /// The store's file.
    pub fn store(&self) -> PathBuf {
        crate::store::file_in(&self.0)
    }
}

/// What the journal of a node is called. A card that takes another's place begins a new life, and so numbers of its own.
pub fn identity(bundle: &Bundle) -> Identity {
    let incarnation = if cfg!(feature = "planted-reuse-sequence") { 1 } else { bundle.incarnation };
    Identity { node: bundle.node, incarnation }
}

/// Opens the store of a node's folder.
pub fn open_store(folder: &Folder, bundle: &Bundle, roster: Roster) -> anyhow::Result<Store> {
    let path: &Path = &folder.store();
    Store::open(path, &*folder.data_key()?, identity(bundle), roster)
        .with_context(|| format!("cannot open {}", path.display()))
}

/// Waits for what serves pages, which has been told to stop, and only then writes down what their last answers noted.
pub async fn served_out<T>(serving: impl IntoIterator<Item = JoinHandle<T>>, store: &Store) {
    for serving in serving {
        // an open live stream would hold the server for ever; the kader's page reconnects by itself
        let _ = tokio::time::timeout(Duration::from_secs(2), serving).await;
    }
    if let Err(error) = store.keep_notes().await {
        tracing::warn!("the last rows of the audit could not be written: {error}");
    }
}

/// Thirty-two bytes written as hexadecimal digits.
pub fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}
