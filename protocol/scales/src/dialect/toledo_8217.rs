//! Toledo 8217: short answers to the poll `W`, a number when the load stands still and a status when it has none to give.
use super::{Measures, Rules, Shape, also};
use crate::cut::Cut;
use crate::pen::Pen;
use crate::{Error, ErrorReading, Outcome, Reading, Side, Unit, UnitFrom, text};

const STX: u8 = 0x02;
const CR: u8 = b'\r';
/// More than any answer has.
const MOST: usize = 16;

const MOTION: u8 = 0x01;
const OVER: u8 = 0x02;
const UNDER: u8 = 0x04;
const OUTSIDE_ZERO: u8 = 0x08;
const FIXED: u8 = 0x40;

pub(super) const RULES: Rules = Rules {
    shape: Shape::Block { cut, text: true },
    measures: Measures::Mass,
    unit_from: UnitFrom::Profile,
    read,
    write,
};

fn cut(heard: &[u8]) -> Cut {
    let at = |wanted: u8, from: usize| heard.iter().skip(from).position(|byte| byte & 0x7f == wanted).map(|at| at + from);
    if at(STX, 0) != Some(0) {
        return Cut::Noise(at(STX, 0).unwrap_or(heard.len()));
    }
    match (at(CR, 1), at(STX, 1)) {
        (Some(end), None) => Cut::Frame(end + 1),
        (Some(end), Some(next)) if end < next => Cut::Frame(end + 1),
        (_, Some(next)) => Cut::Broken(next),
        (None, None) if heard.len() < MOST => Cut::More,
        (None, None) => Cut::Broken(heard.len()),
    }
}

fn read(frame: &[u8], unit: Unit) -> Outcome {
    // The answers to the probe that asks whether anybody is there; an echo may follow.
    if let [STX, b'E' | b'F', CR, ..] = frame {
        return Err(Error::NoWeight.into());
    }
    let [STX, said @ .., CR] = frame else {
        return Err(if frame.first() == Some(&STX) { Error::Truncated } else { Error::Malformed }.into());
    };
    match said {
        [b'?', status] => Err(refusal(*status)),
        [number @ .., b'N'] => weight(number, Side::Net, unit),
        number => weight(number, Side::Gross, unit),
    }
}

/// Digits, a point, and blanks before them; there is no sign.
fn weight(number: &[u8], side: Side, unit: Unit) -> Outcome {
    if !number.iter().all(|byte| matches!(byte, b' ' | b'.' | b'0'..=b'9')) || number.ends_with(b" ") {
        return Err(Error::Malformed.into());
    }
    let value = text::only_number(number)?;
    also(Reading::in_profile_unit(value, unit, Some(true)), |reading| reading.side = Some(side))
}

fn refusal(status: u8) -> ErrorReading {
    let has = |bit| status & bit != 0;
    match () {
        () if !has(FIXED) => Error::Malformed.into(),
        () if has(OVER) => Error::Overload.said(false, None),
        () if has(UNDER) => Error::Underload.said(false, None),
        () if has(MOTION) => Error::Motion.said(false, None),
        () if has(OUTSIDE_ZERO) => Error::NotZeroed.said(false, None),
        () => Error::NoWeight.said(true, None),
    }
}

/// A moving load is not sent, and nothing below zero.
fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    if !stable || !(0..100_000).contains(&grams) {
        return None;
    }
    pen.bytes(&[STX])?;
    pen.text(format_args!("{:2}.{:03}\r", grams / 1000, grams % 1000))
}
