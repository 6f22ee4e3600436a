//! Ports opened at any moment, cables that hum, instruments that stutter.
use crate::harness::{frame, heard, number, with_parity};
use proptest::prelude::*;
use scales::{Dialect, Error, Profile, decode};

fn any_dialect() -> impl Strategy<Value = Dialect> {
    prop::sample::select(Dialect::ALL)
}

/// The dialects whose frames lie in a stream of bytes; but for a laboratory balance too small for a child.
fn streamed() -> Vec<Dialect> {
    let small = |dialect| dialect == Dialect::WeightQa;
    Dialect::ALL.iter().copied().filter(|&dialect| !dialect.comes_in_packets() && !small(dialect)).collect()
}

/// The dialects of lines, in which only the end of a line tells where a frame begins.
const LINES: [Dialect; 13] = [
    Dialect::AdStd,
    Dialect::StGs,
    Dialect::Cas22,
    Dialect::Cas10,
    Dialect::MtSics,
    Dialect::Sbi,
    Dialect::Ohaus,
    Dialect::Kern,
    Dialect::AdamF2,
    Dialect::Ricelake350,
    Dialect::DetectoCsv,
    Dialect::YaohuaWw,
    Dialect::YaohuaA12e15,
];

fn any_streamed() -> impl Strategy<Value = Dialect> {
    prop::sample::select(streamed())
}

/// The numbers of a stream, errors left out.
fn numbers(dialect: Dialect, stream: &[u8]) -> Vec<i64> {
    heard(dialect, stream).iter().filter_map(number).collect()
}

/// `first` and `second`, and the beginning of a third frame: some ends are known only by what follows.
fn two_and_a_bit(dialect: Dialect, first: i64, second: i64) -> Vec<u8> {
    [frame(dialect, first), frame(dialect, second), frame(dialect, 1)[..2].to_vec()].concat()
}

proptest! {
    #[test]
    fn noise_costs_one_line_not_the_next(
        dialect in any_streamed(),
        noise in prop::collection::vec(any::<u8>(), 0..700),
        (first, second) in (100..30_000_i64, 100..30_000_i64),
    ) {
        let stream = [noise, two_and_a_bit(dialect, first, second)].concat();
        prop_assert_eq!(numbers(dialect, &stream).last().copied(), Some(second));
    }

    #[test]
    fn a_port_opened_mid_frame_hears_the_next_one(
        dialect in any_streamed(),
        from in 1..64_usize,
        (first, second) in (100..30_000_i64, 100..30_000_i64),
    ) {
        let half = frame(dialect, 7_777);
        let stream = [&half[from % half.len()..], &two_and_a_bit(dialect, first, second)].concat();
        prop_assert_eq!(numbers(dialect, &stream).last().copied(), Some(second));
    }

    #[test]
    fn a_frame_that_breaks_off_does_not_take_the_next_but_one(
        dialect in any_streamed(),
        kept in 1..64_usize,
        (first, second) in (100..30_000_i64, 100..30_000_i64),
    ) {
        let half = frame(dialect, 7_777);
        let stream = [&half[..kept % half.len()], &two_and_a_bit(dialect, first, second)].concat();
        prop_assert_eq!(numbers(dialect, &stream).last().copied(), Some(second));
        // A line that lost no more than its line feed may still count.
        prop_assert!(numbers(dialect, &stream).iter().all(|number| [7_777, first, second].contains(number)));
    }

    #[test]
    fn any_bytes_no_panic(dialect in any_dialect(), bytes in prop::collection::vec(any::<u8>(), 0..1500)) {
        let _ = decode(Profile::new(dialect), &bytes);
        let _ = heard(dialect, &bytes);
    }

    #[test]
    fn what_is_sent_is_read(dialect in any_streamed(), value in -99_999..99_999_i64, stable: bool) {
        let mut out = [0; 64];
        if let Some(length) = scales::encode(dialect, value, stable, &mut out) {
            let reading = decode(Profile::new(dialect), &out[..length]).unwrap();
            prop_assert_eq!(number(&Ok(reading)), Some(value));
            prop_assert!(reading.stable.is_none_or(|said| said == stable));
        } else {
            // Some send nothing that moves or nothing below zero, but never miss a child at rest.
            prop_assert!(value < 0 || !stable, "{}", dialect);
        }
    }

    #[test]
    fn what_does_not_fit_is_not_sent(dialect in any_dialect(), value: i64, room in 0..40_usize) {
        let mut out = [0; 64];
        if let Some(length) = scales::encode(dialect, value, true, &mut out[..room]) {
            prop_assert_eq!(number(&decode(Profile::new(dialect), &out[..length])), Some(value));
        }
    }
}

#[test]
fn a_thousand_frames_are_a_thousand_readings() {
    for dialect in streamed() {
        let values: Vec<i64> = (0..1000).map(|turn| 3000 + turn * 7).collect();
        let stream: Vec<u8> = values.iter().flat_map(|&value| frame(dialect, value)).collect();
        // The last Toledo frame may wait for what follows its check byte.
        let wake = frame(dialect, 1)[..2].to_vec();
        assert_eq!(numbers(dialect, &[stream, wake].concat()), values, "{dialect}");
    }
}

#[test]
fn a_stream_with_parity_left_in_is_read() {
    // Four are no text, and one needs all eight bits.
    let eight =
        [Dialect::BcdFf5, Dialect::Digimatic13, Dialect::BridgeMass, Dialect::BridgeLength, Dialect::Cas22];
    for dialect in streamed().into_iter().filter(|dialect| !eight.contains(dialect)) {
        let stream = with_parity(two_and_a_bit(dialect, 3210, 12_345));
        assert_eq!(numbers(dialect, &stream), [3210, 12_345], "{dialect}");
    }
}

#[test]
fn toledo_without_check_bytes_is_read_too() {
    for first in 0..3000 {
        let bare = |value| frame(Dialect::ToledoCont, value)[..17].to_vec();
        let stream = [bare(first), bare(4000), bare(1)].concat();
        assert_eq!(numbers(Dialect::ToledoCont, &stream), [first, 4000]);
    }
}

#[test]
fn a_check_byte_that_looks_like_a_beginning_still_guards_its_frame() {
    let alike = (0..3000).find(|&grams| frame(Dialect::ToledoCont, grams)[17] == 2).expect("one in 128");
    let good = frame(Dialect::ToledoCont, alike);
    let mut damaged = good.clone();
    damaged[9] ^= 1;
    let stream = [damaged, good.clone(), good].concat();
    let outcomes = heard(Dialect::ToledoCont, &stream);
    assert_eq!(outcomes[0].unwrap_err().error, Error::Checksum);
    assert_eq!(number(&outcomes[1]), Some(alike));
}

#[test]
fn where_frames_have_a_mark_a_cut_off_one_costs_only_itself() {
    for dialect in streamed().into_iter().filter(|dialect| !LINES.contains(dialect)) {
        let half = frame(dialect, 7_777);
        for kept in 1..half.len() - 2 {
            let stream = [&half[..kept], &two_and_a_bit(dialect, 3210, 12_345)].concat();
            assert_eq!(numbers(dialect, &stream), [3210, 12_345], "{dialect} {kept}");
        }
    }
}

#[test]
fn a_line_without_end_costs_one_line() {
    for dialect in LINES.into_iter().chain([Dialect::TanitaCsv]) {
        let stream = [vec![b'7'; 5000], two_and_a_bit(dialect, 3210, 12_345)].concat();
        assert_eq!(numbers(dialect, &stream), [12_345], "{dialect}");
    }
}

#[test]
fn an_overlong_line_with_an_end_costs_only_itself() {
    for length in 500..530 {
        let stream =
            [vec![b'7'; length], b"\n".to_vec(), two_and_a_bit(Dialect::AdStd, 3210, 12_345)].concat();
        assert_eq!(numbers(Dialect::AdStd, &stream), [3210, 12_345], "{length}");
    }
}

#[test]
fn lines_may_end_with_a_carriage_return_alone() {
    assert_eq!(numbers(Dialect::AdStd, b"ST,+0001.000 kg\rST,+0002.000 kg\rS"), [1000, 2000]);
}

#[test]
fn a_junk_byte_after_a_record_costs_nothing() {
    let record = frame(Dialect::TanitaCsv, 3972);
    for junk in 0..=255 {
        let stream = [&record, [junk].as_slice(), &record].concat();
        let outcomes = heard(Dialect::TanitaCsv, &stream);
        assert_eq!(outcomes.iter().filter_map(number).collect::<Vec<_>>(), [3972, 3972], "{junk:02x}");
    }
}

#[test]
fn an_unprintable_byte_between_frames_costs_nothing() {
    for dialect in streamed() {
        let (first, second) = (frame(dialect, 3210), two_and_a_bit(dialect, 12_345, 6000));
        for junk in (0..b' ').chain(0x7f..=0xff) {
            let heard = numbers(dialect, &[&first, [junk].as_slice(), &second].concat());
            assert_eq!(heard, [3210, 12_345, 6000], "{dialect} {junk:02x}");
        }
    }
}

#[test]
fn a_record_cut_off_by_the_next_is_reported() {
    let record = frame(Dialect::TanitaCsv, 3972);
    let outcomes = heard(Dialect::TanitaCsv, &[&record[..20], &record].concat());
    assert_eq!(outcomes[0].unwrap_err().error, Error::Truncated);
    assert_eq!(number(&outcomes[1]), Some(3972));
}

#[test]
fn the_wrong_dialect_is_heard_as_errors_not_as_silence() {
    let text: Vec<u8> = (0..20).flat_map(|turn| frame(Dialect::AdStd, turn)).collect();
    for dialect in
        [Dialect::YaohuaStx12, Dialect::BcdFf5, Dialect::Digimatic13, Dialect::ToledoCont, Dialect::StGs]
    {
        let outcomes = heard(dialect, &text);
        assert!(outcomes.len() >= 10 && outcomes.iter().all(Result::is_err), "{dialect}");
    }
}
