//! Xiaomi body composition scales: the same advertisement with an impedance (181B).
use super::ble_xiaomi_v1::{self as first, STABLE};
use super::{Measures, Rules, Shape};
use crate::packet::{self, Fields};
use crate::pen::Pen;
use crate::{Decimal, Extras, Outcome, Unit, UnitFrom};

const POUNDS: u8 = 0x01;
const IMPEDANCE: u8 = 0x02;
const JIN: u8 = 0x40;

pub(super) const RULES: Rules =
    Rules { shape: Shape::Packet, measures: Measures::Mass, unit_from: UnitFrom::Frame, read, write };

fn read(packet: &[u8], _: Unit) -> Outcome {
    let mut fields = Fields::of(packet::whole::<13>(packet, &[])?);
    let [units, control] = fields.bytes()?;
    let time = fields.stamp()?;
    let ohms = Decimal { digits: fields.word()?.into(), decimals: 0 };
    let impedance = Some(ohms).filter(|_| control & IMPEDANCE != 0);
    let weight = first::weight(units & POUNDS != 0, control & JIN != 0, fields.word()?)?;
    Ok(first::advertised(weight, control, Extras { time, impedance, ..Extras::default() }))
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let steps = u16::try_from(grams / 5).ok().filter(|_| grams % 5 == 0)?;
    pen.bytes(&[0x02, 0x04 | if stable { STABLE } else { 0 }])?;
    pen.bytes(&[0; 9])?;
    pen.bytes(&steps.to_le_bytes())
}
