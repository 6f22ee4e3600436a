//! Visits before birth: K1 to K6, one in the first trimester, two in the second, three in the third.

use chrono::NaiveDate;

use super::{Dating, Rules, Trimester};

/// How many visits a pregnancy is owed.
pub const VISITS: u8 = 6;

/// How many visits each trimester is owed: the rule *1-2-3*.
const OWED: [u8; 3] = [1, 2, 3];

/// A day somebody of the health service examined her.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contact {
    /// The day.
    pub on: NaiveDate,
    /// A doctor examined.
    pub by_doctor: bool,
    /// An ultrasound was made.
    pub ultrasound: bool,
}

/// What the visits of one pregnancy come to.
///
/// # Why
/// A number of visits is never stored: records come late and are taken back, so it is counted anew from those that stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// The highest K reached, 0 to 6.
    pub number: u8,
    /// The first visit was in the first trimester (*K1 murni*; else *K1 akses*).
    pub is_pure: bool,
    /// Visits in each trimester.
    pub by_trimester: [u8; 3],
    /// A doctor examined, early and late.
    pub doctor: [bool; 2],
    /// An ultrasound was made, early and late.
    pub ultrasound: [bool; 2],
    last: Option<NaiveDate>,
}

impl Progress {
    /// Of all visits, oldest first.
    pub fn of(dating: Option<Dating>, contacts: impl IntoIterator<Item = Contact>, rules: &Rules) -> Self {
        let mut progress = Self::default();
        for contact in contacts {
            progress.add(dating, contact, rules);
        }
        progress
    }

    /// Counts one more visit, not before the last; gives its K, or `None` if it is one beyond what the rule counts. Two
    /// records of one day are one visit.
    pub fn add(&mut self, dating: Option<Dating>, contact: Contact, rules: &Rules) -> Option<u8> {
        let trimester = dating.and_then(|dating| dating.trimester(contact.on, rules));
        self.note(trimester, contact);
        if self.last == Some(contact.on) {
            return Some(self.number);
        }
        let is_first = self.last.is_none();
        self.last = Some(contact.on);
        if let Some(count) = trimester.and_then(|third| self.by_trimester.get_mut(third as usize)) {
            *count = count.saturating_add(1);
        }
        if is_first {
            self.is_pure = trimester == Some(Trimester::First);
        }
        let next = self.next(trimester)?;
        self.number = next;
        Some(next)
    }

    /// The K a visit in this trimester would have; `None` if the trimester has all it is owed, or if K6 is not reached
    /// because the visits lie otherwise than 1-2-3.
    fn next(&self, trimester: Option<Trimester>) -> Option<u8> {
        let next = self.number + 1;
        let last = match trimester {
            Some(Trimester::First) => 1,
            Some(Trimester::Second) => 3,
            Some(Trimester::Third) | None => VISITS,
        };
        (next <= last && (next < VISITS || self.is_distributed())).then_some(next)
    }

    /// Whether the visits lie as they should: one, two, three.
    pub fn is_distributed(&self) -> bool {
        self.by_trimester.iter().zip(OWED).all(|(&had, owed)| had >= owed)
    }

    /// Whether a doctor should see her at the next visit: at K1, and once more at K5.
    pub const fn is_doctor_due(&self, trimester: Option<Trimester>) -> bool {
        self.is_due(self.doctor, trimester)
    }

    /// Whether an ultrasound should be made at the next visit: at K1, and once more at K5.
    pub const fn is_ultrasound_due(&self, trimester: Option<Trimester>) -> bool {
        self.is_due(self.ultrasound, trimester)
    }

    const fn is_due(&self, had: [bool; 2], trimester: Option<Trimester>) -> bool {
        let late = matches!(trimester, Some(Trimester::Third)) && self.number >= 4;
        if late { !had[1] } else { !had[0] && !had[1] }
    }

    /// Visits this trimester is still owed.
    pub fn owed(&self, trimester: Trimester) -> u8 {
        let third = trimester as usize;
        OWED[third].saturating_sub(self.by_trimester[third])
    }

    fn note(&mut self, trimester: Option<Trimester>, contact: Contact) {
        let late = usize::from(trimester == Some(Trimester::Third));
        self.doctor[late] |= contact.by_doctor;
        self.ultrasound[late] |= contact.ultrasound;
    }
}

#[cfg(test)]
mod tests {
    use chrono::Days;

    use super::*;

    const START: NaiveDate = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a date");

    fn contact(days: u64) -> Contact {
        Contact { on: START + Days::new(days), by_doctor: false, ultrasound: false }
    }

    /// The K of each visit, by the day of the pregnancy; 0 for one that is beyond counting.
    fn numbers<const N: usize>(days: [u64; N]) -> ([u8; N], Progress) {
        let (rules, mut progress) = (Rules::default(), Progress::default());
        let dating = Dating::of(Some(START), None);
        (days.map(|days| progress.add(dating, contact(days), &rules).unwrap_or(0)), progress)
    }

    #[test]
    fn visits_that_lie_one_two_three_reach_k6() {
        let (numbers, progress) = numbers([84, 85, 168, 169, 220, 260]);
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
        assert!(progress.is_pure && progress.is_distributed());
    }

    #[test]
    fn a_first_visit_after_the_twelfth_week_is_no_pure_k1_and_never_leads_to_k6() {
        let (numbers, progress) = numbers([85, 120, 160, 200, 230, 260, 270]);
        assert_eq!(numbers, [1, 2, 3, 4, 5, 0, 0]);
        assert!(!progress.is_pure && progress.number == 5);
    }

    #[test]
    fn more_visits_than_a_trimester_is_owed_do_not_run_ahead() {
        let (early, _) = numbers([40, 60, 100, 130, 150, 180]);
        assert_eq!(early, [1, 0, 2, 3, 0, 4]);
    }

    #[test]
    fn a_missed_visit_in_the_second_trimester_keeps_k6_away_however_many_follow() {
        let (missed, progress) = numbers([80, 120, 170, 190, 210, 230, 250]);
        assert_eq!(missed, [1, 2, 3, 4, 5, 0, 0]);
        assert_eq!(progress.by_trimester, [1, 1, 5]);
        assert_eq!(progress.owed(Trimester::Second), 1);
    }

    #[test]
    fn two_records_of_one_day_are_one_visit() {
        let (twice, progress) = numbers([70, 70, 100]);
        assert_eq!(twice, [1, 1, 2]);
        assert_eq!(progress.by_trimester, [1, 1, 0]);
    }

    #[test]
    fn without_a_date_visits_are_counted_and_k6_is_never_claimed() {
        let (rules, mut progress) = (Rules::default(), Progress::default());
        let numbers: [Option<u8>; 7] =
            [10, 40, 70, 100, 130, 160, 190].map(|days| progress.add(None, contact(days), &rules));
        assert_eq!(numbers, [Some(1), Some(2), Some(3), Some(4), Some(5), None, None]);
        assert!(!progress.is_pure);
    }

    #[test]
    fn doctor_and_ultrasound_are_due_at_k1_and_again_at_k5() {
        let (rules, dating) = (Rules::default(), Dating::of(Some(START), None));
        let seen = |days| Contact { by_doctor: true, ..contact(days) };
        let third = Some(Trimester::Third);
        assert!(Progress::default().is_doctor_due(Some(Trimester::First)));
        let early = Progress::of(dating, [seen(70), contact(100), contact(150)], &rules);
        assert!(!early.is_doctor_due(Some(Trimester::Second)) && !early.is_doctor_due(third));
        assert!(early.is_ultrasound_due(Some(Trimester::Second)));
        let fourth = Progress::of(dating, [seen(70), contact(100), contact(150), contact(180)], &rules);
        assert!(fourth.is_doctor_due(third));
        let fifth =
            Progress::of(dating, [seen(70), contact(100), contact(150), contact(180), seen(220)], &rules);
        assert!(!fifth.is_doctor_due(third) && fifth.is_ultrasound_due(third));
    }
}
