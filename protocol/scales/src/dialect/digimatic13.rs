//! Mitutoyo Digimatic, the plug of calipers and height gauges: thirteen nibbles, one in a byte.
use super::{Measures, Rules, Shape};
use crate::cut::{self, Cut};
use crate::pen::Pen;
use crate::{Decimal, Error, Outcome, Quantity, Reading, Unit, UnitFrom};

/// Four of these open a frame; no digit, sign or unit can look like one.
const HEAD: u8 = 0x0f;
const HEADS: usize = 4;
const LENGTH: usize = 13;

pub(super) const RULES: Rules = Rules {
    shape: Shape::Block { cut, text: false },
    measures: Measures::Length,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

fn cut(heard: &[u8]) -> Cut {
    let heads = heard.iter().take_while(|&&byte| byte == HEAD).count();
    let next =
        heard.iter().skip(heads).take(LENGTH - HEADS).position(|&byte| byte == HEAD).map(|at| at + heads);
    match (heads, next) {
        (0..HEADS, Some(next)) => Cut::Noise(next),
        (0..HEADS, None) if heads == heard.len() => Cut::More,
        (0..HEADS, None) => Cut::Noise(heard.len()),
        (HEADS, Some(next)) => Cut::Broken(next),
        (HEADS, None) if heard.len() < LENGTH => Cut::More,
        (HEADS, None) => Cut::Frame(LENGTH),
        (more, _) => Cut::Noise(more - HEADS),
    }
}

fn read(frame: &[u8], _: Unit) -> Outcome {
    if frame.iter().take(HEADS).any(|&byte| byte != HEAD) {
        return Err(Error::Malformed.into());
    }
    let [_, _, _, _, sign, digits @ .., point, unit] = *cut::whole::<LENGTH>(frame, HEAD)?;
    let size = digits.iter().try_fold(0, |sum, &digit| (digit <= 9).then(|| sum * 10 + i64::from(digit)));
    let (Some(size), 0 | 8, 0..=5) = (size, sign, point) else {
        return Err(Error::Malformed.into());
    };
    let unit = match unit {
        0 => Unit::Millimetre,
        1 => Unit::Inch,
        _ => return Err(Error::UnknownUnit.into()),
    };
    let value = Decimal { digits: if sign == 8 { -size } else { size }, decimals: point as i8 };
    Ok(Reading::new(Quantity::new(value, unit)?, None))
}

fn write(tenth_mm: i64, _: bool, pen: &mut Pen<'_>) -> Option<()> {
    let size = u32::try_from(tenth_mm.unsigned_abs()).ok().filter(|&size| size < 1_000_000)?;
    pen.bytes(&[HEAD; HEADS])?;
    pen.bytes(&[if tenth_mm < 0 { 8 } else { 0 }])?;
    for place in [100_000, 10_000, 1000, 100, 10, 1] {
        pen.bytes(&[(size / place % 10) as u8])?;
    }
    pen.bytes(&[1, 0]) // one digit behind the point, millimetres
}
