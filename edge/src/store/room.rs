//! Room on the card: a reserve is given up when the card is full, so that everything but new saves goes on.
//!
//! # Why
//! A full card must not lock the kader out: signing in, hearing the hub and reading all write a little. What is written
//! then comes from a ballast file of known size that lay there for this day. New saves wait until the ballast lies there
//! again: a card that takes every second save is worse than one that says plainly that it is full.
//!
//! | mark | bytes free | then |
//! |---|---|---|
//! | low water | below a quarter of the ballast | new saves are refused, the ballast stays |
//! | full | a write met the end of the card | the ballast is given up, new saves are refused |
//! | high water | half the ballast, beside the ballast itself | new saves are taken again |

use std::sync::Arc;

use super::disk::Disk;

/// Without a ballast, this much has to be free before saves are taken again.
const LEAST_HIGH_WATER: u64 = 64 * 1024;

/// Knows whether new saves have room.
pub(super) struct Room {
    disk: Arc<dyn Disk>,
    ballast_bytes: u64,
    low: bool,
}

impl Room {
    /// No ballast: only a write that meets the end of the card is a sign.
    pub(super) fn new(disk: Arc<dyn Disk>) -> Self {
        Self { disk, ballast_bytes: 0, low: false }
    }

    /// Makes the ballast if it is not there and there is room; otherwise new saves wait until there is.
    pub(super) fn keep(&mut self, ballast_bytes: u64) {
        self.ballast_bytes = ballast_bytes;
        self.low = !self.is_ballasted();
        self.look();
    }

    /// Whether new saves were refused when last looked.
    pub(super) fn is_low(&self) -> bool {
        self.low
    }

    /// Looks again. True if a new save may be taken.
    pub(super) fn look(&mut self) -> bool {
        let was_low = self.low;
        self.low = if was_low { !self.is_high_again() } else { self.available() < self.low_water() };
        match (was_low, self.low) {
            (false, true) => tracing::warn!("the card is nearly full: new saves are refused"),
            (true, false) => tracing::info!("there is room on the card again"),
            _ => {}
        }
        !self.low
    }

    /// A write met the end of the card. True if that set room free for what must go on.
    pub(super) fn give_up(&mut self) -> bool {
        self.low = true;
        let released = self.disk.release().unwrap_or_else(|error| {
            tracing::error!("the ballast could not be given up: {error}");
            false
        });
        tracing::warn!(released, "the card is full: new saves are refused");
        released
    }

    fn is_high_again(&mut self) -> bool {
        if self.is_ballasted() {
            return self.available() >= self.high_water();
        }
        self.available() >= self.ballast_bytes.saturating_add(self.high_water())
            && self.disk.reserve(self.ballast_bytes).is_ok()
    }

    fn is_ballasted(&self) -> bool {
        self.disk.reserved() >= self.ballast_bytes
    }

    fn available(&self) -> u64 {
        self.disk.available().unwrap_or(u64::MAX)
    }

    fn low_water(&self) -> u64 {
        self.ballast_bytes / 4
    }

    fn high_water(&self) -> u64 {
        (self.ballast_bytes / 2).max(LEAST_HIGH_WATER)
    }
}
