//! R04: cards that rot.

use super::super::{RotCounts, rotten_cards};

const SEED: u64 = 7;

#[test]
fn a_rotten_card_is_noticed_or_harmless_and_what_is_left_is_read() {
    let (days, cards, mut sum) = (8, 32, RotCounts::default());
    for seed in SEED..SEED + days {
        let counts = rotten_cards(seed, cards).unwrap();
        sum.cards += counts.cards;
        sum.harmless += counts.harmless;
        sum.noticed += counts.noticed;
        sum.events += counts.events;
        sum.salvaged += counts.salvaged;
    }
    println!("R04: {days} seeds from {SEED}: {sum:?}");
    assert_eq!(sum.harmless + sum.noticed, days * cards);
    assert!(sum.salvaged * 10 > sum.events * 7, "the salvage reads too little: {sum:?}");
}
