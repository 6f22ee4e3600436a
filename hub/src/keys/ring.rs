//! Sealing keys in memory, as the file says.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::batch::{HubPrivateKey, KeyId};
use tokio_util::sync::CancellationToken;

use super::file;

/// How often the file is looked at.
const EVERY: Duration = Duration::from_secs(3);

/// Keys, newest first. Clones share them.
#[derive(Clone)]
pub(super) struct Ring {
    file: Option<PathBuf>,
    held: Arc<Mutex<Held>>,
}

struct Held {
    keys: Vec<(KeyId, HubPrivateKey)>,
    is_readable: bool,
}

impl Held {
    fn new(keys: Vec<HubPrivateKey>) -> Self {
        Self { keys: named(keys), is_readable: true }
    }

    fn find(&self, id: KeyId) -> Option<HubPrivateKey> {
        self.keys.iter().find(|(known, _)| *known == id).map(|(_, key)| key.clone())
    }
}

impl Ring {
    /// Keys that no file changes.
    pub(super) fn fixed(keys: Vec<HubPrivateKey>) -> Self {
        Self { file: None, held: Arc::new(Mutex::new(Held::new(keys))) }
    }

    /// The keys of a file, whatever becomes of it.
    pub(super) fn of_file(path: &Path) -> anyhow::Result<Self> {
        let keys = read(path)?;
        Ok(Self { file: Some(path.to_owned()), held: Arc::new(Mutex::new(Held::new(keys))) })
    }

    pub(super) fn publics(&self) -> Vec<[u8; 32]> {
        self.held().keys.iter().map(|(_, key)| key.public().0).collect()
    }

    pub(super) fn every(&self) -> Vec<HubPrivateKey> {
        self.held().keys.iter().map(|(_, key)| key.clone()).collect()
    }

    pub(super) fn find(&self, id: KeyId) -> Option<HubPrivateKey> {
        let mut held = self.held();
        if let Some(key) = held.find(id) {
            return Some(key);
        }
        // Only what a known node has signed comes so far: nobody can make the hub read files all day.
        self.look(&mut held);
        held.find(id)
    }

    pub(super) async fn follow(&self, cancel: CancellationToken) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = cancel.cancelled() => return,
            }
            let ring = self.clone();
            let looked = tokio::task::spawn_blocking(move || ring.look(&mut ring.held()));
            looked.await.expect("looking never panics");
        }
    }

    /// Takes what the file says now. While it cannot be read everything stays as it was.
    fn look(&self, held: &mut Held) {
        let Some(file) = &self.file else { return };
        let keys = match read(file) {
            Ok(keys) => named(keys),
            Err(error) => {
                if std::mem::replace(&mut held.is_readable, false) {
                    tracing::error!("sealing keys stay as they are: {error:#}");
                }
                return;
            }
        };
        held.is_readable = true;
        let ids = |keys: &[(KeyId, HubPrivateKey)]| keys.iter().map(|(id, _)| *id).collect::<Vec<_>>();
        if ids(&keys) != ids(&held.keys) {
            tracing::info!(count = keys.len(), "sealing keys have changed");
            held.keys = keys;
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<HubPrivateKey>> {
    Ok(file::read(file)?.into_iter().map(HubPrivateKey::from_bytes).collect())
}

fn named(keys: Vec<HubPrivateKey>) -> Vec<(KeyId, HubPrivateKey)> {
    keys.into_iter().map(|key| (key.public().id(), key)).collect()
}
