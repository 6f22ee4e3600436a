//! Vitafit scales: frames from 5A to AA that count their own length, with a check bit by bit.
use super::{Measures, Rules, Shape};
use crate::pen::Pen;
use crate::{Decimal, Error, ErrorReading, Extras, Outcome, Quantity, Reading, Unit, UnitFrom};

const START: u8 = 0x5a;
const END: u8 = 0xaa;
const MAKER: u8 = 0x26;
const WEIGHT: u8 = 0x10;
const IMPEDANCE: u8 = 0x11;
const STABLE: u8 = 0x02;
/// Bytes that the length does not count: the start and itself.
const UNCOUNTED: usize = 2;

pub(super) const RULES: Rules =
    Rules { shape: Shape::Packet, measures: Measures::Mass, unit_from: UnitFrom::Frame, read, write };

fn read(packet: &[u8], _: Unit) -> Outcome {
    match body(packet)? {
        [WEIGHT, state, _, _, _, high, low] => {
            let value = Decimal { digits: u16::from_be_bytes([*high, *low]).into(), decimals: 2 };
            Ok(Reading::new(Quantity::new(value, Unit::Kilogram)?, Some(*state == STABLE)))
        }
        [IMPEDANCE, _, _, _, _, _, high, low] => {
            let ohms = Decimal { digits: u16::from_be_bytes([*high, *low]).into(), decimals: 0 };
            let extras = Extras { impedance: Some(ohms), ..Extras::default() };
            Err(ErrorReading { extras, ..Error::NoWeight.said(false, None) })
        }
        [WEIGHT | IMPEDANCE, ..] | [] => Err(Error::Malformed.into()),
        _ => Err(Error::NoWeight.into()),
    }
}

/// What stands between the maker's byte and the check, once length and check are found to fit.
fn body(packet: &[u8]) -> Result<&[u8], Error> {
    let (&start, counted) = packet.split_first().ok_or(Error::Truncated)?;
    if start != START {
        return Err(Error::Malformed);
    }
    let length = usize::from(*counted.first().ok_or(Error::Truncated)?) + UNCOUNTED;
    if packet.len() < length {
        return Err(Error::Truncated);
    }
    match counted {
        [guarded @ .., check, END] if packet.len() == length => match guarded {
            _ if xor(guarded) != *check => Err(Error::Checksum),
            [_, MAKER, body @ ..] => Ok(body),
            _ => Err(Error::Malformed),
        },
        _ => Err(Error::Malformed),
    }
}

fn xor(guarded: &[u8]) -> u8 {
    guarded.iter().fold(0, |sum, byte| sum ^ byte)
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let [high, low] = u16::try_from(grams / 10).ok().filter(|_| grams % 10 == 0)?.to_be_bytes();
    let state = if stable { STABLE } else { 0x01 };
    let guarded = [10, MAKER, WEIGHT, state, 0, 0, high, high, low];
    pen.bytes(&[START])?;
    pen.bytes(&guarded)?;
    pen.bytes(&[xor(&guarded), END])
}
