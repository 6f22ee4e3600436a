//! The comma text of T-Scale, Excell, Brecknell and Torrey: state, kind of weight, number, unit.
use super::{Measures, Rules, Shape, also};
use crate::pen::{Pen, sign};
use crate::{Error, Outcome, Side, Unit, UnitFrom, text};

pub(super) const RULES: Rules = Rules {
    shape: Shape::Line { heads: &[b"ST,", b"US,", b"OL,"], mark: b"" },
    measures: Measures::Mass,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

fn read(line: &[u8], _: Unit) -> Outcome {
    let (head, rest) = text::field(line).ok_or(Error::Malformed)?;
    let (kind, body) = rest.split_at_checked(2).ok_or(Error::Malformed)?;
    // One maker leaves the second comma out and pads with blanks instead.
    let body = match body {
        [b',', body @ ..] => body,
        [b' ', ..] => body,
        _ => return Err(Error::Malformed.into()),
    };
    let stable = match head {
        b"ST" => true,
        b"US" => false,
        b"OL" if matches!(kind, b"GS" | b"NT" | b"TR") => {
            return Err(Error::Overload.said(false, text::last_unit(body)));
        }
        _ => return Err(Error::Malformed.into()),
    };
    match kind {
        b"GS" => also(text::weight(body, stable), |reading| reading.side = Some(Side::Gross)),
        b"NT" => also(text::weight(body, stable), |reading| reading.side = Some(Side::Net)),
        b"TR" => tare(body, stable),
        _ => Err(Error::Malformed.into()),
    }
}

/// The tare shown on the display is not what lies on the pan.
pub(super) fn tare(body: &[u8], stable: impl Into<Option<bool>>) -> Outcome {
    let stable = stable.into();
    let tare = text::mass(body, stable)?;
    let mut refused = Error::NotLoad.said(stable, Some(tare.unit()));
    refused.extras.tare = Some(tare);
    Err(refused)
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let size = Some(grams.unsigned_abs()).filter(|&size| size < 10_000_000)?;
    let head = if stable { "ST" } else { "US" };
    pen.text(format_args!("{head},GS,{}{:4}.{:03}kg\r\n", sign(grams), size / 1000, size % 1000))
}
