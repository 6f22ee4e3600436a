//! Which meeting is held now, and in which month things are reported.

use chrono::{Datelike, NaiveDate};
use protocol::{LocalDate, Month, PosyanduId};

use crate::app::Edge;
use crate::store::{Meeting, StoreError};

/// Meetings this many days old that nobody closed are still asked about.
const ASKED_DAYS: i32 = 45;

/// The setting that says up to which day of the month weighings elsewhere count for it.
const UNTIL_DAY: &str = "report.until_day";

/// The meeting of a day: the open one, else the last that was closed.
pub(crate) fn today(
    edge: &Edge,
    posyandu: PosyanduId,
    today: NaiveDate,
) -> Result<Option<Meeting>, StoreError> {
    Ok(of_day(edge.store.meetings(posyandu)?, today))
}

fn of_day(meetings: Vec<Meeting>, today: NaiveDate) -> Option<Meeting> {
    let mut held: Vec<Meeting> =
        meetings.into_iter().filter(|meeting| meeting.on == Some(today.into())).collect();
    let open = held.iter().position(|meeting| meeting.closed.is_none());
    match open {
        Some(open) => Some(held.swap_remove(open)),
        None => held.pop(),
    }
}

/// The last meeting before today that was opened and never closed.
pub(crate) fn unclosed(
    edge: &Edge,
    posyandu: PosyanduId,
    today: NaiveDate,
) -> Result<Option<Meeting>, StoreError> {
    let LocalDate(day) = today.into();
    let is_asked = |on: LocalDate| (day - ASKED_DAYS..day).contains(&on.0);
    let mut meetings = edge.store.meetings(posyandu)?;
    meetings.retain(|meeting| meeting.closed.is_none() && meeting.on.is_some_and(is_asked));
    Ok(meetings.pop())
}

/// The month in which something recorded at a posyandu on a day is reported: that of the meeting held then, else the
/// day's own. Where the meetings cannot be read, the save that follows says so.
pub(crate) fn report_month(edge: &Edge, posyandu: PosyanduId, day: NaiveDate) -> Month {
    match today(edge, posyandu, day) {
        Ok(meeting) => meeting.map_or_else(|| Month::of(day), |meeting| meeting.month),
        Err(error) => {
            tracing::error!("the meetings of the posyandu cannot be read: {error}");
            Month::of(day)
        }
    }
}

/// The month in which a weighing away from the posyandu (at home, PAUD, pustu) is reported: its own up to the day the
/// Puskesmas has set, the next one after it. By default its own up to the last day.
pub(crate) fn month_away(edge: &Edge, day: NaiveDate) -> Result<Month, StoreError> {
    let until = edge.store.setting(UNTIL_DAY)?.and_then(|day| day.trim().parse().ok());
    Ok(counted_in(day, until.unwrap_or(31)))
}

fn counted_in(day: NaiveDate, until_day: u32) -> Month {
    let Month(own) = Month::of(day);
    Month(if day.day() <= until_day.max(1) { own } else { own + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weighing_elsewhere_counts_for_its_month_until_the_set_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let cases = [
            ("2026-02-25", 25, "2026-02-01"),
            ("2026-02-26", 25, "2026-03-01"),
            ("2026-12-28", 25, "2027-01-01"),
            ("2026-01-31", 31, "2026-01-01"),
            ("2026-02-01", 0, "2026-02-01"),
        ];
        for (on, until, month) in cases {
            assert_eq!(counted_in(day(on), until), Month::of(day(month)), "{on} until {until}");
        }
    }
}
