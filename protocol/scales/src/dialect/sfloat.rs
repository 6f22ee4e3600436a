//! A medical number of two bytes and nothing else; what it counts is told elsewhere.
use super::{Measures, Rules, Shape};
use crate::pen::Pen;
use crate::{Decimal, Outcome, Reading, Unit, UnitFrom, ieee11073, packet};

pub(super) const RULES: Rules =
    Rules { shape: Shape::Packet, measures: Measures::Number, unit_from: UnitFrom::Frame, read, write };

fn read(packet: &[u8], _: Unit) -> Outcome {
    Ok(Reading::new(ieee11073::sfloat(*packet::whole(packet, &[])?)?, None))
}

fn write(number: i64, _: bool, pen: &mut Pen<'_>) -> Option<()> {
    pen.bytes(&ieee11073::to_sfloat(Decimal { digits: number, decimals: 0 })?)
}
