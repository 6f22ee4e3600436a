//! Mitutoyo Digimatic: thirteen nibbles, sent when asked for.

use embedded_hal::digital::{InputPin, OutputPin};
use scales::{Dialect, Profile, decode};

use crate::bits::{Pace, packet};
use crate::sensor::{Clock, Fault, Sensor};

const NIBBLES: usize = 13;
const PACE: Pace = Pace { count: 4 * NIBBLES as u32, begins_us: 150_000, gap_us: 5_000 };

/// The instrument; a poll asks and waits for its answer, some 60 ms.
#[derive(Debug)]
pub struct Digimatic<Request, Sck, Data, C> {
    request: Request,
    sck: Sck,
    data: Data,
    clock: C,
}

impl<Request: OutputPin, Sck: InputPin, Data: InputPin, C: Clock> Digimatic<Request, Sck, Data, C> {
    /// Takes the lines; `request` pulls its line to ground while low.
    pub fn new(request: Request, sck: Sck, data: Data, clock: C) -> Self {
        Self { request, sck, data, clock }
    }
}

impl<Request: OutputPin, Sck: InputPin, Data: InputPin, C: Clock> Sensor
    for Digimatic<Request, Sck, Data, C>
{
    /// Counts of 0.001 mm, whatever the display shows.
    fn poll(&mut self) -> Result<Option<i32>, Fault> {
        self.request.set_low().map_err(|_| Fault::Disconnected)?;
        let word = packet(&mut self.sck, &mut self.data, &self.clock, &PACE);
        self.request.set_high().map_err(|_| Fault::Disconnected)?;
        let word = word?;
        let mut frame = [0; NIBBLES];
        for (nth, nibble) in frame.iter_mut().enumerate() {
            *nibble = (word >> (4 * nth)) as u8 & 0x0f;
        }
        let reading = decode(Profile::new(Dialect::Digimatic13), &frame).map_err(|_| Fault::Garbled)?;
        let micrometres =
            reading.quantity().and_then(|length| length.nanometres()).map(|nanometres| nanometres / 1000);
        micrometres.and_then(|um| i32::try_from(um).ok()).map(Some).ok_or(Fault::Garbled)
    }
}
