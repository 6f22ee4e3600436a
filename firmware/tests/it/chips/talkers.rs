//! Lines that change by a plan: instruments that clock out bits, encoders that turn.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

use embedded_hal::digital::{ErrorType, InputPin, OutputPin};
use firmware::Clock;

use super::Time;

/// When a line has which level; looking at it costs two microseconds.
#[derive(Debug, Clone)]
pub(crate) struct Pin {
    time: Time,
    plan: Rc<RefCell<Vec<(u64, bool)>>>,
}

impl Pin {
    pub(crate) fn new(time: &Time, level: bool) -> Self {
        Self { time: time.clone(), plan: Rc::new(RefCell::new(vec![(0, level)])) }
    }

    /// From this instant on it has this level.
    pub(crate) fn at(&self, at_us: u64, level: bool) {
        self.plan.borrow_mut().push((at_us, level));
    }

    pub(crate) fn set(&self, level: bool) {
        *self.plan.borrow_mut() = vec![(0, level)];
    }
}

impl ErrorType for Pin {
    type Error = Infallible;
}

impl InputPin for Pin {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        self.time.spend_us(2);
        let now = self.time.now_us();
        let plan = self.plan.borrow();
        let past = plan.partition_point(|(at, _)| *at <= now);
        Ok(past > 0 && plan[past - 1].1)
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        self.is_high().map(|high| !high)
    }
}

/// Clock and data of something that sends bits, the lowest first, one at each falling edge.
pub(crate) fn send(time: &Time, in_us: u64, bit_us: u64, bits: impl IntoIterator<Item = bool>) -> (Pin, Pin) {
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
pub(crate) struct Request(pub(crate) Rc<RefCell<Vec<bool>>>);

impl ErrorType for Request {
    type Error = Infallible;
}

impl OutputPin for Request {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.0.borrow_mut().push(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.0.borrow_mut().push(true);
        Ok(())
    }
}
