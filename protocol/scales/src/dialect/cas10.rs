//! CAS indicators at their shortest: eight characters of number and nothing else.
//!
//! No unit, no flag, no check: a line of another length has lost something and is not read.
use super::{Measures, Rules, Shape};
use crate::pen::Pen;
use crate::{Error, Outcome, Reading, Unit, UnitFrom, text};

pub(super) const RULES: Rules = Rules {
    shape: Shape::Line {
        heads: &[
            b" ", b"+", b"-", b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8", b"9",
        ],
        mark: b"",
    },
    measures: Measures::Mass,
    unit_from: UnitFrom::Profile,
    read,
    write,
};

fn read(line: &[u8], unit: Unit) -> Outcome {
    let data: &[u8; 8] = line.try_into().map_err(|_| Error::Malformed)?;
    Reading::in_profile_unit(text::only_number(data)?, unit, text::NO_FLAG)
}

fn write(grams: i64, _: bool, pen: &mut Pen<'_>) -> Option<()> {
    write_data(grams, pen)?;
    pen.bytes(b"\r\n")
}

/// The eight characters that all CAS texts put their number into.
pub(super) fn write_data(grams: i64, pen: &mut Pen<'_>) -> Option<()> {
    let size = Some(grams.unsigned_abs()).filter(|&size| size < 1_000_000)?;
    let sign = if grams < 0 { '-' } else { ' ' };
    pen.text(format_args!("{sign}{:3}.{:03}", size / 1000, size % 1000))
}
