//! The blood pressure measurement of Bluetooth (2A35): three medical numbers, then what else was noted.
use super::{Measures, Rules, Shape};
use crate::packet::Fields;
use crate::pen::Pen;
use crate::{BloodPressure, Decimal, Error, ErrorReading, Extras, Outcome, Presence, Reading, Unit, UnitFrom};
use crate::{gatt, ieee11073};

const KILOPASCALS: u8 = 0x01;
const TIME: u8 = 0x02;
const PULSE: u8 = 0x04;
const USER: u8 = 0x08;
const STATUS: u8 = 0x10;

pub(super) const RULES: Rules = Rules {
    shape: Shape::Packet,
    measures: Measures::BloodPressure,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

fn read(packet: &[u8], _: Unit) -> Outcome {
    let mut fields = Fields::of(packet);
    let flags = fields.byte()?;
    let has = |flag: u8| flags & flag != 0;
    let unit = if has(KILOPASCALS) { Unit::Kilopascal } else { Unit::MillimetreOfMercury };
    let [systolic, diastolic, mean] = [fields.bytes()?, fields.bytes()?, fields.bytes()?];
    let time = fields.optional(has(TIME), Fields::stamp)?;
    let clock_unset = time == Some(None);
    let pulse = fields.optional(has(PULSE), Fields::bytes)?.and_then(|raw| ieee11073::sfloat(raw).ok());
    let user = fields.optional(has(USER), gatt::user)?.flatten();
    let status = fields.optional(has(STATUS), Fields::word)?;
    let extras = Extras { time: time.flatten(), clock_unset, pulse, user, status, ..Extras::default() };
    match pressure(unit, systolic, diastolic, mean) {
        Ok(pressure) => Ok(Reading { presence: Presence::Held, extras, ..Reading::new(pressure, None) }),
        Err(error) => Err(ErrorReading { extras, ..error.said(None, Some(unit)) }),
    }
}

/// A cuff that does not work out the mean says "not a number" there, which leaves the other two whole.
fn pressure(
    unit: Unit,
    systolic: [u8; 2],
    diastolic: [u8; 2],
    mean: [u8; 2],
) -> Result<BloodPressure, Error> {
    let mean = match ieee11073::sfloat(mean) {
        Err(Error::Nan) => None,
        mean => Some(mean?),
    };
    let (systolic, diastolic) = (ieee11073::sfloat(systolic)?, ieee11073::sfloat(diastolic)?);
    Ok(BloodPressure { unit, systolic, diastolic, mean })
}

/// An arm whose lower pressure is two thirds of the upper.
fn write(systolic: i64, _: bool, pen: &mut Pen<'_>) -> Option<()> {
    let diastolic = systolic / 3 * 2;
    let mean = diastolic + (systolic - diastolic) / 3;
    pen.bytes(&[0])?;
    [systolic, diastolic, mean]
        .iter()
        .try_for_each(|&digits| pen.bytes(&ieee11073::to_sfloat(Decimal { digits, decimals: 0 })?))
}
