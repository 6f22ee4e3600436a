//! HX711: a bridge converter of 24 bits, read by clocking it.
//!
//! A clock held high for more than 60 µs switches the chip off, and fewer than 25 or more than 27 pulses leave it
//! talking past us. So every pulse is timed, and the line must rise with the 25th; whatever is wrong, the chip is
//! switched off and on, and its next four conversions, still settling, are thrown away.

use embedded_hal::delay::DelayNs;
use embedded_hal::digital::{InputPin, OutputPin};

use crate::sensor::{Clock, Fault, Sensor, of_24_bits};

/// A clock that was high for longer may have switched the chip off (it does so at 60).
const LONGEST_HIGH_US: u64 = 50;
/// High for so long certainly switches it off.
const OFF_US: u32 = 100;
/// After it was switched on.
const UNSETTLED: u8 = 4;
/// At ten conversions a second the first comes after 400 ms.
const PATIENCE_US: u64 = 1_000_000;

/// The chip, on channel A with gain 128. Interrupts are best kept off while it is [polled](Sensor::poll).
#[derive(Debug)]
pub struct Hx711<Sck, Dout, Delay, C> {
    sck: Sck,
    dout: Dout,
    delay: Delay,
    clock: C,
    unsettled: u8,
    heard_us: u64,
}

impl<Sck: OutputPin, Dout: InputPin, Delay: DelayNs, C: Clock> Hx711<Sck, Dout, Delay, C> {
    /// Takes the pins and switches the chip off and on.
    pub fn new(sck: Sck, dout: Dout, delay: Delay, clock: C) -> Self {
        let heard_us = clock.now_us();
        let mut chip = Self { sck, dout, delay, clock, unsettled: 0, heard_us };
        // A pin that fails now fails again at the first poll, and is reported then.
        let _ = chip.restart();
        chip
    }

    fn restart(&mut self) -> Result<(), Fault> {
        self.unsettled = UNSETTLED;
        self.heard_us = self.clock.now_us();
        self.sck.set_high().map_err(dead)?;
        self.delay.delay_us(OFF_US);
        self.sck.set_low().map_err(dead)
    }

    fn read(&mut self) -> Result<i32, Fault> {
        let mut word = 0;
        for _ in 0..24 {
            word = word << 1 | u32::from(self.pulse()?);
        }
        // The 25th asks for gain 128 again and lets the line rise; a chip that counted otherwise keeps it.
        self.pulse()?;
        if self.dout.is_low().map_err(dead)? {
            return Err(Fault::Garbled);
        }
        of_24_bits(word)
    }

    fn pulse(&mut self) -> Result<bool, Fault> {
        let raised_us = self.clock.now_us();
        self.sck.set_high().map_err(dead)?;
        self.delay.delay_us(1);
        let bit = self.dout.is_high().map_err(dead)?;
        self.sck.set_low().map_err(dead)?;
        if self.clock.now_us().saturating_sub(raised_us) > LONGEST_HIGH_US {
            return Err(Fault::Garbled);
        }
        self.delay.delay_us(1);
        Ok(bit)
    }
}

impl<Sck: OutputPin, Dout: InputPin, Delay: DelayNs, C: Clock> Sensor for Hx711<Sck, Dout, Delay, C> {
    fn poll(&mut self) -> Result<Option<i32>, Fault> {
        if self.dout.is_high().map_err(dead)? {
            if self.clock.now_us().saturating_sub(self.heard_us) < PATIENCE_US {
                return Ok(None);
            }
            self.restart()?;
            return Err(Fault::Disconnected);
        }
        let read = self.read();
        if read == Err(Fault::Garbled) {
            self.restart()?;
        } else {
            self.heard_us = self.clock.now_us();
        }
        // The ends of the range mean nothing either before it has settled.
        if self.unsettled > 0 && read != Err(Fault::Garbled) {
            self.unsettled -= 1;
            return Ok(None);
        }
        read.map(Some)
    }
}

fn dead<E>(_: E) -> Fault {
    Fault::Disconnected
}
