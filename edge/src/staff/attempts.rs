//! How often a PIN was tried in vain and how long to wait now: counted on the card before each check.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use protocol::bundle::User;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::app::Edge;
use crate::clock::Clock;
use crate::store::{Small, StoreError};

/// Checks one PIN at a time: an Argon2 check takes memory a Pi has once, and two guesses at once count as two.
#[derive(Clone, Default)]
pub struct Door(Arc<Mutex<()>>);

/// What is being guessed at: each has its own count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Try {
    /// A PIN or password.
    Pin,
    /// The answer to a request for a new one.
    Answer,
}

/// What came of a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Knock {
    /// It is hers.
    Opened,
    /// It is not; the next is looked at after a pause.
    Wrong {
        /// Length of the pause.
        pause_ms: u64,
    },
    /// The pause is not over; this PIN was not looked at.
    TooSoon {
        /// What is left of the pause.
        pause_ms: u64,
    },
}

/// Guesses since the last right PIN.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) failed: u32,
    pub(super) boot: [u8; 16],
    pub(super) at_ms: u64,
}

impl Door {
    /// Tries a PIN or a password. Whatever happens to the node meanwhile, this try has been counted.
    pub(super) async fn knock(&self, edge: &Edge, user: &User, pin: String) -> Result<Knock, StoreError> {
        let verifier = user.pin_verifier.clone();
        let checking = async move {
            let checked = tokio::task::spawn_blocking(move || is_right(&verifier, &pin)).await;
            Ok(checked.unwrap_or(false))
        };
        self.attempt(edge, Try::Pin, user, checking).await
    }

    /// Tries something that can be guessed: counts the try durably, then has it checked.
    pub(super) async fn attempt(
        &self,
        edge: &Edge,
        what: Try,
        user: &User,
        checking: impl Future<Output = Result<bool, StoreError>>,
    ) -> Result<Knock, StoreError> {
        let _one_at_a_time = self.0.lock().await;
        let tally = tally(edge, what, user)?;
        let left_ms = tally.left_ms(&edge.clock);
        if left_ms > 0 {
            return Ok(Knock::TooSoon { pause_ms: left_ms });
        }
        let tally = tally.one_more(&edge.clock);
        keep(edge, what, user, &tally).await?;
        if checking.await? {
            forget(edge, what, user).await?;
            return Ok(Knock::Opened);
        }
        Ok(Knock::Wrong { pause_ms: pause_ms(tally.failed) })
    }

    /// What is left of the pause, for the page that asks.
    pub(super) fn left_ms(&self, edge: &Edge, what: Try, user: &User) -> Result<u64, StoreError> {
        Ok(tally(edge, what, user)?.left_ms(&edge.clock))
    }
}

impl Tally {
    fn one_more(self, clock: &Clock) -> Self {
        Self {
            failed: self.failed.saturating_add(1),
            boot: clock.now().stamp.boot,
            at_ms: clock.monotonic_ms(),
        }
    }

    /// No wall clock is asked: after a restart the whole pause begins again.
    pub(super) fn left_ms(self, clock: &Clock) -> u64 {
        let since_ms = if self.boot == clock.now().stamp.boot { self.at_ms } else { 0 };
        pause_ms(self.failed).saturating_sub(clock.monotonic_ms().saturating_sub(since_ms))
    }
}

/// Three slips cost nothing; then the pause doubles, up to a minute: long for a guesser, never a locked door.
pub(super) const fn pause_ms(failed: u32) -> u64 {
    match failed {
        ..3 => 0,
        3..7 => 4_000 << (failed - 3),
        7.. => 60_000,
    }
}

/// Forgets the tries in vain.
pub(super) async fn forget(edge: &Edge, what: Try, user: &User) -> Result<(), StoreError> {
    edge.store.remove_small(Small::Attempts, key(what, user)).await
}

fn tally(edge: &Edge, what: Try, user: &User) -> Result<Tally, StoreError> {
    let row = edge.store.small(Small::Attempts, &key(what, user))?;
    Ok(row.and_then(|row| postcard::from_bytes(&row).ok()).unwrap_or_default())
}

async fn keep(edge: &Edge, what: Try, user: &User, tally: &Tally) -> Result<(), StoreError> {
    let row = postcard::to_allocvec(tally).expect("a tally is plain figures");
    edge.store.put_small(Small::Attempts, key(what, user), row).await
}

fn key(what: Try, user: &User) -> Vec<u8> {
    let mut key = user.id.bytes().to_vec();
    if what == Try::Answer {
        key.push(b'r');
    }
    key
}

fn is_right(verifier: &str, pin: &str) -> bool {
    let hash = PasswordHash::new(verifier);
    hash.is_ok_and(|hash| Argon2::default().verify_password(pin.as_bytes(), &hash).is_ok())
}
