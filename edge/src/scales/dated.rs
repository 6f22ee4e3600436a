//! How long ago a meter made what it tells now, as far as its own clock and ours can say.

use ::scales::{Extras, Stamp};
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::readings::Moment;

/// By our own clock: what kader and meter may be apart.
const CLOCKS_APART: TimeDelta = TimeDelta::minutes(10);
/// Two records this far apart, told as far apart, were each told when they were made.
const PACE: TimeDelta = TimeDelta::seconds(30);

/// What is known of a meter's clock.
#[derive(Debug, Default)]
pub(super) struct OwnClock {
    /// The record told last by its own time, and when that was in our running time.
    before: Option<(NaiveDateTime, i64)>,
}

impl OwnClock {
    /// How old a record is; `None` where nobody can say. What comes without a time was measured now: the profiles let
    /// only what is kept wait, and want a time with it. A clock that is wrong and runs is believed from the second
    /// record on that was told when it was made.
    pub(super) fn age(
        &mut self,
        own_time: Option<NaiveDateTime>,
        is_unset: bool,
        now: Moment,
    ) -> Option<TimeDelta> {
        let Some(own_time) = own_time else { return (!is_unset).then(TimeDelta::zero) };
        let before = self.before.replace((own_time, now.ms));
        let in_pace = before.is_some_and(|(before, told_ms)| {
            let ours = TimeDelta::milliseconds(now.ms - told_ms);
            ours >= PACE && (ours - (own_time - before)).abs() <= PACE
        });
        if in_pace {
            return Some(TimeDelta::zero());
        }
        let age = now.wall? - own_time;
        (age >= -CLOCKS_APART).then(|| age.max(TimeDelta::zero()))
    }
}

/// When a record was made by the meter's own clock, in the time its user reads; `None` if it tells no time, or a day in
/// no calendar.
pub fn own_time(extras: &Extras) -> Option<NaiveDateTime> {
    let Stamp { year, month, day, hour, minute, second, .. } = extras.time?;
    let day = NaiveDate::from_ymd_opt(year.into(), month.into(), day.into())?;
    let base = day.and_hms_opt(hour.into(), minute.into(), second.into())?;
    base.checked_add_signed(TimeDelta::minutes(extras.time_offset_min.unwrap_or_default().into()))
}
