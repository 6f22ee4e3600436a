//! Children on baby scales and step scales.

use super::{Settings, State, Story};

/// A calm child of `value` is put on; how long after the first touch it is ready.
fn put_on(story: &mut Story, value: i32) -> u64 {
    let touched_ms = story.now_ms();
    let before = story.locks.len();
    while story.locks.len() == before && story.now_ms() < touched_ms + 20_000 {
        story.say(value);
    }
    story.now_ms() - touched_ms
}

#[test]
fn a_calm_child_is_ready_within_six_and_a_half_seconds_at_any_rate() {
    for hz in [3, 7, 10, 12, 25, 80] {
        let mut story = Story::infant(1).at_hz(hz);
        let took_ms = put_on(&mut story, 8_450);
        assert_eq!(story.values(), [8_450], "{hz} Hz");
        assert!((5_000..=6_500).contains(&took_ms), "{hz} Hz took {took_ms} ms");
    }
}

#[test]
fn a_wriggling_baby_waits_until_calm_and_then_has_its_own_weight_to_ten_grams() {
    for seed in 0..60 {
        let grams = 180 + 20 * (seed as i32 % 20);
        let hz = [3, 10, 80][seed as usize % 3];
        let mut story = Story::infant(seed).at_hz(hz);
        story.wriggle(7_230, grams, 25_000);
        assert_eq!(story.settled(), None, "seed {seed}: locked while moving by {grams} g");
        story.flicker(7_230, 8_000);
        assert_eq!(story.values(), [7_230], "seed {seed}, {grams} g, {hz} Hz");
    }
}

#[test]
fn a_baby_that_only_breathes_is_ready_though_it_never_lies_still() {
    for seed in 0..20 {
        let mut story = Story::infant(seed);
        story.wriggle(4_120, 25, 20_000);
        let locked = story.locks[0];
        assert!((locked.value - 4_120).abs() <= 10, "seed {seed}: {locked:?}");
        assert!(locked.window.spread <= 20 && locked.window.min < locked.window.max);
    }
}

#[test]
fn progress_grows_with_calm_and_slow_is_said_after_fifteen_seconds() {
    let mut story = Story::infant(3);
    story.steady(8_450, 3_000);
    let State::Moving { live: Some(8_450), progress: early, slow: false } = story.rule.state() else {
        panic!("{:?}", story.rule.state())
    };
    story.steady(8_450, 1_000);
    let State::Moving { progress: late, .. } = story.rule.state() else { panic!("{:?}", story.rule.state()) };
    assert!((30..60).contains(&early) && (60..100).contains(&late), "{early} then {late}");
    story.wriggle(8_450, 400, 10_000);
    let State::Moving { progress, slow: false, .. } = story.rule.state() else { panic!("not yet slow") };
    assert!(progress < late, "moving takes it back");
    story.wriggle(8_450, 400, 2_000);
    assert!(matches!(story.rule.state(), State::Moving { slow: true, .. }));
}

#[test]
fn what_was_measured_is_kept_with_the_value() {
    let mut story = Story::infant(4);
    put_on(&mut story, 8_450);
    let locked = story.locks[0];
    assert_eq!((locked.window.count, locked.window.duration_ms), (41, 4_000));
    assert_eq!((locked.window.spread, locked.window.min, locked.window.max), (0, 8_450, 8_450));
    assert_eq!(locked.settled_at_ms, story.now_ms());
}

#[test]
fn values_are_rounded_to_the_division_halves_away_from_zero() {
    for (grams, rounded) in [(8_454, 8_450), (8_455, 8_460), (8_456, 8_460), (8_464, 8_460)] {
        let mut story = Story::infant(5);
        put_on(&mut story, grams);
        assert_eq!(story.values(), [rounded], "{grams} g");
    }
}

#[test]
fn a_settled_value_stands_while_its_child_moves_again() {
    let mut story = Story::infant(6);
    put_on(&mut story, 8_450);
    story.wriggle(8_450, 600, 30_000);
    assert_eq!(story.settled().map(|locked| locked.value), Some(8_450));
    assert_eq!(story.locks.len(), 1);
}

#[test]
fn another_load_ends_the_value_and_is_not_measured_before_zero() {
    let mut story = Story::infant(7);
    put_on(&mut story, 8_450);
    story.steady(9_100, 12_000);
    assert_eq!(story.rule.state(), State::Resting { live: 9_100 });
    assert_eq!(story.rule.waiting(), None, "the other child is not offered the value of the first");
    assert_eq!(
        story.rule.claimable(1).map(|locked| locked.value),
        Some(8_450),
        "who saw it may still take it"
    );
    story.steady(0, 1_000);
    put_on(&mut story, 9_100);
    assert_eq!(story.values(), [8_450, 9_100]);
}

#[test]
fn a_load_that_was_there_before_us_is_not_a_child() {
    let mut story = Story::on(Settings::infant(10), 8);
    story.steady(8_450, 20_000);
    assert_eq!(story.rule.state(), State::Resting { live: 8_450 });
}

#[test]
fn a_bump_is_no_child_and_a_forgotten_blanket_asks_for_zero() {
    let mut story = Story::infant(9);
    story.steady(900, 300);
    story.steady(0, 1_000);
    assert_eq!(story.rule.state(), State::Empty);
    story.steady(150, 3_000);
    assert_eq!(story.rule.state(), State::Resting { live: 150 });
    story.steady(8_600, 10_000);
    assert_eq!(story.locks, [], "a child weighed with the blanket");
    story.steady(0, 1_000);
    put_on(&mut story, 8_450);
    assert_eq!(story.values(), [8_450]);
}

#[test]
fn a_pan_tared_with_a_child_on_it_does_not_weigh_the_next_one_short() {
    let mut story = Story::infant(12);
    story.steady(8_450, 2_000);
    story.steady(0, 1_000);
    story.steady(-8_450, 1_000);
    story.steady(9_700 - 8_450, 10_000);
    assert_eq!(story.rule.state(), State::Resting { live: 1_250 });
    assert_eq!(story.locks, []);
}

#[test]
fn a_blanket_left_behind_by_an_unfinished_child_is_not_weighed() {
    let mut story = Story::infant(10);
    story.steady(8_450, 3_000);
    story.steady(120, 12_000);
    assert_eq!(story.rule.state(), State::Resting { live: 120 });
    assert_eq!(story.locks, []);
}

#[test]
fn a_standing_child_is_ready_after_three_still_seconds() {
    for hz in [3, 10, 80] {
        let mut story = Story::on(Settings::standing(100), 11).at_hz(hz);
        story.wriggle(17_300, 900, 4_000);
        assert_eq!(story.locks, [], "{hz} Hz: locked while climbing on");
        let took_ms = put_on(&mut story, 17_300);
        assert_eq!(story.values(), [17_300], "{hz} Hz");
        assert!((2_500..=5_000).contains(&took_ms), "{hz} Hz took {took_ms} ms");
    }
}

#[test]
fn a_swaying_child_never_stands_still() {
    for seed in 0..20 {
        let mut story = Story::on(Settings::standing(100), seed).at_hz(10);
        story.wriggle(17_300, 1_500, 30_000);
        assert_eq!(story.locks, [], "seed {seed}");
    }
}

#[test]
fn a_slow_lean_is_not_standing_still() {
    let mut story = Story::on(Settings::standing(100), 13).at_hz(10);
    (0..20).for_each(|second| story.steady(17_000 + 100 * second, 1_000));
    assert_eq!(story.locks, []);
}

#[test]
fn a_standing_child_may_shift_its_weight_once_settled() {
    let mut story = Story::on(Settings::standing(100), 14).at_hz(10);
    story.steady(17_300, 5_000);
    story.steady(17_900, 3_000);
    story.steady(17_300, 5_000);
    assert_eq!(story.values(), [17_300]);
    assert!(story.settled().is_some());
}

#[test]
fn a_child_that_keeps_pushing_off_the_edge_is_not_believed_lighter() {
    let mut story = Story::infant(15);
    for n in 0..300 {
        story.say(if n % 4 == 0 { 8_300 } else { 8_450 });
    }
    assert_eq!(story.locks, []);
    story.steady(8_450, 6_000);
    assert_eq!(story.values(), [8_450]);
}
