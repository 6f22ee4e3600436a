//! What is typed, and what comes of it.

use firmware::calibration::Drift;
use firmware::command::{Answer, Refusal};
use firmware::output::Output;
use firmware::{Command, Line, Mode, Settings};
use proptest::prelude::*;

use crate::desk::{Desk, counts_of, settings};

fn typed(bytes: &[u8]) -> Vec<Result<Command, Refusal>> {
    let mut line = Line::default();
    bytes.iter().filter_map(|&byte| line.push(byte)).collect()
}

#[test]
fn every_command_is_read() {
    let drift = Drift { counts_per_degree: 12, span_ppm_per_degree: -3 };
    assert_eq!(
        typed(b"tare\r\nzero\n\n cal 5000 \ndrift 12 -3\nmode text\nmode frames\nid\nid 12\nwarmup 60\nstep 50\nsave\r"),
        [
            Command::Tare,
            Command::Zero,
            Command::Calibrate(5_000),
            Command::Drift(drift),
            Command::Mode(Mode::Text),
            Command::Mode(Mode::Frames),
            Command::Id(None),
            Command::Id(Some(12)),
            Command::WarmUp(60),
            Command::Division(50),
            Command::Save,
        ]
        .map(Ok)
    );
}

#[test]
fn what_is_no_command_is_answered_with_the_list_of_them() {
    for line in [
        "cal\n",
        "cal five\n",
        "cal 5000 g\n",
        "TARE\n",
        "mode\n",
        "id -1\n",
        "step 0\n",
        "tare now please ok\n",
    ] {
        assert_eq!(typed(line.as_bytes()), [Err(Refusal::Unknown)], "{line}");
    }
    let answer = Output::answer(&Refusal::Unknown);
    let text = std::str::from_utf8(answer.bytes()).unwrap();
    assert!(text.contains("cal <g>") && text.ends_with("save\r\n"), "{text}");
}

#[test]
fn a_line_longer_than_any_command_costs_only_itself() {
    let long = [&[b'x'; 500][..], b"\ntare\n"].concat();
    assert_eq!(typed(&long), [Err(Refusal::Unknown), Ok(Command::Tare)]);
}

proptest! {
    #[test]
    fn any_bytes_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = typed(&bytes);
    }
}

#[test]
fn two_known_masses_calibrate_it() {
    let mut desk = Desk::new(Settings { warm_up_s: 0, ..Settings::INFANT_SCALE });
    assert_eq!(desk.bridge.obey(Command::Calibrate(5_000)), Err(Refusal::NoValue));
    desk.put_on(5_000);
    desk.run(3_000);
    assert_eq!(desk.bridge.obey(Command::Calibrate(5_000)), Ok(Answer::AnotherPoint));
    desk.put_on(15_000);
    desk.run(500);
    assert_eq!(desk.bridge.obey(Command::Calibrate(15_000)), Err(Refusal::Moving));
    desk.run(3_000);
    assert_eq!(desk.bridge.obey(Command::Calibrate(15_000)), Ok(Answer::Done));
    for grams in [0, 2_000, 8_450, 19_990] {
        desk.put_on(grams);
        assert_eq!(desk.after(3_000).value, Some(grams));
    }
    assert_eq!(desk.bridge.obey(Command::Save), Ok(Answer::Saved));
}

#[test]
fn two_masses_weighed_on_a_cool_and_a_warm_day_are_still_one_line() {
    let mut desk = Desk::new(Settings { warm_up_s: 0, ..Settings::INFANT_SCALE });
    let drift = Drift { counts_per_degree: 420, span_ppm_per_degree: 0 };
    desk.bridge.obey(Command::Drift(drift)).unwrap();
    desk.put_on(5_000);
    desk.run(3_000);
    desk.bridge.obey(Command::Calibrate(5_000)).unwrap();
    // Ten degrees more move every count by 20 g.
    desk.centi = Some(3_700);
    let warm = |grams: i32| counts_of(grams) + 4_200;
    desk.chip.load(warm(15_000));
    desk.run(3_000);
    assert_eq!(desk.bridge.obey(Command::Calibrate(15_000)), Ok(Answer::Done));
    desk.chip.load(warm(8_450));
    assert_eq!(desk.after(3_000).value, Some(8_450));
    desk.centi = Some(2_700);
    desk.put_on(8_450);
    assert_eq!(desk.after(3_000).value, Some(8_450));
}

#[test]
fn the_same_mass_twice_is_one_point() {
    let mut desk = Desk::new(Settings { warm_up_s: 0, ..Settings::INFANT_SCALE });
    desk.put_on(5_000);
    for _ in 0..2 {
        desk.run(3_000);
        assert_eq!(desk.bridge.obey(Command::Calibrate(5_000)), Ok(Answer::AnotherPoint));
    }
}

#[test]
fn a_child_on_the_pan_is_not_taken_for_its_zero() {
    let mut desk = Desk::ready();
    desk.put_on(6_000);
    assert_eq!(desk.bridge.obey(Command::Zero), Ok(Answer::Done), "what was last seen was empty");
    desk.run(3_000);
    assert_eq!(desk.bridge.obey(Command::Zero), Err(Refusal::Loaded));
    assert_eq!(desk.after(1_000).value, Some(6_000));
}

#[test]
fn a_bridge_without_calibration_or_reading_refuses_in_words() {
    let mut desk = Desk::new(Settings { warm_up_s: 0, ..Settings::INFANT_SCALE });
    desk.run(3_000);
    assert_eq!(desk.bridge.obey(Command::Zero), Err(Refusal::Uncalibrated));
    assert_eq!(desk.bridge.obey(Command::Tare), Err(Refusal::NoValue));
    let mut desk = Desk::ready();
    desk.chip.plug(false);
    desk.run(3_000);
    assert_eq!(desk.bridge.obey(Command::Zero), Err(Refusal::NoValue));
}

#[test]
fn it_says_who_it_is_and_takes_a_number() {
    let mut desk = Desk::ready();
    assert_eq!(desk.bridge.obey(Command::Id(Some(12))), Ok(Answer::Done));
    let who = desk.bridge.obey(Command::Id(None)).unwrap();
    assert_eq!(who.to_string(), "id 12 firmware 00c0ffee");
    assert_eq!(desk.after(100).device, 12);
    assert_eq!(desk.bridge.settings(), &Settings { device: 12, ..settings() });
}
