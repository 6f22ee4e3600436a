//! What should be asked about before it is kept: hands slip, children are swapped, clocks stand still.

mod concern;
mod limits;

use chrono::NaiveDate;

use crate::child::{FIRST_HEIGHT_DAY, LAST_DAY_2006, SHIFT_TENTH_MM};
use crate::{Age, Assessment, Child, Index, Visit, Z, assess};

pub use concern::{Concern, Concerns};
pub use limits::{ByAge, Limits, Physical};

/// Compares a visit with what a child can be and with the child's earlier visits (in any order; later ones and
/// those before birth are passed over).
///
/// `today` is `None` while the clock is unset. An empty answer means nothing to ask. Whatever is asked about may
/// still be kept with its mark.
pub fn check(
    child: &Child,
    now: &Visit,
    previous: &[Visit],
    today: Option<NaiveDate>,
    limits: &Limits,
) -> Concerns {
    let review = Review { child, now, previous, limits, assessment: assess(child, now.on, &now.measures) };
    review.dates(today).union(review.sizes()).union(review.scores()).union(review.changes())
}

/// Whether a length-based z is so near a class border that the length is worth measuring twice.
pub fn near_cutoff(assessment: &Assessment, limits: &Limits) -> bool {
    let near =
        |z: Z| [-300, -200, 100, 200, 300].iter().any(|&cut| within(z.centi, cut, limits.near_cutoff_centi));
    [Index::Lhaz, Index::Whz, Index::Baz]
        .into_iter()
        .any(|index| assessment.scores.get(index).is_ok_and(near))
}

/// Whether two lengths, in tenths of a millimetre, lie so far apart that a third is needed.
pub const fn third_length_needed(first: u32, second: u32, limits: &Limits) -> bool {
    first.abs_diff(second) > limits.repeat_length_tenth_mm
}

/// Whether two weights on the infant scale, in grams, lie so far apart that a third is needed.
pub const fn third_weight_needed(first: u32, second: u32, limits: &Limits) -> bool {
    first.abs_diff(second) > limits.repeat_mass_g
}

fn within(left: i32, right: i32, distance: u32) -> bool {
    left.abs_diff(right) <= distance
}

/// One visit laid beside everything known about the child.
struct Review<'a> {
    child: &'a Child,
    now: &'a Visit,
    previous: &'a [Visit],
    limits: &'a Limits,
    assessment: Assessment,
}

impl Review<'_> {
    fn dates(&self, today: Option<NaiveDate>) -> Concerns {
        let days = self.age_days(self.now);
        let too_old = matches!(self.assessment.age, Age::Months(months) if !months.within(60, 228));
        [
            (today.is_none(), Concern::ClockUnset),
            (today.is_some_and(|today| self.now.on > today), Concern::InFuture),
            (days < 0, Concern::BeforeBirth),
            (too_old, Concern::AgeOutOfRange),
        ]
        .into_iter()
        .collect()
    }

    fn sizes(&self) -> Concerns {
        let measures = &self.now.measures;
        let can_be = if self.under_five() { &self.limits.under_five } else { &self.limits.school_age };
        let cannot_be = |value: Option<u32>, (least, most): (u32, u32)| {
            value.is_some_and(|value| !(least..=most).contains(&value))
        };
        [
            (cannot_be(measures.mass_g, can_be.mass_g), Concern::WeightCannotBe),
            (cannot_be(measures.length_tenth_mm, can_be.length_tenth_mm), Concern::LengthCannotBe),
            (cannot_be(measures.head_tenth_mm, can_be.head_tenth_mm), Concern::HeadCannotBe),
            (cannot_be(measures.arm_tenth_mm, can_be.arm_tenth_mm), Concern::ArmCannotBe),
            (self.assessment.standing_too_young, Concern::StandingTooYoung),
        ]
        .into_iter()
        .collect()
    }

    fn scores(&self) -> Concerns {
        self.assessment.flags.iter().map(|index| (true, Concern::of_flag(index))).collect()
    }

    fn changes(&self) -> Concerns {
        // These limits are for balita; an older child changes by rules of its own.
        if !self.under_five() {
            return Concerns::default();
        }
        [
            (self.lost_weight(), Concern::WeightLoss),
            (self.gained_too_fast(), Concern::WeightGain),
            (self.grew_shorter(), Concern::LengthLoss),
            (self.grew_too_fast(), Concern::LengthGain),
            (self.head_shrank(), Concern::HeadLoss),
            (self.left_its_band(), Concern::OtherChild),
        ]
        .into_iter()
        .collect()
    }

    fn lost_weight(&self) -> bool {
        let percent = match self.age_days(self.now) {
            ..=14 => self.limits.weight_loss_newborn_percent,
            _ => self.limits.weight_loss_percent,
        };
        let lost = |(_, last): (i64, u32), now: u32| {
            u64::from(last.saturating_sub(now)) * 100 > u64::from(last) * u64::from(percent)
        };
        self.last_mass(0).zip(self.now.measures.mass()).is_some_and(|(last, now)| lost(last, now))
    }

    fn gained_too_fast(&self) -> bool {
        let Some(now) = self.now.measures.mass() else { return false };
        let limit = u64::from(self.limits.weight_gain_g_per_day.at(self.age_days(self.now)));
        self.last_mass(7)
            .is_some_and(|(days, last)| u64::from(now.saturating_sub(last)) > limit * days.unsigned_abs())
    }

    fn grew_shorter(&self) -> bool {
        let Some(now) = self.recumbent(self.now) else { return false };
        self.last(0, |visit| self.recumbent(visit))
            .is_some_and(|(_, last)| last.saturating_sub(now) > self.limits.length_loss_tenth_mm)
    }

    fn grew_too_fast(&self) -> bool {
        let Some(now) = self.recumbent(self.now) else { return false };
        let limit = u64::from(self.limits.length_gain_tenth_mm_per_30_days.at(self.age_days(self.now)));
        self.last(14, |visit| self.recumbent(visit)).is_some_and(|(days, last)| {
            u64::from(now.saturating_sub(last)) * 30 > limit * days.unsigned_abs()
        })
    }

    fn head_shrank(&self) -> bool {
        let Some(now) = self.now.measures.head_tenth_mm.filter(|&head| head > 0) else { return false };
        self.last(0, |visit| visit.measures.head_tenth_mm.filter(|&head| head > 0))
            .is_some_and(|(_, last)| last.saturating_sub(now) > self.limits.head_loss_tenth_mm)
    }

    fn left_its_band(&self) -> bool {
        let waz = |visit: &Visit| assess(self.child, visit.on, &visit.measures).scores.waz.ok();
        let Ok(now) = self.assessment.scores.waz else { return false };
        self.last(0, waz).is_some_and(|(days, last)| {
            days <= i64::from(self.limits.band_days) && !within(now.centi, last.centi, self.limits.band_centi)
        })
    }

    /// The latest earlier value at least `days` before now, and how many days before.
    fn last<T>(&self, days: i64, value: impl Fn(&Visit) -> Option<T>) -> Option<(i64, T)> {
        self.previous
            .iter()
            .filter(|visit| self.age_days(visit) >= 0)
            .map(|visit| (self.now.on.signed_duration_since(visit.on).num_days(), visit))
            .filter(|&(ago, _)| ago >= days)
            .filter_map(|(ago, visit)| Some((ago, value(visit)?)))
            // Of two on one day the later in the slice is the newer.
            .reduce(|newest, other| if other.0 <= newest.0 { other } else { newest })
    }

    /// Like [`last`](Self::last) for the weight, down to the birth weight.
    fn last_mass(&self, days: i64) -> Option<(i64, u32)> {
        self.last(days, |visit| visit.measures.mass()).or_else(|| {
            let age = self.age_days(self.now);
            let birth = self.child.birth_mass_g.filter(|&mass_g| mass_g > 0)?;
            (age >= days).then_some((age, birth))
        })
    }

    /// The length as if lying, so that the change of table at day 731 does not look like a loss.
    fn recumbent(&self, visit: &Visit) -> Option<u32> {
        let age = Age::on(self.child.birth_date, visit.on);
        let shifted = visit.measures.shifted_length(age)?;
        let tall = self.age_days(visit) >= i64::from(FIRST_HEIGHT_DAY);
        Some(if tall { shifted.saturating_add(SHIFT_TENTH_MM) } else { shifted })
    }

    fn age_days(&self, visit: &Visit) -> i64 {
        visit.on.signed_duration_since(self.child.birth_date).num_days()
    }

    fn under_five(&self) -> bool {
        self.age_days(self.now) <= i64::from(LAST_DAY_2006)
    }
}
