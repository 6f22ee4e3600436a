//! Chips that behave like the real ones, on a clock that runs only when somebody spends time, and a whole bridge made of
//! them: for tests, and for the demo.
//!
//! Only with the feature `simulate`: this is the one part of the crate that needs an operating system.

mod bench;
pub mod hx711;
pub mod lines;
pub mod nau7802;
mod slider;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use embedded_hal::delay::DelayNs;

use crate::Clock;

pub use bench::{Bench, Hung};
pub use slider::{Slider, Wire};

/// The time everybody on one desk shares; its clones are the same time.
#[derive(Debug, Clone, Default)]
pub struct Time(Arc<AtomicU64>);

impl Time {
    /// Lets time pass.
    pub fn spend_us(&self, us: u64) {
        self.0.fetch_add(us, Ordering::Relaxed);
    }

    /// Lets time pass until then, unless that is over.
    pub fn spend_until_us(&self, then_us: u64) {
        self.spend_us(then_us.saturating_sub(self.now_us()));
    }
}

impl Clock for Time {
    fn now_us(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl DelayNs for Time {
    fn delay_ns(&mut self, ns: u32) {
        self.spend_us(u64::from(ns).div_ceil(1_000));
    }
}

/// A test that fell leaves a chip as it was.
fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
