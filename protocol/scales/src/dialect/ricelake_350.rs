//! Rice Lake 350-10: one line when the load has come to rest, nine characters of number, unit, `Gross` or `Net`.
use super::{Measures, Rules, Shape};
use crate::pen::Pen;
use crate::{Error, Outcome, Presence, Reading, Side, Unit, UnitFrom, text};

/// All but the end of the line.
const LENGTH: usize = 19;

pub(super) const RULES: Rules = Rules {
    shape: Shape::Line { heads: text::COLUMN_HEADS, mark: b"" },
    measures: Measures::Mass,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

fn read(line: &[u8], _: Unit) -> Outcome {
    let line: &[u8; LENGTH] = line.try_into().map_err(|_| Error::Malformed)?;
    let [shown @ .., b' ', unit, of_unit, b' ', _, _, _, _, _, _] = line else {
        return Err(Error::Malformed.into());
    };
    let (_, kind) = line.split_at(13);
    let side = match kind {
        b"Gross " => Side::Gross,
        b"Net   " => Side::Net,
        _ => return Err(Error::Malformed.into()),
    };
    let shown = text::only_number(text::column(shown)?)?;
    let load = text::in_unit(shown, &[*unit, *of_unit], true)?;
    Ok(Reading { side: Some(side), presence: Presence::Held, ..Reading::new(load, Some(true)) })
}

/// Nothing is sent while the load moves.
fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let size = Some(grams.unsigned_abs()).filter(|&size| stable && size < 10_000_000)?;
    let sign = if grams < 0 { '-' } else { ' ' };
    pen.text(format_args!("{sign}{:4}.{:03} kg Gross \r\n", size / 1000, size % 1000))
}
