//! An age, or a distance between two doses.

use core::fmt;

use chrono::{Days, NaiveDate};

use crate::months_after;

/// An age, or a distance between two doses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// So many days.
    Days(u16),
    /// So many calendar months; where a month has no such day, its last.
    Months(u16),
}

impl Span {
    /// The day this long after a date; the calendar's last day where it would end.
    pub fn after(self, date: NaiveDate) -> NaiveDate {
        match self {
            Span::Days(days) => date.checked_add_days(Days::new(days.into())),
            Span::Months(months) => months_after(date, months.into()),
        }
        .unwrap_or(NaiveDate::MAX)
    }

    /// Reads `28 hari`, `8 minggu` or `2 bulan`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (figure, unit) = text.split_once(' ')?;
        let figure: u16 = figure.parse().ok().filter(|&figure| figure <= 2_000)?;
        match unit.trim() {
            "hari" => Some(Span::Days(figure)),
            "minggu" => Some(Span::Days(figure * 7)),
            "bulan" => Some(Span::Months(figure)),
            _ => None,
        }
    }

    /// Roughly how long, for comparing two of them in a table.
    pub(super) const fn about_days(self) -> u32 {
        match self {
            Span::Days(days) => days as u32,
            Span::Months(months) => months as u32 * 30,
        }
    }
}

/// `28 hari`, `2 bulan`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Span::Days(days) => write!(f, "{days} hari"),
            Span::Months(months) => write!(f, "{months} bulan"),
        }
    }
}
