//! The body composition measurement of Bluetooth (2A9C), in which a weight may come along.
//!
//! Some makers send the weight in 2A9D alone and leave this record empty. Fat and muscle are passed over: for children
//! they mean nothing.
use super::{Measures, Rules, Shape};
use crate::gatt::{self, UNSUCCESSFUL, Units};
use crate::packet::Fields;
use crate::pen::Pen;
use crate::{Error, ErrorReading, Extras, Outcome, Presence, Reading, Unit, UnitFrom};

const TIME: u16 = 1 << 1;
const USER: u16 = 1 << 2;
/// Energy, muscle share and mass, fat-free mass, soft lean mass, water: two bytes for each flag.
const COMPOSITION: u16 = 0b1_1111_1000;
const IMPEDANCE: u16 = 1 << 9;
const WEIGHT: u16 = 1 << 10;
const HEIGHT: u16 = 1 << 11;

pub(super) const RULES: Rules =
    Rules { shape: Shape::Packet, measures: Measures::Mass, unit_from: UnitFrom::Frame, read, write };

fn read(packet: &[u8], _: Unit) -> Outcome {
    let mut fields = Fields::of(packet);
    let flags = fields.word()?;
    let has = |flag: u16| flags & flag != 0;
    let units = Units::of(flags);
    let fat = fields.word()?;
    let time = fields.optional(has(TIME), Fields::stamp)?.flatten();
    let user = fields.optional(has(USER), gatt::user)?.flatten();
    for _ in 0..(flags & COMPOSITION).count_ones() {
        fields.word()?;
    }
    let impedance = fields.optional(has(IMPEDANCE), Fields::word)?.map(gatt::tenths);
    let weight = fields.optional(has(WEIGHT), Fields::word)?;
    let height = fields.optional(has(HEIGHT), Fields::word)?.map(|raw| units.height(raw)).transpose()?;
    let extras = Extras { time, user, impedance, height, ..Extras::default() };
    let refused = |error: Error, stable: bool| ErrorReading { extras, ..error.said(stable, Some(units.mass)) };
    match weight {
        _ if fat == UNSUCCESSFUL => Err(refused(Error::Unsuccessful, false)),
        Some(UNSUCCESSFUL) => Err(refused(Error::Unsuccessful, false)),
        Some(raw) => {
            Ok(Reading { presence: Presence::Held, extras, ..Reading::new(units.weight(raw)?, Some(true)) })
        }
        None => Err(refused(Error::NoWeight, true)),
    }
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let steps = gatt::steps_of_5_g(grams).filter(|_| stable)?;
    pen.bytes(&WEIGHT.to_le_bytes())?;
    pen.bytes(&[0, 0])?;
    pen.bytes(&steps.to_le_bytes())
}
