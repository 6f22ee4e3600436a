//! Yaohua continuous output, high digit first: `=0003.000`. No unit, no flag, no end.
//!
//! It cannot be told from its reversed sister by length; only a known mass on the pan can.
use super::{Measures, Rules, Shape};
use crate::cut::{self, Cut};
use crate::pen::Pen;
use crate::{Decimal, Error, Outcome, Reading, Unit, UnitFrom, text};

pub(super) const MARK: u8 = b'=';
pub(super) const LENGTH: usize = 9;

pub(super) const RULES: Rules = Rules {
    shape: Shape::Block { cut, text: true },
    measures: Measures::Mass,
    unit_from: UnitFrom::Profile,
    read,
    write,
};

/// `=` has an odd number of bits, so a port without parity may hear it as BD.
pub(super) fn cut(heard: &[u8]) -> Cut {
    cut::marked(heard, |byte| byte & 0x7f == MARK, LENGTH)
}

fn read(frame: &[u8], unit: Unit) -> Outcome {
    let [_, shown @ ..] = *cut::whole::<LENGTH>(frame, MARK)?;
    Reading::in_profile_unit(signed(shown)?, unit, None)
}

/// Eight characters: perhaps a sign, then digits and a point. Blanks are not sent.
pub(super) fn signed(shown: [u8; 8]) -> Result<Decimal, Error> {
    if shown.contains(&b' ') { Err(Error::Malformed) } else { text::only_number(&shown) }
}

fn write(grams: i64, _: bool, pen: &mut Pen<'_>) -> Option<()> {
    let size = grams.unsigned_abs();
    match grams {
        -999_999..0 => pen.text(format_args!("=-{:03}.{:03}", size / 1000, size % 1000)),
        0..10_000_000 => pen.text(format_args!("={:04}.{:03}", size / 1000, size % 1000)),
        _ => None,
    }
}
