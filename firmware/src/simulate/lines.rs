//! Lines that change by a plan: instruments that clock out bits, encoders that turn.

use core::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::vec;
use std::vec::Vec;

use embedded_hal::digital::{ErrorType, InputPin, OutputPin};

use super::{Time, lock};
use crate::Clock;

/// When a line has which level; looking at it costs two microseconds. Its clones are the same line.
#[derive(Debug, Clone)]
pub struct Pin {
    time: Time,
    plan: Arc<Mutex<Vec<(u64, bool)>>>,
}

impl Pin {
    /// A line that keeps this level.
    pub fn new(time: &Time, level: bool) -> Self {
        Self { time: time.clone(), plan: Arc::new(Mutex::new(vec![(0, level)])) }
    }

    /// From this instant on it has this level.
    pub fn at(&self, at_us: u64, level: bool) {
        lock(&self.plan).push((at_us, level));
    }

    /// It has this level, whatever was planned.
    pub fn set(&self, level: bool) {
        let mut plan = lock(&self.plan);
        plan.clear();
        plan.push((0, level));
    }
}

impl ErrorType for Pin {
    type Error = Infallible;
}

impl InputPin for Pin {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        self.time.spend_us(2);
        let now = self.time.now_us();
        let plan = lock(&self.plan);
        let past = plan.partition_point(|(at, _)| *at <= now);
        Ok(past > 0 && plan[past - 1].1)
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        self.is_high().map(|high| !high)
    }
}

/// Clock and data of something that sends bits, the lowest first, one at each falling edge.
pub fn send(time: &Time, in_us: u64, bit_us: u64, bits: impl IntoIterator<Item = bool>) -> (Pin, Pin) {
    let (clock, data) = (Pin::new(time, true), Pin::new(time, true));
    let mut at = time.now_us() + in_us;
    for bit in bits {
        data.at(at, bit);
        clock.at(at + bit_us / 4, false);
        clock.at(at + bit_us / 2, true);
        at += bit_us;
    }
    (clock, data)
}

/// A request line: what follows being pulled low is the instrument's affair.
#[derive(Debug, Clone, Default)]
pub struct Request(Arc<Mutex<Vec<bool>>>);

impl Request {
    /// The levels it was given, in order.
    pub fn levels(&self) -> Vec<bool> {
        lock(&self.0).clone()
    }
}

impl ErrorType for Request {
    type Error = Infallible;
}

impl OutputPin for Request {
    fn set_low(&mut self) -> Result<(), Infallible> {
        lock(&self.0).push(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        lock(&self.0).push(true);
        Ok(())
    }
}
