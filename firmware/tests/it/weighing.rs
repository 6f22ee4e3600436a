//! A whole bridge with a scale on it: what a node hears of a good day and of a bad one.

use firmware::calibration::Drift;
use firmware::{Bridge, Command, Settings};
use proptest::prelude::*;
use protocol::bridge::{Flags, Message};

use crate::desk::{Desk, cell, counts_of, settings};
use firmware::simulate::hx711::Mishap;

const STILL: Flags = Flags {
    stable: true,
    saturated: false,
    disconnected: false,
    not_ready: false,
    uncalibrated: false,
    stale: false,
};

/// What was said in numbers.
fn values(said: &[Message]) -> Vec<i32> {
    said.iter().filter_map(|message| message.value).collect()
}

proptest! {
    #[test]
    fn a_mass_is_weighed_to_the_gram(grams in 300..20_000_i32) {
        let mut desk = Desk::ready();
        desk.put_on(grams);
        let said = desk.after(3_000);
        prop_assert_eq!((said.value, said.flags), (Some(grams), STILL));
        prop_assert_eq!((said.raw, said.device), (counts_of(grams), 7));
    }
}

#[test]
fn ten_words_a_second_each_with_its_number() {
    let said = Desk::ready().run(2_000);
    assert_eq!(said.len(), 20);
    assert!(said.windows(2).all(|pair| pair[1].sequence == pair[0].sequence + 1));
}

#[test]
fn nothing_is_said_while_it_warms_up_nor_before_it_has_seen_an_empty_pan() {
    let mut desk = Desk::new(Settings { warm_up_s: 60, ..settings() });
    desk.put_on(8_000);
    let said = desk.run(70_000);
    assert_eq!(values(&said), []);
    assert!(said.iter().all(|message| message.flags.not_ready));
    desk.put_on(0);
    assert_eq!(desk.after(2_000).value, Some(0));
    desk.put_on(8_000);
    assert_eq!(desk.after(2_000).value, Some(8_000));
}

#[test]
fn an_empty_pan_takes_its_zero_along_and_a_loaded_one_does_not() {
    let mut desk = Desk::ready();
    // Ten grams an hour, an hour long, seen in steps of a gram a second each.
    for grams in 1..=10 {
        desk.put_on(grams);
        desk.run(6_000);
    }
    assert_eq!(desk.after(10_000).value, Some(0));
    desk.put_on(10 + 5_000);
    assert_eq!(desk.after(3_000).value, Some(5_000));
    // A small parcel laid on at once is not drift.
    desk.put_on(10 + 30);
    assert_eq!(desk.after(60_000).value, Some(30));
}

#[test]
fn saturation_says_at_which_end_and_no_number() {
    let mut desk = Desk::ready();
    for (counts, sign) in [(9_000_000, 1), (-9_000_000, -1)] {
        desk.chip.load(counts);
        desk.run(300);
        let said = desk.run(2_000);
        assert_eq!(values(&said), []);
        assert!(said.iter().all(|message| message.flags.saturated && message.raw.signum() == sign));
    }
    desk.put_on(0);
    assert_eq!(desk.after(2_000).value, Some(0));
}

#[test]
fn a_pulled_sensor_is_named_and_asks_for_an_empty_pan_when_it_is_back() {
    let mut desk = Desk::ready();
    desk.put_on(8_000);
    desk.run(2_000);
    desk.chip.plug(false);
    let said = desk.run(5_000);
    assert!(said[10..].iter().all(|message| message.value.is_none()));
    assert!(said.last().unwrap().flags.disconnected);
    desk.chip.plug(true);
    let said = desk.run(10_000);
    assert_eq!(values(&said), [], "nobody knows whether the same child lies there");
    assert!(said.last().unwrap().flags.not_ready);
    desk.put_on(0);
    desk.run(2_000);
    desk.put_on(7_000);
    assert_eq!(desk.after(2_000).value, Some(7_000));
}

#[test]
fn a_silent_converter_is_stale_before_it_is_disconnected() {
    let mut desk = Desk::ready();
    desk.chip.power(false);
    let said = desk.run(900);
    assert!(said.last().unwrap().flags.stale && said.last().unwrap().value.is_none());
}

#[test]
fn no_disturbed_exchange_moves_a_weight() {
    for mishap in [Mishap::Held(70), Mishap::Swallowed, Mishap::Doubled] {
        for pulse in 1..=25 {
            let mut desk = Desk::ready();
            desk.put_on(8_450);
            desk.run(3_000);
            desk.chip.disturb(pulse, mishap);
            let said = desk.run(3_000);
            assert!(desk.chip.is_disturbed());
            assert!(
                values(&said).iter().all(|&grams| grams == 8_450),
                "{mishap:?} {pulse}: {:?}",
                values(&said)
            );
        }
    }
}

#[test]
fn a_kicking_child_is_not_stable_and_a_lying_one_is() {
    let mut desk = Desk::ready();
    desk.put_on(8_000);
    desk.run(3_000);
    let mut said = Vec::new();
    for turn in 0..20 {
        desk.put_on(8_000 + if turn % 2 == 0 { 150 } else { -150 });
        said.extend(desk.run(300));
    }
    assert!(said[3..].iter().all(|message| !message.flags.stable));
    desk.put_on(8_000);
    assert!(desk.after(2_000).flags.stable);
    assert!(!desk.bridge.settled(), "at rest for two seconds is not yet settled");
    desk.run(6_000);
    assert!(desk.bridge.settled());
}

#[test]
fn a_tare_is_taken_off_until_the_zero_is_asked_for() {
    let mut desk = Desk::ready();
    desk.put_on(1_200);
    desk.run(2_000);
    desk.bridge.obey(Command::Tare).unwrap();
    assert_eq!(desk.after(1_000).value, Some(0));
    desk.put_on(1_200 + 6_300);
    assert_eq!(desk.after(2_000).value, Some(6_300));
    desk.put_on(0);
    assert_eq!(desk.after(2_000).value, Some(-1_200));
    desk.bridge.obey(Command::Zero).unwrap();
    assert_eq!(desk.after(2_000).value, Some(0));
}

#[test]
fn temperature_is_reckoned_with_where_its_effect_is_known() {
    let mut calibrated = settings();
    calibrated.calibration.at_centi = Some(2_700);
    calibrated.calibration.drift = Drift { counts_per_degree: 420, span_ppm_per_degree: 500 };
    let mut desk = Desk::new(calibrated);
    desk.run(3_000);
    // Ten degrees more: 20 g of zero and 0.5 per cent of span.
    desk.centi = Some(3_700);
    let warm = |grams: i32| counts_of(grams) + grams * 210 / 200 + 4_200;
    desk.chip.load(warm(10_000));
    assert_eq!(desk.after(3_000).value, Some(10_000));
    desk.centi = None;
    assert_eq!(desk.after(3_000).value, Some(10_070), "without a thermometer it stays as it is");
}

#[test]
fn a_bridge_never_calibrated_has_counts_and_no_grams() {
    let mut desk = Desk::new(Settings { warm_up_s: 0, ..Settings::INFANT_SCALE });
    let said = desk.after(3_000);
    assert!(said.flags.uncalibrated && said.value.is_none());
    assert_eq!(said.raw, counts_of(0));
}

#[test]
fn power_lost_and_back_begins_as_carefully_as_the_first_time() {
    let mut desk = Desk::ready();
    desk.put_on(8_000);
    desk.run(2_000);
    let page = desk.bridge.settings().encode();
    let remembered = Settings::decode(&page).unwrap();
    desk.bridge = Bridge::new(cell(&desk.time, &desk.chip), remembered, 1);
    assert_eq!(values(&desk.run(5_000)), []);
    desk.put_on(0);
    assert_eq!(desk.after(2_000).value, Some(0));
}
