//! Keep S3: thirteen bytes for each stage of a weighing; the last stage also brings impedance and pulse.
use super::{Measures, Rules, Shape};
use crate::gatt;
use crate::pen::Pen;
use crate::{Decimal, Extras, Outcome, Presence, Reading, Unit, UnitFrom, packet};

const HEAD: &[u8] = &[0x03, 0x53, 0x57, 0x00, 0x08];
const FINAL: u8 = 0x29;

pub(super) const RULES: Rules =
    Rules { shape: Shape::Packet, measures: Measures::Mass, unit_from: UnitFrom::Frame, read, write };

fn read(packet: &[u8], _: Unit) -> Outcome {
    let [.., stage, high, low, _, _, ohms_high, ohms_low, pulse] = *packet::whole::<13>(packet, HEAD)?;
    let weight = gatt::Units::of(0).weight(u16::from_be_bytes([high, low]))?;
    // Zero stands for what has not been measured yet.
    let told = |value: u16| Some(Decimal { digits: value.into(), decimals: 0 }).filter(|_| value != 0);
    let extras = Extras {
        impedance: told(u16::from_be_bytes([ohms_high, ohms_low])),
        pulse: told(pulse.into()),
        ..Extras::default()
    };
    let stable = stage == FINAL;
    let presence = if stable { Presence::Held } else { Presence::Live };
    Ok(Reading { presence, extras, ..Reading::new(weight, Some(stable)) })
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let [high, low] = u16::try_from(grams / 5).ok().filter(|_| grams % 5 == 0)?.to_be_bytes();
    pen.bytes(HEAD)?;
    pen.bytes(&[if stable { FINAL } else { 0 }, high, low, 0, 0, 0, 0, 0])
}
