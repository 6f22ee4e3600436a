//! Xiaomi scales: a weight in their advertisement (181D), repeated after the load is gone.
use super::{Measures, Rules, Shape};
use crate::packet::{self, Fields};
use crate::pen::Pen;
use crate::{Decimal, Error, Extras, Outcome, Presence, Quantity, Reading, Unit, UnitFrom};

const POUNDS: u8 = 0x01;
const JIN: u8 = 0x10;
pub(super) const STABLE: u8 = 0x20;
pub(super) const REMOVED: u8 = 0x80;

pub(super) const RULES: Rules =
    Rules { shape: Shape::Packet, measures: Measures::Mass, unit_from: UnitFrom::Frame, read, write };

fn read(packet: &[u8], _: Unit) -> Outcome {
    let mut fields = Fields::of(packet::whole::<10>(packet, &[])?);
    let control = fields.byte()?;
    let weight = weight(control & POUNDS != 0, control & JIN != 0, fields.word()?)?;
    let time = fields.stamp()?;
    Ok(advertised(weight, control, Extras { time, ..Extras::default() }))
}

/// Half a hundredth of a kilogram, or a hundredth of what the two other units call a pound.
pub(super) fn weight(pounds: bool, jin: bool, raw: u16) -> Result<Quantity, Error> {
    let hundredths = |unit| Quantity::new(Decimal { digits: raw.into(), decimals: 2 }, unit);
    match (pounds, jin) {
        (false, false) => {
            Quantity::new(Decimal { digits: i64::from(raw) * 5, decimals: 3 }, Unit::Kilogram)
        }
        (true, false) => hundredths(Unit::Pound),
        (false, true) => hundredths(Unit::Jin),
        (true, true) => Err(Error::Malformed),
    }
}

/// The flag for stability stays up when the load has gone; it then speaks of the past.
pub(super) fn advertised(weight: Quantity, control: u8, extras: Extras) -> Reading {
    let removed = control & REMOVED != 0;
    let presence = if removed { Presence::Removed } else { Presence::Live };
    let stable = control & STABLE != 0 && !removed;
    Reading { presence, extras, ..Reading::new(weight, Some(stable)) }
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let steps = u16::try_from(grams / 5).ok().filter(|_| grams % 5 == 0)?;
    pen.bytes(&[0x02 | if stable { STABLE } else { 0 }])?;
    pen.bytes(&steps.to_le_bytes())?;
    pen.bytes(&[0; 7])
}
