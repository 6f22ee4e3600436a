//! Chips that behave like the real ones, on a clock that runs only when somebody spends time.
pub(crate) mod hx711;
pub(crate) mod nau7802;
pub(crate) mod talkers;

use std::cell::Cell;
use std::rc::Rc;

use embedded_hal::delay::DelayNs;
use firmware::Clock;

/// The time everybody shares.
#[derive(Debug, Clone, Default)]
pub(crate) struct Time(Rc<Cell<u64>>);

impl Time {
    pub(crate) fn spend_us(&self, us: u64) {
        self.0.set(self.0.get() + us);
    }
}

impl Clock for Time {
    fn now_us(&self) -> u64 {
        self.0.get()
    }
}

impl DelayNs for Time {
    fn delay_ns(&mut self, ns: u32) {
        self.spend_us(u64::from(ns).div_ceil(1_000));
    }
}
