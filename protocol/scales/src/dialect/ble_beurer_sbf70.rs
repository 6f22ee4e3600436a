//! Beurer SBF70 and its sisters: five bytes, steps of 50 g, and no flag for stability that can be trusted.
//!
//! # Why
//! The first frame of a weighing was heard to be far wrong and yet a plausible child, so none counts alone: see
//! [`Agreement`](crate::Agreement).
use super::{Measures, Rules, Shape};
use crate::pen::Pen;
use crate::{Decimal, Error, Outcome, Presence, Quantity, Reading, Unit, UnitFrom, packet};

const HEAD: u8 = 0xe7;
const WEIGHT: u8 = 0x58;
const STEP_G: i64 = 50;

pub(super) const RULES: Rules =
    Rules { shape: Shape::Packet, measures: Measures::Mass, unit_from: UnitFrom::Frame, read, write };

fn read(packet: &[u8], _: Unit) -> Outcome {
    // Other kinds bring a user's record, in as many bytes as they need.
    if let [HEAD, kind, ..] = packet
        && *kind != WEIGHT
    {
        return Err(Error::NoWeight.into());
    }
    let [_, _, _, high, low] = *packet::whole::<5>(packet, &[HEAD, WEIGHT])?;
    let grams = i64::from(u16::from_be_bytes([high, low])) * STEP_G;
    let weight = Quantity::new(Decimal { digits: grams, decimals: 3 }, Unit::Kilogram)?;
    Ok(Reading { presence: Presence::Unconfirmed, ..Reading::new(weight, None) })
}

fn write(grams: i64, _: bool, pen: &mut Pen<'_>) -> Option<()> {
    let steps = u16::try_from(grams / STEP_G).ok().filter(|_| grams % STEP_G == 0)?;
    let [high, low] = steps.to_be_bytes();
    pen.bytes(&[HEAD, WEIGHT, 0x01, high, low])
}
