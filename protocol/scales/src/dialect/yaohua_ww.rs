//! Yaohua A12 lines: `w`, a letter for the kind of weight, seven characters, a unit. Nothing about stillness.
use super::{Measures, Rules, Shape, also, st_gs};
use crate::pen::Pen;
use crate::{Error, Outcome, Side, Unit, UnitFrom, text};

pub(super) const RULES: Rules = Rules {
    shape: Shape::Line { heads: &[b"ww", b"wn", b"wt"], mark: b"" },
    measures: Measures::Mass,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

fn read(line: &[u8], _: Unit) -> Outcome {
    let [b'w', kind, shown @ ..] = line else {
        return Err(Error::Malformed.into());
    };
    match kind {
        b'w' => weight(shown, Side::Gross),
        b'n' => weight(shown, Side::Net),
        b't' => st_gs::tare(seven(shown)?, text::NO_FLAG),
        _ => Err(Error::Malformed.into()),
    }
}

fn weight(shown: &[u8], side: Side) -> Outcome {
    also(text::weight(seven(shown)?, text::NO_FLAG), |reading| reading.side = Some(side))
}

/// Seven characters of number and two of unit, all of them: without its `k` a kilogram would be a gram.
pub(super) fn seven(shown: &[u8]) -> Result<&[u8], Error> {
    let (_, unit) = text::number(shown)?;
    if (shown.len(), unit.len()) == (9, 2) { Ok(shown) } else { Err(Error::Malformed) }
}

fn write(grams: i64, _: bool, pen: &mut Pen<'_>) -> Option<()> {
    pen.bytes(b"ww")?;
    write_seven(grams, pen)?;
    pen.bytes(b"kg\r\n")
}

/// Kilograms in seven characters, a minus being one of them.
pub(super) fn write_seven(grams: i64, pen: &mut Pen<'_>) -> Option<()> {
    let size = grams.unsigned_abs();
    match grams {
        -99_999..0 => pen.text(format_args!("-{:02}.{:03}", size / 1000, size % 1000)),
        0..1_000_000 => pen.text(format_args!("{:03}.{:03}", size / 1000, size % 1000)),
        _ => None,
    }
}
