//! Yaohua A9, A26 and D10: sign, six digits, place of the point, and a check in two letters.
use super::{Measures, Rules, Shape};
use crate::cut::{self, Cut};
use crate::pen::{Pen, sign};
use crate::{Decimal, Error, Outcome, Reading, Unit, UnitFrom};

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const LENGTH: usize = 12;

pub(super) const RULES: Rules = Rules {
    shape: Shape::Block { cut, text: true },
    measures: Measures::Mass,
    unit_from: UnitFrom::Profile,
    read,
    write,
};

fn cut(heard: &[u8]) -> Cut {
    cut::marked(heard, |byte| byte & 0x7f == STX, LENGTH)
}

fn read(frame: &[u8], unit: Unit) -> Outcome {
    let [_, body @ .., high, low, ETX] = cut::whole::<LENGTH>(frame, STX)? else {
        return Err(Error::Malformed.into());
    };
    if !sum_letters(body).eq_ignore_ascii_case(&[*high, *low]) {
        return Err(Error::Checksum.into());
    }
    let [sign, digits @ .., point] = *body;
    Reading::in_profile_unit(signed(sign, digits, point)?, unit, None)
}

/// Six digits cannot have more than six of them behind the point.
fn signed(sign: u8, digits: [u8; 6], point: u8) -> Result<Decimal, Error> {
    let (b'+' | b'-', b'0'..=b'6', true) = (sign, point, digits.iter().all(u8::is_ascii_digit)) else {
        return Err(Error::Malformed);
    };
    let size = digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    Ok(Decimal { digits: if sign == b'-' { -size } else { size }, decimals: (point - b'0') as i8 })
}

/// Bytes combined bit by bit, written as two hexadecimal letters.
pub(super) fn sum_letters(body: &[u8]) -> [u8; 2] {
    let sum = body.iter().fold(0, |sum, byte| sum ^ byte);
    let letter = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'A' + nibble - 10 };
    [letter(sum >> 4), letter(sum & 0x0f)]
}

fn write(grams: i64, _: bool, pen: &mut Pen<'_>) -> Option<()> {
    let size = Some(grams.unsigned_abs()).filter(|&size| size < 1_000_000)?;
    let mut body = [0; 8];
    Pen::new(&mut body).text(format_args!("{}{size:06}3", sign(grams)))?;
    pen.bytes(&[STX])?;
    pen.bytes(&body)?;
    pen.bytes(&sum_letters(&body))?;
    pen.bytes(&[ETX])
}
