//! A medical number of four bytes and nothing else, as bathroom scales send it: kilograms, after the weighing.
use super::{Measures, Rules, Shape};
use crate::pen::Pen;
use crate::{Decimal, Outcome, Presence, Quantity, Reading, Unit, UnitFrom, ieee11073, packet};

pub(super) const RULES: Rules =
    Rules { shape: Shape::Packet, measures: Measures::Mass, unit_from: UnitFrom::Frame, read, write };

fn read(packet: &[u8], _: Unit) -> Outcome {
    let weight = Quantity::new(ieee11073::float(*packet::whole(packet, &[])?)?, Unit::Kilogram)?;
    Ok(Reading { presence: Presence::Held, ..Reading::new(weight, None) })
}

fn write(grams: i64, _: bool, pen: &mut Pen<'_>) -> Option<()> {
    pen.bytes(&ieee11073::to_float(Decimal { digits: grams, decimals: 3 })?)
}
