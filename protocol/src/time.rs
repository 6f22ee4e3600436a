//! When something happened: local dates as people say them, and what the clock was worth.

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};

/// A wall clock this far past what is known for sure is wrong, in milliseconds: three years.
pub const FURTHEST_MS: i64 = 3 * 366 * 24 * 3_600_000;

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

impl Stamp {
    /// The local date the wall time shows; `None` outside what a date can hold.
    pub fn local_date(&self) -> Option<LocalDate> {
        local_date(self.wall_ms, self.offset_min)
    }
}

fn local_date(wall_ms: i64, offset_min: i16) -> Option<LocalDate> {
    let local_ms = wall_ms.checked_add(i64::from(offset_min) * 60_000)?;
    i32::try_from(local_ms.div_euclid(86_400_000)).ok().map(LocalDate)
}

/// What time a power-up really began: dates everything that was recorded in it before anybody had set the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockFound {
    /// The power-up it speaks of.
    pub boot: [u8; 16],
    /// At this point of its monotonic time, nanoseconds …
    pub monotonic_ns: u64,
    /// … the wall time was this, milliseconds since 1970-01-01 UTC.
    pub wall_ms: i64,
    /// Local offset from UTC in minutes.
    pub offset_min: i16,
    /// What the wall time is worth.
    pub source: ClockSource,
}

impl ClockFound {
    /// The wall time, in milliseconds since 1970 UTC, of a stamp of the same power-up; `None` for another one's.
    pub fn wall_ms_of(&self, stamp: &Stamp) -> Option<i64> {
        if stamp.boot != self.boot {
            return None;
        }
        let apart_ms = (i128::from(stamp.monotonic_ns) - i128::from(self.monotonic_ns)) / 1_000_000;
        i64::try_from(i128::from(self.wall_ms) + apart_ms).ok()
    }

    /// The local date of a stamp of the same power-up.
    pub fn date_of(&self, stamp: &Stamp) -> Option<LocalDate> {
        local_date(self.wall_ms_of(stamp)?, self.offset_min)
    }
}

/// Hybrid logical time: never behind what its maker had seen, even when the wall clock is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hybrid {
    /// The latest wall time seen, milliseconds since 1970 UTC.
    pub ms: i64,
    /// Counts what happened within that millisecond.
    pub count: u32,
}

impl Hybrid {
    /// The next time after everything seen so far, on a machine whose clock says `wall_ms`.
    #[must_use]
    pub fn next(self, wall_ms: i64) -> Self {
        if wall_ms > self.ms {
            Self { ms: wall_ms, count: 0 }
        } else {
            Self { ms: self.ms, count: self.count.saturating_add(1) }
        }
    }
}
