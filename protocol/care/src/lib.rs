#![no_std]
#![doc = include_str!("../README.md")]

#[cfg(test)]
extern crate std;

pub mod adult;
pub mod child;
pub mod f1;
pub mod immunization;
pub mod pregnancy;

use chrono::{Months, NaiveDate};

/// The day `months` calendar months after a date, the month's last day where that day does not exist; `None` beyond the
/// calendar.
pub fn months_after(date: NaiveDate, months: u32) -> Option<NaiveDate> {
    date.checked_add_months(Months::new(months))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_after_the_last_of_january_is_the_last_of_february() {
        let day =
            |year, month, day| NaiveDate::from_ymd_opt(year, month, day).expect("a date of the calendar");
        assert_eq!(months_after(day(2026, 1, 31), 1), Some(day(2026, 2, 28)));
        assert_eq!(months_after(day(2026, 2, 28), 12), Some(day(2027, 2, 28)));
        assert_eq!(months_after(NaiveDate::MAX, 1), None);
    }
}
