//! A capacitive slide as in cheap calipers: 24 bits several times a second, hundredths of a millimetre.
//!
//! It works at 1.5 V and needs a level shifter. Makers put the sign in different places, so each slide is tried once
//! before it is built in: a block of known length, and the display turned to inches.

use embedded_hal::digital::InputPin;

use crate::bits::{Pace, packet};
use crate::sensor::{Clock, Fault, Sensor};

const PACE: Pace = Pace { count: 24, begins_us: 400_000, gap_us: 2_000 };
/// Set while the display shows inches.
const INCH: u64 = 1 << 23;

/// Where a maker puts the sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Behind twenty bits of number.
    Bit20,
    /// Behind twenty-one.
    Bit21,
}

/// The slide. A poll waits for its next packet, up to 0.4 s.
#[derive(Debug)]
pub struct Caliper24<Sck, Data, C> {
    sck: Sck,
    data: Data,
    clock: C,
    sign: Sign,
}

impl<Sck: InputPin, Data: InputPin, C: Clock> Caliper24<Sck, Data, C> {
    /// Takes the lines, behind the level shifter and upright again.
    pub fn new(sck: Sck, data: Data, clock: C, sign: Sign) -> Self {
        Self { sck, data, clock, sign }
    }
}

impl<Sck: InputPin, Data: InputPin, C: Clock> Sensor for Caliper24<Sck, Data, C> {
    /// Counts of 0.01 mm.
    fn poll(&mut self) -> Result<Option<i32>, Fault> {
        let word = packet(&mut self.sck, &mut self.data, &self.clock, &PACE)?;
        // Somebody pressed the button: its numbers now mean something else.
        if word & INCH != 0 {
            return Err(Fault::Garbled);
        }
        let sign = match self.sign {
            Sign::Bit20 => 1 << 20,
            Sign::Bit21 => 1 << 21,
        };
        let size = i32::try_from(word & (sign - 1)).map_err(|_| Fault::Garbled)?;
        Ok(Some(if word & sign == 0 { size } else { -size }))
    }
}
