//! A whole bridge on a desk: something that counts, a board, a page of flash, a serial line.

use std::sync::{Arc, Mutex};
use std::vec::Vec;

use super::hx711::{self, Dout, Sck};
use super::{Slider, Time, Wire, lock, nau7802};
use crate::hx711::Hx711;
use crate::nau7802::Nau7802;
use crate::settings::PAGE_LEN;
use crate::{Board, Bridge, Clock, Fault, Line, Memory, Sensor, Settings};

/// A board that is looked at less often than this loses counts.
const LOOK_US: u64 = 1_000;
/// A warm morning, in hundredths of a degree.
const CENTI: i16 = 2_750;
/// What the simulated program calls itself.
const FIRMWARE: u32 = 0x00c0_ffee;

/// What hangs on the board.
#[derive(Debug)]
pub enum Hung {
    /// A load cell on an HX711.
    Hx711(hx711::Chip),
    /// A load cell on a NAU7802.
    Nau7802(nau7802::Chip),
    /// A slider on a wire.
    Slider(Slider),
}

/// The bridge. Until it is switched on it says nothing.
#[derive(Debug)]
pub struct Bench {
    time: Time,
    hung: Hung,
    page: Page,
    /// What a board knows whose page was never written.
    factory: Settings,
    board: Option<Board<Driver, Page>>,
    line: Line,
    said: Vec<u8>,
}

impl Bench {
    /// A new board of this make.
    pub fn new(time: Time, hung: Hung, factory: Settings) -> Self {
        let page = Page::default();
        Self { time, hung, page, factory, board: None, line: Line::default(), said: Vec::new() }
    }

    /// Plugs it in, or pulls the plug: what it did not save is gone.
    pub fn power(&mut self, on: bool) {
        self.hung.power(on);
        self.line = Line::default();
        self.board = on.then(|| {
            let settings = self.page.settings().unwrap_or(self.factory);
            Board::new(Bridge::new(self.hung.driver(&self.time), settings, FIRMWARE), self.page.clone())
        });
    }

    /// Types on its serial line.
    pub fn type_in(&mut self, typed: &[u8]) {
        let Some(board) = &mut self.board else { return };
        for command in typed.iter().filter_map(|&byte| self.line.push(byte)) {
            self.said.extend_from_slice(board.obey(command).bytes());
        }
    }

    /// Lets so many milliseconds pass, with `counts` to be counted anew in each (a slider gets there in the last), and gives
    /// what went down the line.
    pub fn run(&mut self, ms: u32, mut counts: impl FnMut() -> i32) -> Vec<u8> {
        for left in (1..=ms).rev() {
            let due_us = self.time.now_us() + LOOK_US;
            self.load(counts(), left);
            if let Some(board) = &mut self.board {
                let output = board.look(self.time.now_us() / 1_000, || Some(CENTI));
                self.said.extend(output.iter().flat_map(|output| output.bytes()));
            }
            self.time.spend_until_us(due_us);
        }
        core::mem::take(&mut self.said)
    }

    fn load(&mut self, counts: i32, within_ms: u32) {
        match &mut self.hung {
            Hung::Hx711(chip) => chip.load(counts),
            Hung::Nau7802(chip) => chip.load(counts),
            Hung::Slider(slider) => {
                let way = counts - slider.position();
                for _ in 0..way.unsigned_abs().div_ceil(within_ms) {
                    slider.turn(way.signum());
                    if let Some(board) = &mut self.board {
                        board.notice();
                    }
                }
            }
        }
    }
}

impl Hung {
    fn power(&self, on: bool) {
        match self {
            Self::Hx711(chip) => chip.power(on),
            Self::Nau7802(chip) => chip.brown_out(),
            Self::Slider(_) => {}
        }
    }

    fn driver(&self, time: &Time) -> Driver {
        match self {
            Self::Hx711(chip) => {
                let (sck, dout) = chip.wires();
                Driver::Hx711(Hx711::new(sck, dout, time.clone(), time.clone()))
            }
            Self::Nau7802(chip) => Driver::Nau7802(Nau7802::new(chip.clone(), time.clone())),
            Self::Slider(slider) => Driver::Wire(slider.wire(time)),
        }
    }
}

/// The real driver of what hangs there.
#[derive(Debug)]
enum Driver {
    Hx711(Hx711<Sck, Dout, Time, Time>),
    Nau7802(Nau7802<nau7802::Chip, Time>),
    Wire(Wire),
}

impl Sensor for Driver {
    fn poll(&mut self) -> Result<Option<i32>, Fault> {
        match self {
            Self::Hx711(chip) => chip.poll(),
            Self::Nau7802(chip) => chip.poll(),
            Self::Wire(wire) => wire.poll(),
        }
    }
}

/// The last page of the flash; its clones are the same page.
#[derive(Debug, Clone, Default)]
struct Page(Arc<Mutex<Option<[u8; PAGE_LEN]>>>);

impl Page {
    fn settings(&self) -> Option<Settings> {
        lock(&self.0).as_ref().and_then(Settings::decode)
    }
}

impl Memory for Page {
    fn keep(&mut self, settings: &Settings) -> bool {
        *lock(&self.0) = Some(settings.encode());
        true
    }
}
