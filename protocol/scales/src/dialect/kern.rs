//! Kern and G&G balances: a signed number in a column and its unit, nothing about stillness.
use super::{Measures, Rules, Shape};
use crate::pen::{Pen, sign};
use crate::{Outcome, Unit, UnitFrom, text};

pub(super) const RULES: Rules = Rules {
    shape: Shape::Line { heads: text::COLUMN_HEADS, mark: b"" },
    measures: Measures::Mass,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

fn read(line: &[u8], _: Unit) -> Outcome {
    text::weight(text::column(line)?, text::NO_FLAG)
}

fn write(grams: i64, _: bool, pen: &mut Pen<'_>) -> Option<()> {
    let size = Some(grams.unsigned_abs()).filter(|&size| size < 100_000_000)?;
    pen.text(format_args!("{}{size:8} g \r\n", sign(grams)))
}
