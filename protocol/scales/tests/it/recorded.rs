//! Frames from manuals and real wires, each with what it must be taken for.
use crate::harness::{bytes, dialect, heard, recorded, with_parity};
use crate::json;
use scales::{Dialect, Error, Presence, Profile, decode};
use serde_json::{Value, json};

#[test]
fn every_recorded_frame_says_what_it_should() {
    let frames = recorded();
    for frame in &frames {
        let mut expected = frame["expect"].clone();
        expected.as_object_mut().unwrap().entry("error").or_insert(Value::Null);
        assert_eq!(json::answer(frame), expected, "{frame}");
    }
    assert_eq!(frames.len(), 136);
}

#[test]
fn every_dialect_has_a_recorded_frame() {
    let frames = recorded();
    for &wanted in Dialect::ALL {
        assert!(frames.iter().any(|frame| dialect(frame) == wanted), "{wanted}");
    }
}

#[test]
fn the_readme_lists_every_dialect() {
    let readme = include_str!("../../README.md");
    for dialect in Dialect::ALL {
        assert!(readme.contains(&format!("`{dialect}`")), "{dialect}");
    }
}

#[test]
fn who_only_tells_is_never_heard_live_and_everybody_else_is() {
    let frames = recorded();
    for &wanted in Dialect::ALL {
        let recorded = frames.iter().filter(|frame| dialect(frame) == wanted).map(bytes);
        let written = [true, false].into_iter().filter_map(|stable| {
            let mut frame = [0; 64];
            let length = scales::encode(wanted, 500, stable, &mut frame)?;
            Some(frame[..length].to_vec())
        });
        let readings: Vec<_> = recorded
            .chain(written)
            .filter_map(|frame| decode(Profile::new(wanted), &frame).ok())
            .map(|reading| reading.presence)
            .collect();
        assert!(!readings.is_empty(), "{wanted} has no good frame");
        let is_told = readings.iter().all(|presence| *presence == Presence::Held);
        assert_eq!(is_told, wanted.only_tells(), "{wanted}");
    }
}

#[test]
fn a_stream_hears_the_same_as_a_single_frame() {
    let packet = |frame: &Value| dialect(frame).comes_in_packets();
    for frame in recorded().into_iter().filter(|frame| !packet(frame)) {
        let (dialect, bytes) = (dialect(&frame), bytes(&frame));
        let alone = decode(Profile::new(dialect), &bytes);
        // Twice, because the end of some frames is known only by the beginning of the next.
        let streamed = heard(dialect, &[bytes.as_slice(), bytes.as_slice()].concat());
        match alone {
            Ok(_) => assert_eq!(streamed.first(), Some(&alone), "{frame}"),
            Err(_) => assert!(streamed.iter().all(Result::is_err), "{frame}"),
        }
    }
}

#[test]
fn text_with_parity_left_in_says_the_same() {
    for frame in recorded() {
        let (dialect, bytes) = (dialect(&frame), bytes(&frame));
        if bytes.is_ascii()
            && !dialect.comes_in_packets()
            && !matches!(dialect, Dialect::BcdFf5 | Dialect::Digimatic13)
        {
            let plain = decode(Profile::new(dialect), &bytes);
            assert_eq!(decode(Profile::new(dialect), &with_parity(&bytes)), plain, "{frame}");
        }
    }
}

#[test]
fn one_wrong_parity_bit_leaves_the_frame_unreadable() {
    let mut frame = with_parity(b"ST,+0001.234 kg\r\n");
    frame[7] ^= 0x80;
    assert_eq!(decode(Profile::new(Dialect::AdStd), &frame).unwrap_err().error, Error::Malformed);
}

#[test]
fn an_unknown_format_does_not_stop_the_others() {
    let unknown = json::answer(&json!({"format": "abacus", "hex": "00"}));
    assert_eq!(unknown, json!({"weight_kg": null, "stable": null, "unit": null, "error": "unknown_format"}));
    let spaced = json::answer(&json!({"format": "bcd_ff5", "hex": "ff 44 50 23 01"}));
    assert_eq!(spaced["weight_kg"], json!(12.35));
}

#[test]
fn the_list_of_error_words_is_complete() {
    let words: Vec<_> = Error::ALL.iter().map(|error| error.word()).collect();
    assert_eq!(
        words.join(" "),
        "overload underload out_of_range checksum truncated malformed unknown_unit not_weight not_load no_weight \
         motion unsuccessful not_zeroed zero_error device_error syntax_error logical_error transmission_error \
         not_executable bad_parameter unrecognized_command nan nres neg_infinity"
    );
}
