//! When something happened: local dates as people say them, and what the clock was worth.

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};

/// A date of the local calendar, as days since 1970-01-01. Travels as a signed integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LocalDate(pub i32);

impl LocalDate {
    /// The calendar date; `None` only for day numbers outside what a calendar can hold.
    pub fn to_naive(self) -> Option<NaiveDate> {
        NaiveDate::from_num_days_from_ce_opt(self.0.checked_add(DAYS_BEFORE_1970)?)
    }

    /// The month this date lies in; `None` as for [`LocalDate::to_naive`].
    pub fn month(self) -> Option<Month> {
        self.to_naive().map(Month::of)
    }
}

impl From<NaiveDate> for LocalDate {
    fn from(date: NaiveDate) -> Self {
        Self(date.num_days_from_ce() - DAYS_BEFORE_1970)
    }
}

/// Days from 0001-01-01 (day 1) to 1970-01-01.
const DAYS_BEFORE_1970: i32 = 719_163;

/// A report month: year × 12 + month − 1, so that the month before is one less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Month(pub i32);

impl Month {
    /// The month a date lies in.
    pub fn of(date: NaiveDate) -> Self {
        Self(date.year() * 12 + date.month0() as i32)
    }

    /// The first day of the month; `None` for months outside the calendar.
    pub fn first_day(self) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(self.0.div_euclid(12), self.0.rem_euclid(12) as u32 + 1, 1)
    }

    /// The last day of the month; `None` for months outside the calendar.
    pub fn last_day(self) -> Option<NaiveDate> {
        Self(self.0.checked_add(1)?).first_day()?.checked_sub_days(Days::new(1))
    }
}

/// Where a node's wall time came from, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ClockSource {
    /// Nobody has set the clock since the power came: the date means nothing.
    Unset,
    /// A kader's phone, confirmed by her.
    Phone,
    /// The hub's last answer.
    Hub,
    /// A network time server, or a battery-backed clock set from one.
    Ntp,
}

/// When an event was recorded. Order never depends on the wall time in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Wall time, milliseconds since 1970-01-01 UTC.
    pub wall_ms: i64,
    /// Local offset from UTC in minutes: 420 WIB, 480 WITA, 540 WIT.
    pub offset_min: i16,
    /// What the wall time is worth.
    pub source: ClockSource,
    /// Which power-up of the node this was.
    pub boot: [u8; 16],
    /// Nanoseconds since that power-up; never goes back.
    pub monotonic_ns: u64,
}
