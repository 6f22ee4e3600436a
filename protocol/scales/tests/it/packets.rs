//! The rules of the packets of Bluetooth, USB and calipers beyond their recorded frames.
use crate::harness::{heard, load, number, refusal, said};
use scales::Dialect::{self, *};
use scales::Error::{self, *};
use scales::{Agreement, Decimal, Measures, Presence, Profile, Quantity, Unit};
use scales::{decode, encode};

const YES: Option<bool> = Some(true);
const NO: Option<bool> = Some(false);

fn packets() -> impl Iterator<Item = Dialect> {
    Dialect::ALL.iter().copied().filter(|dialect| dialect.comes_in_packets())
}

#[test]
fn every_packet_says_what_was_sent() {
    for dialect in packets() {
        let values = (0..=1000).map(|turn| match dialect.measures() {
            Measures::Mass => turn * 50,
            _ => turn,
        });
        for (value, stable) in values.flat_map(|value| [(value, true), (value, false)]) {
            let mut out = [0; 64];
            match encode(dialect, value, stable, &mut out) {
                Some(length) => {
                    let outcome = decode(Profile::new(dialect), &out[..length]);
                    assert_eq!(number(&outcome), Some(value), "{dialect}");
                    assert!(outcome.unwrap().stable.is_none_or(|said| said == stable), "{dialect}");
                }
                None => assert!(!stable, "{dialect} {value}"),
            }
        }
    }
}

#[test]
fn packets_on_a_line_are_noise_and_said_to_be() {
    for dialect in packets() {
        let mut out = [0; 64];
        let length = encode(dialect, 500, true, &mut out).unwrap();
        let outcomes = heard(dialect, &out[..length].repeat(40));
        assert!(outcomes.len() >= 3 && outcomes.iter().all(Result::is_err), "{dialect}");
    }
}

#[test]
fn usb_scales_say_status_and_unit() {
    let report = |status, unit, power| said(UsbHidPos, [3, status, unit, power, 0xd2, 0x04]);
    for (unit, power, milligrams) in [
        (2, 0, 1_234_000),
        (2, 0xff, 123_400),
        (2, 1, 12_340_000),
        (3, 0xfd, 1_234_000),
        (11, 0xff, 3_498_331),
        (12, 0xfe, 5_597_330),
        (1, 0, 1234),
    ] {
        let reading = report(4, unit, power).unwrap();
        assert_eq!(reading.quantity().and_then(Quantity::milligrams), Some(milligrams), "{unit} {power:02x}");
    }
    assert_eq!(report(3, 2, 0).unwrap().stable, NO);
    let errors = [(1, DeviceError), (5, Underload), (6, Overload), (7, DeviceError), (8, NotZeroed)].map(
        |(status, error)| {
            let refused = report(status, 11, 0).unwrap_err();
            assert_eq!((refused.error, refused.stable, refused.unit), (error, NO, Some(Unit::Ounce)));
        },
    );
    assert_eq!(errors.len(), 5);
    for (frame, error) in [
        ([3, 4, 4, 0, 1, 0].as_slice(), (UnknownUnit, YES)),
        (&[3, 9, 2, 0, 1, 0], (Malformed, None)),
        (&[3, 4, 2, 0x80, 1, 0], (Malformed, None)),
        (&[3, 4, 2, 100, 1, 0], (Malformed, None)),
        (&[4, 4, 2, 0, 1, 0], (Malformed, None)),
        (&[3, 4, 2, 0, 1], (Truncated, None)),
        (&[], (Truncated, None)),
        (&[3, 4, 2, 0, 1, 0, 0], (Malformed, None)),
    ] {
        assert_eq!(refusal(UsbHidPos, frame), error, "{frame:02x?}");
    }
}

#[test]
fn calipers_take_either_sign_and_refuse_inches() {
    let nanometres = |packet: [u8; 3]| said(Caliper24, packet).unwrap().quantity().unwrap().nanometres();
    assert_eq!(nanometres([0xd2, 0x04, 0x00]), Some(12_340_000));
    assert_eq!(nanometres([0xd2, 0x04, 0x10]), Some(-12_340_000));
    assert_eq!(nanometres([0xd2, 0x04, 0x20]), Some(-12_340_000));
    assert_eq!(nanometres([0x98, 0x3a, 0x02]), Some(1_460_720_000));
    for (packet, error) in [
        ([0xd2, 0x04, 0x80].as_slice(), UnknownUnit),
        (&[0xd2, 0x04, 0x30], Malformed),
        (&[0xd2, 0x04, 0x40], Malformed),
        (&[0xd2, 0x04], Truncated),
        (&[0xd2, 0x04, 0, 0], Malformed),
    ] {
        assert_eq!(refusal(Caliper24, packet).0, error, "{packet:02x?}");
    }
}

#[test]
fn xiaomi_scales_weigh_in_three_units_and_repeat_what_has_gone() {
    let first = |control: u8| said(BleXiaomiV1, [control, 0x9e, 0x43, 0xe5, 7, 4, 11, 16, 19, 1]);
    let second = |units: u8, control: u8| {
        said(BleXiaomiV2, [units, control, 0xe5, 7, 4, 11, 16, 19, 1, 0xac, 1, 0x9e, 0x43])
    };
    for (kilograms, pounds, jin) in [
        (first(0x22), first(0x23), first(0x32)),
        (second(0x02, 0x24), second(0x03, 0x24), second(0x02, 0x64)),
    ] {
        assert_eq!(kilograms.unwrap().grams(), Some(86_550));
        assert_eq!(pounds.unwrap().quantity().unwrap().milligrams(), Some(78_516_839));
        assert_eq!(jin.unwrap().grams(), Some(86_550));
    }
    for gone in [first(0xa2), second(0x02, 0xa4)] {
        let gone = gone.unwrap();
        assert_eq!((gone.presence, gone.stable, gone.is_live_load()), (Presence::Removed, NO, false));
    }
    assert!(first(0x22).unwrap().is_live_load() && first(0x02).unwrap().stable == NO);
    assert_eq!(first(0x33).unwrap_err().error, Malformed, "pounds and jin at once");
    assert_eq!(second(2, 0x26).unwrap().extras.impedance, Some(Decimal { digits: 428, decimals: 0 }));
    assert_eq!(second(2, 0x24).unwrap().extras.impedance, None);
    assert_eq!((refusal(BleXiaomiV2, [2; 12]).0, refusal(BleXiaomiV1, [2; 11]).0), (Truncated, Malformed));
}

#[test]
fn framed_scales_check_their_frames() {
    assert_eq!(load(BleMgb, [0xac, 2, 0x26, 0xb6, 0, 0, 0xce, 0xaa]), (99_100_000, NO));
    assert_eq!(
        load(BleVitafit, [0x5a, 10, 0x26, 0x10, 1, 0, 0, 0x21, 0x21, 0x43, 0x7e, 0xaa]),
        (85_150_000, NO)
    );
    assert_eq!(load(BleKeepS3, [3, 0x53, 0x57, 0, 8, 0, 0x42, 0x5e, 0, 0, 0, 0, 0]), (84_950_000, NO));
    let ohms = |dialect, packet: &[u8]| {
        let refused = said(dialect, packet).unwrap_err();
        (refused.error, refused.extras.impedance.map(|ohms| ohms.digits))
    };
    assert_eq!(ohms(BleMgb, &[0xac, 2, 0xfd, 1, 2, 0x58, 0xcb, 0x23]), (NoWeight, Some(600)));
    assert_eq!(ohms(BleMgb, &[0xac, 2, 0xfd, 0xff, 0, 0, 0xcb, 0xc7]), (NoWeight, None));
    assert_eq!(ohms(BleMgb, &[0xac, 2, 0xfd, 0x1a, 7, 0x18, 0xcc, 2]), (NoWeight, None));
    let impedance = [0x5a, 11, 0x26, 0x11, 0, 0, 0, 0, 0, 1, 0x89, 0xb4, 0xaa];
    assert_eq!(ohms(BleVitafit, &impedance), (NoWeight, Some(393)));
    for (dialect, packet, error) in [
        (BleMgb, [0xac, 2, 0x26, 0xb6, 0, 0, 0xcf, 0xab].as_slice(), Malformed),
        (BleMgb, &[0xad, 2, 0x26, 0xb6, 0, 0, 0xca, 0xa6], Malformed),
        (BleMgb, &[0xac, 2, 0x26, 0xb6, 0, 0, 0xca], Truncated),
        (BleVitafit, &[0x5a, 10, 0x26, 0x10, 2, 0, 0, 0x21, 0x21, 0x34, 0x0b, 0xaa], Checksum),
        (BleVitafit, &[0x5a, 10, 0x26, 0x10, 2, 0, 0, 0x21, 0x21], Truncated),
        (BleVitafit, &[0x5a], Truncated),
        (BleVitafit, &[0xa5, 10, 0x26, 0x10, 2, 0, 0, 0x21, 0x21, 0x34, 0x0a, 0xaa], Malformed),
        (BleVitafit, &[0x5a, 10, 0x26, 0x10, 2, 0, 0, 0x21, 0x21, 0x34, 0x0a, 0xab], Malformed),
        (BleVitafit, &[0x5a, 2, 2, 0xaa], Malformed),
        (BleKeepS3, &[3, 0x53, 0x57, 0, 8, 0x29, 0x42, 0x7c, 0, 0, 1, 0x2d], Truncated),
        (BleKeepS3, &[3, 0x53, 0x58, 0, 8, 0x29, 0x42, 0x7c, 0, 0, 1, 0x2d, 0x6b], Malformed),
    ] {
        assert_eq!(refusal(dialect, packet), (error, None), "{dialect} {packet:02x?}");
    }
}

#[test]
fn only_the_last_frame_of_a_robi_weighs() {
    let mut frame = [0; 20];
    frame[..8].copy_from_slice(&[3, 8, 0, 0xa3, 0, 1, 0x2d, 0xc2]);
    assert_eq!(load(BleRobiS9, frame), (77_250_000, YES));
    assert_eq!(refusal(BleRobiS9, &frame[..19]), (Truncated, None));
    frame[3] = 0xa2;
    assert_eq!(refusal(BleRobiS9, frame), (NoWeight, NO));
    frame[2] = 0xff;
    assert_eq!(refusal(BleRobiS9, frame), (Malformed, None));
}

#[test]
fn okok_scales_say_step_and_unit_in_one_byte() {
    let packet = |status: u8| [0x18, 0x2e, 0, 0, 0x0a, 1, status, 2, 0, 0, 0, 0, 1];
    for (status, expected) in [
        (0x25, (61_900_000, YES)),
        (0x21, (619_000_000, YES)),
        (0x23, (6_190_000_000, YES)),
        (0x2c, (30_950_000, NO)),
        (0x35, (28_077_368, YES)),
    ] {
        assert_eq!(load(BleOkok13, packet(status)), expected, "{status:02x}");
    }
    assert_eq!(refusal(BleOkok13, packet(0x3d)), (UnknownUnit, YES));
    assert_eq!(refusal(BleOkok13, packet(0x27)), (Malformed, None));
    assert_eq!(refusal(BleOkok13, &packet(0x25)[..12]), (Truncated, None));
    let mut other = packet(0x25);
    other[4] = 0x0b;
    assert_eq!(refusal(BleOkok13, other), (Malformed, None));
}

#[test]
fn a_scale_that_lies_at_first_is_believed_when_three_agree() {
    let weight = |steps: u16| {
        let [high, low] = steps.to_be_bytes();
        said(BleBeurerSbf70, [0xe7, 0x58, 1, high, low])
    };
    let mut agreement = Agreement::default();
    // The recorded weighing: 14.95 kg first, then 107.1, 107.15, 107.1.
    let live =
        [0x012b, 0x085e, 0x085f, 0x085e].map(|steps| agreement.hear(weight(steps)).unwrap().is_live_load());
    assert_eq!(live, [false, false, false, true]);
    assert!(!weight(0x012b).unwrap().is_live_load(), "14.95 kg would be a toddler");
    assert_eq!(refusal(BleBeurerSbf70, [0xe7, 0x59, 3, 1, 1, 0]).0, NoWeight);
    assert_eq!(refusal(BleBeurerSbf70, [0xf7, 0x58, 1, 8, 0x5e]).0, Malformed);
    assert_eq!(refusal(BleBeurerSbf70, [0xe7, 0x58, 1, 8]).0, Truncated);

    agreement.hear(Err(Error::Malformed.into())).unwrap_err();
    let live = [200, 207, 206, 200].map(|steps| agreement.hear(weight(steps)).unwrap().is_live_load());
    assert_eq!(live, [false, false, false, false], "350 g apart");
    assert!(agreement.hear(weight(203)).unwrap().is_live_load(), "300 g apart");
}
