//! The door people knock at: counts their tries and looks at only two passwords at a time.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::attempts::Attempts;
use super::password;
use crate::web::PageError;

/// Each look at a password takes 19 MiB and a core for a moment; a small server can spare this many.
const AT_ONCE: usize = 2;

/// How long somebody waits for a turn before being told to come again.
const TURN: Duration = Duration::from_secs(10);

/// Shared by every sign-in of this process.
#[derive(Debug)]
pub(crate) struct Door {
    attempts: Mutex<Attempts>,
    turns: Semaphore,
}

impl Default for Door {
    fn default() -> Self {
        Self { attempts: Mutex::default(), turns: Semaphore::new(AT_ONCE) }
    }
}

impl Door {
    /// Counts a try to sign in; `Err` is how long this account or address must wait first.
    pub(super) fn knock(&self, account: &str, address: Option<IpAddr>, now: Instant) -> Result<(), Duration> {
        self.attempts().begin(account, address, now)
    }

    /// The try was rightful and counts no longer.
    pub(super) fn welcome(&self, account: &str, address: Option<IpAddr>) {
        self.attempts().succeeded(account, address);
    }

    /// Whether `password` is the one kept as `hash`.
    pub(super) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, PageError> {
        self.in_turn(move || password::verify(&password, hash.as_deref())).await
    }

    /// A password in the form it is kept.
    pub(super) async fn hash(&self, password: String) -> Result<String, PageError> {
        self.in_turn(move || password::hash(&password)).await
    }

    async fn in_turn<T, F>(&self, work: F) -> Result<T, PageError>
    where
        T: Send + 'static,
        F: FnOnce() -> anyhow::Result<T> + Send + 'static,
    {
        let turn = timeout(TURN, self.turns.acquire()).await.map_err(|_| PageError::Busy)?;
        let _turn = turn.context("the door takes no more turns")?;
        Ok(tokio::task::spawn_blocking(work).await.context("looking at a password")??)
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        // Counts stay counts even if a holder panicked.
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
