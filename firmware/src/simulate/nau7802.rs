//! A NAU7802 on its bus.

use std::sync::{Arc, Mutex};

use embedded_hal::i2c::{ErrorKind, ErrorType, I2c, NoAcknowledgeSource, Operation};

use super::{Time, lock};
use crate::Clock;

const CONVERSION_US: u64 = 12_500;
const CALIBRATION_US: u64 = 344_000;
const UNSETTLED_BY: i32 = 300_000;

#[derive(Debug)]
struct State {
    time: Time,
    registers: [u8; 32],
    load: i32,
    on_the_bus: bool,
    calibrated_us: Option<u64>,
    next_us: u64,
    conversions: u32,
    fails_to_calibrate: bool,
}

/// The chip; its clones are the same chip.
#[derive(Debug, Clone)]
pub struct Chip(Arc<Mutex<State>>);

impl Chip {
    /// One that has power and was told nothing yet.
    pub fn new(time: &Time) -> Self {
        Self(Arc::new(Mutex::new(State {
            time: time.clone(),
            registers: [0; 32],
            load: 0,
            on_the_bus: true,
            calibrated_us: None,
            next_us: 0,
            conversions: 0,
            fails_to_calibrate: false,
        })))
    }

    /// What it counts from now on.
    pub fn load(&self, counts: i32) {
        lock(&self.0).load = counts;
    }

    /// Takes it off the bus, or puts it back.
    pub fn plug(&self, plugged: bool) {
        lock(&self.0).on_the_bus = plugged;
    }

    /// The supply breaks down for a moment: it answers again, with everything it was told forgotten.
    pub fn brown_out(&self) {
        let mut state = lock(&self.0);
        state.registers = [0; 32];
        state.calibrated_us = None;
    }

    /// Whether it fails when it calibrates itself.
    pub fn fail_to_calibrate(&self, fails: bool) {
        lock(&self.0).fails_to_calibrate = fails;
    }
}

impl State {
    fn live(&mut self) {
        let now = self.time.now_us();
        if self.registers[0] & 0x02 != 0 {
            self.registers[0] |= 0x08;
        }
        if self.calibrated_us.is_some_and(|at| now >= at) {
            self.calibrated_us = None;
            self.registers[2] &= !0x04;
            if self.fails_to_calibrate {
                self.registers[2] |= 0x08;
            }
            (self.next_us, self.conversions) = (now + CONVERSION_US, 0);
        }
        let converting =
            self.registers[0] & 0x96 == 0x96 && self.registers[2] & 0x0c == 0 && self.registers[1] == 0x2f;
        if converting && now >= self.next_us {
            let settling = if self.conversions < 4 { UNSETTLED_BY } else { 0 };
            let counts = (self.load + settling).clamp(-0x80_0000, 0x7f_ffff);
            self.registers[0x12..0x15].copy_from_slice(&counts.to_be_bytes()[1..]);
            self.registers[0] |= 0x20;
            self.conversions += 1;
            self.next_us = now + CONVERSION_US;
        }
    }

    fn write(&mut self, register: u8, byte: u8) {
        self.live();
        match register {
            0 if byte & 1 != 0 => self.registers = [0; 32],
            2 if byte & 0x04 != 0 => {
                self.registers[2] = byte;
                self.calibrated_us = Some(self.time.now_us() + CALIBRATION_US);
            }
            _ => self.registers[usize::from(register)] = byte,
        }
    }

    fn read(&mut self, register: u8, into: &mut [u8]) {
        self.live();
        let from = usize::from(register);
        into.copy_from_slice(&self.registers[from..from + into.len()]);
        if (from..from + into.len()).contains(&0x14) {
            self.registers[0] &= !0x20;
        }
    }
}

impl ErrorType for Chip {
    type Error = ErrorKind;
}

impl I2c for Chip {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), ErrorKind> {
        let mut state = lock(&self.0);
        if address != 0x2a || !state.on_the_bus {
            return Err(ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address));
        }
        state.time.spend_us(75);
        match operations {
            [Operation::Write([register, byte])] => state.write(*register, *byte),
            [Operation::Write([register]), Operation::Read(into)] => state.read(*register, into),
            other => panic!("the chip has no such transaction: {other:?}"),
        }
        Ok(())
    }
}
