//! Chance that can be had again: the same seed gives the same children, the same wriggling, the same accidents.

use uuid::{Builder, Uuid};

/// A sequence of numbers that follows from a seed (SplitMix64).
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// Begins the sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A sequence of its own for one purpose, so that more draws for one thing change nothing for another.
    pub fn apart(&self, purpose: &str) -> Self {
        let mixed = purpose.bytes().fold(self.0, |seed, byte| Self(seed ^ u64::from(byte)).draw());
        Self(mixed)
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.draw() % end
    }

    /// Evenly from 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        (self.draw() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True in `share` of all cases.
    pub fn happens(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// Spread around 0 like a bell, with standard deviation `spread` (the sum of twelve even draws).
    pub fn bell(&mut self, spread: f64) -> f64 {
        ((0..12).map(|_| self.unit()).sum::<f64>() - 6.0) * spread
    }

    /// One of several, which are not none.
    pub fn one_of<'a, T>(&mut self, several: &'a [T]) -> &'a T {
        &several[self.below(several.len() as u64) as usize]
    }

    /// An id of the shape nodes make, at a moment in milliseconds since 1970.
    pub fn id(&mut self, at_ms: u64) -> Uuid {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.draw().to_le_bytes());
        random[8..].copy_from_slice(&self.draw().to_le_bytes()[..2]);
        Builder::from_unix_timestamp_millis(at_ms, &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_again_and_another_gives_another() {
        let draw = |seed| (Chance::new(seed).draw(), Chance::new(seed).apart("names").id(7));
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
        assert_ne!(Chance::new(3).apart("names").draw(), Chance::new(3).apart("weights").draw());
    }

    #[test]
    fn a_bell_has_the_spread_asked_for() {
        let mut chance = Chance::new(1);
        let draws: Vec<f64> = (0..4000).map(|_| chance.bell(0.5)).collect();
        let mean = draws.iter().sum::<f64>() / 4000.0;
        let spread = (draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / 4000.0).sqrt();
        assert!(mean.abs() < 0.05 && (spread - 0.5).abs() < 0.05, "{mean} {spread}");
    }
}
