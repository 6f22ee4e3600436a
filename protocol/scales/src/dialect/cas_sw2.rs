//! CAS SW-II: state, sign, six characters, unit, and a byte that is all of these combined bit by bit.
use super::{Measures, Rules, Shape};
use crate::cut::{self, Cut};
use crate::pen::Pen;
use crate::{Error, Outcome, Unit, UnitFrom, text};

const SOH: u8 = 0x01;
const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const EOT: u8 = 0x04;
const LENGTH: usize = 15;

pub(super) const RULES: Rules = Rules {
    shape: Shape::Block { cut, text: true },
    measures: Measures::Mass,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

/// The check of a frame of letters and digits lies above 0x60 and is never taken for a beginning.
fn cut(heard: &[u8]) -> Cut {
    cut::marked(heard, |byte| byte & 0x7f == SOH, LENGTH)
}

fn read(frame: &[u8], _: Unit) -> Outcome {
    let [_, STX, body @ .., check, ETX, EOT] = cut::whole::<LENGTH>(frame, SOH)? else {
        return Err(Error::Malformed.into());
    };
    if combined(body) != *check {
        return Err(Error::Checksum.into());
    }
    match body {
        [b'S', weight @ ..] => text::weight(weight, true),
        [b'U', weight @ ..] => text::weight(weight, false),
        _ => Err(Error::Malformed.into()),
    }
}

fn combined(body: &[u8]) -> u8 {
    body.iter().fold(0, |sum, byte| sum ^ byte)
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let size = Some(grams.unsigned_abs()).filter(|&size| size < 100_000)?;
    let (state, sign) = (if stable { 'S' } else { 'U' }, if grams < 0 { '-' } else { ' ' });
    pen.bytes(&[SOH, STX])?;
    pen.text(format_args!("{state}{sign}{:2}.{:03}KG", size / 1000, size % 1000))?;
    let check = combined(pen.written().get(2..)?);
    pen.bytes(&[check, ETX, EOT])
}
