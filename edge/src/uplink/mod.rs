//! The way to the hub: what lies above the hub's mark goes out sealed, and only the hub's own word moves the mark.
//!
//! # Why
//! Nothing is ever removed from the outbox, because there is none: the journal is read again from wherever the hub says
//! it stands. A broken connection, a lost message, a broker that forgot everything are all the same path: connect, and
//! send what is not acknowledged.

mod road;
mod session;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

pub use road::Road;

use crate::store::Store;

/// The first pause after a lost connection; it doubles up to the longest.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);

/// Whether the hub is in reach just now; cheap to clone.
#[derive(Clone, Default)]
pub struct Status(Arc<AtomicBool>);

impl Status {
    /// True while a connection to the hub's broker stands.
    pub fn connected(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn set(&self, connected: bool) {
        if self.0.swap(connected, Ordering::AcqRel) != connected {
            tracing::info!(connected, "the way to the hub changed");
        }
    }
}

/// Keeps the way to the hub open until told to stop. Offline is normal: it waits longer each time and tries again.
pub async fn run(road: Road, store: Store, status: Status, stop: CancellationToken) {
    let mut pause = SHORTEST_PAUSE;
    while !stop.is_cancelled() {
        let outcome = tokio::select! {
            () = stop.cancelled() => break,
            outcome = session::hold(&road, &store, &status) => outcome,
        };
        if status.connected() {
            pause = SHORTEST_PAUSE;
        }
        status.set(false);
        store.forget_sent();
        if let Err(error) = outcome {
            tracing::debug!("no way to the hub: {error:#}");
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(jittered(pause)) => {}
        }
        pause = (pause * 2).min(road.longest_pause());
    }
    status.set(false);
}

/// Three quarters to five quarters of a pause, so that a thousand nodes do not come back in the same second.
fn jittered(pause: Duration) -> Duration {
    let mut byte = [0];
    getrandom::fill(&mut byte).expect("the operating system gives random numbers");
    pause * 3 / 4 + pause / 2 * u32::from(byte[0]) / 255
}
