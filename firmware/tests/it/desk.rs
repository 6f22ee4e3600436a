//! A bridge, a chip, and time to watch them.

use firmware::calibration::{Calibration, Point};
use firmware::hx711::Hx711;
use firmware::{Bridge, Clock, Sensor, Settings};
use protocol::bridge::Message;

use firmware::simulate::Time;
use firmware::simulate::hx711::{Chip, Dout, Sck};

/// A 20 kg cell: 210 counts a gram, from a zero somewhere.
pub(crate) const COUNTS_A_GRAM: i32 = 210;
pub(crate) const ZERO_COUNTS: i32 = 84_000;

pub(crate) type Cell = Hx711<Sck, Dout, Time, Time>;

pub(crate) fn counts_of(grams: i32) -> i32 {
    ZERO_COUNTS + grams * COUNTS_A_GRAM
}

/// Calibrated with 5 and 15 kg, nothing to warm up.
pub(crate) fn settings() -> Settings {
    let point = |grams| Some(Point { counts: counts_of(grams), value: grams });
    let calibration = Calibration { points: [point(5_000), point(15_000)], ..Calibration::default() };
    Settings { device: 7, warm_up_s: 0, calibration, ..Settings::INFANT_SCALE }
}

/// A scale on an HX711.
pub(crate) struct Desk {
    pub(crate) time: Time,
    pub(crate) chip: Chip,
    pub(crate) bridge: Bridge<Cell>,
    pub(crate) centi: Option<i16>,
}

impl Desk {
    pub(crate) fn new(settings: Settings) -> Self {
        let time = Time::default();
        let chip = Chip::new(&time);
        chip.load(counts_of(0));
        let bridge = Bridge::new(cell(&time, &chip), settings, 0x00c0_ffee);
        Self { time, chip, bridge, centi: Some(2_700) }
    }

    /// An empty pan that has found its zero.
    pub(crate) fn ready() -> Self {
        let mut desk = Self::new(settings());
        desk.run(3_000);
        desk
    }

    pub(crate) fn put_on(&self, grams: i32) {
        self.chip.load(counts_of(grams));
    }

    /// Lets so many milliseconds pass; gives what was said.
    pub(crate) fn run(&mut self, ms: u64) -> Vec<Message> {
        run(&self.time, &mut self.bridge, ms, self.centi)
    }

    /// The last word after so many milliseconds.
    pub(crate) fn after(&mut self, ms: u64) -> Message {
        *self.run(ms).last().expect("more than a tenth of a second")
    }
}

pub(crate) fn cell(time: &Time, chip: &Chip) -> Cell {
    let (sck, dout) = chip.wires();
    Hx711::new(sck, dout, time.clone(), time.clone())
}

/// Looks at the chip every millisecond and asks for a word every hundred, as a board does.
pub(crate) fn run<S: Sensor>(
    time: &Time,
    bridge: &mut Bridge<S>,
    ms: u64,
    centi: Option<i16>,
) -> Vec<Message> {
    let mut said = Vec::new();
    let mut due_us = time.now_us();
    for nth in 1..=ms {
        due_us += 1_000;
        bridge.poll();
        time.spend_us(due_us.saturating_sub(time.now_us()));
        if nth % 100 == 0 {
            said.push(bridge.report(time.now_us() / 1_000, centi));
        }
    }
    said
}
