//! What meters tell, and what of it is a measurement.

use ::scales::{Profile, decode};

use super::*;

fn read(vital: Vital, packet: &[u8]) -> Result<Value, NoValue> {
    Value::of(&decode(Profile::new(vital.dialect()), packet).unwrap())
}

fn cuff(packet: &[u8]) -> Result<Pressure, NoValue> {
    read(Vital::BloodPressure, packet).map(|value| match value {
        Value::BloodPressure(pressure) => pressure,
        other => panic!("{other:?}"),
    })
}

/// Record 7 with flags and what follows them, of 22 November 2026.
fn strip(flags: u8, rest: &[u8]) -> Result<u16, NoValue> {
    let packet = [&[flags, 7, 0, 0xea, 7, 11, 22, 9, 0, 0], rest].concat();
    read(Vital::Glucose, &packet).map(|value| match value {
        Value::Glucose(glucose) => glucose.mg_per_dl,
        other => panic!("{other:?}"),
    })
}

#[test]
fn a_cuff_speaks_in_two_units_and_both_mean_the_same() {
    type Row<'a> = (&'a [u8], [u16; 2], Option<u16>, Option<u16>);
    let table: [Row<'_>; 4] = [
        (&[0, 120, 0, 80, 0, 93, 0], [120, 80], Some(93), None),
        // 16.0, 10.7 and 12.4 kPa, 72 beats
        (&[0x05, 0xa0, 0xf0, 0x6b, 0xf0, 0x7c, 0xf0, 72, 0], [120, 80], Some(93), Some(72)),
        // no mean, and a pulse that is no number
        (&[0x04, 165, 0, 110, 0, 0xff, 7, 0xff, 7], [165, 110], None, None),
        // 120.5 mmHg, and a mean above the upper pressure
        (&[0, 0xb5, 0xf4, 80, 0, 200, 0], [121, 80], None, None),
    ];
    for (packet, both, mean, pulse) in table {
        let told = cuff(packet).unwrap();
        assert_eq!([told.systolic_mmhg, told.diastolic_mmhg], both, "{packet:?}");
        assert_eq!((told.mean_mmhg, told.pulse_bpm), (mean, pulse), "{packet:?}");
    }
}

#[test]
fn a_pressure_nobody_has_is_no_measurement() {
    for (upper, lower) in [(30, 20), (301, 80), (120, 10), (80, 120), (100, 100), (300, 201)] {
        let [low, high] = u16::to_le_bytes(upper);
        assert_eq!(cuff(&[0, low, high, lower, 0, 93, 0]), Err(NoValue::Impossible), "{upper}/{lower}");
    }
}

#[test]
fn what_the_cuff_found_odd_is_told_with_the_number() {
    let table: [(u16, &[Caution]); 7] = [
        (0, &[]),
        (1, &[Caution::BodyMoved]),
        (0b110, &[Caution::CuffLoose, Caution::PulseIrregular]),
        (0b01000, &[Caution::PulseFast]),
        (0b10000, &[Caution::PulseSlow]),
        (0b11000, &[]),
        (0b100001, &[Caution::BodyMoved, Caution::WrongPosition]),
    ];
    for (status, cautions) in table {
        let [low, high] = status.to_le_bytes();
        assert_eq!(cuff(&[0x10, 120, 0, 80, 0, 93, 0, low, high]).unwrap().cautions, cautions, "{status:b}");
    }
}

#[test]
fn glucose_is_milligrams_in_a_decilitre_or_no_measurement() {
    let (mass, moles) = ([0x78, 0xb0, 0x11], [0x37, 0xc0, 0x11]);
    let with = |status: u16| [mass.as_slice(), &status.to_le_bytes()].concat();
    let table: [(u8, Vec<u8>, Result<u16, NoValue>); 13] = [
        (0x02, mass.to_vec(), Ok(120)),
        (0x06, moles.to_vec(), Ok(99)),
        (0x0a, with(0), Ok(120)),
        (0x0a, with(1), Ok(120)),
        (0x0a, with(1 << 2), Err(NoValue::Failed)),
        (0x0a, with(1 << 4), Err(NoValue::Failed)),
        (0x0a, with(1 << 9), Err(NoValue::Failed)),
        (0x0a, with(1 << 5), Err(NoValue::TooHigh)),
        (0x0a, with(1 << 6), Err(NoValue::TooLow)),
        (0x02, vec![0x78, 0xb0, 0x1a], Err(NoValue::Control)),
        (0x02, vec![0x78, 0xb0, 0x4a], Err(NoValue::Control)),
        (0x02, vec![0x05, 0xb0, 0x11], Err(NoValue::Impossible)),
        (0x02, vec![0x78, 0xd0, 0x11], Err(NoValue::Impossible)),
    ];
    for (flags, rest, expected) in table {
        assert_eq!(strip(flags, &rest), expected, "{flags:#x} {rest:?}");
    }
}

#[test]
fn a_value_is_read_as_it_was_written() {
    let meals = [Meal::Before, Meal::After, Meal::Fasting, Meal::Casual, Meal::Bedtime].map(Some);
    for meal in meals.into_iter().chain([None]) {
        let value = Value::Glucose(Glucose { mg_per_dl: 99, meal, cautions: vec![Caution::TooHot] });
        let text = serde_json::to_string(&value).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value, "{text}");
    }
}
