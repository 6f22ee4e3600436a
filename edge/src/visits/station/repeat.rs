//! Measured again when it matters: which measurements ask for a second one, and when two need a third.
//!
//! # Why
//! Every measurement is kept as it was observed, each with its number; a later one replaces the one before, so the last
//! stands. A mean would be a value nobody has seen.

use growth::plausibility::{Concern, Concerns, Limits, third_length_needed, third_weight_needed};

use crate::scales::Quantity;

/// A measurement beside those of the same visit before it.
#[derive(Debug, Clone, Copy)]
pub(in crate::visits) struct Repeat {
    pub(in crate::visits) quantity: Quantity,
    /// Grams, or tenths of a millimetre.
    pub(in crate::visits) value: u32,
    /// The division of what it was read from, in the same unit.
    pub(in crate::visits) division: u32,
    /// The measurement it follows.
    pub(in crate::visits) first: Option<u32>,
    /// What that one was kept with.
    pub(in crate::visits) insisted: Concerns,
    /// How many came before in this visit.
    pub(in crate::visits) repeats: u8,
    /// There is none of an earlier visit.
    pub(in crate::visits) is_first_ever: bool,
}

/// Whether a measurement with these concerns is kept while the child is measured again. What no child can measure, and
/// what may be another child, is not.
pub(in crate::visits) fn keeps_first(concerns: Concerns) -> bool {
    let worth_keeping = [
        Concern::WeightLoss,
        Concern::WeightGain,
        Concern::LengthLoss,
        Concern::LengthGain,
        Concern::FirstLength,
        Concern::RepeatsDiffer,
    ];
    !concerns.is_empty() && concerns.without(worth_keeping.into_iter().collect()).is_empty()
}

impl Repeat {
    /// Asks for a second measurement of a first length, and for a third where two that were asked for differ.
    pub(super) fn concern(&self) -> Option<Concern> {
        let asked = keeps_first(self.insisted);
        match (self.quantity, self.repeats) {
            (Quantity::Length, 0) if self.is_first_ever => Some(Concern::FirstLength),
            (_, 1) if asked && self.differs() => Some(Concern::RepeatsDiffer),
            _ => None,
        }
    }

    /// What need not be asked again: the second came to the same, or this is the third.
    pub(super) fn answers(&self) -> Concerns {
        let settled = self.first.is_some() && !self.differs() || self.repeats > 1;
        if settled { self.insisted } else { Concerns::default() }
    }

    /// Lies further from the one before than the instrument explains.
    fn differs(&self) -> bool {
        let limits = Limits::default();
        self.first.is_some_and(|first| match self.quantity {
            Quantity::Length => third_length_needed(first, self.value, &limits),
            Quantity::Weight => {
                let coarse = Limits { repeat_mass_g: limits.repeat_mass_g.max(self.division), ..limits };
                third_weight_needed(first, self.value, &coarse)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(concerns: &[Concern]) -> Concerns {
        concerns.iter().copied().collect()
    }

    fn second(quantity: Quantity, first: u32, value: u32, division: u32) -> Repeat {
        let insisted = set(&[Concern::WeightLoss]);
        Repeat { quantity, value, division, first: Some(first), insisted, repeats: 1, is_first_ever: false }
    }

    #[test]
    fn two_within_the_tolerance_settle_it_and_two_beyond_need_a_third() {
        use Quantity::{Length, Weight};
        for (quantity, first, value, division, differs) in [
            (Length, 7_130, 7_200, 10, false),
            (Length, 7_130, 7_210, 10, true),
            (Weight, 8_450, 8_470, 10, false),
            (Weight, 8_450, 8_480, 10, true),
            (Weight, 12_500, 12_550, 50, false),
            (Weight, 12_500, 12_600, 50, true),
            (Weight, 8_450, 8_470, 0, false),
            (Weight, 8_450, 8_471, 0, true),
        ] {
            let repeat = second(quantity, first, value, division);
            let asked = differs.then_some(Concern::RepeatsDiffer);
            assert_eq!(repeat.concern(), asked, "{quantity:?} {first} {value} by {division}");
            assert_eq!(repeat.answers().is_empty(), differs);
            let third = Repeat { repeats: 2, ..repeat };
            assert_eq!((third.concern(), third.answers().is_empty()), (None, false), "the third stands");
        }
    }

    #[test]
    fn a_first_length_is_measured_twice_and_a_first_weight_is_not() {
        let first = |quantity, is_first_ever| Repeat {
            quantity,
            value: 7_130,
            division: 10,
            first: None,
            insisted: Concerns::default(),
            repeats: 0,
            is_first_ever,
        };
        assert_eq!(first(Quantity::Length, true).concern(), Some(Concern::FirstLength));
        assert_eq!(first(Quantity::Length, false).concern(), None);
        assert_eq!(first(Quantity::Weight, true).concern(), None);
    }

    #[test]
    fn who_measures_again_by_her_own_wish_is_not_asked_for_a_third() {
        let own = Repeat { insisted: Concerns::default(), ..second(Quantity::Weight, 8_950, 8_100, 10) };
        assert_eq!(own.concern(), None);
    }

    #[test]
    fn what_may_be_another_child_is_not_kept_as_a_first_measurement() {
        assert!(keeps_first(set(&[Concern::WeightLoss])));
        assert!(keeps_first(set(&[Concern::FirstLength, Concern::LengthGain])));
        for concern in [Concern::OtherChild, Concern::Twin, Concern::WeightCannotBe, Concern::ClockUnset] {
            assert!(!keeps_first(set(&[Concern::WeightLoss, concern])), "{concern:?}");
        }
        assert!(!keeps_first(Concerns::default()));
    }
}
