//! Scales on USB (usage page 8D): a report of six bytes with a status, a unit and a power of ten.
use super::{Measures, Rules, Shape};
use crate::pen::Pen;
use crate::{Decimal, Error, Outcome, Quantity, Reading, Unit, UnitFrom, packet};

/// The report that carries a weight.
const REPORT: u8 = 0x03;
const MOVING: u8 = 3;
const STABLE: u8 = 4;
const GRAM: u8 = 2;

pub(super) const RULES: Rules =
    Rules { shape: Shape::Packet, measures: Measures::Mass, unit_from: UnitFrom::Frame, read, write };

fn read(report: &[u8], _: Unit) -> Outcome {
    let [_, status, unit, power, low, high] = *packet::whole::<6>(report, &[REPORT])?;
    let unit = named(unit);
    let refused = |error: Error| Err(error.said(false, unit));
    let stable = match status {
        1 => return refused(Error::DeviceError),
        2 | STABLE => true,
        MOVING => false,
        5 => return refused(Error::Underload),
        6 => return refused(Error::Overload),
        7 => return refused(Error::DeviceError), // wants to be calibrated
        8 => return refused(Error::NotZeroed),
        _ => return Err(Error::Malformed.into()),
    };
    let unit = unit.ok_or(Error::UnknownUnit.said(stable, None))?;
    let decimals = power.cast_signed().checked_neg().ok_or(Error::Malformed)?;
    let value = Decimal { digits: u16::from_le_bytes([low, high]).into(), decimals };
    Ok(Reading::new(Quantity::new(value, unit)?, Some(stable)))
}

/// The units of the usage page that we know; carats, taels and troy ounces are left out.
const fn named(code: u8) -> Option<Unit> {
    match code {
        1 => Some(Unit::Milligram),
        GRAM => Some(Unit::Gram),
        3 => Some(Unit::Kilogram),
        6 => Some(Unit::Grain),
        8 => Some(Unit::Tonne),
        11 => Some(Unit::Ounce),
        12 => Some(Unit::Pound),
        _ => None,
    }
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let [low, high] = u16::try_from(grams).ok()?.to_le_bytes();
    pen.bytes(&[REPORT, if stable { STABLE } else { MOVING }, GRAM, 0, low, high])
}
