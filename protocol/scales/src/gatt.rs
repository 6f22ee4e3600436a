//! What the weight and body composition services of Bluetooth have in common: two systems of units.
use crate::packet::Fields;
use crate::{Decimal, Error, Quantity, Unit};

/// The bit of every flags field that chooses pounds and inches.
const IMPERIAL: u16 = 1;
/// What stands in place of a value that could not be measured.
pub(crate) const UNSUCCESSFUL: u16 = 0xffff;
/// What stands in place of a user the instrument does not know.
const NOBODY: u8 = 0xff;

/// The units of one packet.
#[derive(Clone, Copy)]
pub(crate) struct Units {
    pub(crate) mass: Unit,
    pub(crate) length: Unit,
}

impl Units {
    pub(crate) const fn of(flags: u16) -> Self {
        match flags & IMPERIAL {
            0 => Self { mass: Unit::Kilogram, length: Unit::Millimetre },
            _ => Self { mass: Unit::Pound, length: Unit::Inch },
        }
    }

    /// A weight in steps of 5 g or of a hundredth of a pound.
    pub(crate) fn weight(self, raw: u16) -> Result<Quantity, Error> {
        let value = match self.mass {
            Unit::Pound => Decimal { digits: raw.into(), decimals: 2 },
            _ => Decimal { digits: i64::from(raw) * 5, decimals: 3 },
        };
        Quantity::new(value, self.mass)
    }

    /// A height in steps of a millimetre or of a tenth of an inch.
    pub(crate) fn height(self, raw: u16) -> Result<Quantity, Error> {
        let decimals = if self.length == Unit::Inch { 1 } else { 0 };
        Quantity::new(Decimal { digits: raw.into(), decimals }, self.length)
    }
}

/// The user of a record; `None` if the instrument does not know.
pub(crate) fn user(fields: &mut Fields<'_>) -> Result<Option<u8>, Error> {
    Ok(Some(fields.byte()?).filter(|&user| user != NOBODY))
}

/// A number of tenths.
pub(crate) fn tenths(raw: u16) -> Decimal {
    Decimal { digits: raw.into(), decimals: 1 }
}

/// Grams in the steps of these services; `None` for what they cannot say.
pub(crate) fn steps_of_5_g(grams: i64) -> Option<u16> {
    let steps = u16::try_from(grams / 5).ok().filter(|&steps| steps != UNSUCCESSFUL)?;
    (grams % 5 == 0).then_some(steps)
}
