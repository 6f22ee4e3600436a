//! Whose value it is: taken once, by the right child, in time.

use super::{Settings, State, Story};

fn weighed(seed: u64, value: i32) -> Story {
    let mut story = Story::infant(seed);
    story.steady(value, 7_000);
    assert_eq!(story.values(), [value]);
    story
}

#[test]
fn a_child_left_on_the_pan_is_saved_once() {
    let mut story = weighed(1, 8_450);
    let id = story.locks[0].id;
    assert_eq!(story.rule.take(id), Some(story.locks[0]));
    assert_eq!(story.rule.take(id), None, "a second tap");
    story.steady(8_450, 30_000);
    assert_eq!(story.rule.state(), State::Resting { live: 8_450 });
    assert_eq!((story.rule.waiting(), story.locks.len()), (None, 1));
}

#[test]
fn the_next_child_needs_an_empty_pan_first() {
    let mut story = weighed(2, 8_450);
    story.rule.take(1);
    story.steady(8_450, 500);
    story.steady(9_700, 15_000);
    assert_eq!(story.values(), [8_450], "swapped without zero");
    story.steady(10, 600);
    assert_eq!(story.rule.state(), State::Empty);
    story.steady(9_700, 7_000);
    assert_eq!(story.values(), [8_450, 9_700]);
    assert!(story.locks[1].id > story.locks[0].id);
}

#[test]
fn a_value_waits_twenty_seconds_for_its_ticket_and_then_lapses() {
    let mut story = weighed(3, 8_450);
    story.steady(8_450, 60_000);
    assert_eq!(story.rule.waiting().map(|locked| locked.value), Some(8_450), "as long as the child is there");
    story.steady(0, 19_000);
    assert_eq!(story.rule.state(), State::Empty);
    assert_eq!(story.rule.waiting(), Some(&story.locks[0]));
    story.steady(0, 1_500);
    assert_eq!(story.rule.waiting(), None);
    assert_eq!(story.rule.take(1), None);
}

#[test]
fn a_value_is_taken_after_its_child_was_lifted_and_only_once() {
    let mut story = weighed(4, 8_450);
    story.steady(0, 8_000);
    assert_eq!(story.rule.take(1), Some(story.locks[0]));
    assert_eq!((story.rule.take(1), story.rule.waiting()), (None, None));
    story.steady(9_700, 7_000);
    assert_eq!(story.values(), [8_450, 9_700]);
}

#[test]
fn twins_swapped_quickly_each_have_their_own_value() {
    for hz in [3, 10, 80] {
        let mut story = Story::infant(5).at_hz(hz);
        story.steady(6_310, 7_000);
        story.steady(0, 900);
        story.steady(6_480, 1_000);
        assert_eq!(
            story.rule.waiting(),
            None,
            "{hz} Hz: the second twin is not offered the value of the first"
        );
        story.steady(6_480, 6_500);
        assert_eq!(story.values(), [6_310, 6_480], "{hz} Hz");
        let [first, second] = story.locks[..] else { panic!("{:?}", story.locks) };
        assert_eq!(story.rule.waiting(), Some(&second));
        assert_eq!(story.rule.take(first.id), Some(first), "the phone that showed the first still can");
        assert_eq!(story.rule.take(second.id), Some(second));
        assert_eq!((story.rule.take(first.id), story.rule.take(second.id)), (None, None));
    }
}

#[test]
fn twins_swapped_in_the_air_do_not_become_one() {
    let mut story = weighed(6, 6_310);
    story.steady(0, 200);
    story.steady(6_480, 10_000);
    assert_eq!(story.values(), [6_310], "no empty pan was seen, so the second is not measured");
    story.rule.take(1);
    assert_eq!(story.rule.state(), State::Resting { live: 6_480 });
}

#[test]
fn a_cable_pulled_long_enough_leaves_the_value_to_lapse_and_the_pan_unknown() {
    let mut story = weighed(7, 8_450);
    story.silence(9_000);
    assert!(story.settled().is_some(), "a short silence changes nothing");
    story.silence(3_000);
    assert_eq!(story.settled(), None);
    assert!(story.rule.claimable(1).is_some());
    story.silence(10_000);
    assert_eq!(story.rule.take(1), None);
    story.steady(9_700, 10_000);
    assert_eq!(story.rule.state(), State::Resting { live: 9_700 }, "put on while nobody looked");
}

#[test]
fn names_begin_where_they_are_told() {
    let mut rule = super::Rule::new(Settings::infant(10), 70_000);
    for n in 0..100 {
        let value = if n < 20 { 0 } else { 5_000 };
        rule.sample(super::Sample { at_ms: 50 + n * 100, value, stable: Some(true) });
    }
    assert_eq!(rule.take(0), None);
    assert_eq!(rule.take(70_000).map(|locked| locked.value), Some(5_000));
}

#[test]
fn what_an_instrument_held_for_itself_settles_nothing_and_waits_a_minute() {
    let mut story = Story::on(Settings::infant(10), 8);
    story.rule.held(story.now_ms(), 8_452);
    assert_eq!(story.settled(), None);
    let waiting = *story.rule.waiting().expect("it waits for a name");
    assert_eq!((waiting.value, waiting.window.count, waiting.window.min), (8_450, 1, 8_452));
    story.silence(55_000);
    assert_eq!(story.rule.waiting(), Some(&waiting), "silence is its nature");
    story.silence(10_000);
    assert_eq!(story.rule.waiting(), None);
    assert_eq!(story.rule.take(waiting.id), None);
}

#[test]
fn what_was_held_is_taken_once_and_replaced_by_the_next() {
    let mut story = Story::on(Settings::infant(10), 9);
    story.rule.held(story.now_ms(), 150);
    assert_eq!(story.rule.waiting(), None, "a blanket is no child");
    story.rule.held(story.now_ms(), 8_450);
    let first = story.rule.waiting().unwrap().id;
    assert_eq!(story.rule.take(first).map(|locked| locked.value), Some(8_450));
    assert_eq!((story.rule.take(first), story.rule.waiting()), (None, None));
    story.rule.held(story.now_ms(), 8_450);
    let second = story.rule.waiting().unwrap().id;
    story.rule.held(story.now_ms(), 6_300);
    assert_eq!(story.rule.waiting().map(|locked| locked.value), Some(6_300));
    assert_eq!(story.rule.take(second), None, "the one before cannot be told from it any more");
}

#[test]
fn a_stream_is_believed_before_what_the_instrument_held() {
    let mut story = Story::infant(10);
    story.steady(8_450, 3_000);
    story.rule.held(story.now_ms(), 8_440);
    assert_eq!(story.rule.waiting().map(|locked| locked.value), Some(8_440), "of the child on it now");
    let mut saved = story.rule.clone();
    saved.take(1);
    (0..100).for_each(|n| {
        saved.sample(super::Sample { at_ms: story.now_ms() + n * 100, value: 8_450, stable: None });
    });
    assert_eq!(saved.state(), State::Resting { live: 8_450 }, "it is not measured twice");
    story.steady(8_450, 4_000);
    let [locked] = story.locks[..] else { panic!("{:?}", story.locks) };
    story.rule.held(story.now_ms(), 8_440);
    assert_eq!(story.rule.waiting(), Some(&locked));
    let mut saved = story.rule.clone();
    saved.take(locked.id);
    saved.held(story.now_ms(), 8_440);
    assert_eq!(saved.waiting(), None, "told late, of a child who is saved");
    story.steady(0, 1_000);
    story.rule.held(story.now_ms(), 8_440);
    assert_eq!(story.rule.waiting(), Some(&locked), "told late, of a child who has left");
    story.steady(9_700, 1_000);
    assert_eq!(story.rule.waiting(), None, "the next child is not offered it");
}
