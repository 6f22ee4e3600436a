//! Swan, Icomon, YG and others: eight bytes with a kind and a sum; weights in hundredths of a kilogram.
use super::{Measures, Rules, Shape};
use crate::pen::Pen;
use crate::{Decimal, Error, ErrorReading, Extras, Outcome, Presence, Quantity, Reading, Unit, UnitFrom, packet};

const HEAD: &[u8] = &[0xac, 0x02];
const FINAL: u8 = 0xca;
const IMPEDANCE: u8 = 0xcb;
/// The answer to a setting.
const SETTING: u8 = 0xcc;
const LIVE: u8 = 0xce;

pub(super) const RULES: Rules =
    Rules { shape: Shape::Packet, measures: Measures::Mass, unit_from: UnitFrom::Frame, read, write };

fn read(packet: &[u8], _: Unit) -> Outcome {
    let [_, _, body @ .., check] = packet::whole::<8>(packet, HEAD)?;
    if sum(body) != *check {
        return Err(Error::Checksum.into());
    }
    let [high, low, .., kind] = *body;
    let stable = match kind {
        FINAL => true,
        LIVE => false,
        IMPEDANCE => return Err(without_weight(impedance(body))),
        SETTING => return Err(without_weight(None)),
        _ => return Err(Error::Malformed.into()),
    };
    let value = Decimal { digits: u16::from_be_bytes([high, low]).into(), decimals: 2 };
    let presence = if stable { Presence::Held } else { Presence::Live };
    Ok(Reading { presence, ..Reading::new(Quantity::new(value, Unit::Kilogram)?, Some(stable)) })
}

fn without_weight(impedance: Option<Decimal>) -> ErrorReading {
    ErrorReading {
        extras: Extras { impedance, ..Extras::default() },
        ..Error::NoWeight.said(false, None)
    }
}

/// Ohms behind FD 01; other bytes there open a block or say that the feet were not bare.
fn impedance(body: &[u8; 5]) -> Option<Decimal> {
    match *body {
        [0xfd, 0x01, high, low, _] => {
            Some(Decimal { digits: u16::from_be_bytes([high, low]).into(), decimals: 0 })
        }
        _ => None,
    }
}

fn sum(body: &[u8; 5]) -> u8 {
    body.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let [high, low] = u16::try_from(grams / 10).ok().filter(|_| grams % 10 == 0)?.to_be_bytes();
    let body = [high, low, 0, 0, if stable { FINAL } else { LIVE }];
    pen.bytes(HEAD)?;
    pen.bytes(&body)?;
    pen.bytes(&[sum(&body)])
}
