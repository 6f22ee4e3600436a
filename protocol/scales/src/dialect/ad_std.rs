//! A&D standard text: two letters for the state, perhaps a comparison, a signed number, a unit.
//!
//! Field widths differ from model to model, so fields are read and offsets never.
use super::{Measures, Rules, Shape};
use crate::pen::{Pen, sign};
use crate::{Error, Outcome, Unit, UnitFrom, text};

pub(super) const RULES: Rules = Rules {
    shape: Shape::Line { heads: &[b"ST,", b"US,", b"OL,", b"QT,", b"WT,"], mark: b"" },
    measures: Measures::Mass,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

fn read(line: &[u8], _: Unit) -> Outcome {
    let (head, body) = text::field(line).ok_or(Error::Malformed)?;
    let body = without_comparison(body);
    match head {
        b"ST" | b"WT" => text::weight(body, true),
        b"US" => text::weight(body, false),
        b"QT" => count(body),
        // The digits behind OL are filler, and so is their sign.
        b"OL" => Err(Error::Overload.said(false, text::last_unit(body))),
        _ => Err(Error::Malformed.into()),
    }
}

/// A count is no weight, even if its unit claims to be one.
fn count(body: &[u8]) -> Outcome {
    let counted = text::mass(body, true)?;
    Err(Error::NotWeight.said(true, Some(counted.unit())))
}

/// Checkweighers put the result of their comparison before the number.
fn without_comparison(body: &[u8]) -> &[u8] {
    match text::field(body) {
        Some((b"LO" | b"OK" | b"HI" | b"--", rest)) => rest,
        _ => body,
    }
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let size = Some(grams.unsigned_abs()).filter(|&size| size < 10_000_000)?;
    let head = if stable { "ST" } else { "US" };
    pen.text(format_args!("{head},{}{:04}.{:03} kg\r\n", sign(grams), size / 1000, size % 1000))
}
