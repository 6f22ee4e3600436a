//! The two ways to speak, heard by the same ears a node has.

use firmware::output::Output;
use firmware::{Command, Mode};
use protocol::bridge::{Flags, Kind, Message};
use scales::{Decoder, Dialect, Outcome, Profile};

use crate::desk::Desk;

/// Everything a node hears in this dialect.
fn heard(dialect: Dialect, bytes: &[u8]) -> Vec<Outcome> {
    let mut decoder = Decoder::new(Profile::new(dialect));
    bytes.iter().filter_map(|&byte| decoder.push(byte)).collect()
}

/// What goes down the line while a desk runs.
fn line(desk: &mut Desk, ms: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..ms / 100 {
        let message = desk.after(100);
        bytes.extend(Output::reading(&message, desk.bridge.mode(), desk.bridge.settled()).bytes());
    }
    bytes
}

#[test]
fn a_node_hears_the_weight_in_either_mode() {
    for (mode, dialect) in [(Mode::Frames, Dialect::BridgeMass), (Mode::Text, Dialect::AdStd)] {
        let mut desk = Desk::ready();
        desk.bridge.obey(Command::Mode(mode)).unwrap();
        desk.put_on(8_450);
        let said = heard(dialect, &line(&mut desk, 9_000));
        assert_eq!(said.len(), 90);
        let last = said.last().unwrap().unwrap();
        assert_eq!((last.grams(), last.stable()), (Some(8_450), Some(true)), "{dialect}");
    }
}

#[test]
fn an_answer_between_two_frames_costs_no_reading() {
    let mut desk = Desk::ready();
    let mut bytes = line(&mut desk, 500);
    bytes.extend(Output::answer(&desk.bridge.obey(Command::Id(None)).unwrap()).bytes());
    bytes.extend(line(&mut desk, 500));
    let said = heard(Dialect::BridgeMass, &bytes);
    assert_eq!(said.iter().filter(|outcome| outcome.is_ok()).count(), 10);
}

#[test]
fn trouble_is_never_a_number_in_text_either() {
    let troubles = [
        Flags { saturated: true, ..Flags::default() },
        Flags { disconnected: true, ..Flags::default() },
        Flags { not_ready: true, ..Flags::default() },
        Flags { uncalibrated: true, ..Flags::default() },
        Flags { stale: true, ..Flags::default() },
    ];
    for flags in troubles {
        let message = Message {
            kind: Kind::Mass,
            sequence: 1,
            device: 1,
            raw: 5,
            value: None,
            flags,
            temperature_centi: None,
            firmware: 1,
        };
        let said = heard(Dialect::AdStd, Output::reading(&message, Mode::Text, true).bytes());
        assert!(said.len() == 1 && said[0].is_err(), "{flags:?}: {said:?}");
        let said = heard(Dialect::BridgeMass, Output::reading(&message, Mode::Frames, true).bytes());
        assert!(said.len() == 1 && said[0].is_err(), "{flags:?}: {said:?}");
    }
}

#[test]
fn a_length_in_text_is_in_millimetres() {
    let message = Message {
        kind: Kind::Length,
        sequence: 1,
        device: 1,
        raw: 5,
        value: Some(-7_135),
        flags: Flags::default(),
        temperature_centi: None,
        firmware: 1,
    };
    assert_eq!(Output::reading(&message, Mode::Text, false).bytes(), b"US,-000713.5 mm\r\n");
}
