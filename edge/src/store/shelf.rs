//! What reader and writer share: the open file, the seal, and the few figures every page asks for.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, RwLock};

use redb::Database;
use tokio::sync::watch;

use super::audit::Pending;
use super::cards::Cards;
use super::index::Blind;
use super::seal::Seal;
use super::{Condition, Identity, StoreError, heard};
use crate::roster::Roster;

/// What reader and writer share.
pub(super) struct Shelf {
    pub(super) database: RwLock<Option<Arc<Database>>>,
    pub(super) condition: watch::Sender<Condition>,
    pub(super) seal: Seal,
    pub(super) blind: Blind,
    pub(super) notes: Pending,
    pub(super) identity: Identity,
    pub(super) roster: Roster,
    pub(super) cards: Cards,
    pub(super) head: watch::Sender<u64>,
    pub(super) sent: AtomicU64,
    pub(super) received: AtomicU64,
    pub(super) quarantined: AtomicU64,
    pub(super) known: heard::Known,
    /// Counts what changed the checks of instruments, or their days.
    pub(super) checks_version: AtomicU64,
}

impl Shelf {
    pub(super) fn empty(data_key: &[u8; 32], identity: Identity, roster: Roster) -> Self {
        Self {
            database: RwLock::new(None),
            condition: watch::channel(Condition::Well).0,
            seal: Seal::new(data_key),
            blind: Blind::new(data_key),
            notes: Pending::default(),
            identity,
            roster,
            cards: Cards::default(),
            head: watch::channel(0).0,
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            quarantined: AtomicU64::new(0),
            known: heard::Known::default(),
            checks_version: AtomicU64::new(0),
        }
    }

    /// The open file, or why there is none.
    pub(super) fn database(&self) -> Result<Arc<Database>, StoreError> {
        let database = self.database.read().expect("nobody panics while holding the database");
        database.clone().ok_or_else(|| match *self.condition.borrow() {
            Condition::Broken => StoreError::Broken,
            Condition::Well | Condition::Full | Condition::Stopped => StoreError::Stopped,
        })
    }

    pub(super) fn put_database(&self, database: Database) {
        *self.database.write().expect("nobody panics while holding the database") = Some(Arc::new(database));
    }

    pub(super) fn take_database(&self) -> Option<Arc<Database>> {
        self.database.write().expect("nobody panics while holding the database").take()
    }

    pub(super) fn say(&self, condition: Condition) {
        self.condition.send_if_modified(|was| std::mem::replace(was, condition) != condition);
    }
}
