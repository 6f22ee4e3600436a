//! Five bytes of cheap indicators: FF, a status byte, six packed digits with the lowest first.
//!
//! FF occurs nowhere else: a packed digit stops at 9 and no status uses point code 7.
use super::{Measures, Rules, Shape};
use crate::cut::{self, Cut};
use crate::pen::Pen;
use crate::{Decimal, Error, ErrorReading, Outcome, Reading, Unit, UnitFrom};

const MARK: u8 = 0xff;
const LENGTH: usize = 5;
const NEGATIVE: u8 = 0x20;
const STABLE: u8 = 0x40;
const OVERFLOW: u8 = 0x80;

pub(super) const RULES: Rules = Rules {
    shape: Shape::Block { cut, text: false },
    measures: Measures::Mass,
    unit_from: UnitFrom::Profile,
    read,
    write,
};

fn cut(heard: &[u8]) -> Cut {
    cut::marked(heard, |byte| byte == MARK, LENGTH)
}

fn read(frame: &[u8], unit: Unit) -> Outcome {
    let [_, status, low, middle, high] = *cut::whole::<LENGTH>(frame, MARK)?;
    let stable = status & STABLE != 0;
    if status & OVERFLOW != 0 {
        return Err(Error::Overload.said(stable, None));
    }
    let size = packed([high, middle, low])?;
    // Code 1 means no point, 4 three digits behind it.
    let decimals = match status & 0b111 {
        code @ 1..=5 => code as i8 - 1,
        _ => return Err(Error::Malformed.into()),
    };
    if status & 0x18 != 0 {
        return Err(ErrorReading { stable: Some(stable), ..Error::NotWeight.into() });
    }
    let digits = if status & NEGATIVE != 0 { -size } else { size };
    Reading::in_profile_unit(Decimal { digits, decimals }, unit, Some(stable))
}

/// Two digits a byte, the highest first.
fn packed(bytes: [u8; 3]) -> Result<i64, Error> {
    bytes.iter().try_fold(0, |sum, byte| match (byte >> 4, byte & 0x0f) {
        (tens @ 0..=9, ones @ 0..=9) => Ok(sum * 100 + i64::from(tens * 10 + ones)),
        _ => Err(Error::Malformed),
    })
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let size = u32::try_from(grams.unsigned_abs()).ok().filter(|&size| size < 1_000_000)?;
    let pair = |pair: u32| (pair % 10 + pair / 10 % 10 * 16) as u8;
    let status = 4 | if grams < 0 { NEGATIVE } else { 0 } | if stable { STABLE } else { 0 };
    pen.bytes(&[MARK, status, pair(size), pair(size / 100), pair(size / 10_000)])
}
