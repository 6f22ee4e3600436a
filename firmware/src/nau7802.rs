//! NAU7802: a bridge converter of 24 bits on I²C, with a supply and a calibration of its own.

use embedded_hal::i2c::I2c;

use crate::sensor::{Clock, Fault, Sensor, of_24_bits};

const ADDRESS: u8 = 0x2a;

/// Its registers, as far as they are used.
mod register {
    pub(super) const POWER: u8 = 0x00;
    pub(super) const GAIN: u8 = 0x01;
    pub(super) const RATE: u8 = 0x02;
    pub(super) const RESULT: u8 = 0x12;
    pub(super) const CHOPPER: u8 = 0x15;
    pub(super) const CAPACITOR: u8 = 0x1c;
}

const RESET: u8 = 0x01;
const DIGITAL_ON: u8 = 0x02;
const POWERED: u8 = 0x08;
const READY: u8 = 0x20;
/// Digital and analogue on, the bridge fed by the chip's own regulator.
const ON: u8 = 0x02 | 0x04 | 0x80;
/// The same, and converting.
const CONVERTING: u8 = ON | 0x10;
/// Regulator at 3.0 V, gain 128.
const GAIN_128: u8 = 0b101 << 3 | 0b111;
/// 80 conversions a second.
const RATE_80: u8 = 0b011 << 4;
const CALIBRATE: u8 = 0x04;
const CALIBRATION_FAILED: u8 = 0x08;
const CHOPPER_OFF: u8 = 0x30;
const CAPACITOR_ON: u8 = 0x80;

const UNSETTLED: u8 = 4;
/// For waking up, for calibrating itself, and between two conversions.
const PATIENCE_US: u64 = 1_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Off,
    Waking,
    Calibrating,
    Converting,
}

/// The chip, on its first channel.
#[derive(Debug)]
pub struct Nau7802<Bus, C> {
    bus: Bus,
    clock: C,
    phase: Phase,
    since_us: u64,
    unsettled: u8,
}

impl<Bus: I2c, C: Clock> Nau7802<Bus, C> {
    /// Takes the bus; the chip is set up by the first polls.
    pub fn new(bus: Bus, clock: C) -> Self {
        let since_us = clock.now_us();
        Self { bus, clock, phase: Phase::Off, since_us, unsettled: UNSETTLED }
    }

    fn step(&mut self) -> Result<Option<i32>, Fault> {
        match self.phase {
            Phase::Off => {
                self.write(register::POWER, RESET)?;
                self.write(register::POWER, DIGITAL_ON)?;
                self.enter(Phase::Waking);
            }
            Phase::Waking => {
                if self.read(register::POWER)? & POWERED != 0 {
                    self.set_up()?;
                }
            }
            Phase::Calibrating => return self.calibrated(),
            Phase::Converting => return self.converted(),
        }
        Ok(None)
    }

    fn set_up(&mut self) -> Result<(), Fault> {
        self.write(register::POWER, ON)?;
        self.write(register::GAIN, GAIN_128)?;
        self.write(register::CHOPPER, CHOPPER_OFF)?;
        self.write(register::CAPACITOR, CAPACITOR_ON)?;
        self.write(register::RATE, RATE_80 | CALIBRATE)?;
        self.enter(Phase::Calibrating);
        Ok(())
    }

    fn calibrated(&mut self) -> Result<Option<i32>, Fault> {
        let rate = self.read(register::RATE)?;
        if rate & CALIBRATION_FAILED != 0 {
            return Err(Fault::Disconnected);
        }
        if rate & CALIBRATE == 0 {
            // Not before: a conversion from while it calibrated itself would be waiting.
            self.write(register::POWER, CONVERTING)?;
            self.unsettled = UNSETTLED;
            self.enter(Phase::Converting);
        }
        Ok(None)
    }

    fn converted(&mut self) -> Result<Option<i32>, Fault> {
        let power = self.read(register::POWER)?;
        // A chip that lost its power meanwhile answers, but with the settings it wakes up with.
        if power & CONVERTING != CONVERTING {
            return Err(Fault::Disconnected);
        }
        if power & READY == 0 {
            return Ok(None);
        }
        self.since_us = self.clock.now_us();
        let mut word = [0; 3];
        self.bus.write_read(ADDRESS, &[register::RESULT], &mut word).map_err(|_| Fault::Disconnected)?;
        let [high, middle, low] = word;
        if self.unsettled > 0 {
            self.unsettled -= 1;
            return Ok(None);
        }
        of_24_bits(u32::from_be_bytes([0, high, middle, low])).map(Some)
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.since_us = self.clock.now_us();
    }

    fn read(&mut self, register: u8) -> Result<u8, Fault> {
        let mut byte = [0];
        self.bus.write_read(ADDRESS, &[register], &mut byte).map_err(|_| Fault::Disconnected)?;
        let [byte] = byte;
        Ok(byte)
    }

    fn write(&mut self, register: u8, byte: u8) -> Result<(), Fault> {
        self.bus.write(ADDRESS, &[register, byte]).map_err(|_| Fault::Disconnected)
    }
}

impl<Bus: I2c, C: Clock> Sensor for Nau7802<Bus, C> {
    fn poll(&mut self) -> Result<Option<i32>, Fault> {
        let late = self.clock.now_us().saturating_sub(self.since_us) > PATIENCE_US;
        let said = if late { Err(Fault::Disconnected) } else { self.step() };
        if said == Err(Fault::Disconnected) {
            self.enter(Phase::Off);
        }
        said
    }
}
