//! OKOK scales without a name: thirteen bytes in their advertisement, six of them their address.
use super::{Measures, Rules, Shape};
use crate::pen::Pen;
use crate::{Decimal, Error, Outcome, Presence, Quantity, Reading, Unit, UnitFrom, packet};

const MODEL: [u8; 2] = [0x0a, 0x01];
const FINAL: u8 = 0x01;
/// Kilograms with two decimals, as all known scales of the model send them.
const PLAIN: u8 = 0x24;

pub(super) const RULES: Rules =
    Rules { shape: Shape::Packet, measures: Measures::Mass, unit_from: UnitFrom::Frame, read, write };

fn read(packet: &[u8], _: Unit) -> Outcome {
    // Bytes 2 and 3 are an impedance on some units and a constant on others.
    let [high, low, _, _, model @ .., status, _, _, _, _, _, _] = *packet::whole::<13>(packet, &[])?;
    if model != MODEL {
        return Err(Error::Malformed.into());
    }
    let stable = status & FINAL != 0;
    let decimals = match status >> 1 & 0b11 {
        0 => 1,
        1 => 0,
        2 => 2,
        _ => return Err(Error::Malformed.into()),
    };
    let unit = match status >> 3 & 0b11 {
        0 => Unit::Kilogram,
        1 => Unit::Jin,
        2 => Unit::Pound,
        _ => return Err(Error::UnknownUnit.said(stable, None)), // stones and pounds, a byte each
    };
    let value = Decimal { digits: u16::from_be_bytes([high, low]).into(), decimals };
    let presence = if stable { Presence::Held } else { Presence::Live };
    Ok(Reading { presence, ..Reading::new(Quantity::new(value, unit)?, Some(stable)) })
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let [high, low] = u16::try_from(grams / 10).ok().filter(|_| grams % 10 == 0)?.to_be_bytes();
    let [model, variant] = MODEL;
    pen.bytes(&[high, low, 0x17, 0x70, model, variant, if stable { PLAIN | FINAL } else { PLAIN }])?;
    pen.bytes(&[0x02, 0, 0, 0, 0, 1])
}
