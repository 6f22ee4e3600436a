//! Views made again are the views that grew.

use redb::ReadableTableMetadata;

use super::super::Dice;
use super::super::disk::{Fault, FaultyDisk};
use super::super::story::{IDENTITY, KEY, Story, open};
use crate::store::contents::{Row, VIEWS, rows};
use crate::store::rebuild::rebuild_on;
use crate::store::views::CHILDREN;

const SEED: u64 = 23;

/// A day of `steps`, closed; its disk and all its rows.
fn day(steps: usize) -> (FaultyDisk, Vec<Row>) {
    let mut story = Story::on(FaultyDisk::default(), SEED).unwrap();
    (0..steps).for_each(|_| story.step().unwrap());
    let shelf = &story.store().0.shelf;
    let grown = rows(&shelf.database().unwrap(), &shelf.seal).unwrap();
    drop(story.store.take());
    (story.disk.after_power_cut(), grown)
}

fn rows_on(disk: &FaultyDisk) -> Vec<Row> {
    let store = open(disk).unwrap();
    rows(&store.0.shelf.database().unwrap(), &store.0.shelf.seal).unwrap()
}

#[test]
fn views_made_again_are_row_by_row_those_that_grew() {
    let (disk, grown) = day(300);
    // what only the hub tells, and days of an unset clock, are in the test of the feed
    let in_this_day = VIEWS.iter().filter(|view| !["boots", "told", "undated"].contains(*view));
    in_this_day.for_each(|view| assert!(grown.iter().any(|(table, ..)| table == view), "{view}"));
    let rebuilt = rebuild_on(&disk, &KEY, IDENTITY).unwrap();
    assert!(rebuilt.events > 200);
    assert_eq!(rows_on(&disk), grown);
}

#[test]
fn a_rebuild_that_is_cut_off_is_finished_when_the_store_is_opened() {
    let (sound, grown) = day(60);
    let mut dice = Dice::seeded(SEED);
    let mut cut_off = 0;
    for later in 0.. {
        let disk = sound.after_power_cut();
        disk.fail(later, Fault::Refused);
        let rebuilt = rebuild_on(&disk, &KEY, IDENTITY);
        if disk.is_armed() {
            break;
        }
        cut_off += u64::from(rebuilt.is_err());
        // half of the times the power goes with it
        let disk = if dice.coin() { disk.after_power_cut() } else { disk };
        assert_eq!(rows_on(&disk), grown, "operation {later}");
    }
    println!("rebuild: cut off at {cut_off} operations");
    assert!(cut_off > 20);
}

#[test]
fn a_damaged_journal_is_not_rebuilt_and_no_view_is_cleared() {
    let (disk, grown) = day(60);
    let store = open(&disk).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime
        .block_on(store.write(|writing| Ok(writing.journal.insert(7, [1; 90].as_slice())?.is_some())))
        .unwrap();
    drop(store);
    assert!(rebuild_on(&disk, &KEY, IDENTITY).is_err());
    let store = open(&disk).unwrap();
    let left = store.read(|reading| Ok(reading.open_table(CHILDREN)?.len()?)).unwrap();
    let children = grown.iter().filter(|(table, ..)| *table == "children").count();
    assert_eq!(left, children as u64);
}
