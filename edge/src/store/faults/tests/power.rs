//! R01 and R03: power cuts and cards that lie.

use super::super::{Counts, cut_at_every_sync, cut_by_chance, lying_syncs};

const SEED: u64 = 20_261_122;

#[test]
fn a_power_cut_at_any_sync_costs_nothing_that_was_told() {
    let counts = cut_at_every_sync(SEED, 200).unwrap();
    println!("R01: seed {SEED}, {counts:?}");
    assert!(counts.syncs > 400 && counts.cuts == 4 * counts.syncs && counts.second_cuts == 2 * counts.syncs);
}

#[test]
fn power_cuts_by_chance_one_after_another_cost_nothing_that_was_told() {
    let rounds = 80;
    for seed in SEED..SEED + rounds {
        cut_by_chance(seed).unwrap();
    }
    println!("R01: {rounds} seeds from {SEED}");
}

#[test]
fn a_card_whose_syncs_lie_is_never_silently_wrong() {
    let (rounds, mut sum) = (100, Counts::default());
    for seed in SEED..SEED + rounds {
        let counts = lying_syncs(seed).unwrap();
        sum.whole += counts.whole;
        sum.earlier += counts.earlier;
        sum.refused += counts.refused;
    }
    println!("R03: {rounds} seeds from {SEED}: {sum:?}");
    assert_eq!(sum.whole + sum.earlier + sum.refused, rounds);
    assert!(sum.refused > 0 && sum.earlier > 0, "the lies had no effect: {sum:?}");
}
