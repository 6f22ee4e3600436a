//! Mettler-Toledo continuous output: three status bytes, six digits of weight, six of tare.
//!
//! # Why
//! The check byte is optional and may itself look like the beginning of the next frame. A stream therefore looks
//! one or two bytes past the carriage return before it decides which it is. Clones set the fixed bits of the status
//! bytes otherwise, so those are not checked.
use super::{Measures, Rules, Shape};
use crate::cut::{self, Cut};
use crate::pen::Pen;
use crate::{Decimal, Error, Outcome, Presence, Quantity, Reading, Side, Unit, UnitFrom};

const STX: u8 = 0x02;
const CR: u8 = b'\r';
const BARE: usize = 17;
const CHECKED: usize = 18;

pub(super) const RULES: Rules = Rules {
    shape: Shape::Block { cut, text: true },
    measures: Measures::Mass,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

fn is_start(byte: u8) -> bool {
    byte & 0x7f == STX
}

fn cut(heard: &[u8]) -> Cut {
    match (cut::marked(heard, is_start, BARE), heard.get(BARE), heard.get(CHECKED)) {
        (Cut::Frame(_), None, _) => Cut::More,
        (Cut::Frame(_), Some(&check), _) if !is_start(check) => Cut::Frame(CHECKED),
        (Cut::Frame(_), Some(_), None) => Cut::More,
        (Cut::Frame(_), Some(_), Some(&next)) if is_start(next) => Cut::Frame(CHECKED),
        (earlier, ..) => earlier,
    }
}

fn read(frame: &[u8], _: Unit) -> Outcome {
    let frame = match frame.len() {
        CHECKED if !is_sound(frame) && frame.first() == Some(&STX) => return Err(Error::Checksum.into()),
        CHECKED => frame.get(..BARE).unwrap_or_default(),
        _ => frame,
    };
    let [_, a, b, c, digits @ .., CR] = cut::whole::<BARE>(frame, STX)? else {
        return Err(Error::Malformed.into());
    };
    weigh(*a, *b, *c, digits)
}

fn weigh(a: u8, b: u8, c: u8, digits: &[u8; 12]) -> Outcome {
    let unit = match c & 0b111 {
        0 if b & 0x10 != 0 => Some(Unit::Kilogram),
        0 => Some(Unit::Pound),
        1 => Some(Unit::Gram),
        2 => Some(Unit::Tonne),
        _ => None,
    };
    let moving = b & 0x08 != 0;
    if b & 0x04 != 0 {
        return Err(Error::OutOfRange.said(false, unit));
    }
    if b & 0x40 != 0 {
        return Err(Error::NotZeroed.said(false, unit));
    }
    let unit = unit.ok_or(Error::UnknownUnit.said(!moving, None))?;
    let (load, tare) = digits.split_at(6);
    // Code 2 puts the point behind the last digit; 0 and 1 stand for missing zeros.
    let decimals = (a & 0b111) as i8 - 2;
    let size = six(load)?.ok_or(Error::Malformed)?;
    let load = Quantity::new(Decimal { digits: if b & 0x02 != 0 { -size } else { size }, decimals }, unit)?;
    let tare = six(tare)?.map(|digits| Quantity::new(Decimal { digits, decimals }, unit)).transpose()?;

    let net = b & 0x01 != 0;
    let mut reading = Reading::new(load, Some(!moving));
    reading.side = Some(if net { Side::Net } else { Side::Gross });
    reading.extras.tare = tare.filter(|tare| net || tare.value().digits != 0);
    if c & 0x10 != 0 {
        reading.presence = Presence::Service;
    }
    Ok(reading)
}

/// Six digits whose leading zeros may be blanks; `None` if all are.
fn six(field: &[u8]) -> Result<Option<i64>, Error> {
    let digits = field.trim_ascii_start();
    let add = |sum: i64, byte: &u8| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0'));
    let sum = digits.iter().try_fold(0, add).ok_or(Error::Malformed)?;
    Ok(Some(sum).filter(|_| !digits.is_empty()))
}

/// The low seven bits of all bytes, check included, add up to zero.
fn is_sound(frame: &[u8]) -> bool {
    frame.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)) & 0x7f == 0
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let size = Some(grams.unsigned_abs()).filter(|&size| size < 1_000_000)?;
    let status = 0x30 | u8::from(grams < 0) << 1 | u8::from(!stable) << 3;
    pen.bytes(&[STX, 0x2d, status, 0x20])?;
    pen.text(format_args!("{size:6}000000\r"))?;
    let sum = pen.written().iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    pen.bytes(&[sum.wrapping_neg() & 0x7f])
}
