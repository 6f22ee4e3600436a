//! Ohaus lines: polarity, number, unit, `?` while the load moves, and perhaps a letter for the kind of weight.
//!
//! The maker's column widths and the bytes on real wires differ, so what stands behind the number is read from its end.
use super::{Measures, Rules, Shape};
use crate::pen::Pen;
use crate::{Outcome, Reading, Side, Unit, UnitFrom, text};

pub(super) const RULES: Rules = Rules {
    shape: Shape::Line { heads: text::COLUMN_HEADS, mark: b"" },
    measures: Measures::Mass,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

fn read(line: &[u8], _: Unit) -> Outcome {
    let (value, behind) = text::number(text::column(line)?)?;
    let (behind, side) = without_legend(behind.trim_ascii_end());
    let (unit, moving) = match behind.trim_ascii_end() {
        [unit @ .., b'?'] => (unit, true),
        unit => (unit, false),
    };
    let load = text::in_unit(value, unit, !moving)?;
    Ok(Reading { side, ..Reading::new(load, Some(!moving)) })
}

/// `G` for gross is written large and stands apart, so it is not taken for the unit.
fn without_legend(behind: &[u8]) -> (&[u8], Option<Side>) {
    let legends = [(b"G".as_slice(), Side::Gross), (b"NET", Side::Net), (b"N", Side::Net)];
    for (legend, side) in legends {
        if let Some(rest) = behind.strip_suffix(legend)
            && matches!(rest, [] | [.., b' ' | b'?'])
        {
            return (rest, Some(side));
        }
    }
    (behind, None)
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let size = Some(grams.unsigned_abs()).filter(|&size| size < 1_000_000)?;
    let (polarity, mark) = (if grams < 0 { '-' } else { ' ' }, if stable { ' ' } else { '?' });
    pen.text(format_args!("{polarity}{:3}.{:03} kg   {mark}G\r\n", size / 1000, size % 1000))
}
