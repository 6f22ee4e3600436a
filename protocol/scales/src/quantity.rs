//! A number with its unit, kept digit for digit as the instrument sent it and rounded only once.
//!
//! # Why
//! A pound with three decimals is no whole number of micrograms, and rounding first to milligrams and
//! then to grams can move a weight by a gram. So the digits stay, and each question rounds from them.
use crate::{Error, Unit};

/// A decimal number, exactly as sent: `digits` divided by ten to the power of `decimals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Decimal {
    /// All digits with the sign, the point left out.
    pub digits: i64,
    /// How many of them stand behind the point; negative when trailing zeros were left out.
    pub decimals: i8,
}

impl Decimal {
    /// The same digits with the point moved to the right: the number times ten to the power of `places`.
    pub const fn shifted(self, places: i8) -> Self {
        Self { digits: self.digits, decimals: self.decimals.saturating_sub(places) }
    }

    /// The nearest whole number, half rounded away from zero; `None` if it is too large.
    ///
    /// ```
    /// use scales::Decimal;
    /// assert_eq!(Decimal { digits: 725, decimals: 1 }.whole(), Some(73));
    /// assert_eq!(Decimal { digits: 12, decimals: -1 }.whole(), Some(120));
    /// ```
    pub fn whole(self) -> Option<i64> {
        self.times(1, 1)
    }

    /// The nearest whole number to this times `up` by `down`.
    pub(crate) fn times(self, up: i64, down: i64) -> Option<i64> {
        i64::try_from(nearest(self, up, down)).ok()
    }
}

/// More digits than any instrument shows; beyond it a "number" is noise.
const MOST_DIGITS: i64 = 1_000_000_000_000_000;

/// A decimal number of some unit, small enough that every conversion below fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantity {
    value: Decimal,
    unit: Unit,
}

impl Quantity {
    /// Puts number and unit together.
    ///
    /// # Errors
    /// [`Error::Malformed`] for numbers no instrument sends: over 15 digits or decimals, over 9000 million tonnes.
    pub fn new(value: Decimal, unit: Unit) -> Result<Self, Error> {
        let this = Self { value, unit };
        let sane =
            value.digits.unsigned_abs() < MOST_DIGITS.unsigned_abs() && (-3..=15).contains(&value.decimals);
        let smallest =
            unit.nanograms().map(|size| (size, MILLIGRAM)).or(unit.nanometres().map(|size| (size, 1)));
        let fits = |(size, step)| i64::try_from(this.rounded(size, step)).is_ok();
        if sane && smallest.is_none_or(fits) { Ok(this) } else { Err(Error::Malformed) }
    }

    /// The number as sent.
    pub const fn value(self) -> Decimal {
        self.value
    }

    /// The unit as sent, or as the profile says.
    pub const fn unit(self) -> Unit {
        self.unit
    }

    /// Milligrams, half rounded away from zero; `None` if this is no mass.
    pub fn milligrams(self) -> Option<i64> {
        self.in_steps(self.unit.nanograms()?, MILLIGRAM)
    }

    /// Grams, half rounded away from zero; `None` if this is no mass.
    ///
    /// ```
    /// use scales::{Decimal, Quantity, Unit};
    /// let pounds = Quantity::new(Decimal { digits: 123_456, decimals: 3 }, Unit::Pound).unwrap();
    /// assert_eq!(pounds.grams(), Some(55_999)); // 55.99869963 kg
    /// ```
    pub fn grams(self) -> Option<i64> {
        self.in_steps(self.unit.nanograms()?, 1000 * MILLIGRAM)
    }

    /// Tenths of a millimetre, half rounded away from zero; `None` if this is no length.
    pub fn tenth_mm(self) -> Option<i64> {
        self.in_steps(self.unit.nanometres()?, 100_000)
    }

    /// Milligrams in a decilitre, digit for digit; `None` unless this is a concentration by mass.
    pub fn mg_per_dl(self) -> Option<Decimal> {
        (self.unit == Unit::KilogramPerLitre).then_some(self.value.shifted(5))
    }

    /// Millimoles in a litre, digit for digit; `None` unless this is a concentration by moles.
    pub fn mmol_per_l(self) -> Option<Decimal> {
        (self.unit == Unit::MolePerLitre).then_some(self.value.shifted(3))
    }

    /// Glucose in whole milligrams in a decilitre, by whichever unit it was told in; `None` unless this is a
    /// concentration. A mole of glucose weighs 180.156 g.
    ///
    /// ```
    /// use scales::{Decimal, Quantity, Unit};
    /// let told = Quantity::new(Decimal { digits: 55, decimals: 4 }, Unit::MolePerLitre).unwrap(); // 5.5 mmol/L
    /// assert_eq!(told.glucose_mg_per_dl(), Some(99));
    /// ```
    pub fn glucose_mg_per_dl(self) -> Option<i64> {
        match self.unit {
            Unit::KilogramPerLitre => self.value.times(100_000, 1),
            Unit::MolePerLitre => self.value.times(180_156, 10),
            _ => None,
        }
    }

    /// Nanometres; `None` if this is no length.
    pub fn nanometres(self) -> Option<i64> {
        self.in_steps(self.unit.nanometres()?, 1)
    }

    fn in_steps(self, size: i64, step: i64) -> Option<i64> {
        i64::try_from(self.rounded(size, step)).ok()
    }

    /// The whole number of steps nearest to the value; cannot overflow within the bounds of `new`.
    fn rounded(self, size: i64, step: i64) -> i128 {
        nearest(self.value, size, step)
    }
}

/// The whole number nearest to a number times `up` by `down`, half rounded away from zero.
fn nearest(number: Decimal, up: i64, down: i64) -> i128 {
    let (more, fewer) = match number.decimals {
        behind @ 0.. => (1, ten_to(behind.unsigned_abs())),
        missing => (ten_to(missing.unsigned_abs()), 1),
    };
    let above = i128::from(number.digits).saturating_mul(i128::from(up)).saturating_mul(more);
    let below = i128::from(down).saturating_mul(fewer);
    let nearest = above.unsigned_abs().saturating_add(below.unsigned_abs() / 2) / below.unsigned_abs();
    above.signum() * i128::try_from(nearest).unwrap_or(i128::MAX)
}

/// Nanograms in a milligram.
const MILLIGRAM: i64 = 1_000_000;

fn ten_to(power: u8) -> i128 {
    10_i128.saturating_pow(u32::from(power))
}
