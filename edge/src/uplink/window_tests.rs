//! Claims about the window: exactly what is missing goes again, and what is late is waited for.

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

fn gap(first: u64, last: u64) -> Gap {
    Gap { first, last }
}

/// A window from which three batches of ten have left.
fn three_gone(now: Instant) -> Window {
    let mut window = Window::at(0, PATIENCE);
    window.breadth = WIDE;
    for first in [1, 11, 21] {
        window.left(gap(first, first + 9), now);
    }
    window
}

#[test]
fn what_is_missing_behind_what_arrived_goes_again_and_nothing_else() {
    let now = Instant::now();
    let mut window = three_gone(now);
    assert_eq!(window.next(30), None);
    window.hear(10, &[gap(11, 20)], now);
    assert_eq!(window.next(30), Some(gap(11, 20)), "the second was lost, the third has arrived");
    window.left(gap(11, 20), now);
    assert_eq!(window.next(30), None);
    window.hear(30, &[], now);
    assert_eq!(window.next(30), None);
    assert_eq!(window.next(31), Some(gap(31, 31)));
}

#[test]
fn what_is_only_late_is_waited_for() {
    let now = Instant::now();
    let mut window = three_gone(now);
    window.hear(10, &[], now);
    assert_eq!(window.next(30), None);
    assert_eq!(window.overdue(), Some(now + PATIENCE));
    window.give_up_before(window.order(), now + PATIENCE / 2);
    assert_eq!(window.next(30), None, "half the time is not too long");
    window.give_up_before(window.order(), now + PATIENCE);
    assert_eq!(window.next(30), Some(gap(11, 30)));
}

#[test]
fn a_gap_within_a_batch_goes_alone() {
    let now = Instant::now();
    let mut window = three_gone(now);
    window.hear(13, &[gap(14, 15), gap(18, 18)], now);
    assert_eq!(window.next(30), None, "both may still be coming with the second batch");
    window.give_up_before(window.order(), now + PATIENCE);
    assert_eq!(window.next(30), Some(gap(14, 15)));
    window.left(gap(14, 15), now);
    assert_eq!(window.next(30), Some(gap(18, 18)));
    window.left(gap(18, 18), now);
    assert_eq!(window.next(30), Some(gap(20, 30)), "behind the last gap one is known to have arrived");
}

#[test]
fn a_hub_that_holds_more_than_was_handed_over_is_sent_its_gaps_first() {
    let now = Instant::now();
    let mut window = Window::at(3, PATIENCE);
    window.hear(3, &[gap(4, 5), gap(8, 8)], now);
    assert_eq!(window.next(20), Some(gap(4, 5)));
    window.left(gap(4, 5), now);
    assert_eq!(window.next(20), Some(gap(8, 8)));
    window.left(gap(8, 8), now);
    assert_eq!(window.next(20), None, "how far it has come, the next word says");
    window.hear(17, &[], now);
    assert_eq!(window.next(20), Some(gap(18, 20)));
}

#[test]
fn nothing_handed_over_is_forgotten_though_a_batch_seemed_to_have_arrived() {
    let now = Instant::now();
    let mut window = three_gone(now);
    window.hear(10, &[gap(11, 20)], now);
    window.left(gap(11, 20), now);
    window.hear(21, &[], now);
    assert_eq!(window.next(30), Some(gap(22, 30)), "it was another, smaller batch that reached to 21");
}

#[test]
fn a_hub_that_went_back_in_time_is_sent_everything_from_there() {
    let now = Instant::now();
    let mut window = three_gone(now);
    window.hear(30, &[], now);
    window.rewind(5);
    window.hear(5, &[], now);
    assert_eq!(window.next(30), Some(gap(6, 30)));
}

#[test]
fn what_the_hub_lacks_below_its_watermark_goes_again_whatever_the_watermark_says() {
    let now = Instant::now();
    let mut window = Window::at(30, PATIENCE);
    window.lacks(&[gap(7, 7), gap(40, 41), gap(9, 8)]);
    window.hear(30, &[], now);
    assert_eq!(window.next(30), Some(gap(7, 7)));
    window.left(gap(7, 7), now);
    assert_eq!(window.next(30), None);
}

#[test]
fn few_are_on_the_road_until_answers_come_quickly() {
    let now = Instant::now();
    let mut window = Window::at(0, PATIENCE);
    let send = |window: &mut Window, from: u64| {
        (from..)
            .take_while(|n| {
                window.next(100).is_some() && {
                    window.left(gap(*n, *n), now);
                    true
                }
            })
            .count()
    };
    assert_eq!(send(&mut window, 1), NARROW);
    window.hear(2, &[], now + Duration::from_millis(300));
    assert_eq!(send(&mut window, 3), NARROW + 2);
    window.hear(6, &[], now + 3 * QUICK);
    assert_eq!(send(&mut window, 7), NARROW);
}
