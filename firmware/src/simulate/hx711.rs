//! An HX711 at 80 conversions a second, with wires that can be disturbed.

use core::convert::Infallible;
use std::sync::{Arc, Mutex};

use embedded_hal::digital::{ErrorType, InputPin, OutputPin};

use super::{Time, lock};
use crate::Clock;

const CONVERSION_US: u64 = 12_500;
const WAKING_US: u64 = 50_000;
const OFF_AFTER_US: u64 = 60;
/// What the first conversions after waking are off by, while the input settles.
const UNSETTLED_BY: i32 = 300_000;

/// What happens to one pulse of the next exchange.
#[derive(Debug, Clone, Copy)]
pub enum Mishap {
    /// An interrupt holds the clock high for so long.
    Held(u64),
    /// The chip does not see it.
    Swallowed,
    /// The chip sees it twice.
    Doubled,
}

#[derive(Debug)]
struct State {
    time: Time,
    /// Counts on channel A.
    load: i32,
    plugged: bool,
    shorted: bool,
    powered: bool,
    high_since: Option<u64>,
    off: bool,
    ready_us: u64,
    since_waking: u32,
    /// Pulses of the running exchange; `None` while converting.
    pulses: Option<u32>,
    word: u32,
    channel_b: bool,
    mishap: Option<(u32, Mishap)>,
    /// Pulses our side gave in this exchange.
    given: u32,
}

/// The chip; its clones are the same chip.
#[derive(Debug, Clone)]
pub struct Chip(Arc<Mutex<State>>);

/// The wire that clocks it.
#[derive(Debug, Clone)]
pub struct Sck(Chip);

/// The wire its counts come out of.
#[derive(Debug, Clone)]
pub struct Dout(Chip);

impl Chip {
    /// One that has just been given power, with nothing pulling at its cell.
    pub fn new(time: &Time) -> Self {
        Self(Arc::new(Mutex::new(State {
            time: time.clone(),
            load: 0,
            plugged: true,
            shorted: false,
            powered: true,
            high_since: None,
            off: false,
            ready_us: time.now_us() + WAKING_US,
            since_waking: 0,
            pulses: None,
            word: 0,
            channel_b: false,
            mishap: None,
            given: 0,
        })))
    }

    /// Both wires.
    pub fn wires(&self) -> (Sck, Dout) {
        (Sck(self.clone()), Dout(self.clone()))
    }

    /// What it counts from now on.
    pub fn load(&self, counts: i32) {
        lock(&self.0).load = counts;
    }

    /// Pulls both wires, or puts them back.
    pub fn plug(&self, plugged: bool) {
        lock(&self.0).plugged = plugged;
    }

    /// Its data line touches ground.
    pub fn short(&self) {
        lock(&self.0).shorted = true;
    }

    /// Takes its supply, or gives it back.
    pub fn power(&self, powered: bool) {
        let mut state = lock(&self.0);
        state.powered = powered;
        state.wake();
    }

    /// Something happens to the `pulse`th pulse (from 1) of the next exchange.
    pub fn disturb(&self, pulse: u32, mishap: Mishap) {
        lock(&self.0).mishap = Some((pulse, mishap));
    }

    /// Whether the disturbance has happened.
    pub fn is_disturbed(&self) -> bool {
        lock(&self.0).mishap.is_none()
    }
}

impl State {
    fn wake(&mut self) {
        self.off = false;
        self.pulses = None;
        self.since_waking = 0;
        self.channel_b = false;
        self.ready_us = self.time.now_us() + WAKING_US;
    }

    /// What time alone does to it.
    fn live(&mut self) {
        let now = self.time.now_us();
        if self.high_since.is_some_and(|since| now - since > OFF_AFTER_US) {
            self.off = true;
        }
        if self.alive() && self.pulses.is_none() && now >= self.ready_us {
            let settling = if self.since_waking < 4 { UNSETTLED_BY } else { 0 };
            let counts = if self.channel_b { self.load / 4 + 50_000 } else { self.load + settling };
            self.word = counts.clamp(-0x80_0000, 0x7f_ffff) as u32 & 0xff_ffff;
            self.since_waking += 1;
            (self.pulses, self.given) = (Some(0), 0);
        }
    }

    fn alive(&self) -> bool {
        self.powered && !self.off
    }

    fn raise(&mut self) {
        self.live();
        if self.high_since.is_some() {
            return;
        }
        self.high_since = Some(self.time.now_us());
        self.given += 1;
        let mishap = self.mishap.filter(|(pulse, _)| self.pulses.is_some() && *pulse == self.given);
        if mishap.is_some() {
            self.mishap = None;
        }
        let seen = match mishap {
            Some((_, Mishap::Swallowed)) => 0,
            Some((_, Mishap::Doubled)) => 2,
            _ => 1,
        };
        self.pulses = self.pulses.map(|pulses| pulses + seen);
        if let Some((_, Mishap::Held(us))) = mishap {
            self.time.spend_us(us);
        }
    }

    fn lower(&mut self) {
        self.live();
        self.high_since = None;
        if self.off {
            self.wake();
        }
        // The 25th pulse ends the exchange; a 26th or 27th may follow at once and chooses the next input.
        if let Some(pulses @ 25..) = self.pulses {
            self.channel_b = pulses == 26;
            if pulses > 27 || self.given >= 25 {
                self.pulses = None;
                self.ready_us = self.time.now_us() + CONVERSION_US;
            }
        }
    }

    fn is_high(&mut self) -> bool {
        self.live();
        if self.shorted {
            return false;
        }
        if !self.plugged || !self.alive() {
            return true;
        }
        match self.pulses {
            None => true,
            Some(0) => false,
            Some(pulse @ 1..=24) => self.word >> (24 - pulse) & 1 == 1,
            Some(_) => true,
        }
    }
}

impl ErrorType for Sck {
    type Error = Infallible;
}

impl OutputPin for Sck {
    fn set_low(&mut self) -> Result<(), Infallible> {
        let mut state = lock(&self.0.0);
        if state.plugged {
            state.lower();
        }
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        let mut state = lock(&self.0.0);
        if state.plugged {
            state.raise();
        }
        Ok(())
    }
}

impl ErrorType for Dout {
    type Error = Infallible;
}

impl InputPin for Dout {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(lock(&self.0.0).is_high())
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        self.is_high().map(|high| !high)
    }
}
