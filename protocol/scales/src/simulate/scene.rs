//! What happens on an instrument, reading by reading: nothing here knows the time or a line.

use fastrand::Rng;

use super::Make;
use crate::Measures;

/// Ten readings a second, in the child's own time.
pub(super) const TICK_MS: u32 = 100;

/// How somebody is on a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Lies or sits: wriggles, kicks now and then, and calms.
    Lying,
    /// Steps on with a bounce, and sways less and less.
    Standing,
}

/// Somebody who comes to an instrument.
#[derive(Debug, Clone, Copy)]
pub struct Guest {
    /// Grams, or tenths of a millimetre.
    pub value: u32,
    /// How they are on a scale; on a board all wriggle.
    pub manner: Manner,
    /// Seconds until the number has come to rest, once they are there.
    pub calm_s: f64,
    /// Seconds for which a scale is empty before they come.
    pub after_s: f64,
}

/// What happens on the instrument.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene {
    /// `None` for an empty pan.
    guest: Option<Guest>,
    /// Where the number came from: a board keeps its place.
    before: u32,
    /// Readings sent since it began.
    ticks: u32,
}

impl Scene {
    /// Nobody there.
    pub(super) const EMPTY: Self = Self { guest: None, before: 0, ticks: 0 };

    /// The same instrument with somebody who comes to it now.
    pub(super) fn with(&self, guest: Guest) -> Self {
        Self { guest: Some(guest), before: self.guest.map_or(0, |guest| guest.value), ticks: 0 }
    }

    /// The next reading, and whether the instrument calls it stable.
    pub(super) fn next(&mut self, make: Make, chance: &mut Rng) -> (u32, bool) {
        self.ticks = self.ticks.saturating_add(1);
        let Some(guest) = self.guest else { return (0, self.ticks > 3) };
        let (absent, calm_after) = (ticks(guest.after_s), ticks(guest.calm_s));
        let Some(there) = self.ticks.checked_sub(absent).filter(|&there| there > 0) else {
            return (0, self.ticks > 3);
        };
        if there >= calm_after {
            return (guest.value, there > calm_after + 5);
        }
        let (seconds, calm) = (f64::from(there * TICK_MS) / 1000.0, f64::from(calm_after * TICK_MS) / 1000.0);
        let load = f64::from(guest.value);
        let value = match (make.dialect.measures(), guest.manner) {
            (Measures::Length, _) => along_the_board(f64::from(self.before), load, seconds, calm),
            (_, Manner::Lying) => wriggling(load, seconds, calm, chance),
            (_, Manner::Standing) => swaying(load, seconds, calm),
        };
        ((value / f64::from(make.division)).round().max(0.0) as u32 * make.division, false)
    }
}

fn ticks(seconds: f64) -> u32 {
    (seconds * 1000.0 / f64::from(TICK_MS)) as u32
}

/// The slider is pushed out of the way, comes down on the child, and follows its wriggling.
fn along_the_board(from: f64, to: f64, seconds: f64, calm: f64) -> f64 {
    let away = from.max(to) + 1_500.0;
    match seconds {
        ..0.6 => from + (away - from) * seconds / 0.6,
        0.6..1.2 => away + (to - away) * (seconds - 0.6) / 0.6,
        _ => to + 60.0 * (1.0 - seconds / calm.max(1.3)) * (seconds * 9.0).sin(),
    }
}

/// A child is laid down within half a second, wriggles, kicks now and then, and calms.
fn wriggling(load: f64, seconds: f64, calm: f64, chance: &mut Rng) -> f64 {
    if seconds < 0.4 {
        return load * seconds / 0.4;
    }
    let restless = 0.04 * load * (1.0 - seconds / calm);
    let kick = if chance.f64() < 0.03 { 0.1 * load * bell(chance) } else { 0.0 };
    load + restless * (0.6 * (seconds * 4.4).sin() + 0.4 * (seconds * 10.7).sin()) + kick
}

/// Somebody steps up within a third of a second, with a bounce, and leans to and fro.
fn swaying(load: f64, seconds: f64, calm: f64) -> f64 {
    if seconds < 0.3 {
        return load * seconds / 0.3;
    }
    let bounce = 0.12 * load * (-4.0 * (seconds - 0.3)).exp() * (seconds * 14.0).cos();
    load + bounce + 0.008 * load * (1.0 - seconds / calm) * (seconds * 6.9).sin()
}

/// Spread around 0 like a bell, with standard deviation 1 (the sum of twelve even draws).
fn bell(chance: &mut Rng) -> f64 {
    (0..12).map(|_| chance.f64()).sum::<f64>() - 6.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dialect;
    use std::vec::Vec;

    const SCALE: Make = Make { dialect: Dialect::AdStd, division: 10 };
    const BOARD: Make = Make { dialect: Dialect::Digimatic13, division: 10 };

    fn readings(make: Make, mut scene: Scene, seed: u64) -> Vec<(u32, bool)> {
        let mut chance = Rng::with_seed(seed);
        (0..100).map(|_| scene.next(make, &mut chance)).collect()
    }

    fn guest(value: u32, manner: Manner) -> Guest {
        Guest { value, manner, calm_s: 5.0, after_s: 0.0 }
    }

    #[test]
    fn whoever_comes_moves_first_and_rests_at_exactly_their_weight() {
        for (value, manner) in [(8_450, Manner::Lying), (52_000, Manner::Standing)] {
            let seen = readings(SCALE, Scene::EMPTY.with(guest(value, manner)), 1);
            assert!(seen[..45].iter().any(|&(seen, _)| seen.abs_diff(value) > 100), "{manner:?}");
            assert!(seen[49..].iter().all(|&(seen, _)| seen == value), "{manner:?}");
            assert!(seen[..49].iter().all(|&(_, stable)| !stable) && seen[60].1);
            assert!(seen.iter().all(|(value, _)| value % 10 == 0));
        }
    }

    #[test]
    fn a_seed_gives_the_same_wriggling_again_and_another_gives_another() {
        let lying = Scene::EMPTY.with(Guest { calm_s: 10.0, ..guest(8_450, Manner::Lying) });
        assert_eq!(readings(SCALE, lying, 7), readings(SCALE, lying, 7));
        assert_ne!(readings(SCALE, lying, 7), readings(SCALE, lying, 8));
    }

    #[test]
    fn a_scale_is_empty_until_somebody_comes() {
        let later = Scene::EMPTY.with(Guest { after_s: 2.0, ..guest(8_450, Manner::Lying) });
        let seen = readings(SCALE, later, 1);
        assert!(seen[..20].iter().all(|&(value, _)| value == 0) && seen[19].1);
        assert!(seen[20].0 > 0 && seen[70].0 == 8_450);
    }

    #[test]
    fn a_board_moves_away_before_it_comes_down_on_the_next_child() {
        let next = Scene::EMPTY.with(guest(7_140, Manner::Lying)).with(guest(7_130, Manner::Lying));
        let seen = readings(BOARD, next, 1);
        assert!(seen[..12].iter().any(|&(value, _)| value > 8_000));
        assert!(seen[49..].iter().all(|&(value, _)| value == 7_130));
    }
}
