//! Robi S9: twenty bytes with a kind in the fourth; only the final frame, A3, carries a weight in grams.
use super::{Measures, Rules, Shape};
use crate::pen::Pen;
use crate::{Decimal, Error, Outcome, Presence, Quantity, Reading, Unit, UnitFrom, packet};

const GREETING: u8 = 0xa1;
/// Sent while the weighing runs, without a number anybody could make out.
const RUNNING: u8 = 0xa2;
const FINAL: u8 = 0xa3;

pub(super) const RULES: Rules =
    Rules { shape: Shape::Packet, measures: Measures::Mass, unit_from: UnitFrom::Frame, read, write };

fn read(packet: &[u8], _: Unit) -> Outcome {
    let [_, _, zero, kind, _, high, middle, low, ..] = *packet::whole::<20>(packet, &[])?;
    match (zero, kind) {
        (0, FINAL) => {
            let grams = u32::from_be_bytes([0, high, middle, low]);
            let weight = Quantity::new(Decimal { digits: grams.into(), decimals: 3 }, Unit::Kilogram)?;
            Ok(Reading { presence: Presence::Held, ..Reading::new(weight, Some(true)) })
        }
        (0, GREETING | RUNNING) => Err(Error::NoWeight.said(false, None)),
        _ => Err(Error::Malformed.into()),
    }
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let [0, high, middle, low] = u32::try_from(grams).ok().filter(|_| stable)?.to_be_bytes() else {
        return None;
    };
    pen.bytes(&[0x03, 0x08, 0, FINAL, 0, high, middle, low])?;
    pen.bytes(&[0; 12])
}
