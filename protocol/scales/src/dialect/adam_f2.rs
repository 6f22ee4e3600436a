//! Adam labels: a signed number in a column and its unit; some models put a letter for the kind of weight before it.
use super::{Measures, Rules, Shape, also};
use crate::pen::Pen;
use crate::{Outcome, Side, Unit, UnitFrom, text};

pub(super) const RULES: Rules = Rules {
    shape: Shape::Line { heads: &[b" ", b"+", b"-", b"G ", b"N "], mark: b"" },
    measures: Measures::Mass,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

fn read(line: &[u8], _: Unit) -> Outcome {
    let (side, number) = match line {
        [b'G', number @ ..] => (Some(Side::Gross), number),
        [b'N', number @ ..] => (Some(Side::Net), number),
        number => (None, number),
    };
    also(text::weight(text::column(number)?, text::NO_FLAG), |reading| reading.side = side)
}

fn write(grams: i64, _: bool, pen: &mut Pen<'_>) -> Option<()> {
    let size = Some(grams.unsigned_abs()).filter(|&size| size < 10_000_000)?;
    let sign = if grams < 0 { '-' } else { ' ' };
    pen.text(format_args!("{sign}{:8}.{:03} kg\r\n", size / 1000, size % 1000))
}
