//! Medical numbers and the packets of Bluetooth's own services.
use crate::harness::{load, refusal, said};
use scales::Dialect::{Ble2a9c, Ble2a9d, Ble2a18, Ble2a35, Float32, Sfloat};
use scales::Error::*;
use scales::{Decimal, Measured, Presence, Unit, WeightFeature};

const YES: Option<bool> = Some(true);
const NO: Option<bool> = Some(false);

#[test]
fn medical_numbers_are_decimal_and_their_specials_are_errors() {
    let short = |raw: u16| said(Sfloat, raw.to_le_bytes()).map(|reading| reading.measured);
    for (raw, digits, decimals) in [
        (0xe0c8, 200, 2),
        (0x0b2e, -1234, 0),
        (0x8078, 120, 8),
        (0x7001, 1, -7),
        (0x07fd, 2045, 0),
        (0x0803, -2045, 0),
        (0x17ff, 2047, -1),
    ] {
        assert_eq!(short(raw), Ok(Measured::Number(Decimal { digits, decimals })), "{raw:04x}");
    }
    let long = |raw: u32| said(Float32, raw.to_le_bytes());
    assert_eq!(long(0xfd00_20da).unwrap().grams(), Some(8410));
    assert_eq!(long(0x0000_0007).unwrap().grams(), Some(7000));
    assert_eq!(long(0xffff_ff9c).unwrap().grams(), Some(-10_000));
    assert!(!long(0xfd00_20da).unwrap().is_live_load());
    for (short_raw, long_raw, error) in [
        (0x07ff, 0x007f_ffff, Nan),
        (0x0800, 0x0080_0000, Nres),
        (0x07fe, 0x007f_fffe, Overload),
        (0x0802, 0x0080_0002, NegInfinity),
        (0x0801, 0x0080_0001, Malformed),
    ] {
        assert_eq!(short(short_raw).unwrap_err(), error.into());
        assert_eq!(long(long_raw).unwrap_err(), error.into());
    }
    assert_eq!(long(0x7f00_0001).unwrap_err().error, Malformed, "no scale carries that");
    assert_eq!(long(0x8000_0001).unwrap_err().error, Malformed);
    assert_eq!((refusal(Sfloat, [0]).0, refusal(Float32, [0; 5]).0), (Truncated, Malformed));
}

#[test]
fn bluetooth_weights_keep_what_the_record_says() {
    let full = said(Ble2a9d, [0x0f, 0x54, 0x3d, 0xea, 7, 5, 12, 18, 53, 54, 0xff, 0xee, 0, 0xa8, 2]).unwrap();
    assert_eq!(full.quantity().unwrap().milligrams(), Some(71_214_002));
    assert_eq!(full.extras.height.unwrap().tenth_mm(), Some(17_272));
    assert_eq!(full.extras.bmi, Some(Decimal { digits: 238, decimals: 1 }));
    assert_eq!(full.extras.time.unwrap().to_string(), "2026-05-12T18:53:54");
    assert_eq!(full.extras.user, None, "255 is nobody");
    assert_eq!((full.presence, full.is_live_load()), (Presence::Held, false));
    assert_eq!(load(Ble2a9d, [0xf0, 0xb0, 0x36, 1, 2, 3]), (70_000_000, YES));
    let unset = said(Ble2a9d, [0x02, 0xb0, 0x36, 0, 0, 0, 0, 0, 0, 0]).unwrap();
    assert_eq!(unset.extras.time, None);
    let failed = said(Ble2a9d, [0x05, 0xff, 0xff, 3]).unwrap_err();
    assert_eq!((failed.error, failed.stable, failed.unit), (Unsuccessful, NO, Some(Unit::Pound)));
    assert_eq!(failed.extras.user, Some(3));
    assert_eq!(refusal(Ble2a9d, [0x08, 0xb0, 0x36, 0xee, 0]).0, Truncated);
}

#[test]
fn body_composition_is_read_for_its_weight_alone() {
    let all = [
        0xff, 0x0f, 0x46, 0, 0xea, 7, 5, 12, 18, 53, 54, 2, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 0x40, 0x1f,
        0x54, 0x3d, 0xa8, 2,
    ];
    let full = said(Ble2a9c, all).unwrap();
    assert_eq!(full.quantity().unwrap().milligrams(), Some(71_214_002));
    assert_eq!(full.extras.impedance, Some(Decimal { digits: 8000, decimals: 1 }));
    assert_eq!((full.extras.user, full.extras.height.unwrap().tenth_mm()), (Some(2), Some(17_272)));
    assert_eq!(refusal(Ble2a9c, &all[..29]), (Truncated, None));
    let stub = [0x98, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(refusal(Ble2a9c, stub), (NoWeight, YES));
    assert_eq!(refusal(Ble2a9c, [0, 4, 0xff, 0xff, 0xb0, 0x36]), (Unsuccessful, NO));
    assert_eq!(refusal(Ble2a9c, [0, 4, 0, 0, 0xff, 0xff]), (Unsuccessful, NO));
}

#[test]
fn a_blood_pressure_is_three_numbers_or_an_error() {
    let all = [0x1f, 0xa0, 0xf0, 0x6b, 0xf0, 0x7c, 0xf0, 0xea, 7, 5, 12, 18, 53, 54, 72, 0, 4, 1, 0];
    let full = said(Ble2a35, all).unwrap();
    let Measured::BloodPressure(pressure) = full.measured else { panic!("{full:?}") };
    assert_eq!(pressure.unit, Unit::Kilopascal);
    assert_eq!(pressure.systolic, Decimal { digits: 160, decimals: 1 });
    assert_eq!(pressure.mean, Some(Decimal { digits: 124, decimals: 1 }));
    assert_eq!((full.extras.pulse.unwrap().digits, full.extras.user), (72, Some(4)));
    assert_eq!((full.grams(), full.tenth_mm(), full.quantity()), (None, None, None));
    assert_eq!((full.extras.status, full.extras.clock_unset), (Some(1), false));
    assert_eq!(refusal(Ble2a35, &all[..18]), (Truncated, None));
    let untimed = said(Ble2a35, [0x00, 120, 0, 80, 0, 93, 0]).unwrap();
    let unset = said(Ble2a35, [0x02, 120, 0, 80, 0, 93, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap();
    assert_eq!([untimed, unset].map(|said| said.extras.time), [None, None]);
    assert_eq!([untimed, unset].map(|said| said.extras.clock_unset), [false, true]);

    let without_mean = said(Ble2a35, [0x04, 120, 0, 80, 0, 0xff, 7, 0xff, 7]).unwrap();
    let Measured::BloodPressure(pressure) = without_mean.measured else { panic!("{without_mean:?}") };
    assert_eq!((pressure.mean, without_mean.extras.pulse), (None, None));
    for (special, error) in [(0x07ff_u16, Nan), (0x0800, Nres), (0x07fe, Overload), (0x0802, NegInfinity)] {
        let [low, high] = special.to_le_bytes();
        for at in [1, 3] {
            let mut packet = [0, 120, 0, 80, 0, 93, 0];
            packet[at..at + 2].copy_from_slice(&[low, high]);
            let refused = said(Ble2a35, packet).unwrap_err();
            assert_eq!((refused.error, refused.unit), (error, Some(Unit::MillimetreOfMercury)));
        }
    }
}

#[test]
fn glucose_comes_by_mass_or_by_moles_and_keeps_its_number() {
    let base = [7, 0, 0xea, 7, 11, 22, 9, 0, 0];
    let record = |flags: u8, rest: &[u8]| said(Ble2a18, [&[flags], base.as_slice(), rest].concat());
    let mass = record(0x02, &[0x78, 0xb0, 0x11]).unwrap().quantity().unwrap();
    assert_eq!((mass.mg_per_dl(), mass.mmol_per_l()), (Some(Decimal { digits: 120, decimals: 0 }), None));
    let moles = record(0x0f, &[0x2e, 0xff, 0x37, 0xc0, 0x11, 0, 0]).unwrap();
    let shown = moles.quantity().unwrap();
    assert_eq!((shown.mmol_per_l(), shown.mg_per_dl()), (Some(Decimal { digits: 55, decimals: 1 }), None));
    assert_eq!((moles.extras.sequence, moles.extras.time_offset_min), (Some(7), Some(-210)));
    assert_eq!((moles.extras.time.unwrap().to_string(), moles.grams()), ("2026-11-22T09:00:00".into(), None));
    assert_eq!(mass.glucose_mg_per_dl(), Some(120));
    assert_eq!(shown.glucose_mg_per_dl(), Some(99), "5.5 mmol/L");
    assert_eq!((moles.extras.status, moles.extras.context_follows), (Some(0), false));
    for (drop, is_control) in [(0x11, false), (0x1a, true), (0x41, true), (0xf1, false)] {
        let told = record(0x12, &[0x78, 0xb0, drop]).unwrap().extras;
        assert_eq!((told.is_control, told.context_follows), (is_control, true), "{drop:#x}");
    }
    let unset = said(Ble2a18, [0x02, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0x78, 0xb0, 0x11]).unwrap();
    assert!(unset.extras.clock_unset && unset.extras.time.is_none());

    let empty = record(0x00, &[]).unwrap_err();
    assert_eq!((empty.error, empty.extras.sequence), (NoWeight, Some(7)));
    let high = record(0x02, &[0xfe, 0x07, 0x11]).unwrap_err();
    assert_eq!(
        (high.error, high.unit, high.extras.sequence),
        (Overload, Some(Unit::KilogramPerLitre), Some(7))
    );
    assert_eq!(record(0x02, &[0x78, 0xb0]).unwrap_err().error, Truncated);
}

#[test]
fn a_scale_tells_its_abilities_before_it_weighs() {
    let feature = WeightFeature::read(&[0x01 | 0x04 | 6 << 3 | 0x80, 0x01, 0, 0]).unwrap();
    assert!(feature.timed && !feature.many_users && feature.bmi && feature.suits_infants());
    assert_eq!((feature.weight_step_g, feature.height_step_mm), (Some(10), Some(1)));
    assert_eq!(WeightFeature::read(&[0; 3]), Err(Truncated));
}
