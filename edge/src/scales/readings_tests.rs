//! What meters tell, at which minute, and who gets it.

use ::scales::{Profile, decode};
use chrono::{Datelike, NaiveDate, TimeDelta, Timelike};
use protocol::NodeId;
use tempfile::TempDir;

use super::*;
use crate::roster::Roster;
use crate::store::{Identity, file_in};

const SITI: VisitId = VisitId(Uuid::from_u128(1));
const BUDI: VisitId = VisitId(Uuid::from_u128(2));
const TEN_MINUTES: Duration = Duration::from_secs(600);

/// Meters heard from 8 o'clock of 24 November 2026.
struct Table {
    readings: Readings,
    folder: TempDir,
    knows_time: bool,
}

impl Table {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { readings: Readings::open(store(&folder), TEN_MINUTES), folder, knows_time: true }
    }

    /// The node after its power was cut.
    fn restarted(self) -> Self {
        let Self { readings, folder, knows_time } = self;
        drop(readings);
        Self { readings: Readings::open(store(&folder), TEN_MINUTES), folder, knows_time }
    }

    fn tells(&self, vital: Vital, packet: &[u8], s: i64) -> Noted {
        let reading = decode(Profile::new(vital.dialect()), packet).unwrap();
        let wall = self.knows_time.then(|| minute(24, 0) + TimeDelta::seconds(s));
        self.readings.note(&about(vital), None, &reading, Moment { ms: s * 1_000, wall })
    }

    fn offered(&self, vital: Vital, s: i64) -> Vec<Offered> {
        self.readings.offered(vital, s * 1_000, &[about(Vital::BloodPressure), about(Vital::Glucose)])
    }

    async fn claims(&self, id: Uuid, visit: VisitId, s: i64) -> bool {
        self.readings.claim(id, visit, s * 1_000).await.unwrap().is_some()
    }
}

fn store(folder: &TempDir) -> Store {
    let identity = Identity { node: NodeId(Uuid::from_u128(1)), incarnation: 1 };
    Store::open(&file_in(folder.path()), &[7; 32], identity, Roster::default()).unwrap()
}

fn about(vital: Vital) -> About {
    About {
        id: "meter".into(),
        name: "Tensi A".into(),
        kind: vital.kind(),
        dialect: vital.dialect().name(),
        division: 1,
        wireless: true,
        device: format!("{vital:?}"),
    }
}

/// So many minutes after 8 o'clock of a day.
fn minute(day: u32, minute: i64) -> NaiveDateTime {
    let morning = NaiveDate::from_ymd_opt(2026, 11, day).unwrap().and_hms_opt(8, 0, 0).unwrap();
    morning + TimeDelta::minutes(minute)
}

fn stamp(at: NaiveDateTime) -> [u8; 7] {
    let [low, high] = u16::try_from(at.year()).unwrap().to_le_bytes();
    let small = [at.month(), at.day(), at.hour(), at.minute(), at.second()].map(|part| part as u8);
    [low, high, small[0], small[1], small[2], small[3], small[4]]
}

fn untimed(systolic: u8) -> Vec<u8> {
    vec![0, systolic, 0, 80, 0, 93, 0]
}

fn timed(systolic: u8, at: NaiveDateTime) -> Vec<u8> {
    [&[2, systolic, 0, 80, 0, 93, 0], stamp(at).as_slice()].concat()
}

fn record(sequence: u8, mg: u8, at: NaiveDateTime) -> Vec<u8> {
    [&[2, sequence, 0], stamp(at).as_slice(), &[mg, 0xb0, 0x11]].concat()
}

#[tokio::test]
async fn a_measurement_is_taken_once_and_by_whoever_took_it_alone() {
    let table = Table::new();
    assert_eq!(table.tells(Vital::BloodPressure, &timed(120, minute(24, 0)), 5), Noted::Offered);
    assert!(table.offered(Vital::Glucose, 6).is_empty());
    let [offer] = table.offered(Vital::BloodPressure, 65).try_into().unwrap();
    assert_eq!((offer.taken_ago, offer.own_time), (Duration::from_secs(65), Some(minute(24, 0))));
    assert!(table.claims(offer.id, SITI, 66).await);
    assert!(table.offered(Vital::BloodPressure, 67).is_empty());
    assert!(!table.claims(offer.id, BUDI, 67).await);
    assert!(table.claims(offer.id, SITI, 68).await, "she taps twice");
    assert!(!table.claims(Uuid::nil(), SITI, 68).await);

    table.readings.give_back(offer.id, BUDI).await.unwrap();
    assert!(table.offered(Vital::BloodPressure, 69).is_empty(), "it is not his to give back");
    table.readings.give_back(offer.id, SITI).await.unwrap();
    assert_eq!(table.offered(Vital::BloodPressure, 70).len(), 1);
    assert!(table.claims(offer.id, BUDI, 71).await);
}

#[tokio::test]
async fn two_phones_that_tap_at_once_are_not_both_given_it() {
    let table = Table::new();
    table.tells(Vital::BloodPressure, &untimed(120), 0);
    let id = table.offered(Vital::BloodPressure, 1)[0].id;
    let both = tokio::join!(table.claims(id, SITI, 1), table.claims(id, BUDI, 1));
    assert!(both.0 != both.1, "{both:?}");
}

#[tokio::test]
async fn what_was_taken_is_not_offered_after_a_restart_when_the_meter_tells_it_again() {
    let table = Table::new();
    let (taken, free) = (record(7, 120, minute(24, 0)), record(8, 99, minute(24, 1)));
    table.tells(Vital::Glucose, &taken, 10);
    table.tells(Vital::Glucose, &free, 70);
    let id = table.offered(Vital::Glucose, 71)[1].id;
    assert!(table.claims(id, SITI, 72).await);
    let table = table.restarted();
    assert_eq!(table.tells(Vital::Glucose, &taken, 120), Noted::Again);
    assert_eq!(table.tells(Vital::Glucose, &free, 120), Noted::Offered);
    let [offer] = table.offered(Vital::Glucose, 121).try_into().unwrap();
    assert_eq!(offer.own_time, Some(minute(24, 1)));
    assert!(!table.claims(id, BUDI, 122).await);
}

#[tokio::test]
async fn after_a_power_cut_a_visit_gets_again_what_it_took_and_nobody_else_does() {
    let table = Table::new();
    let sugar = [&[0x02, 9, 0], stamp(minute(24, 0)).as_slice(), &[120, 0xb0, 0x11]].concat();
    table.tells(Vital::BloodPressure, &untimed(121), 0);
    table.tells(Vital::Glucose, &sugar, 0);
    let cuff = table.offered(Vital::BloodPressure, 30)[0].id;
    let meter = table.offered(Vital::Glucose, 30)[0].id;
    let mut took = Vec::new();
    for id in [cuff, meter] {
        took.push(table.readings.claim(id, SITI, 30_000).await.unwrap().unwrap());
    }
    let table = table.restarted();
    for (id, took) in [cuff, meter].into_iter().zip(took) {
        assert!(!table.claims(id, BUDI, 1).await);
        assert_eq!(table.readings.claim(id, SITI, 1_000).await.unwrap(), Some(took));
    }
    table.readings.give_back(cuff, SITI).await.unwrap();
    assert!(!table.claims(cuff, SITI, 1).await, "what was given back is not hers any more");
}

#[tokio::test]
async fn what_an_earlier_version_took_is_taken() {
    let table = Table::new();
    table.tells(Vital::BloodPressure, &timed(121, minute(24, 0)), 0);
    let id = table.offered(Vital::BloodPressure, 1)[0].id;
    let earlier = serde_json::json!([{ "id": id, "visit": SITI }]).to_string();
    table.readings.0.store.put_small(Small::Instruments, ROW.to_vec(), earlier.into()).await.unwrap();
    let table = table.restarted();
    assert_eq!(table.tells(Vital::BloodPressure, &timed(121, minute(24, 0)), 0), Noted::Again);
    assert!(table.offered(Vital::BloodPressure, 1).is_empty());
    assert!(!table.claims(id, BUDI, 1).await);
}

#[tokio::test]
async fn while_nobody_can_read_what_was_taken_nothing_is_offered_and_the_row_stays_as_it_is() {
    let table = Table::new();
    table.tells(Vital::BloodPressure, &timed(121, minute(24, 0)), 0);
    let id = table.offered(Vital::BloodPressure, 1)[0].id;
    let torn = b"[{\"id\":".to_vec();
    table.readings.0.store.put_small(Small::Instruments, ROW.to_vec(), torn.clone()).await.unwrap();
    let table = table.restarted();
    table.tells(Vital::BloodPressure, &timed(121, minute(24, 0)), 0);
    table.tells(Vital::BloodPressure, &untimed(130), 1);
    assert!(table.offered(Vital::BloodPressure, 2).is_empty());
    assert_eq!(table.readings.claim(id, SITI, 2_000).await, Err(StoreError::Damaged));
    assert_eq!(table.readings.give_back(id, SITI).await, Err(StoreError::Damaged));
    assert_eq!(table.readings.0.store.small(Small::Instruments, ROW), Ok(Some(torn)));
}

#[tokio::test]
async fn nothing_is_offered_or_taken_that_is_older_than_the_setting() {
    let table = Table::new();
    table.tells(Vital::BloodPressure, &untimed(120), 0);
    assert_eq!(table.tells(Vital::BloodPressure, &timed(130, minute(24, -4)), 5), Noted::Offered);
    let ages = |s| table.offered(Vital::BloodPressure, s).into_iter().map(|one| one.taken_ago.as_secs());
    assert!(ages(300).eq([300, 540]), "the one finished last comes first");
    let [_, old] = table.offered(Vital::BloodPressure, 360).try_into().unwrap();
    assert!(ages(361).eq([361]));
    assert!(!table.claims(old.id, SITI, 361).await);
    assert!(ages(600).eq([600]));
    assert_eq!(ages(601).count(), 0);
}

#[test]
fn a_kept_record_is_not_this_minutes_however_often_it_is_told() {
    let table = Table::new();
    for (at, noted) in [
        (minute(23, 0), Noted::Kept),
        (minute(24, -11), Noted::Kept),
        (minute(24, -9), Noted::Offered),
        (minute(23, 0), Noted::Again),
        // ahead of us, and too far ahead to be true
        (minute(24, 9), Noted::Offered),
        (minute(24, 11), Noted::Undated),
        (minute(25, 0), Noted::Undated),
    ] {
        assert_eq!(table.tells(Vital::Glucose, &record(7, 120, at), 1), noted, "{at}");
    }
}

#[test]
fn a_clock_nobody_has_set_dates_nothing_and_a_wrong_one_that_runs_does_from_the_second_record_on() {
    let table = Table::new();
    let unset = [2, 7, 0, 0, 0, 0, 0, 0, 0, 0, 120, 0xb0, 0x11];
    assert_eq!(table.tells(Vital::Glucose, &unset, 1), Noted::Undated);
    let unset = [2, 120, 0, 80, 0, 93, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(table.tells(Vital::BloodPressure, &unset, 1), Noted::Undated);
    for (sequence, at, s, noted) in [
        (1, minute(3, 0), 0, Noted::Kept),
        (2, minute(3, 1), 1, Noted::Kept),
        (3, minute(3, 4), 181, Noted::Offered),
        (4, minute(3, 7), 361, Noted::Offered),
        (5, minute(3, 8), 900, Noted::Kept),
    ] {
        assert_eq!(table.tells(Vital::Glucose, &record(sequence, 99, at), s), noted, "record {sequence}");
    }
}

#[test]
fn a_node_that_does_not_know_the_time_believes_what_comes_now_and_what_keeps_pace() {
    let table = Table { knows_time: false, ..Table::new() };
    assert_eq!(table.tells(Vital::BloodPressure, &untimed(120), 0), Noted::Offered);
    assert_eq!(table.tells(Vital::BloodPressure, &timed(130, minute(24, 0)), 1), Noted::Undated);
    assert_eq!(table.tells(Vital::BloodPressure, &timed(131, minute(24, 2)), 121), Noted::Offered);
}

#[test]
fn the_same_told_again_counts_once_and_the_same_number_later_is_another() {
    let table = Table::new();
    let first = timed(120, minute(24, 0));
    for (packet, s, noted) in [
        (first.clone(), 0, Noted::Offered),
        (first.clone(), 300, Noted::Again),
        (timed(120, minute(24, 4)), 300, Noted::Offered),
        (untimed(120), 301, Noted::Offered),
        (untimed(120), 309, Noted::Again),
        (untimed(120), 318, Noted::Again),
        (untimed(120), 340, Noted::Offered),
        (untimed(121), 341, Noted::Offered),
    ] {
        assert_eq!(table.tells(Vital::BloodPressure, &packet, s), noted, "{packet:?} at {s}");
    }
    assert_eq!(table.offered(Vital::BloodPressure, 342).len(), 5);
}

#[test]
fn what_is_no_measurement_is_not_offered_and_says_why() {
    let table = Table::new();
    let control = [&[2, 9, 0], stamp(minute(24, 0)).as_slice(), &[120, 0xb0, 0x1a]].concat();
    assert_eq!(table.tells(Vital::Glucose, &control, 1), Noted::NoValue(NoValue::Control));
    assert_eq!(table.tells(Vital::BloodPressure, &untimed(20), 1), Noted::NoValue(NoValue::Impossible));
    assert!(table.offered(Vital::Glucose, 1).is_empty() && table.offered(Vital::BloodPressure, 1).is_empty());
}

#[test]
fn whoever_watches_is_told_of_what_is_new_alone() {
    let table = Table::new();
    let mut changes = table.readings.changes();
    changes.borrow_and_update();
    table.tells(Vital::BloodPressure, &timed(120, minute(23, 0)), 0);
    assert!(!changes.has_changed().unwrap(), "kept since yesterday");
    table.tells(Vital::BloodPressure, &untimed(120), 1);
    assert!(changes.has_changed().unwrap());
}
