//! The rule in stories: a scripted child on a scripted instrument.

extern crate std;

mod any_stream;
mod boards;
mod claims;
mod pans;
mod trouble;

use super::{Locked, Rule, Sample, Settings, State};
use std::{println, vec::Vec};

/// An instrument, whoever is on it, and the clock.
struct Story {
    rule: Rule,
    now_us: u64,
    hz: u64,
    /// What the instrument says of its own stability.
    flag: Option<bool>,
    /// It shows whole multiples of this.
    shows: i32,
    noise: Noise,
    /// Every value that settled, in order.
    locks: Vec<Locked>,
}

impl Story {
    fn on(settings: Settings, seed: u64) -> Self {
        println!("seed {seed}");
        Self {
            rule: Rule::new(settings, 1),
            now_us: 1_000_000,
            hz: 10,
            flag: None,
            shows: settings.division,
            noise: Noise(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            locks: Vec::new(),
        }
    }

    /// An empty baby scale, seen empty.
    fn infant(seed: u64) -> Self {
        Self::on(Settings::infant(10), seed).at_hz(10)
    }

    fn at_hz(mut self, hz: u64) -> Self {
        self.hz = hz;
        self.steady(0, 2_000);
        self
    }

    fn now_ms(&self) -> u64 {
        self.now_us / 1_000
    }

    fn say(&mut self, value: i32) {
        self.now_us += 1_000_000 / self.hz;
        self.rule.sample(Sample { at_ms: self.now_ms(), value, stable: self.flag });
        self.note();
    }

    /// The value with the last digit flickering, as real instruments do.
    fn flicker(&mut self, value: i32, ms: u64) {
        self.wriggle(value, self.shows / 2, ms);
    }

    fn steady(&mut self, value: i32, ms: u64) {
        let until_us = self.now_us + ms * 1_000;
        while self.now_us < until_us {
            self.say(value);
        }
    }

    /// Three movements at once between a slow sway and a kick (0.1 to 2 Hz), `grams` in all.
    fn wriggle(&mut self, value: i32, grams: i32, ms: u64) {
        let waves =
            [0.1..0.5, 0.3..1.0, 1.0..2.0].map(|hz| (self.noise.within(hz), self.noise.within(0.0..6.3)));
        let until_us = self.now_us + ms * 1_000;
        while self.now_us < until_us {
            let t = self.now_us as f64 / 1e6;
            let sway: f64 =
                waves.iter().map(|(hz, phase)| (core::f64::consts::TAU * hz * t + phase).sin()).sum();
            let shown = (f64::from(value) + f64::from(grams) * sway / 3.0) / f64::from(self.shows);
            self.say(shown.round() as i32 * self.shows);
        }
    }

    fn silence(&mut self, ms: u64) {
        let until_us = self.now_us + ms * 1_000;
        while self.now_us < until_us {
            self.now_us += 100_000;
            self.rule.tick(self.now_ms());
            self.note();
        }
    }

    fn error(&mut self) {
        self.now_us += 1_000_000 / self.hz;
        self.rule.error(self.now_ms());
        self.note();
    }

    fn note(&mut self) {
        if let State::Settled(locked) = self.rule.state()
            && self.locks.last() != Some(&locked)
        {
            self.locks.push(locked);
        }
    }

    /// What is settled and shown now.
    fn settled(&self) -> Option<Locked> {
        if let State::Settled(locked) = self.rule.state() { Some(locked) } else { None }
    }

    fn values(&self) -> Vec<i32> {
        self.locks.iter().map(|locked| locked.value).collect()
    }
}

/// Xorshift: enough for wriggling.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn within(&mut self, range: core::ops::Range<f64>) -> f64 {
        range.start + (range.end - range.start) * (self.next() % 10_000) as f64 / 10_000.0
    }
}
