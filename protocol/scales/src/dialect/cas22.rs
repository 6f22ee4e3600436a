//! CAS CI and NT indicators: comma text with a device number and a byte of lamps, 22 bytes in all.
//!
//! The lamps use all eight bits; on a port of seven the highest is lost and the rest still holds. Header and lamps both
//! tell whether the load stands still, and the worse of the two is believed.
use super::{Measures, Rules, Shape, also, cas10, st_gs};
use crate::pen::Pen;
use crate::{Error, Outcome, Presence, Side, Unit, UnitFrom, Warning, text};

/// All but the end of the line.
const LENGTH: usize = 20;

const FIXED: u8 = 0x80;
const STEADY: u8 = 0x40;
const HOLD: u8 = 0x10;
const GROSS: u8 = 0x04;

pub(super) const RULES: Rules = Rules {
    shape: Shape::Line { heads: &[b"ST,", b"US,", b"OL,"], mark: b"" },
    measures: Measures::Mass,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

fn read(line: &[u8], _: Unit) -> Outcome {
    let line: &[u8; LENGTH] = line.try_into().map_err(|_| Error::Malformed)?;
    let [head @ .., b',', kind, of_kind, b',', b'1'..=b'=', lamps, b',', _, _, _, _, _, _, _, _, b' ', _, _] = line
    else {
        return Err(Error::Malformed.into());
    };
    let (_, body) = line.split_at(9);
    let steady = lamps & STEADY != 0;
    let stable = match head {
        b"ST" => steady,
        b"US" => false,
        b"OL" => return Err(Error::Overload.said(false, text::last_unit(body))),
        _ => return Err(Error::Malformed.into()),
    };
    let side = match [*kind, *of_kind] {
        [b'G', b'S'] => Side::Gross,
        [b'N', b'T'] => Side::Net,
        [b'T', b'R'] => return st_gs::tare(body, stable),
        _ => return Err(Error::Malformed.into()),
    };
    also(text::weight(body, stable), |reading| {
        reading.side = Some(side);
        reading.extras.warning = warning(*lamps, head == b"ST");
        if lamps & HOLD != 0 {
            reading.presence = Presence::Held;
        }
    })
}

fn warning(lamps: u8, stable: bool) -> Option<Warning> {
    if lamps & FIXED == 0 {
        Some(Warning::LampBit7Clear)
    } else {
        (stable != (lamps & STEADY != 0)).then_some(Warning::LampDisagrees)
    }
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let (head, steady) = if stable { (b"ST", STEADY) } else { (b"US", 0) };
    pen.bytes(head)?;
    pen.bytes(&[b',', b'G', b'S', b',', b'1', FIXED | steady | GROSS, b','])?;
    cas10::write_data(grams, pen)?;
    pen.bytes(b" kg\r\n")
}
