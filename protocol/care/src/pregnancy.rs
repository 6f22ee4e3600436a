//! Pregnancy and the six weeks after birth, by Permenkes 21/2021 and KMK HK.01.07/MENKES/2015/2023.

mod anc;
mod nifas;
mod risk;
mod tetanus;

use chrono::{Days, NaiveDate};

pub use anc::{Contact, Progress, VISITS};
pub use nifas::{CAPSULES, LAST_DAY_OF_NIFAS, nifas_visit};
pub use risk::{Danger, Known, Woman, known};
pub use tetanus::Tetanus;

/// Days from the first day of the last period to the day of birth (Naegele).
const TERM_DAYS: u64 = 280;

/// What a Puskesmas may set otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The first trimester's last week: its last day is this many weeks after the last period, to the day.
    pub first_trimester_weeks: i64,
    /// The same of the second.
    pub second_trimester_weeks: i64,
    /// After so many weeks a pregnancy without outcome is asked about.
    pub longest_weeks: i64,
    /// An arm thinner than this is *KEK*, in tenths of a millimetre.
    pub thin_arm_tenth_mm: u32,
    /// Less haemoglobin than this is anaemia, in tenths of g/dL.
    pub anaemia_tenths: u16,
    /// Tablets in one pregnancy: 90 of iron and folate, 180 of micronutrients.
    pub tablets: u16,
    /// Blood pressure from which she is referred.
    pub refer: (u16, u16),
    /// Blood pressure from which she is referred at once.
    pub urgent: (u16, u16),
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            first_trimester_weeks: 12,
            second_trimester_weeks: 24,
            longest_weeks: 42,
            thin_arm_tenth_mm: 2_350,
            anaemia_tenths: 110,
            tablets: 90,
            refer: (140, 90),
            urgent: (160, 110),
        }
    }
}

/// A third of a pregnancy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trimester {
    /// Up to the twelfth week.
    First,
    /// Up to the twenty-fourth.
    Second,
    /// Until birth.
    Third,
}

/// How far a pregnancy is, counted from the first day of the last period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dating {
    begun: NaiveDate,
}

impl Dating {
    /// From the last period (*HPHT*), or from the day of birth an ultrasound gave, which counts before it; `None` if
    /// neither is known.
    pub fn of(last_period: Option<NaiveDate>, due: Option<NaiveDate>) -> Option<Self> {
        let by_due = due.and_then(|due| due.checked_sub_days(Days::new(TERM_DAYS)));
        by_due.or(last_period).map(|begun| Self { begun })
    }

    /// The first day of the last period, as said or as it follows from the day of birth.
    pub const fn begun(self) -> NaiveDate {
        self.begun
    }

    /// The day birth is expected (*HPL*); `None` beyond the calendar.
    pub fn due(self) -> Option<NaiveDate> {
        self.begun.checked_add_days(Days::new(TERM_DAYS))
    }

    /// Days since the last period; `None` before it.
    pub fn days(self, on: NaiveDate) -> Option<i64> {
        Some((on - self.begun).num_days()).filter(|&days| days >= 0)
    }

    /// Completed weeks and days beyond them; `None` before the last period.
    pub fn weeks(self, on: NaiveDate) -> Option<(i64, i64)> {
        self.days(on).map(|days| (days / 7, days % 7))
    }

    /// The trimester of a day; `None` before the last period.
    pub fn trimester(self, on: NaiveDate, rules: &Rules) -> Option<Trimester> {
        self.days(on).map(|days| {
            if days <= rules.first_trimester_weeks * 7 {
                Trimester::First
            } else if days <= rules.second_trimester_weeks * 7 {
                Trimester::Second
            } else {
                Trimester::Third
            }
        })
    }

    /// Whether she should have given birth long since: somebody has to ask.
    pub fn is_past_term(self, on: NaiveDate, rules: &Rules) -> bool {
        self.days(on).is_some_and(|days| days > rules.longest_weeks * 7)
    }
}

/// Chronic lack of energy (*KEK*): a thin arm, or a body mass index below 18.5 while the pregnancy is young.
///
/// `body` is weight in grams and height in tenths of a millimetre, as measured in `trimester`.
pub fn is_thin(
    arm_tenth_mm: Option<u32>,
    body: Option<(u32, u32)>,
    trimester: Option<Trimester>,
    rules: &Rules,
) -> bool {
    let thin_arm = arm_tenth_mm.is_some_and(|arm| arm < rules.thin_arm_tenth_mm);
    let thin_body = trimester == Some(Trimester::First)
        && body.is_some_and(|(mass_g, height)| crate::adult::bmi_below(mass_g, height, 185));
    thin_arm || thin_body
}

/// Whether blood pressure sends a pregnant woman to the Puskesmas, and whether at once.
pub fn pressure_referral(systolic: u16, diastolic: u16, rules: &Rules) -> Option<crate::adult::Referral> {
    let from = |(upper, lower): (u16, u16)| systolic >= upper || diastolic >= lower;
    if from(rules.urgent) {
        Some(crate::adult::Referral::Today)
    } else {
        from(rules.refer).then_some(crate::adult::Referral::Soon)
    }
}

/// Whether the unborn child's heart beats as it should, in beats a minute.
pub const fn is_heart_usual(beats: u16) -> bool {
    matches!(beats, 120..=160)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adult::Referral;

    #[test]
    fn a_heart_is_usual_from_120_to_160() {
        assert_eq!([119, 120, 160, 161].map(is_heart_usual), [false, true, true, false]);
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn from(last_period: &str) -> Dating {
        Dating::of(Some(day(last_period)), None).expect("dated")
    }

    #[test]
    fn birth_is_expected_280_days_after_the_last_period_and_an_ultrasound_counts_before_it() {
        assert_eq!(from("2026-01-01").due(), Some(day("2026-10-08")));
        let both = Dating::of(Some(day("2026-01-01")), Some(day("2026-10-20"))).expect("dated");
        assert_eq!(both.due(), Some(day("2026-10-20")));
        assert_eq!(both.days(day("2026-10-20")), Some(280));
        assert_eq!(Dating::of(None, None), None);
    }

    #[test]
    fn weeks_are_counted_from_the_last_period_and_there_are_none_before() {
        let dating = from("2026-01-01");
        for (on, weeks) in [
            ("2025-12-31", None),
            ("2026-01-01", Some((0, 0))),
            ("2026-01-07", Some((0, 6))),
            ("2026-01-08", Some((1, 0))),
            ("2026-10-08", Some((40, 0))),
        ] {
            assert_eq!(dating.weeks(day(on)), weeks, "{on}");
        }
    }

    #[test]
    fn trimesters_end_with_weeks_12_and_24_to_the_day() {
        let (dating, rules) = (from("2026-01-01"), Rules::default());
        for (days, trimester) in [
            (0, Trimester::First),
            (84, Trimester::First),
            (85, Trimester::Second),
            (168, Trimester::Second),
            (169, Trimester::Third),
            (290, Trimester::Third),
        ] {
            let on = day("2026-01-01") + Days::new(days);
            assert_eq!(dating.trimester(on, &rules), Some(trimester), "{days}");
        }
    }

    #[test]
    fn a_pregnancy_is_past_term_after_42_whole_weeks() {
        let (dating, rules) = (from("2026-01-01"), Rules::default());
        assert!(!dating.is_past_term(day("2026-01-01") + Days::new(294), &rules));
        assert!(dating.is_past_term(day("2026-01-01") + Days::new(295), &rules));
    }

    #[test]
    fn a_thin_arm_always_and_a_thin_body_only_early_mean_kek() {
        let rules = Rules::default();
        let thin = |arm, body, trimester| is_thin(arm, body, trimester, &rules);
        assert!(thin(Some(2_349), None, None));
        assert!(!thin(Some(2_350), None, None));
        // 1.60 m: 18.5 is 47.36 kg
        let early = Some(Trimester::First);
        assert!(thin(None, Some((47_359, 16_000)), early));
        assert!(!thin(None, Some((47_360, 16_000)), early));
        assert!(!thin(None, Some((45_000, 16_000)), Some(Trimester::Second)));
        assert!(!thin(None, None, early));
    }

    #[test]
    fn blood_pressure_in_pregnancy_refers_from_140_or_90_and_at_once_from_160_or_110() {
        let rules = Rules::default();
        for (systolic, diastolic, referral) in [
            (139, 89, None),
            (140, 80, Some(Referral::Soon)),
            (120, 90, Some(Referral::Soon)),
            (159, 109, Some(Referral::Soon)),
            (160, 80, Some(Referral::Today)),
            (120, 110, Some(Referral::Today)),
        ] {
            assert_eq!(pressure_referral(systolic, diastolic, &rules), referral, "{systolic}/{diastolic}");
        }
    }
}
