//! How long the hub takes to answer, and how long it is therefore waited for.

use std::time::Duration;

/// Nothing is waited for longer than this.
const LONGEST: Duration = Duration::from_secs(600);

/// What is known of the way there and back.
#[derive(Debug)]
pub(super) struct Trip {
    least: Duration,
    /// The smoothed time, and by how much it varies.
    usual: Option<(Duration, Duration)>,
}

impl Trip {
    /// Nothing is known yet; an answer is waited for at least so long.
    pub(super) fn new(least: Duration) -> Self {
        Self { least, usual: None }
    }

    /// An answer took this long. Smoothed as TCP does it.
    pub(super) fn took(&mut self, took: Duration) {
        self.usual = Some(match self.usual {
            None => (took, took / 2),
            Some((usual, varies)) => ((usual * 7 + took) / 8, (varies * 3 + usual.abs_diff(took)) / 4),
        });
    }

    /// How long an answer is waited for: twice what would surprise nobody.
    pub(super) fn patience(&self) -> Duration {
        let surprising = self.usual.map_or(Duration::ZERO, |(usual, varies)| 2 * (usual + 4 * varies));
        surprising.clamp(self.least.min(LONGEST), LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_link_is_waited_for_longer_and_a_quick_one_no_less_than_set() {
        let mut trip = Trip::new(Duration::from_secs(20));
        trip.took(Duration::from_millis(40));
        assert_eq!(trip.patience(), Duration::from_secs(20));
        for _ in 0..8 {
            trip.took(Duration::from_secs(15));
        }
        assert!(trip.patience() > Duration::from_secs(30), "{:?}", trip.patience());
        trip.took(Duration::from_secs(100_000));
        assert_eq!(trip.patience(), LONGEST);
    }
}
