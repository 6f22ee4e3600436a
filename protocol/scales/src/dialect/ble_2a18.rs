//! The glucose measurement of Bluetooth (2A18): one record of the meter's memory, known by its number.
use super::{Measures, Rules, Shape};
use crate::packet::Fields;
use crate::pen::Pen;
use crate::{Decimal, Error, ErrorReading, Extras, Outcome, Presence, Quantity, Reading, Unit, UnitFrom, ieee11073};

const TIME_OFFSET: u8 = 0x01;
const CONCENTRATION: u8 = 0x02;
const MOLES: u8 = 0x04;
const STATUS: u8 = 0x08;
const CONTEXT: u8 = 0x10;
/// Where a drop came from: the liquid a meter is tried with, as the kind of drop and as its place.
const CONTROL_KIND: u8 = 10;
const CONTROL_PLACE: u8 = 4;

pub(super) const RULES: Rules =
    Rules { shape: Shape::Packet, measures: Measures::Glucose, unit_from: UnitFrom::Frame, read, write };

fn read(packet: &[u8], _: Unit) -> Outcome {
    let mut fields = Fields::of(packet);
    let flags = fields.byte()?;
    let has = |flag: u8| flags & flag != 0;
    let sequence = Some(fields.word()?);
    let time = fields.stamp()?;
    let time_offset_min = fields.optional(has(TIME_OFFSET), Fields::word)?.map(u16::cast_signed);
    let concentration = fields.optional(has(CONCENTRATION), concentration)?;
    let status = fields.optional(has(STATUS), Fields::word)?;
    let is_control = concentration.is_some_and(|(_, drop)| is_control(drop));
    let (clock_unset, context_follows) = (time.is_none(), has(CONTEXT));
    let extras = Extras {
        sequence,
        time,
        time_offset_min,
        clock_unset,
        status,
        is_control,
        context_follows,
        ..Extras::default()
    };
    let Some((raw, _)) = concentration else {
        return Err(ErrorReading { extras, ..Error::NoWeight.into() });
    };
    let unit = if has(MOLES) { Unit::MolePerLitre } else { Unit::KilogramPerLitre };
    match ieee11073::sfloat(raw).and_then(|value| Quantity::new(value, unit)) {
        Ok(glucose) => Ok(Reading { presence: Presence::Held, extras, ..Reading::new(glucose, None) }),
        Err(error) => Err(ErrorReading { extras, ..error.said(None, Some(unit)) }),
    }
}

/// The number, and behind it where the drop of blood came from.
fn concentration(fields: &mut Fields<'_>) -> Result<([u8; 2], u8), Error> {
    let [low, high, drop] = fields.bytes()?;
    Ok(([low, high], drop))
}

const fn is_control(drop: u8) -> bool {
    drop & 0x0f == CONTROL_KIND || drop >> 4 == CONTROL_PLACE
}

/// The first record of a meter whose clock was never set, of blood from a finger.
fn write(mg_per_dl: i64, _: bool, pen: &mut Pen<'_>) -> Option<()> {
    let number = ieee11073::to_sfloat(Decimal { digits: mg_per_dl, decimals: 5 })?;
    pen.bytes(&[CONCENTRATION, 1, 0])?;
    pen.bytes(&[0; 7])?;
    pen.bytes(&number)?;
    pen.bytes(&[0x11])
}
