//! Health o meter: a record of fields, each behind ESC and a letter, sent once the load has come to rest.
//!
//! The record carries a number for the patient. It is passed over: what was typed at a scale tells nobody whose weight it is.
use super::{Measures, Rules, Shape};
use crate::cut::Cut;
use crate::pen::{Kilograms, Pen};
use crate::{Decimal, Error, ErrorReading, Extras, Outcome, Presence, Quantity, Reading, Unit, UnitFrom, text};

const ESC: u8 = 0x1b;
const BEGIN: &[u8] = b"\x1bR";
const END: &[u8] = b"\x1bE";
/// More than any record has.
const MOST: usize = 200;

pub(super) const RULES: Rules = Rules {
    shape: Shape::Block { cut, text: true },
    measures: Measures::Mass,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

/// Every byte is looked at when it comes, so that only the last two can be news.
fn cut(heard: &[u8]) -> Cut {
    let is = |pair: &[u8], wanted: &[u8]| pair.iter().map(|byte| byte & 0x7f).eq(wanted.iter().copied());
    let last = heard.last_chunk::<2>().map_or(heard, |pair| pair.as_slice());
    match heard {
        [ESC] => Cut::More,
        [ESC, second, ..] if second & 0x7f == b'R' => match heard.len() {
            3.. if is(last, END) => Cut::Frame(heard.len()),
            length @ 3.. if is(last, BEGIN) => Cut::Broken(length - 2),
            MOST.. => Cut::Broken(heard.len()),
            _ => Cut::More,
        },
        _ => Cut::Noise(1),
    }
}

fn read(frame: &[u8], _: Unit) -> Outcome {
    let Some(record) = frame.strip_prefix(BEGIN) else {
        return Err(if BEGIN.starts_with(frame) { Error::Truncated } else { Error::Malformed }.into());
    };
    let record = text::without_end(record);
    let Some(fields) = record.strip_suffix(END) else { return Err(Error::Truncated.into()) };
    Fields::of(fields)?.outcome()
}

/// The fields of a record as they stand; the units come last.
#[derive(Default)]
struct Fields {
    weight: Option<Decimal>,
    height: Option<Decimal>,
    tare: Option<Decimal>,
    bmi: Option<Decimal>,
    metric: Option<bool>,
}

impl Fields {
    fn of(record: &[u8]) -> Result<Self, Error> {
        let mut fields = Self::default();
        let mut split = record.split(|&byte| byte == ESC);
        if split.next().is_some_and(|before| !before.is_empty()) {
            return Err(Error::Malformed);
        }
        for field in split {
            let Some((letter, value)) = field.split_first() else { return Err(Error::Malformed) };
            let place = match (letter, value) {
                (b'W', _) => &mut fields.weight,
                (b'H', _) => &mut fields.height,
                (b'T', _) => &mut fields.tare,
                (b'B', _) => &mut fields.bmi,
                (b'N', b"m" | b"c") => {
                    fields.metric = Some(value == b"m");
                    continue;
                }
                (b'N', _) => return Err(Error::UnknownUnit),
                _ => continue,
            };
            // A record with two weights cannot be trusted with either.
            if place.replace(text::only_number(value)?).is_some() {
                return Err(Error::Malformed);
            }
        }
        Ok(fields)
    }

    fn outcome(self) -> Outcome {
        let metric = self.metric.ok_or(Error::UnknownUnit)?;
        let mass = if metric { Unit::Kilogram } else { Unit::Pound };
        let in_mass = |value| Quantity::new(value, mass);
        let in_length = |value: Decimal| match metric {
            true => Quantity::new(value.shifted(1), Unit::Millimetre), // sent in centimetres
            false => Quantity::new(value, Unit::Inch),
        };
        let extras = Extras {
            tare: self.tare.map(in_mass).transpose()?,
            height: self.height.map(in_length).transpose()?,
            bmi: self.bmi,
            ..Extras::default()
        };
        let Some(weight) = self.weight else {
            return Err(ErrorReading { extras, ..Error::NoWeight.said(true, None) });
        };
        Ok(Reading { presence: Presence::Held, extras, ..Reading::new(in_mass(weight)?, Some(true)) })
    }
}

/// Nothing is sent before the load has come to rest, and nothing below zero.
fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    if !stable || !(0..1_000_000).contains(&grams) {
        return None;
    }
    pen.bytes(BEGIN)?;
    pen.text(format_args!("\x1bI0\x1bW{}\x1bNm", Kilograms(grams)))?;
    pen.bytes(END)
}
