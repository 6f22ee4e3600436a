//! Whether it stands still: each point is compared with five of the last second, and one that differs is enough.

/// Points of one second, ten a second.
const REMEMBERED: usize = 10;

/// The last second.
#[derive(Debug, Clone, Default)]
pub(crate) struct Motion {
    last: [i32; REMEMBERED],
    seen: usize,
}

impl Motion {
    /// Takes the next point; whether nothing moved by more than `limit` for a whole second.
    pub(crate) fn still(&mut self, value: i32, limit: i32) -> bool {
        let whole = self.seen >= REMEMBERED;
        let same = |earlier: &i32| earlier.abs_diff(value) <= limit.unsigned_abs();
        // Every second one, the newest aside: five that lie 0.2 s apart.
        let nth = |back: usize| self.last.get((self.seen + REMEMBERED - back) % REMEMBERED);
        let still = whole && [2, 4, 6, 8, 10].into_iter().filter_map(nth).all(same);
        if let Some(slot) = self.last.get_mut(self.seen % REMEMBERED) {
            *slot = value;
        }
        // Counted on only as far as it matters which slot is next.
        self.seen = if self.seen >= 2 * REMEMBERED { self.seen + 1 - REMEMBERED } else { self.seen + 1 };
        still
    }

    /// A second begins anew.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::Motion;

    #[test]
    fn still_needs_a_whole_second_and_one_kick_ends_it() {
        let mut motion = Motion::default();
        let said: [bool; 12] = core::array::from_fn(|_| motion.still(5_000, 10));
        assert_eq!(said.iter().position(|&still| still), Some(10));
        assert!(!motion.still(5_011, 10));
        // The kick is looked back at from 0.2 s to 1.0 s later, whichever of the five it is among.
        let after: [bool; 12] = core::array::from_fn(|_| motion.still(5_000, 10));
        assert_eq!(after.iter().filter(|&&still| !still).count(), 5);
        assert!(after[10] && after[11]);
    }

    #[test]
    fn a_slow_slope_is_seen_over_the_second() {
        let mut motion = Motion::default();
        assert!((0..100).all(|nth| !motion.still(nth * 2, 10)));
        motion.clear();
        assert!(!motion.still(198, 10));
    }
}
