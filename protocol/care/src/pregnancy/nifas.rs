//! The weeks after birth (*nifas*): four visits and two capsules.

use chrono::NaiveDate;

/// The last day of these weeks, counted from the day of birth.
pub const LAST_DAY_OF_NIFAS: i64 = 42;

/// Red vitamin A capsules a mother is owed: one on the day of birth, one the day after.
pub const CAPSULES: u8 = 2;

/// Which visit (*KF1* to *KF4*) a day counts as: up to two days after birth, three to seven, eight to 28, 29 to 42.
/// `None` before birth and after these weeks. The six hours before which KF1 does not count are below a day's grain.
pub fn nifas_visit(birth: NaiveDate, on: NaiveDate) -> Option<u8> {
    match (on - birth).num_days() {
        0..=2 => Some(1),
        3..=7 => Some(2),
        8..=28 => Some(3),
        29..=LAST_DAY_OF_NIFAS => Some(4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn every_day_after_birth_has_its_visit() {
        let birth = NaiveDate::from_ymd_opt(2026, 2, 27).expect("a date");
        for (days, visit) in [
            (-1, None),
            (0, Some(1)),
            (2, Some(1)),
            (3, Some(2)),
            (7, Some(2)),
            (8, Some(3)),
            (28, Some(3)),
            (29, Some(4)),
            (42, Some(4)),
            (43, None),
        ] {
            assert_eq!(nifas_visit(birth, birth + TimeDelta::days(days)), visit, "{days}");
        }
    }
}
