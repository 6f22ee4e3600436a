//! Wild frames, error frames, silence, flags and clocks that misbehave.

use super::{Rule, Sample, Settings, State, Story, Vec};
use crate::settle::intake::Intake;

#[test]
fn one_believable_wild_frame_first_does_not_decide() {
    // A bathroom scale was seen to send 14.95 kg, a toddler's weight, before the 107.1 kg that stood on it.
    let mut story = Story::on(Settings::standing(50), 1).at_hz(5);
    story.say(14_950);
    story.silence(1_000);
    assert_eq!(story.locks, []);
    story.steady(107_100, 6_000);
    assert_eq!(story.values(), [107_100]);
}

#[test]
fn one_outlier_neither_locks_nor_unlocks_nor_shows_in_the_value() {
    for hz in [3, 10, 80] {
        for outlier in [0, 14_950, -8_450, i32::MAX, i32::MIN] {
            let mut story = Story::infant(2).at_hz(hz);
            story.say(outlier);
            story.steady(0, 1_000);
            assert_eq!(story.rule.state(), State::Empty, "{outlier} at {hz} Hz on an empty pan");
            story.steady(8_450, 2_500);
            story.say(outlier);
            story.steady(8_450, 5_000);
            assert_eq!(story.values(), [8_450], "{outlier} at {hz} Hz in the window");
            story.say(outlier);
            story.steady(8_450, 2_000);
            assert_eq!(story.settled(), Some(story.locks[0]), "{outlier} at {hz} Hz afterwards");
            assert_eq!(story.locks.len(), 1);
        }
    }
}

#[test]
fn the_spike_is_told_in_the_window_though_not_in_the_value() {
    let mut story = Story::infant(3).at_hz(80);
    story.steady(8_450, 3_000);
    story.say(9_990);
    story.steady(8_450, 4_000);
    assert_eq!(story.locks[0].value, 8_450);
    assert_eq!((story.locks[0].window.max, story.locks[0].window.spread), (9_990, 0));
}

#[test]
fn an_error_frame_breaks_the_window() {
    let mut story = Story::infant(4);
    story.steady(8_450, 5_000);
    story.error();
    assert_eq!(story.rule.state(), State::Moving { live: None, progress: 0, slow: false });
    story.steady(8_450, 4_000);
    assert_eq!(story.locks, [], "the five seconds before the error do not count");
    story.steady(8_450, 2_000);
    assert_eq!(story.values(), [8_450]);
}

#[test]
fn error_frames_do_not_unlock_a_child_and_do_not_become_one() {
    let mut story = Story::infant(5);
    (0..30).for_each(|_| story.error());
    assert_eq!(story.rule.state(), State::Empty);
    story.steady(0, 500);
    story.steady(8_450, 7_000);
    (0..30).for_each(|_| story.error());
    story.steady(8_450, 2_000);
    assert_eq!(story.settled(), Some(story.locks[0]));
}

#[test]
fn a_child_unseen_behind_errors_for_long_is_no_longer_counted_on() {
    let mut story = Story::infant(12);
    story.steady(8_450, 7_000);
    (0..120).for_each(|_| story.error());
    assert_eq!(story.settled(), None);
    assert_eq!(story.rule.claimable(1), Some(&story.locks[0]));
}

#[test]
fn an_instrument_that_only_speaks_when_still_may_be_in_error_for_long() {
    let mut story = Story::infant(6);
    story.steady(8_450, 1_000);
    (0..200).for_each(|_| story.error());
    story.steady(8_450, 7_000);
    assert_eq!(story.values(), [8_450], "the child need not be lifted");
}

#[test]
fn a_gap_in_the_stream_breaks_the_window_whether_or_not_time_is_told() {
    for told in [true, false] {
        let mut story = Story::infant(7);
        story.steady(8_450, 5_000);
        if told {
            story.silence(1_600);
            assert_eq!(story.rule.state(), State::Moving { live: None, progress: 0, slow: false });
        } else {
            story.now_us += 1_600_000;
        }
        story.steady(8_450, 4_000);
        assert_eq!(story.locks, []);
        story.steady(8_450, 2_000);
        assert_eq!(story.values(), [8_450]);
    }
}

#[test]
fn the_instruments_own_flag_blocks_but_never_decides() {
    let mut story = Story::infant(8);
    story.flag = Some(false);
    story.steady(8_450, 12_000);
    assert_eq!(story.locks, [], "it says unstable");
    story.flag = Some(true);
    story.wriggle(8_450, 500, 12_000);
    assert_eq!(story.locks, [], "it says stable and is not");
    story.steady(8_450, 7_000);
    assert_eq!(story.values(), [8_450]);
}

#[test]
fn a_flag_that_flickers_faster_than_our_points_blocks_too() {
    let mut story = Story::infant(13).at_hz(80);
    for _ in 0..400 {
        story.flag = Some(false);
        story.say(8_450);
        story.flag = Some(true);
        story.say(8_450);
    }
    assert_eq!(story.locks, []);
}

#[test]
fn a_stream_too_thin_decides_nothing() {
    let mut story = Story::infant(14);
    for _ in 0..60 {
        story.now_us += 1_300_000;
        story.say(8_450);
    }
    assert_eq!(story.locks, []);
}

#[test]
fn one_unstable_frame_costs_no_new_window() {
    let mut story = Story::infant(9);
    story.flag = Some(true);
    story.steady(8_450, 3_000);
    story.flag = Some(false);
    story.say(8_450);
    story.flag = Some(true);
    story.steady(8_450, 3_000);
    assert_eq!(story.values(), [8_450]);
}

#[test]
fn a_clock_set_back_or_far_ahead_neither_locks_nor_loses_the_way() {
    for jump_ms in [-3_600_000_i64, -500, 5_000, 3_600_000, 1_700_000_000_000] {
        let mut story = Story::on(Settings::infant(10), 10);
        story.now_us += 4_000_000_000;
        story.steady(0, 2_000);
        story.steady(8_450, 5_300);
        story.now_us = story.now_us.checked_add_signed(jump_ms * 1_000).unwrap();
        story.steady(8_450, 4_500);
        assert_eq!(story.locks, [], "locked over a jump of {jump_ms} ms");
        story.steady(0, 1_000);
        story.steady(7_000, 7_000);
        assert_eq!(story.values(), [7_000], "after a jump of {jump_ms} ms");
    }
}

#[test]
fn a_value_does_not_outlive_a_clock_set_back() {
    let mut story = Story::infant(11);
    story.now_us += 4_000_000_000;
    story.steady(0, 1_000);
    story.steady(8_450, 7_000);
    story.steady(0, 1_000);
    story.now_us -= 3_600_000_000;
    story.silence(1_000);
    assert!(story.rule.claimable(1).is_some());
    story.silence(20_000);
    assert_eq!(story.rule.claimable(1), None);
}

#[test]
fn stamps_a_little_out_of_order_cost_nothing() {
    let mut rule = Rule::new(Settings::infant(10), 1);
    for n in 0..90_u64 {
        let value = if n < 20 { 0 } else { 8_450 };
        rule.tick(1_000 + n * 100 + 40);
        rule.sample(Sample { at_ms: 1_000 + n * 100, value, stable: None });
    }
    assert_eq!(rule.waiting().map(|locked| locked.value), Some(8_450));
}

#[test]
fn settings_that_cannot_work_are_put_right() {
    let settings = Settings { division: 0, window_ms: 60_000, min_points: 0, ..Settings::infant(10) };
    let mut story = Story::on(settings, 15);
    story.steady(0, 1_000);
    story.steady(8_453, 8_000);
    assert_eq!(story.values(), [8_453]);
    assert_eq!(story.locks[0].window.duration_ms, 6_000);
}

#[test]
fn a_fast_stream_gives_ten_points_a_second_and_no_spike() {
    for hz in [3, 10, 12, 80] {
        let mut intake = Intake::default();
        let values = (0..hz * 10).map(|n| (n * 1_000 / hz, if n == hz * 5 + 1 { 9_990 } else { 8_450 }));
        let points: Vec<_> = values.filter_map(|(at_ms, value)| intake.offer(at_ms, value, None)).collect();
        let expected = 10 * hz.min(10);
        assert!(points.len().abs_diff(expected as usize) <= 2, "{hz} Hz: {} points", points.len());
        assert_eq!(points.iter().any(|point| point.value != 8_450), hz < 20, "{hz} Hz");
    }
}

#[test]
fn a_point_that_ends_on_an_unstable_frame_is_unstable() {
    let mut intake = Intake::default();
    let flags = (0..17_u64).map(|n| (n * 12, Some(n != 9)));
    let points: Vec<_> = flags.filter_map(|(at_ms, stable)| intake.offer(at_ms, 8_450, stable)).collect();
    assert_eq!(points.iter().map(|point| point.flagged).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn the_end_of_time_is_only_the_end() {
    let mut rule = Rule::new(Settings::infant(10), u64::MAX);
    for at_ms in (0..200).map(|n| u64::MAX - 10_000 + n * 50) {
        rule.sample(Sample { at_ms, value: i32::MIN, stable: None });
        rule.error(at_ms);
        rule.sample(Sample { at_ms: u64::MAX, value: i32::MAX, stable: None });
        rule.tick(u64::MAX);
    }
    assert_eq!(rule.waiting(), None);
}
