//! A bridge of ours in an instrument's place: its real program, with simulated chips on its pins. What lies on the
//! instrument is only ever counts to it; the grams it says are its own.

use std::f64::consts::TAU;

use firmware::Settings;
use firmware::simulate::{Bench, Hung, Slider, Time, hx711, nau7802};
use scales::simulate::Speaker;

use crate::chance::Chance;

/// A reading of an instrument takes so long.
const TICK_MS: u32 = 100;
/// A load cell is never done creeping: its zero wanders to and fro, once within so many seconds.
const WANDERS_WITHIN_S: f64 = 2_000.0;
/// The noise of a conversion, in counts: a tenth of a gram on a baby scale.
const NOISE_COUNTS: f64 = 21.0;

/// How a bridge is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// A 20 kg cell on an HX711.
    BabyScale,
    /// A 150 kg platform on a NAU7802.
    Platform,
    /// A slider on a draw-wire encoder.
    HeightBoard,
}

/// The bridge and what hangs on it.
#[derive(Debug)]
pub struct Bridge {
    build: Build,
    bench: Bench,
    chance: Chance,
    ticks: u32,
}

impl Build {
    /// What it counts for grams or tenths of a millimetre.
    pub fn counts(self, value: u32) -> i32 {
        let value = i32::try_from(value).unwrap_or(i32::MAX);
        match self {
            Self::BabyScale => value.saturating_mul(210).saturating_add(84_000),
            Self::Platform => value.saturating_mul(42).saturating_sub(31_000),
            // Twelve counts a millimetre.
            Self::HeightBoard => value.saturating_mul(6) / 5,
        }
    }

    /// What a technician calibrates it with: one in the middle, one near the end.
    pub fn known(self) -> [u32; 2] {
        match self {
            Self::BabyScale => [5_000, 15_000],
            Self::Platform => [20_000, 60_000],
            Self::HeightBoard => [1_000, 6_000],
        }
    }

    /// How far its zero wanders, in grams: two steps, so that a zero that is not followed turns out wrong within a few children.
    fn wanders_g(self) -> f64 {
        match self {
            Self::BabyScale => 20.0,
            Self::Platform => 100.0,
            Self::HeightBoard => 0.0,
        }
    }
}

impl Bridge {
    /// A new one, as it comes from whoever soldered it: switched on, never calibrated.
    pub fn new(build: Build, seed: u64) -> Self {
        let time = Time::default();
        let (hung, factory) = match build {
            Build::BabyScale => (Hung::Hx711(hx711::Chip::new(&time)), Settings::INFANT_SCALE),
            Build::Platform => (Hung::Nau7802(nau7802::Chip::new(&time)), Settings::INFANT_SCALE),
            Build::HeightBoard => (Hung::Slider(Slider::new(&time, 3_000)), Settings::HEIGHT_BOARD),
        };
        let mut bench = Bench::new(time, hung, factory);
        bench.power(true);
        Self { build, bench, chance: Chance::new(seed).apart("noise"), ticks: 0 }
    }

    /// How far the zero has wandered, in counts.
    fn wandered(&self) -> f64 {
        let seconds = f64::from(self.ticks) * f64::from(TICK_MS) / 1_000.0;
        let counts_a_gram = f64::from(self.build.counts(1) - self.build.counts(0));
        self.build.wanders_g() * counts_a_gram * (seconds * TAU / WANDERS_WITHIN_S).sin()
    }
}

impl Speaker for Bridge {
    /// What the instrument calls stable is nothing a load cell knows.
    fn say(&mut self, value: u32, _stable: bool) -> Vec<u8> {
        self.ticks = self.ticks.wrapping_add(1);
        let counts = self.build.counts(value);
        if self.build == Build::HeightBoard {
            return self.bench.run(TICK_MS, || counts);
        }
        let (counts, chance) = (f64::from(counts) + self.wandered(), &mut self.chance);
        self.bench.run(TICK_MS, || (counts + chance.bell(NOISE_COUNTS)).round() as i32)
    }

    fn hear(&mut self, typed: &[u8]) {
        self.bench.type_in(typed);
    }

    fn die(&mut self) {
        self.bench.power(false);
    }

    fn live(&mut self) {
        self.bench.power(true);
    }
}
