//! Tetanus: five doses, each not before its time, and how long they protect (Permenkes 12/2017).

use chrono::{Days, NaiveDate};

use crate::months_after;

/// Doses after which nothing more is owed.
const DOSES: u8 = 5;

/// How far a woman is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tetanus {
    /// Doses that count, 0 to 5: T0 to T5.
    pub doses: u8,
    /// The day of the last that counts, where it is known.
    pub last: Option<NaiveDate>,
}

impl Tetanus {
    /// Takes a dose into account. One that came before its time was given and does not count: `false`.
    pub fn give(&mut self, on: NaiveDate) -> bool {
        let counts = self.doses < DOSES && self.due().is_none_or(|due| on >= due);
        if counts {
            self.doses += 1;
            self.last = Some(on);
        }
        counts
    }

    /// The first day the next dose counts; `None` if there is no more to give, or if it may be given at any time.
    pub fn due(&self) -> Option<NaiveDate> {
        let last = self.last?;
        match self.doses {
            1 => last.checked_add_days(Days::new(28)),
            2 => months_after(last, 6),
            3 | 4 => months_after(last, 12),
            _ => None,
        }
    }

    /// Whether a dose may be given on a day.
    pub fn is_due(&self, on: NaiveDate) -> bool {
        self.doses < DOSES && self.due().is_none_or(|due| on >= due)
    }

    /// The day the protection ends; `None` where there is none yet, or where the last dose's day is not known.
    pub fn protected_until(&self) -> Option<NaiveDate> {
        let years = match self.doses {
            2 => 3,
            3 => 5,
            4 => 10,
            DOSES => 25,
            _ => return None,
        };
        months_after(self.last?, years * 12)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn each_dose_counts_from_its_day_on_and_not_the_day_before() {
        let table = [
            (1, "2026-01-31", "2026-02-27", "2026-02-28"),
            (2, "2026-01-31", "2026-07-30", "2026-07-31"),
            (3, "2026-01-31", "2027-01-30", "2027-01-31"),
            (4, "2024-02-29", "2025-02-27", "2025-02-28"),
        ];
        for (doses, last, early, due) in table {
            let mut one = Tetanus { doses, last: Some(day(last)) };
            assert!(!one.is_due(day(early)) && one.is_due(day(due)), "T{doses}");
            assert!(!one.give(day(early)), "T{doses}");
            assert_eq!(one, Tetanus { doses, last: Some(day(last)) });
            assert!(one.give(day(due)));
            assert_eq!(one, Tetanus { doses: doses + 1, last: Some(day(due)) });
        }
    }

    #[test]
    fn after_the_fifth_nothing_is_owed() {
        let mut full = Tetanus { doses: 5, last: Some(day("2020-01-01")) };
        assert!(!full.is_due(day("2026-01-01")) && !full.give(day("2026-01-01")));
        assert_eq!(full.due(), None);
    }

    #[test]
    fn a_first_dose_may_be_given_at_any_time_and_so_may_one_after_an_unknown_day() {
        assert!(Tetanus::default().is_due(day("2026-01-01")));
        let mut told = Tetanus { doses: 2, last: None };
        assert!(told.give(day("2026-01-01")));
        assert_eq!(told.doses, 3);
    }

    #[test]
    fn protection_lasts_three_five_ten_and_twenty_five_years() {
        for (doses, until) in [
            (0, None),
            (1, None),
            (2, Some("2029-05-01")),
            (3, Some("2031-05-01")),
            (4, Some("2036-05-01")),
            (5, Some("2051-05-01")),
        ] {
            let tetanus = Tetanus { doses, last: Some(day("2026-05-01")) };
            assert_eq!(tetanus.protected_until(), until.map(day), "T{doses}");
        }
    }
}
