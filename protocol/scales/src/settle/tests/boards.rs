//! Length boards: no zero to return to, so movement marks the next child.

use super::{Settings, State, Story};

fn board(seed: u64) -> Story {
    let mut story = Story::on(Settings::length_board(1), seed);
    story.hz = 5;
    story
}

/// The slider travels at 10 cm a second.
fn slide(story: &mut Story, from: i32, to: i32) {
    let steps = ((to - from).abs() / 200).max(1);
    (1..=steps).for_each(|step| story.say(from + (to - from) * step / steps));
}

#[test]
fn a_board_left_by_the_last_child_does_not_measure_the_next() {
    let mut story = board(1);
    story.steady(7_500, 60_000);
    assert_eq!(story.rule.state(), State::Resting { live: 7_500 });
    assert_eq!((story.rule.waiting(), story.locks.len()), (None, 0));
}

#[test]
fn a_moved_board_settles_within_three_seconds() {
    for hz in [3, 8, 40] {
        let mut story = board(2);
        story.hz = hz;
        story.steady(9_000, 2_000);
        slide(&mut story, 9_000, 7_512);
        story.flicker(7_512, 3_000);
        let [locked] = story.locks[..] else { panic!("{hz} Hz: {:?}", story.locks) };
        assert_eq!(locked.value, 7_512, "{hz} Hz");
        assert!(locked.window.max - locked.window.min <= 10);
    }
}

#[test]
fn a_taken_length_is_not_taken_again_until_the_board_moves() {
    let mut story = board(3);
    story.steady(9_000, 2_000);
    slide(&mut story, 9_000, 7_500);
    story.steady(7_500, 2_000);
    assert_eq!(story.rule.take(1).map(|locked| locked.value), Some(7_500));
    assert_eq!(story.rule.take(1), None);
    story.steady(7_500, 30_000);
    story.steady(7_540, 10_000);
    assert_eq!(story.locks.len(), 1, "four millimetres are a bump");
    slide(&mut story, 7_540, 8_200);
    slide(&mut story, 8_200, 7_500);
    story.steady(7_500, 2_000);
    assert_eq!(story.values(), [7_500, 7_500], "the next child may be exactly as long");
}

#[test]
fn a_slider_pushed_closer_corrects_the_value_of_the_same_child() {
    let mut story = board(4);
    story.steady(9_000, 2_000);
    slide(&mut story, 9_000, 7_540);
    story.steady(7_540, 2_500);
    story.steady(7_510, 2_500);
    assert_eq!(story.values(), [7_540, 7_510]);
    assert_eq!(story.rule.take(1), None, "the looser one is withdrawn");
    assert_eq!(story.rule.take(2).map(|locked| locked.value), Some(7_510));
}

#[test]
fn a_slider_opened_to_let_the_child_go_leaves_its_length_for_twenty_seconds() {
    let mut story = board(5);
    story.steady(9_000, 2_000);
    slide(&mut story, 9_000, 7_500);
    story.steady(7_500, 2_000);
    slide(&mut story, 7_500, 9_500);
    story.steady(9_500, 600);
    assert_eq!(story.rule.waiting(), None);
    assert_eq!(story.rule.claimable(1).map(|locked| locked.value), Some(7_500));
    story.steady(9_500, 21_000);
    assert_eq!(story.rule.claimable(1), None);
}

#[test]
fn a_length_nobody_takes_lapses_though_the_board_stays() {
    let mut story = board(6);
    story.steady(9_000, 2_000);
    slide(&mut story, 9_000, 7_500);
    story.steady(7_500, 45_000);
    assert!(story.rule.waiting().is_some());
    story.steady(7_500, 60_000);
    assert_eq!(story.rule.waiting(), None);
    assert_eq!(story.rule.state(), State::Resting { live: 7_500 });
}

#[test]
fn a_board_that_was_away_starts_from_where_it_is_found() {
    let mut story = board(7);
    story.steady(9_000, 2_000);
    story.silence(30_000);
    story.steady(7_500, 20_000);
    assert_eq!(story.locks, [], "moved while nobody looked");
}

#[test]
fn a_wild_first_reading_is_not_where_the_board_stands() {
    for wild in [0, 15_000] {
        let mut story = board(8);
        story.say(wild);
        story.steady(7_500, 20_000);
        story.say(wild);
        story.steady(7_500, 20_000);
        assert_eq!(story.locks, []);
    }
}

#[test]
fn a_trembling_hand_on_the_slider_is_not_rest() {
    for seed in 0..20 {
        let mut story = board(seed);
        story.steady(9_000, 2_000);
        slide(&mut story, 9_000, 7_500);
        story.wriggle(7_500, 120, 20_000);
        assert!(story.locks.iter().all(|locked| locked.window.max - locked.window.min <= 10), "seed {seed}");
        story.steady(7_500, 2_500);
        assert_eq!(story.settled().map(|locked| locked.value), Some(7_500), "seed {seed}");
    }
}

#[test]
fn a_child_that_still_stretches_is_measured_once_it_lies_still() {
    let mut story = board(9);
    story.hz = 10;
    story.steady(9_000, 2_000);
    slide(&mut story, 9_000, 7_400);
    for reading in [7_410, 7_410, 7_400, 7_410, 7_410, 7_410, 7_400, 7_410, 7_410, 7_410] {
        story.say(reading);
    }
    story.steady(7_400, 2_500);
    assert_eq!(story.values(), [7_400], "a millimetre of stretching is not rest");
}
