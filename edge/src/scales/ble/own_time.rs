//! Whether a record an instrument stamps with its own time was made just now. Nobody may ever have set that clock, but it
//! runs.

use std::time::{Duration, Instant};

use ::scales::Stamp;
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

/// A record is told at most so long after its weighing when the line had to be opened first: connecting and reading the
/// services take half of it.
const OPENED_WITHIN: TimeDelta = TimeDelta::minutes(3);
/// By our own clock: what kader and instrument may be apart.
const CLOCKS_APART: TimeDelta = TimeDelta::minutes(10);
/// Two records this far apart, told as far apart, were each told when they were made.
const PACE: TimeDelta = TimeDelta::seconds(30);

/// A record's own time, and when it was heard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Telling {
    stamp: NaiveDateTime,
    at: Instant,
}

impl Telling {
    /// `None` for a day that is in no calendar: the instrument tells no time.
    pub(super) fn of(stamp: Stamp, at: Instant) -> Option<Self> {
        let day = NaiveDate::from_ymd_opt(stamp.year.into(), stamp.month.into(), stamp.day.into())?;
        let stamp = day.and_hms_opt(stamp.hour.into(), stamp.minute.into(), stamp.second.into())?;
        Some(Self { stamp, at })
    }

    /// How much later it was heard than it should have been, had both been told when they were made.
    fn lag(self, before: Self) -> TimeDelta {
        between(before.at, self.at) - (self.stamp - before.stamp)
    }

    /// Whether the instrument's clock ran on between two tellings as ours did.
    fn keeps_pace(self, before: Self) -> bool {
        between(before.at, self.at) >= PACE && self.lag(before).abs() <= PACE
    }
}

fn between(from: Instant, to: Instant) -> TimeDelta {
    let passed: Duration = to.saturating_duration_since(from);
    TimeDelta::from_std(passed).unwrap_or_default()
}

/// What is known of an instrument's clock.
#[derive(Debug, Default)]
pub(super) struct OwnTime {
    /// The newest record, as its clock is set now.
    newest: Option<NaiveDateTime>,
    /// One that came without delay.
    prompt: Option<Telling>,
    /// The record before, believed or not.
    before: Option<Telling>,
}

impl OwnTime {
    /// Notes a record; whether it was made just now. Of a `burst` after the line opened nothing is believed that was
    /// made long before. A clock that was set back is believed again from its second record on.
    pub(super) fn is_current(&mut self, told: Telling, burst: bool, wall: Option<NaiveDateTime>) -> bool {
        let kept = burst
            && match (self.prompt, wall) {
                (Some(prompt), _) => told.lag(prompt) > OPENED_WITHIN,
                (None, Some(wall)) => wall - told.stamp > CLOCKS_APART,
                (None, None) => false,
            };
        let known = self.newest.is_some_and(|newest| told.stamp <= newest);
        let was_set = self.before.is_some_and(|before| told.keeps_pace(before));
        self.before = Some(told);
        if (kept || known) && !was_set {
            self.newest = self.newest.max(Some(told.stamp));
            return false;
        }
        self.newest = Some(told.stamp);
        if was_set || self.prompt.is_none_or(|prompt| told.lag(prompt) < TimeDelta::zero()) {
            self.prompt = Some(told);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use chrono::Datelike;

    use super::*;

    /// An instrument whose records are heard.
    struct Told {
        own: OwnTime,
        began: Instant,
    }

    impl Told {
        fn new() -> Self {
            Self { own: OwnTime::default(), began: Instant::now() }
        }

        /// Made at a minute of the instrument's day, heard so many seconds after we began at 8 o'clock of the 24th.
        fn at(&mut self, day: u8, minute: u8, heard_s: u64, burst: bool) -> bool {
            let at = self.began + Duration::from_secs(heard_s);
            let morning = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap().and_hms_opt(8, 0, 0).unwrap();
            let stamp = morning.with_day(day.into()).unwrap() + TimeDelta::minutes(minute.into());
            let wall = morning + TimeDelta::seconds(heard_s.try_into().unwrap());
            self.own.is_current(Telling { stamp, at }, burst, Some(wall))
        }
    }

    #[test]
    fn what_was_kept_is_not_believed_however_often_it_is_told() {
        let mut told = Told::new();
        for minute in [1, 5, 9, 1, 5, 9] {
            assert!(!told.at(23, minute, 0, true), "yesterday's minute {minute}");
        }
        assert!(!told.at(23, 9, 40, false), "nor later, on the open line");
        assert!(told.at(24, 1, 60, false), "a child now");
        assert!(!told.at(24, 1, 61, false), "the same record");
        assert!(!told.at(24, 0, 62, false), "an older one");
        assert!(told.at(24, 3, 180, true), "the next, over a new line");
        assert!(!told.at(24, 5, 900, true), "weighed ten minutes before anybody connected");
    }

    #[test]
    fn a_clock_that_is_wrong_or_was_set_back_is_believed_again_because_it_runs() {
        let mut told = Told::new();
        assert!(!told.at(1, 0, 0, true), "it may be an old record");
        assert!(told.at(1, 3, 180, true), "three minutes later by both clocks");
        assert!(told.at(1, 6, 362, true));
        assert!(!told.at(1, 6, 500, true), "the record before");
        let minute_before = |told: &mut Told| told.at(1, 1, 600, true);
        assert!(!minute_before(&mut told), "set back, or an old record");
        assert!(told.at(1, 4, 781, true));
    }
}
