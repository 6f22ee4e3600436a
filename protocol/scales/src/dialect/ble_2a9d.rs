//! The weight measurement of Bluetooth (2A9D): one record after each weighing, kept ones too when a phone comes back.
//!
//! # Why
//! A step is 5 g in metric and a hundredth of a pound in imperial packets. The two differ by about one tenth, so a
//! packet read in the wrong system looks plausible: the flag alone decides.
use super::{Measures, Rules, Shape};
use crate::gatt::{self, UNSUCCESSFUL, Units};
use crate::packet::Fields;
use crate::pen::Pen;
use crate::{Error, ErrorReading, Extras, Outcome, Presence, Reading, Unit, UnitFrom};

const TIME: u8 = 0x02;
const USER: u8 = 0x04;
const BODY: u8 = 0x08;

pub(super) const RULES: Rules =
    Rules { shape: Shape::Packet, measures: Measures::Mass, unit_from: UnitFrom::Frame, read, write };

/// Flags not known today announce fields behind ours, so neither they nor those bytes are an error.
fn read(packet: &[u8], _: Unit) -> Outcome {
    let mut fields = Fields::of(packet);
    let flags = fields.byte()?;
    let has = |flag: u8| flags & flag != 0;
    let units = Units::of(flags.into());
    let raw = fields.word()?;
    let mut extras = Extras {
        time: fields.optional(has(TIME), Fields::stamp)?.flatten(),
        user: fields.optional(has(USER), gatt::user)?.flatten(),
        ..Extras::default()
    };
    if has(BODY) {
        extras.bmi = Some(gatt::tenths(fields.word()?));
        extras.height = Some(units.height(fields.word()?)?);
    }
    if raw == UNSUCCESSFUL {
        return Err(ErrorReading { extras, ..Error::Unsuccessful.said(false, Some(units.mass)) });
    }
    Ok(Reading { presence: Presence::Held, extras, ..Reading::new(units.weight(raw)?, Some(true)) })
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let steps = gatt::steps_of_5_g(grams).filter(|_| stable)?;
    pen.bytes(&[0])?;
    pen.bytes(&steps.to_le_bytes())
}
