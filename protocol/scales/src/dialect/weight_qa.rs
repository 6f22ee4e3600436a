//! A laboratory balance that sends grams with a digit for how still they are: `+007.12/3 G S`.
//!
//! Which digit is still enough its maker does not say, so the digit is passed on and no flag made of it.
use super::{Measures, Rules, Shape};
use crate::pen::{Pen, sign};
use crate::{Error, Outcome, Quantity, Reading, Unit, UnitFrom, text};

pub(super) const RULES: Rules = Rules {
    shape: Shape::Line { heads: &[b"+", b"-", b" "], mark: b"" },
    measures: Measures::Mass,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

fn read(line: &[u8], _: Unit) -> Outcome {
    let [shown @ .., b'/', index @ b'0'..=b'9', b' ', b'G', b' ', b'S'] = line else {
        return Err(Error::Malformed.into());
    };
    let [b'+' | b'-' | b' ', _, _, _, b'.', _, _] = shown else {
        return Err(Error::Malformed.into());
    };
    let grams = Quantity::new(text::only_number(shown)?, Unit::Gram)?;
    let mut reading = Reading::new(grams, text::NO_FLAG);
    reading.extras.stability_index = Some(index - b'0');
    Ok(reading)
}

fn write(grams: i64, _: bool, pen: &mut Pen<'_>) -> Option<()> {
    let size = Some(grams.unsigned_abs()).filter(|&size| size < 1000)?;
    pen.text(format_args!("{}{size:03}.00/0 G S\r\n", sign(grams)))
}
