//! A wire on a drum with a quadrature encoder: a height board that counts from its home.
//!
//! A drum of 200 mm and 600 slots give 2400 counts a turn, 0.083 mm each. What moved while the power was off is not
//! known, so nothing is said before the slider has been at its home switch.

use embedded_hal::digital::InputPin;

use crate::sensor::{Clock, Fault, Sensor};

/// As often as a fast load-cell converter; the encoder itself has no rate.
const EVERY_US: u64 = 12_500;

/// Encoder lines A and B, and a switch that closes to ground at the lower end.
#[derive(Debug)]
pub struct DrawWire<A, B, Home, C> {
    a: A,
    b: B,
    home: Home,
    clock: C,
    /// Level of the two lines when last looked at.
    phase: Option<u8>,
    /// Counts above the home; `None` while nobody knows.
    place: Option<i32>,
    due_us: u64,
}

impl<A: InputPin, B: InputPin, Home: InputPin, C: Clock> DrawWire<A, B, Home, C> {
    /// Takes the pins.
    pub fn new(a: A, b: B, home: Home, clock: C) -> Self {
        let due_us = clock.now_us();
        Self { a, b, home, clock, phase: None, place: None, due_us }
    }

    /// Looks at the lines; to be called at every change of one of them, or more often than they can change.
    ///
    /// # Errors
    /// [`Fault::Garbled`] when a change was missed; its place is then unknown until it has been at its home.
    pub fn step(&mut self) -> Result<(), Fault> {
        let level = |high: bool| u8::from(high);
        let (a, b) = (self.a.is_high().map_err(dead)?, self.b.is_high().map_err(dead)?);
        let now = level(a) << 1 | level(b);
        let before = self.phase.replace(now).unwrap_or(now);
        let moved = steps(before, now);
        self.place = self.place.zip(moved).map(|(place, moved)| place.saturating_add(moved));
        if self.home.is_low().map_err(dead)? {
            self.place = Some(0);
        }
        moved.map(drop).ok_or(Fault::Garbled)
    }
}

impl<A: InputPin, B: InputPin, Home: InputPin, C: Clock> Sensor for DrawWire<A, B, Home, C> {
    fn poll(&mut self) -> Result<Option<i32>, Fault> {
        self.step()?;
        let now_us = self.clock.now_us();
        if now_us < self.due_us {
            return Ok(None);
        }
        self.due_us = now_us + EVERY_US;
        self.place.map(Some).ok_or(Fault::NoHome)
    }
}

/// One count up or down in the order 00, 01, 11, 10; `None` when both lines changed, which no single step does.
fn steps(before: u8, now: u8) -> Option<i32> {
    match (before, now) {
        (0b00, 0b01) | (0b01, 0b11) | (0b11, 0b10) | (0b10, 0b00) => Some(1),
        (0b01, 0b00) | (0b11, 0b01) | (0b10, 0b11) | (0b00, 0b10) => Some(-1),
        _ if before == now => Some(0),
        _ => None,
    }
}

fn dead<E>(_: E) -> Fault {
    Fault::Disconnected
}
