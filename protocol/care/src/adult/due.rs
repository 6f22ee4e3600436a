//! What is owed once a year, and from which age.

use chrono::NaiveDate;

use crate::months_after;

/// Completed years from which somebody is *pra-lansia*.
pub const PRE_ELDERLY_YEARS: u32 = 45;
/// Completed years from which somebody is *lansia*.
pub const ELDERLY_YEARS: u32 = 60;

/// The years of a grown life as the posyandu groups them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Below 15.
    Child,
    /// 15 to 44.
    Adult,
    /// 45 to 59 (*pra-lansia*).
    NearlyOld,
    /// 60 and more (*lansia*).
    Old,
}

impl Stage {
    /// Of somebody of so many completed years.
    pub const fn of(years: u32) -> Self {
        match years {
            0..=14 => Self::Child,
            15..PRE_ELDERLY_YEARS => Self::Adult,
            PRE_ELDERLY_YEARS..ELDERLY_YEARS => Self::NearlyOld,
            _ => Self::Old,
        }
    }
}

/// Something that is looked at every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Checked {
    /// Blood pressure, from 15.
    Pressure,
    /// Glucose, from 40; from 15 with a risk.
    Glucose,
    /// Cholesterol, from 60.
    Cholesterol,
    /// Activities of daily life (*ADL*), from 60.
    DailyLife,
    /// The short screening of the elderly (*SKILAS*), from 60.
    Skilas,
}

impl Checked {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Pressure, Self::Glucose, Self::Cholesterol, Self::DailyLife, Self::Skilas];

    /// Whether it is owed to somebody of so many completed years. `at_risk`: overweight, a wide waist, or high pressure.
    pub const fn is_owed(self, years: u32, at_risk: bool) -> bool {
        match self {
            Self::Pressure => years >= 15,
            Self::Glucose => years >= 40 || (years >= 15 && at_risk),
            Self::Cholesterol | Self::DailyLife | Self::Skilas => years >= ELDERLY_YEARS,
        }
    }
}

/// When something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// It was never done.
    Never,
    /// Since this day.
    Since(NaiveDate),
    /// Not before this day.
    On(NaiveDate),
}

/// When a yearly check is due, by the day it was last done: the same day of the next year.
pub fn due(last: Option<NaiveDate>, today: NaiveDate) -> Due {
    match last.and_then(|last| months_after(last, 12)) {
        None => Due::Never,
        Some(day) if day <= today => Due::Since(day),
        Some(day) => Due::On(day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_owed_begins_with_a_birthday() {
        for (checked, years, at_risk, is) in [
            (Checked::Pressure, 14, false, false),
            (Checked::Pressure, 15, false, true),
            (Checked::Glucose, 39, false, false),
            (Checked::Glucose, 39, true, true),
            (Checked::Glucose, 14, true, false),
            (Checked::Glucose, 15, true, true),
            (Checked::Glucose, 40, false, true),
            (Checked::Cholesterol, 59, true, false),
            (Checked::Cholesterol, 60, false, true),
            (Checked::DailyLife, 59, false, false),
            (Checked::DailyLife, 60, false, true),
            (Checked::Skilas, 60, false, true),
        ] {
            assert_eq!(checked.is_owed(years, at_risk), is, "{checked:?} {years}");
        }
        let stages = [14, 15, 44, 45, 59, 60].map(Stage::of);
        assert_eq!(
            stages,
            [Stage::Child, Stage::Adult, Stage::Adult, Stage::NearlyOld, Stage::NearlyOld, Stage::Old]
        );
    }

    #[test]
    fn a_yearly_check_is_due_on_the_same_day_of_the_next_year() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
        assert_eq!(due(None, day("2026-02-10")), Due::Never);
        let last = Some(day("2025-02-11"));
        assert_eq!(due(last, day("2026-02-10")), Due::On(day("2026-02-11")));
        assert_eq!(due(last, day("2026-02-11")), Due::Since(day("2026-02-11")));
    }
}
