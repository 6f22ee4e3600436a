//! From a fast, spiky converter to ten calm numbers a second.

const REMEMBERED: usize = 5;

/// The median of the last five conversions, averaged over a tenth of a second.
///
/// Two bad conversions in a row (a pulse too many costs as much) vanish without a trace.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    last: [i32; REMEMBERED],
    seen: usize,
    sum: i64,
    medians: i64,
}

impl Filter {
    /// Takes one conversion.
    pub(crate) fn push(&mut self, counts: i32) {
        if let Some(slot) = self.last.get_mut(self.seen % REMEMBERED) {
            *slot = counts;
        }
        self.seen = self.seen.wrapping_add(1);
        // Before there are five, a spike could be the median.
        if self.seen >= REMEMBERED {
            let mut sorted = self.last;
            sorted.sort_unstable();
            let [_, _, median, _, _] = sorted;
            self.sum += i64::from(median);
            self.medians += 1;
        }
    }

    /// The mean since it was last asked for; `None` if nothing came.
    pub(crate) fn take(&mut self) -> Option<i32> {
        let mean = self.sum.checked_div(self.medians)?;
        (self.sum, self.medians) = (0, 0);
        i32::try_from(mean).ok()
    }

    /// Forgets everything: what came before and what comes now are not of one piece.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::Filter;

    #[test]
    fn two_wild_conversions_in_a_row_leave_no_trace() {
        let mut filter = Filter::default();
        for counts in [100, 102, 98, 100, 101, 8_000_000, -5, 99, 101, 100] {
            filter.push(counts);
        }
        assert_eq!(filter.take(), Some(100));
        assert_eq!(filter.take(), None);
    }

    #[test]
    fn nothing_is_said_before_a_spike_could_be_told_from_a_load() {
        let mut filter = Filter::default();
        for _ in 0..4 {
            filter.push(8_000_000);
            assert_eq!(filter.take(), None);
        }
        filter.push(8_000_000);
        assert_eq!(filter.take(), Some(8_000_000));
        filter.clear();
        filter.push(1);
        assert_eq!(filter.take(), None);
    }
}
