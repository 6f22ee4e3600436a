//! Cheap digital calipers: 24 bits, the least significant byte first, hundredths of a millimetre.
//!
//! # Why
//! Models disagree whether bit 20 or bit 21 is the sign. No slide is ten metres long, so neither bit can belong to the
//! length and both are taken for it. Bit 23 means inches in steps that differ, too: those are refused.
use super::{Measures, Rules, Shape};
use crate::pen::Pen;
use crate::{Decimal, Error, Outcome, Quantity, Reading, Unit, UnitFrom, packet};

const LENGTH: u32 = 0x0f_ffff;
const NEGATIVE: u32 = 0x10_0000;
const NEGATIVE_ELSEWHERE: u32 = 0x20_0000;
const INCHES: u32 = 0x80_0000;

pub(super) const RULES: Rules =
    Rules { shape: Shape::Packet, measures: Measures::Length, unit_from: UnitFrom::Frame, read, write };

fn read(packet: &[u8], _: Unit) -> Outcome {
    let [low, middle, high] = *packet::whole::<3>(packet, &[])?;
    let bits = u32::from_le_bytes([low, middle, high, 0]);
    let size = i64::from(bits & LENGTH);
    let digits = match bits & !LENGTH {
        0 => size,
        NEGATIVE | NEGATIVE_ELSEWHERE => -size,
        flags if flags & INCHES != 0 => return Err(Error::UnknownUnit.into()),
        _ => return Err(Error::Malformed.into()),
    };
    Ok(Reading::new(Quantity::new(Decimal { digits, decimals: 2 }, Unit::Millimetre)?, None))
}

fn write(tenth_mm: i64, _: bool, pen: &mut Pen<'_>) -> Option<()> {
    let size = u32::try_from(tenth_mm.unsigned_abs().checked_mul(10)?).ok().filter(|&size| size <= LENGTH)?;
    let [low, middle, high, _] = (size | if tenth_mm < 0 { NEGATIVE } else { 0 }).to_le_bytes();
    pen.bytes(&[low, middle, high])
}
