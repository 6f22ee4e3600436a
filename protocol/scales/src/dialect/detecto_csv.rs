//! Detecto solo: one record on request, `12:00,08/07/15,21.5,5'03.0",132.3lb`, that ends with a carriage return alone.
//!
//! Date and time are those of a clock nobody sets, in an order of day and month that differs by country; they are passed over.
use super::{Measures, Rules, Shape};
use crate::cut::Cut;
use crate::pen::{Kilograms, Pen};
use crate::{Decimal, Error, Extras, Outcome, Presence, Quantity, Reading, Unit, UnitFrom, text};

const CR: u8 = b'\r';
/// More than any record has.
const MOST: usize = 80;

pub(super) const RULES: Rules = Rules {
    shape: Shape::Block { cut, text: true },
    measures: Measures::Mass,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

/// Waiting for what follows the carriage return would be waiting for the next child. Every byte is looked at when it
/// comes, so that only the last one can be news.
fn cut(heard: &[u8]) -> Cut {
    match heard.last().map(|last| last & 0x7f) {
        Some(CR) if heard.len() > 1 => Cut::Frame(heard.len()),
        Some(b' '..=b'~') if heard.len() < MOST => Cut::More,
        None => Cut::More,
        _ => Cut::Noise(heard.len()),
    }
}

fn read(frame: &[u8], _: Unit) -> Outcome {
    let frame = text::skip_junk(frame);
    let line = text::without_end(frame);
    if line.len() == frame.len() {
        let digit = frame.first().is_none_or(u8::is_ascii_digit);
        return Err(if digit { Error::Truncated } else { Error::Malformed }.into());
    }
    record(line)
}

fn record(line: &[u8]) -> Outcome {
    let mut fields = line.split(|&byte| byte == b',');
    let mut next = || fields.next().ok_or(Error::Malformed);
    let (time, date, bmi, height, weight) = (next()?, next()?, next()?, next()?, next()?);
    if !is_written_with(time, b":", 2..=3) || !is_written_with(date, b"/.-", 3..=3) || fields.next().is_some() {
        return Err(Error::Malformed.into());
    }
    let bmi = if bmi.is_empty() { None } else { Some(text::only_number(bmi)?) };
    let extras = Extras {
        bmi: bmi.filter(|bmi| bmi.digits != 0),
        height: self::height(height)?.filter(|height| height.value().digits != 0),
        ..Extras::default()
    };
    let weight = text::mass(weight, true)?;
    Ok(Reading { presence: Presence::Held, extras, ..Reading::new(weight, Some(true)) })
}

/// Groups of one to four digits between separators, as in a time or a date.
fn is_written_with(field: &[u8], separators: &[u8], groups: core::ops::RangeInclusive<usize>) -> bool {
    let mut split = field.split(|byte| separators.contains(byte));
    groups.contains(&split.clone().count())
        && split.all(|group| (1..=4).contains(&group.len()) && group.iter().all(u8::is_ascii_digit))
}

/// Feet and inches, or centimetres; nothing when the rod was not used, or when no unit tells which it is.
fn height(field: &[u8]) -> Result<Option<Quantity>, Error> {
    if field.is_empty() {
        return Ok(None);
    }
    let (first, rest) = text::number(field)?;
    match rest.trim_ascii() {
        b"" => Ok(None),
        b"cm" => Quantity::new(first.shifted(1), Unit::Millimetre).map(Some),
        b"in" | b"\"" => Quantity::new(first, Unit::Inch).map(Some),
        [b'\'', inches @ .., b'"'] if first.decimals == 0 => {
            let inches = text::only_number(inches)?;
            let feet = first.digits.checked_mul(12).and_then(|feet| feet.checked_mul(ten_to(inches.decimals)?));
            let digits = feet.and_then(|feet| feet.checked_add(inches.digits)).ok_or(Error::Malformed)?;
            Quantity::new(Decimal { digits, ..inches }, Unit::Inch).map(Some)
        }
        _ => Err(Error::Malformed),
    }
}

fn ten_to(power: i8) -> Option<i64> {
    10_i64.checked_pow(power.unsigned_abs().into())
}

/// Nothing is sent before the load has come to rest, and nothing below zero.
fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    if !stable || !(0..1_000_000).contains(&grams) {
        return None;
    }
    pen.text(format_args!("12:00,01/01/26,0.0,0'00.0\",{}kg\r", Kilograms(grams)))
}
