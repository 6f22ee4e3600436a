//! Values that are rare enough to be asked about once. Whoever insists keeps them.

use core::ops::RangeInclusive;

/// What looks wrong with a value; its number stands in the record of whoever insisted, so numbers never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Odd(u8);

/// Code, and what is usual: the unit is the record's (grams, tenths of a millimetre, mmHg, mg/dL, tenths).
const USUAL: [(u8, RangeInclusive<u32>); 14] = [
    (Odd::MASS.0, 30_000..=150_000),
    (Odd::HEIGHT.0, 13_000..=19_500),
    (Odd::WAIST.0, 5_000..=14_000),
    (Odd::ARM.0, 1_600..=4_500),
    (Odd::SYSTOLIC.0, 80..=220),
    (Odd::DIASTOLIC.0, 40..=130),
    (Odd::GLUCOSE.0, 60..=400),
    (Odd::CHOLESTEROL.0, 100..=400),
    (Odd::URIC_ACID.0, 20..=150),
    (Odd::HAEMOGLOBIN.0, 60..=180),
    (Odd::TEMPERATURE.0, 350..=405),
    (Odd::FUNDUS.0, 800..=4_200),
    (Odd::FETAL_HEART.0, 100..=180),
    (Odd::PULSE.0, 40..=150),
];

impl Odd {
    /// Weight.
    pub const MASS: Self = Self(1);
    /// Height.
    pub const HEIGHT: Self = Self(2);
    /// Waist.
    pub const WAIST: Self = Self(3);
    /// Arm.
    pub const ARM: Self = Self(4);
    /// The upper figure of the blood pressure.
    pub const SYSTOLIC: Self = Self(5);
    /// The lower one.
    pub const DIASTOLIC: Self = Self(6);
    /// Glucose.
    pub const GLUCOSE: Self = Self(7);
    /// Cholesterol.
    pub const CHOLESTEROL: Self = Self(8);
    /// Uric acid.
    pub const URIC_ACID: Self = Self(9);
    /// Haemoglobin.
    pub const HAEMOGLOBIN: Self = Self(10);
    /// Temperature.
    pub const TEMPERATURE: Self = Self(11);
    /// Height of the womb.
    pub const FUNDUS: Self = Self(12);
    /// The unborn child's heart.
    pub const FETAL_HEART: Self = Self(13);
    /// Pulse.
    pub const PULSE: Self = Self(14);
    /// The lower figure is not below the upper one.
    pub const CROSSED: Self = Self(15);
    /// Weight is 5 kg or more away from the last one.
    pub const JUMP: Self = Self(16);

    /// The number records keep.
    pub const fn code(self) -> u8 {
        self.0
    }

    /// This, if a value is not usual.
    pub fn of(self, value: u32) -> Option<Self> {
        let usual = USUAL.iter().find(|(code, _)| *code == self.0);
        usual.is_some_and(|(_, usual)| !usual.contains(&value)).then_some(self)
    }

    /// A weight that moved by 5 kg or more since the last one, both in grams.
    pub fn jump(mass_g: u32, before_g: u32) -> Option<Self> {
        (mass_g.abs_diff(before_g) >= 5_000).then_some(Self::JUMP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_asked_about_just_outside_what_is_usual() {
        for (code, usual) in USUAL {
            let odd = Odd(code);
            assert_eq!([odd.of(*usual.start()), odd.of(*usual.end())], [None, None], "{code}");
            assert_eq!(odd.of(usual.start() - 1), Some(odd), "{code}");
            assert_eq!(odd.of(usual.end() + 1), Some(odd), "{code}");
        }
        assert_eq!(Odd::CROSSED.of(0), None);
        assert_eq!(Odd::jump(60_000, 55_001), None);
        assert_eq!(Odd::jump(50_000, 55_000), Some(Odd::JUMP));
    }
}
