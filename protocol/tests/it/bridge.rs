//! Bridge frames: their bytes for ever, and what damage and noise may cost.

use proptest::prelude::*;
use protocol::bridge::{self, BridgeError, DELIMITER, FRAME_LEN, Flags, Kind, Message};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const WEIGHED: Message = Message {
    kind: Kind::Mass,
    sequence: 258,
    device: 0x5150_0001,
    raw: 1_768_000,
    value: Some(8_450),
    flags: Flags {
        stable: true,
        saturated: false,
        disconnected: false,
        not_ready: false,
        uncalibrated: false,
        stale: false,
    },
    temperature_centi: Some(2_750),
    firmware: 0x00c0_ffee,
};

fn silent(flags: Flags) -> Message {
    Message { value: None, flags, temperature_centi: None, ..WEIGHED }
}

#[test]
fn version_1_of_a_mass() {
    assert_eq!(hex(&WEIGHED.encode()), MASS);
    assert_eq!(bridge::decode(&WEIGHED.encode()), Ok(WEIGHED));
}

#[test]
fn version_1_of_a_length_below_zero() {
    let length = Message { kind: Kind::Length, value: Some(-3), raw: -36, ..WEIGHED };
    assert_eq!(hex(&length.encode()), LENGTH);
    assert_eq!(bridge::decode(&length.encode()), Ok(length));
}

#[test]
fn each_flag_has_a_bit_of_its_own_and_its_frame_no_value() {
    let flags = [
        Flags { saturated: true, ..Flags::default() },
        Flags { disconnected: true, ..Flags::default() },
        Flags { not_ready: true, ..Flags::default() },
        Flags { uncalibrated: true, ..Flags::default() },
        Flags { stale: true, ..Flags::default() },
    ];
    let frames: Vec<_> = flags.iter().map(|&flags| hex(&silent(flags).encode())).collect();
    assert_eq!(frames, SILENT);
    for flags in flags {
        let claimed = Message { value: Some(8_450), ..silent(flags) };
        assert_eq!(bridge::decode(&claimed.encode()), Ok(silent(flags)), "{flags:?}");
    }
}

#[test]
fn every_way_to_be_no_frame_has_its_name() {
    let good = WEIGHED.encode();
    for kept in 0..FRAME_LEN - 1 {
        assert_eq!(bridge::decode(&good[..kept]), Err(BridgeError::Truncated), "{kept}");
    }
    assert_eq!(bridge::decode(&[7; FRAME_LEN]), Err(BridgeError::Malformed));
    assert_eq!(bridge::decode(&[1; 300]), Err(BridgeError::Malformed));
    assert_eq!(bridge::decode(&[good, good].concat()[1..]), Err(BridgeError::Malformed));
}

fn any_message() -> impl Strategy<Value = Message> {
    let numbers = (any::<u16>(), any::<u32>(), any::<i32>(), any::<u32>());
    let value = any::<i32>().prop_filter("stands for none", |&value| value != i32::MIN);
    let temperature = prop::option::of(-5_000..12_000_i16);
    (numbers, value, temperature, any::<bool>(), 0..64_u8).prop_map(
        |((sequence, device, raw, firmware), value, temperature_centi, mass, bits)| {
            let flags = Flags {
                stable: bits & 1 != 0,
                saturated: bits & 2 != 0,
                disconnected: bits & 4 != 0,
                not_ready: bits & 8 != 0,
                uncalibrated: bits & 16 != 0,
                stale: bits & 32 != 0,
            };
            let kind = if mass { Kind::Mass } else { Kind::Length };
            let value = Some(value).filter(|_| !flags.withheld());
            Message { kind, sequence, device, raw, value, flags, temperature_centi, firmware }
        },
    )
}

/// The messages of a stream, cut at its zeros as any listener cuts it.
fn heard(stream: &[u8]) -> Vec<Message> {
    stream.split(|&byte| byte == DELIMITER).filter_map(|frame| bridge::decode(frame).ok()).collect()
}

proptest! {
    #[test]
    fn what_is_said_is_heard(said in any_message()) {
        let frame = said.encode();
        prop_assert!(frame[1..FRAME_LEN - 1].iter().all(|&byte| byte != DELIMITER));
        prop_assert_eq!(bridge::decode(&frame), Ok(said));
    }

    #[test]
    fn a_changed_byte_is_never_another_message(said in any_message(), at in 1..FRAME_LEN - 1, change in 1..=255_u8) {
        let mut frame = said.encode();
        frame[at] ^= change;
        prop_assert_eq!(heard(&frame), []);
    }

    #[test]
    fn noise_costs_no_frame_that_was_whole(
        (first, second) in (any_message(), any_message()),
        noise in prop::collection::vec(any::<u8>(), 0..200),
        kept in 0..FRAME_LEN - 1,
    ) {
        let stream = [&noise, &first.encode()[..], &first.encode()[..kept], &second.encode()].concat();
        let heard = heard(&stream);
        prop_assert_eq!(&heard[heard.len() - 2..], &[first, second]);
    }

    #[test]
    fn any_bytes_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = bridge::decode(&bytes);
    }
}

const MASS: &str = "0006010102010106505140fa1a030221010701be0aeeffc0032af400";
const LENGTH: &str = "00060102020101115051dcfffffffdffffff01be0aeeffc003f84700";
const SILENT: [&str; 5] = [
    "0006010102010106505140fa1a0101010380020580eeffc003a33800",
    "0006010102010106505140fa1a0101010380040580eeffc003869900",
    "0006010102010106505140fa1a0101010380080580eeffc003edcb00",
    "0006010102010106505140fa1a0101010380100580eeffc0033b6f00",
    "0006010102010106505140fa1a0101010380200580eeffc003b63600",
];
