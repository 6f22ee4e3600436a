//! What the checks of an instrument say of it today, and of what was measured with it. Pure rules.

use protocol::LocalDate;
use protocol::check::{InstrumentChecked, Spot, Verdict};

use super::limits::first_known;
use crate::config::{CheckSettings, OutOfLimits};
use crate::scales::{Quantity, Usable};
use crate::store::{Store, StoreError};

/// A check as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::instruments) struct Check {
    /// Its place in the journal.
    pub(in crate::instruments) sequence: u64,
    /// What the instrument was called then.
    pub(in crate::instruments) name: String,
    /// Its day; `None` while nobody knows it.
    pub(in crate::instruments) day: Option<LocalDate>,
    pub(in crate::instruments) quantity: Quantity,
    pub(in crate::instruments) checked: InstrumentChecked,
}

/// How far an instrument may be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::instruments) enum Fitness {
    /// Nobody has checked it.
    Never,
    /// It was right so many days ago; `None` if nobody knows the day.
    Right(Option<i32>),
    /// That is so many days ago that a check is due.
    Due(i32),
    /// So long that it is not to be used.
    Overdue(i32),
    /// The last check found it out of limits.
    Wrong,
}

/// Every check in the journal, oldest first.
pub(in crate::instruments) fn checks(store: &Store) -> Result<Vec<Check>, StoreError> {
    let all = store.checks()?.into_iter().filter_map(|(event, day)| match event.body {
        protocol::Body::InstrumentChecked(checked) => {
            let name = event.header.instrument.map(|instrument| instrument.name).unwrap_or_default();
            let quantity = Quantity::of(checked.kind)?;
            Some(Check { sequence: event.header.sequence, name, day, quantity, checked })
        }
        _ => None,
    });
    Ok(all.collect())
}

impl Check {
    pub(in crate::instruments) fn is_good(&self) -> bool {
        self.checked.verdict == Verdict::Good
    }

    /// The mean error of the first mass or length in the middle.
    pub(in crate::instruments) fn error(&self) -> Option<i64> {
        let first = first_known(&self.checked.loads)?;
        let middle =
            self.checked.loads.iter().filter(|load| load.nominal == first && load.spot == Spot::Centre);
        let errors: Vec<i64> = middle.map(protocol::check::Load::error).collect();
        let count = i64::try_from(errors.len()).ok().filter(|&count| count > 0)?;
        Some(errors.iter().sum::<i64>() / count)
    }
}

/// The day of the last check of an instrument, if that was good.
pub(in crate::instruments) fn checked_on(last: Option<&Check>) -> Option<LocalDate> {
    last.filter(|check| check.is_good()).and_then(|check| check.day)
}

/// How far an instrument may be believed on a day, by its own last check; without a day it does not age.
pub(in crate::instruments) fn fitness(
    last: Option<&Check>,
    today: Option<LocalDate>,
    settings: &CheckSettings,
) -> Fitness {
    let Some(last) = last else { return Fitness::Never };
    if !last.is_good() {
        return Fitness::Wrong;
    }
    let age = today.zip(last.day).map(|(today, day)| today.0.saturating_sub(day.0));
    match age {
        Some(age) if settings.block_after_days > 0 && age > settings.block_after_days.into() => {
            Fitness::Overdue(age)
        }
        Some(age) if age > settings.warn_after_days.into() => Fitness::Due(age),
        age => Fitness::Right(age),
    }
}

/// Until when an instrument may be used, by its own last check.
pub(in crate::instruments) fn usable(last: Option<&Check>, settings: &CheckSettings) -> Usable {
    let days = i32::from(settings.block_after_days);
    match last {
        Some(last) if !last.is_good() => match settings.out_of_limits {
            OutOfLimits::Mark => Usable::Always,
            OutOfLimits::Refuse => Usable::Never,
        },
        Some(last) if days > 0 => {
            last.day.map_or(Usable::Always, |day| Usable::Until(LocalDate(day.0.saturating_add(days))))
        }
        None if days > 0 => Usable::Never,
        Some(_) | None => Usable::Always,
    }
}

/// Whether a value measured at a place of the journal cannot be relied on: the check before it, or the one after it,
/// found its instrument out of limits.
pub(in crate::instruments) fn is_doubtful<'a>(
    checks: impl Iterator<Item = &'a Check>,
    sequence: u64,
) -> bool {
    let (mut before, mut after) = (None, None);
    for check in checks {
        if check.sequence < sequence {
            before = Some(check);
        } else {
            after = after.or(Some(check));
        }
    }
    [before, after].into_iter().flatten().any(|check| !check.is_good())
}

/// How the error of an instrument has moved between two checks of the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::instruments) struct Drift {
    pub(in crate::instruments) quantity: Quantity,
    /// Grams, or tenths of a millimetre.
    pub(in crate::instruments) moved: i64,
    pub(in crate::instruments) days: i32,
    /// No more than half a division.
    pub(in crate::instruments) is_still: bool,
}

/// How the error of an instrument has moved; `None` with fewer than two checks of the same thing.
pub(in crate::instruments) fn drift(checks: &[Check]) -> Option<Drift> {
    let last = checks.last()?;
    let of_same = |check: &&Check| first_known(&check.checked.loads) == first_known(&last.checked.loads);
    let first = checks.iter().find(of_same).filter(|first| first.sequence != last.sequence)?;
    let moved = last.error()? - first.error()?;
    let days = last.day?.0 - first.day?.0;
    let is_still = moved.unsigned_abs() <= u64::from(last.checked.division) / 2;
    Some(Drift { quantity: last.quantity, moved, days, is_still })
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::check::{InstrumentKind, Load};

    use crate::instruments::said;

    fn check(sequence: u64, day: i32, error: i32) -> Check {
        let value = 5_000 + error;
        let load = Load { nominal: 5_000, spot: Spot::Centre, value, limit: 10 };
        let verdict = super::super::limits::judge(&[load], Some(10));
        let checked = InstrumentChecked {
            device: "usb-x".into(),
            kind: InstrumentKind::InfantScale,
            division: 10,
            loads: vec![load],
            spread_limit: Some(10),
            verdict,
        };
        Check { sequence, name: "A".into(), day: Some(LocalDate(day)), quantity: Quantity::Weight, checked }
    }

    #[test]
    fn a_good_check_ages_and_a_bad_one_does_not() {
        let settings = CheckSettings { block_after_days: 30, ..CheckSettings::default() };
        let table = [
            (vec![], 100, Fitness::Never),
            (vec![check(1, 100, 0)], 107, Fitness::Right(Some(7))),
            (vec![check(1, 100, 0)], 108, Fitness::Due(8)),
            (vec![check(1, 100, 0)], 130, Fitness::Due(30)),
            (vec![check(1, 100, 0)], 131, Fitness::Overdue(31)),
            (vec![check(1, 100, 0), check(2, 101, 30)], 101, Fitness::Wrong),
            (vec![check(1, 100, 30), check(2, 101, 0)], 101, Fitness::Right(Some(0))),
        ];
        for (checks, today, expected) in table {
            assert_eq!(
                fitness(checks.last(), Some(LocalDate(today)), &settings),
                expected,
                "{checks:?} on {today}"
            );
        }
        let lenient = CheckSettings::default();
        let last = check(1, 100, 0);
        assert_eq!(fitness(Some(&last), Some(LocalDate(400)), &lenient), Fitness::Due(300));
        assert_eq!(fitness(Some(&last), None, &lenient), Fitness::Right(None));
    }

    #[test]
    fn the_settings_decide_what_a_bad_or_an_old_check_forbids() {
        let mark = CheckSettings::default();
        let refuse = CheckSettings { out_of_limits: OutOfLimits::Refuse, ..CheckSettings::default() };
        let block = CheckSettings { block_after_days: 30, ..CheckSettings::default() };
        let (good, bad) = (check(1, 100, 0), check(1, 100, 30));
        let usable = |last: &Check, settings| usable(Some(last), settings);
        assert_eq!([usable(&bad, &mark), usable(&bad, &refuse)], [Usable::Always, Usable::Never]);
        assert_eq!(
            [usable(&good, &refuse), usable(&good, &block)],
            [Usable::Always, Usable::Until(LocalDate(130))]
        );
        let never = |settings| super::usable(None, settings);
        assert_eq!([never(&refuse), never(&block)], [Usable::Always, Usable::Never]);
        assert_eq!([checked_on(Some(&good)), checked_on(Some(&bad))], [Some(LocalDate(100)), None]);
    }

    #[test]
    fn what_was_measured_between_a_good_and_a_bad_check_is_doubtful_and_so_is_what_follows() {
        let checks = [check(10, 100, 0), check(20, 107, 30), check(30, 108, 0)];
        let doubtful: Vec<u64> =
            [5, 15, 25, 35].into_iter().filter(|&at| is_doubtful(checks.iter(), at)).collect();
        assert_eq!(doubtful, [15, 25]);
        assert!(!is_doubtful([].iter(), 5));
    }

    #[test]
    fn a_drift_is_told_in_weeks() {
        let said = |errors: &[i32]| {
            let checks: Vec<Check> =
                (0..).zip(errors).map(|(nth, &error)| check(nth + 1, 100 + 7 * nth as i32, error)).collect();
            drift(&checks).map(said::drift)
        };
        assert_eq!(said(&[0]), None);
        assert_eq!(said(&[0, 5]).as_deref(), Some("Tidak bergeser dalam 7 hari."));
        assert_eq!(said(&[0, 10, 10, 20]).as_deref(), Some("Bergeser +20 g dalam 3 minggu."));
    }
}
