//! G7 on a disk that is full: refused in one piece, everything else goes on.

use protocol::{CitizenId, VisitId};
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::super::disk::FaultyDisk;
use super::super::story::{Story, open};
use crate::store::{Condition, Need, Small, Store, StoreError, contents};

const BALLAST: u64 = 256 * 1024;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

/// A store with a few days in it and its ballast.
fn ballasted() -> (Story, Runtime) {
    let (mut story, runtime) = (Story::on(FaultyDisk::default(), 5).unwrap(), runtime());
    (0..60).for_each(|_| story.step().unwrap());
    runtime.block_on(story.store().keep_ballast(BALLAST)).unwrap();
    story.step().unwrap();
    assert_eq!(story.disk.used() % BALLAST, story.disk.used() - BALLAST, "the ballast lies there");
    (story, runtime)
}

fn sign_in(runtime: &Runtime, store: &Store, who: u8) -> Result<(), StoreError> {
    runtime.block_on(store.put_small(Small::Attempts, vec![who; 16], vec![who; 4_000]))
}

fn becomes(runtime: &Runtime, store: &Store, condition: Condition) {
    let mut changes = store.watch_condition();
    let change = changes.wait_for(|now| *now == condition);
    let waited =
        runtime.block_on(async { tokio::time::timeout(std::time::Duration::from_secs(20), change).await });
    assert!(waited.is_ok(), "never {condition:?}");
}

#[test]
fn a_full_disk_refuses_saves_whole_while_reading_signing_in_and_acks_go_on() {
    let (mut story, runtime) = ballasted();
    let held = story.digest().unwrap();
    let room_for_nothing = story.disk.used();
    story.disk.set_capacity(Some(room_for_nothing));

    let mut refused = 0;
    for _ in 0..20 {
        refused += usize::from(story.step() == Err(StoreError::Full));
    }
    assert!(refused >= 10, "{refused} saves were refused");
    becomes(&runtime, story.store(), Condition::Full);
    for who in 0..30 {
        sign_in(&runtime, story.store(), who).unwrap_or_else(|error| panic!("sign-in {who}: {error}"));
    }
    assert!(story.disk.used() < room_for_nothing, "the ballast was not given up");
    let children = (100..112).map(|number| CitizenId(Uuid::from_u128(number)));
    assert!(children.map(|child| story.store().visits_of(child).unwrap().len()).sum::<usize>() > 5);
    assert_ne!(story.digest().unwrap(), held, "the sign-ins are kept");

    story.disk.set_capacity(Some(room_for_nothing + 2 * BALLAST));
    becomes(&runtime, story.store(), Condition::Well);
    (0..20).for_each(|_| story.step().unwrap());
    let kept = story.digest().unwrap();
    let after = open(&story.disk.after_power_cut()).unwrap();
    assert_eq!(contents::digest(&after.0.shelf).unwrap(), kept);
}

#[test]
fn below_low_water_saves_are_refused_and_the_ballast_is_kept_for_later() {
    let (mut story, runtime) = ballasted();
    let used = story.disk.used();
    story.disk.set_capacity(Some(used + BALLAST / 4 - 4096));
    assert_eq!(runtime.block_on(save(story.store())), Err(StoreError::Full));
    assert_eq!(story.disk.used(), used);
    sign_in(&runtime, story.store(), 1).unwrap();

    // a little more is not enough: saves would come and go with every byte
    story.disk.set_capacity(Some(used + BALLAST / 3));
    assert_eq!(runtime.block_on(save(story.store())), Err(StoreError::Full));
    story.disk.set_capacity(Some(used + BALLAST));
    (0..5).for_each(|_| story.step().unwrap());
}

#[test]
fn without_room_for_a_ballast_the_day_does_not_begin_with_saves() {
    let (mut story, runtime) = (Story::on(FaultyDisk::default(), 5).unwrap(), runtime());
    (0..10).for_each(|_| story.step().unwrap());
    story.disk.set_capacity(Some(story.disk.used() + BALLAST));
    runtime.block_on(story.store().keep_ballast(BALLAST)).unwrap();
    assert_eq!(runtime.block_on(save(story.store())), Err(StoreError::Full));
    assert_eq!(story.store().condition(), Condition::Full);
}

#[test]
fn a_store_opens_and_is_read_on_a_disk_without_a_free_byte() {
    let (mut story, runtime) = ballasted();
    let kept = story.digest().unwrap();
    drop(story.store.take());
    story.disk.release_all_and_fill();
    let store = open(&story.disk).unwrap();
    assert_eq!(contents::digest(&store.0.shelf).unwrap(), kept);
    // the file's own free pages take a little, then it is refused, and what is there stays to be read
    let refused = (0..200).find_map(|who| sign_in(&runtime, &store, who).err());
    assert_eq!(refused, Some(StoreError::Full));
    assert!(store.visits_of(CitizenId(Uuid::from_u128(100))).is_ok());
    drop(store);
    assert!(open(&story.disk).is_ok());
}

#[test]
fn a_save_that_meets_a_damaged_row_fails_alone() {
    let (story, runtime) = ballasted();
    let store = story.store();
    let before = store.safety().on_device;
    let (one, damaged, other) = runtime.block_on(async {
        tokio::join!(
            save(store),
            store.0.writer.write(Need::Save, |writing| {
                writing.small.insert([1; 8].as_slice(), [7; 8].as_slice())?;
                Err::<(), _>(StoreError::Damaged)
            }),
            save(store),
        )
    });
    assert_eq!((one, damaged, other), (Ok(()), Err(StoreError::Damaged), Ok(())));
    assert_eq!(store.safety().on_device, before);
    let rows = contents::rows(&store.0.shelf.database().unwrap(), &store.0.shelf.seal).unwrap();
    assert!(!rows.iter().any(|(_, key, _)| key == &[1; 8]), "what the failed save had begun is gone");
}

/// Something new that is kept.
async fn save(store: &Store) -> Result<(), StoreError> {
    let change =
        |writing: &mut crate::store::Writing<'_>| writing.change_ticket(VisitId(Uuid::nil()), |_| {});
    store
        .0
        .writer
        .write(Need::Save, move |writing| {
            writing.put_small(Small::Sessions, &[9; 16], &[9; 100])?;
            change(writing).map(drop)
        })
        .await
}
