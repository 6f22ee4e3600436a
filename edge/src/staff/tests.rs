//! How long the door makes one wait.

use super::attempts::{Tally, pause_ms};
use crate::clock::Clock;
use crate::config::ClockSettings;

#[test]
fn slips_are_free_guesses_are_slow_and_the_door_never_locks() {
    assert_eq!((0..3).map(pause_ms).max(), Some(0));
    assert!((3..100).map(pause_ms).is_sorted());
    assert_eq!(pause_ms(u32::MAX), 60_000);
    let day_ms = 24 * 60 * 60 * 1_000;
    assert!(10_000 * pause_ms(50) > 6 * day_ms, "all PINs of four digits take a week");
}

#[test]
fn a_restart_begins_the_pause_again_and_never_lengthens_it() {
    let clock = Clock::start(&ClockSettings::default(), 420, 0);
    let before = Tally { failed: 5, boot: [9; 16], at_ms: 40 * 24 * 60 * 60 * 1_000 };
    let left_ms = before.left_ms(&clock);
    assert!(left_ms <= pause_ms(5) && left_ms > pause_ms(5) - 5_000, "{left_ms}");
}
