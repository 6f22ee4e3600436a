//! How an instrument says a reading, and what can be wrong with it.

use std::vec::Vec;

use fastrand::Rng;

use super::{Make, Speaker};
use crate::encode;

/// What is wrong with an instrument; by default nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Flaws {
    /// Added to everything it says, grams or tenths of a millimetre: it lies.
    pub offset: i64,
    /// The share of frames, 0 to 1, of which one byte arrives as another.
    pub noise: f64,
    /// After so many frames its power goes, in the midst of the next.
    pub die_after: Option<u64>,
}

/// A dialect, spoken frame by frame.
#[derive(Debug)]
pub struct Voice {
    make: Make,
    pub(super) flaws: Flaws,
    chance: Rng,
    power: Power,
    frames: u64,
    /// Of a dialect that waits for stillness and then speaks once: it has spoken of this load.
    spoken: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Power {
    On,
    /// It goes within the next frame.
    Going,
    Gone,
}

impl Voice {
    pub(super) fn new(make: Make, chance: Rng) -> Self {
        Self { make, flaws: Flaws::default(), chance, power: Power::On, frames: 0, spoken: false }
    }

    fn frame(&mut self, value: i64, stable: bool) -> Vec<u8> {
        let mut bytes = [0; 64];
        let speaks_once = encode(self.make.dialect, 0, false, &mut bytes).is_none();
        let length = encode(self.make.dialect, value, stable, &mut bytes).unwrap_or(0);
        let spoken = core::mem::replace(&mut self.spoken, stable && value > 0);
        if speaks_once && (spoken || !self.spoken) {
            return Vec::new();
        }
        bytes[..length].to_vec()
    }
}

impl Speaker for Voice {
    /// Its power goes in the midst of the next frame.
    fn die(&mut self) {
        if self.power == Power::On {
            self.power = Power::Going;
        }
    }

    /// What was to kill it after so many frames is over.
    fn live(&mut self) {
        self.power = Power::On;
        self.flaws.die_after = None;
    }

    fn say(&mut self, value: u32, stable: bool) -> Vec<u8> {
        if self.power == Power::Gone {
            return Vec::new();
        }
        let mut frame = self.frame(i64::from(value) + self.flaws.offset, stable);
        if frame.is_empty() {
            return frame;
        }
        if self.power == Power::Going || self.flaws.die_after.is_some_and(|after| self.frames >= after) {
            self.power = Power::Gone;
            frame.truncate(frame.len() / 2);
        }
        self.frames += 1;
        if self.chance.f64() < self.flaws.noise {
            let place = self.chance.usize(..frame.len());
            frame[place] ^= self.chance.u8(1..);
        }
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Dialect, Profile};

    fn voice(dialect: Dialect, flaws: Flaws) -> Voice {
        let voice = Voice::new(Make { dialect, division: 10 }, Rng::with_seed(5));
        Voice { flaws, ..voice }
    }

    #[test]
    fn a_scale_that_lies_says_what_is_there_and_more() {
        let mut liar = voice(Dialect::AdStd, Flaws { offset: 300, ..Flaws::default() });
        assert_eq!(liar.say(8_450, true), b"ST,+0008.750 kg\r\n");
        let mut short = voice(Dialect::AdStd, Flaws { offset: -300, ..Flaws::default() });
        assert_eq!(short.say(0, true), b"ST,-0000.300 kg\r\n");
    }

    #[test]
    fn one_whose_power_goes_stops_in_the_midst_of_a_frame_until_it_is_back() {
        let mut dying = voice(Dialect::AdStd, Flaws { die_after: Some(2), ..Flaws::default() });
        let frames: Vec<_> = (0..4).map(|_| dying.say(8_450, true)).collect();
        let whole = &b"ST,+0008.450 kg\r\n"[..];
        assert_eq!(frames, [whole, whole, &whole[..8], b""]);
        dying.live();
        assert_eq!(dying.say(8_450, true), whole);
        dying.die();
        assert_eq!(dying.say(8_450, true), whole[..8]);
        assert!(dying.say(8_450, true).is_empty());
    }

    #[test]
    fn a_noisy_line_harms_about_its_share_and_the_same_again_for_a_seed() {
        let heard = || {
            let mut noisy = voice(Dialect::YaohuaStx12, Flaws { noise: 0.2, ..Flaws::default() });
            (0..500).flat_map(|_| noisy.say(8_450, true)).collect::<Vec<u8>>()
        };
        assert_eq!(heard(), heard());
        let mut decoder = Decoder::new(Profile::new(Dialect::YaohuaStx12));
        let outcomes: Vec<_> = heard().into_iter().filter_map(|byte| decoder.push(byte)).collect();
        let (read, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(|outcome| outcome.is_ok());
        assert!((350..450).contains(&read.len()) && refused.len() > 20, "{} {}", read.len(), refused.len());
    }

    #[test]
    fn one_that_waits_for_stillness_speaks_once_of_each_child() {
        let mut held = voice(Dialect::TanitaCsv, Flaws::default());
        let day = [(0, true), (6_000, false), (8_450, true), (8_450, true), (0, true), (7_900, true)];
        let said: Vec<_> = day.iter().map(|&(value, stable)| !held.say(value, stable).is_empty()).collect();
        assert_eq!(said, [false, false, true, false, false, true]);
    }
}
