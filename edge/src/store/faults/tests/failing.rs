//! R02: writes that fail, at every operation of a day.

use std::time::Duration;

use futures_util::FutureExt;

use super::super::Dice;
use super::super::disk::{Fault, FaultyDisk};
use super::super::story::{Story, open};
use crate::store::{Condition, Deed, Noted, contents, rebuild};

const SEED: u64 = 11;
const STEPS: usize = 25;
const PATIENCE: Duration = Duration::from_secs(20);

/// Goes on with a day, and has operation `later` of its next step go wrong. False if that step has fewer operations.
fn fail_once(before: &Story, later: u64, fault: Fault) -> bool {
    let place = format!("seed {SEED}, {} rows, operation {later}, {fault:?}", tables(before).len());
    let disk = before.disk.after_power_cut();
    let mut story = Story::gone_on(disk.clone(), before.day.clone()).unwrap();
    let told = story.digest().unwrap();
    disk.fail(later, fault);
    let saved = story.step();
    if disk.is_armed() {
        return false;
    }
    let now = story.digest().unwrap_or_else(|error| panic!("{place}: {error}"));
    assert!(saved.is_ok() || now == told || is_whole(before, &story), "{place}: half kept");
    story.step().unwrap_or_else(|error| panic!("{place}: the next save: {error}"));
    let kept = story.digest().unwrap();
    let shelf = &story.store().0.shelf;
    rebuild::prove(&shelf.database().unwrap(), shelf).unwrap_or_else(|error| panic!("{place}: {error}"));
    let after = open(&disk.after_power_cut()).unwrap_or_else(|error| panic!("{place}: {error:#}"));
    assert_eq!(contents::digest(&after.0.shelf).unwrap(), kept, "{place}: lost by a power cut");
    true
}

/// A save that was refused may have reached the card before the last sync failed: then all of it is there.
fn is_whole(before: &Story, now: &Story) -> bool {
    let disk = before.disk.after_power_cut();
    let mut whole = Story::gone_on(disk, before.day.clone()).unwrap();
    whole.step().unwrap();
    tables(&whole) == tables(now)
}

/// The table of each row.
fn tables(story: &Story) -> Vec<&'static str> {
    let shelf = &story.store().0.shelf;
    let rows = contents::rows(&shelf.database().unwrap(), &shelf.seal).unwrap();
    rows.into_iter().map(|(table, ..)| table).collect()
}

#[test]
fn a_write_that_fails_at_any_operation_costs_no_save_that_was_told() {
    let mut rounds = 0;
    let mut story = Story::on(FaultyDisk::default(), SEED).unwrap();
    for _ in 0..STEPS {
        for fault in [Fault::Refused, Fault::Full, Fault::Short] {
            rounds += (0..).take_while(|later| fail_once(&story, *later, fault)).count();
        }
        story.step().unwrap();
    }
    println!("R02: seed {SEED}, {STEPS} steps, {rounds} operations failed");
    assert!(rounds > 900, "{rounds}");
}

#[test]
fn opening_a_store_on_a_card_that_fails_is_refused_and_works_the_next_time() {
    let mut story = Story::on(FaultyDisk::default(), SEED).unwrap();
    (0..STEPS).for_each(|_| story.step().unwrap());
    let digest = story.digest().unwrap();
    let mut rounds = 0;
    for fault in [Fault::Refused, Fault::Full, Fault::Short] {
        for later in 0.. {
            let disk = story.disk.after_power_cut();
            disk.fail(later, fault);
            let opened = open(&disk);
            if disk.is_armed() {
                break;
            }
            rounds += 1;
            drop(opened);
            let store = open(&disk).unwrap_or_else(|error| panic!("operation {later}, {fault:?}: {error:#}"));
            assert_eq!(contents::digest(&store.0.shelf).unwrap(), digest, "operation {later}, {fault:?}");
        }
    }
    println!("R02: {rounds} operations of opening failed");
    assert!(rounds > 5);
}

#[test]
fn two_failures_in_a_row_cost_no_save_that_was_told() {
    let mut dice = Dice::seeded(SEED);
    let mut story = Story::on(FaultyDisk::default(), SEED).unwrap();
    let mut rounds = 0;
    for _ in 0..STEPS {
        story.step().unwrap();
        let disk = story.disk.after_power_cut();
        let mut again = Story::gone_on(disk.clone(), story.day.clone()).unwrap();
        disk.fail(dice.below(6) as u64, Fault::Refused);
        disk.fail_again(dice.below(6) as u64, Fault::Refused);
        let saved = (again.step(), again.step());
        rounds += 1;
        // whatever was refused: the next save is taken, and nothing told before is gone
        again
            .sign_in()
            .unwrap_or_else(|error| panic!("seed {SEED}, round {rounds}: {error}, after {saved:?}"));
        let shelf = &again.store().0.shelf;
        rebuild::prove(&shelf.database().unwrap(), shelf).unwrap();
        let kept = again.digest().unwrap();
        let after = open(&disk.after_power_cut()).unwrap();
        assert_eq!(contents::digest(&after.0.shelf).unwrap(), kept, "seed {SEED}, round {rounds}");
    }
    println!("R02: seed {SEED}, {rounds} pairs of failures");
}

#[test]
fn a_card_found_damaged_after_a_failed_write_is_not_written_to_again() {
    let mut story = Story::on(FaultyDisk::default(), SEED).unwrap();
    (0..STEPS).for_each(|_| story.step().unwrap());
    let length = story.disk.durable().len();
    story.disk.rot(4096..length);
    story.disk.fail(0, Fault::Refused);
    assert!(story.sign_in().is_err());
    assert_eq!(story.store().condition(), Condition::Broken);
    let card = story.disk.durable();
    for _ in 0..20 {
        assert!(story.sign_in().is_err() && story.store().safety().on_device > 0);
    }
    assert_eq!(story.disk.durable(), card);
}

#[test]
fn notes_whose_write_fails_after_whoever_asked_hung_up_are_written_by_the_next() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut story = Story::on(FaultyDisk::default(), SEED).unwrap();
    story.step().unwrap();
    let store = story.store();
    // noted where nobody gathers: what is written is written by whoever asks
    store.note(noted());
    runtime.block_on(async {
        story.disk.fail(0, Fault::Refused);
        assert!(store.keep_notes().now_or_never().is_none(), "it was done at once");
        let failed = async {
            while story.disk.is_armed() {
                tokio::task::yield_now().await;
            }
            while store.notes(None, 9).unwrap_or_default().is_empty() {
                let _ = store.keep_notes().await;
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, failed).await.expect("it is lost");
    });
}

fn noted() -> Noted {
    let at = protocol::Stamp {
        boot: [1; 16],
        monotonic_ns: 1,
        wall_ms: 1_800_000_000_000,
        offset_min: 420,
        source: protocol::time::ClockSource::Ntp,
    };
    let (user, role) = (protocol::UserId(uuid::Uuid::from_u128(5)), protocol::event::Role::Kader);
    Noted { at, user, role, posyandu: None, deed: Deed::SignedIn, citizen: None, page: String::new() }
}
