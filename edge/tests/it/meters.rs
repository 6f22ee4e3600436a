//! Meters of blood pressure and glucose heard through the air, by a BlueZ that fails as the real one does.

use std::time::Duration;

use bluez::{BlueZ, Instrument, Record, RecordsFailure};
use edge::clock::Clock;
use edge::config::{ClockSettings, Config};
use edge::roster::Roster;
use edge::scales::{Caution, Glucose, Instruments, Live, Offered, Quantity, Upset, Value, Vital};
use edge::store::{Identity, Store, file_in};
use protocol::{NodeId, VisitId};
use scales::Meal;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(60);
const ADDRESS: &str = "C0:26:DA:0A:0B:0E";
const SITI: VisitId = VisitId(Uuid::from_u128(1));
const BUDI: VisitId = VisitId(Uuid::from_u128(2));

const PRESSURE_SERVICE: &str = "00001810-0000-1000-8000-00805f9b34fb";
const PRESSURE: &str = "00002a35-0000-1000-8000-00805f9b34fb";
const GLUCOSE_SERVICE: &str = "00001808-0000-1000-8000-00805f9b34fb";
const GLUCOSE: &str = "00002a18-0000-1000-8000-00805f9b34fb";

const LAST: [u8; 2] = [1, 6];

/// A node that listens to one meter, from 8 o'clock of 24 November 2026.
struct Listening {
    bluez: BlueZ,
    instruments: Instruments,
    vital: Vital,
    stop: CancellationToken,
    _folder: TempDir,
}

impl Listening {
    async fn to(vital: Vital, shy: bool, kept: &[Record]) -> Self {
        let bluez = BlueZ::start().await.unwrap();
        let (service, characteristic, kind) = match vital {
            Vital::BloodPressure => (PRESSURE_SERVICE, PRESSURE, "blood_pressure_meter"),
            Vital::Glucose => (GLUCOSE_SERVICE, GLUCOSE, "glucose_meter"),
        };
        let made = Instrument {
            address: ADDRESS.into(),
            name: "Meter".into(),
            strength: -60,
            says_at: Some((service.into(), characteristic.into())),
            keeps_records: vital == Vital::Glucose,
            hangs_up: true,
            shy,
            resolves_after: Duration::from_millis(100),
        };
        bluez.bring(made).await.unwrap();
        for record in kept {
            bluez.keep(ADDRESS, record.clone()).unwrap();
        }
        let (bus, dialect) = (bluez.address(), vital.dialect());
        let config: Config = toml::from_str(&format!(
            "[web]\nlisten = '127.0.0.1:0'\n[bluetooth]\nbus = '{bus}'\n[[instruments]]\nid = 'meter'\nname = 'Meter'\n\
             dialect = '{dialect}'\nkind = '{kind}'\ndivision = 1\n[instruments.ble]\naddress = '{ADDRESS}'\n"
        ))
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let start = Some("2026-11-24T08:00:00".parse().unwrap());
        let clock = Clock::start(&ClockSettings { start, ..ClockSettings::default() }, 420, 0);
        let identity = Identity { node: NodeId(Uuid::from_u128(1)), incarnation: 1 };
        let store = Store::open(&file_in(folder.path()), &[7; 32], identity, Roster::default()).unwrap();
        let stop = CancellationToken::new();
        let instruments = Instruments::start(&config, clock, store, stop.clone()).unwrap();
        Self { bluez, instruments, vital, stop, _folder: folder }
    }

    /// The cuff says something to whoever listens, and the node has heard it.
    async fn say(&self, packet: &[u8]) {
        self.bluez.listened_to(ADDRESS).await.unwrap();
        let before = self.frames();
        assert!(self.bluez.say(ADDRESS, packet).await.unwrap());
        until(|| self.frames() > before, "it was never heard").await;
    }

    fn frames(&self) -> u64 {
        self.instruments.heard("meter").map_or(0, |heard| heard.good + heard.bad)
    }

    async fn see(&self, wanted: impl FnMut(&Live) -> bool) -> Live {
        let mut live = self.instruments.watch("meter").unwrap();
        let seen = tokio::time::timeout(PATIENCE, live.wait_for(wanted)).await;
        seen.expect("the meter never showed it").unwrap().clone()
    }

    fn offered(&self) -> Vec<Offered> {
        self.instruments.offered(self.vital)
    }

    /// Waits until so many are offered.
    async fn offers(&self, count: usize) -> Vec<Offered> {
        let mut changes = self.instruments.watch_offered();
        let enough = changes.wait_for(|_| self.offered().len() >= count);
        drop(tokio::time::timeout(PATIENCE, enough).await.expect("it is never offered").unwrap());
        let offered = self.offered();
        assert_eq!(offered.len(), count, "{offered:?}");
        offered
    }

    /// While the meter sleeps it measures, and its next answers go wrong. Gives how often it was asked before.
    async fn meanwhile(&self, measured: Option<Record>, failures: &[RecordsFailure]) -> usize {
        self.bluez.sleep(ADDRESS).await.unwrap();
        self.see(|live| !live.connected).await;
        if let Some(record) = measured {
            self.bluez.keep(ADDRESS, record).unwrap();
        }
        self.bluez.fail_records(ADDRESS, failures).unwrap();
        let before = self.bluez.asked(ADDRESS).unwrap().len();
        self.bluez.wake(ADDRESS).await.unwrap();
        before
    }

    /// What it was asked, from the how-manieth question on.
    fn asked_since(&self, before: usize) -> Vec<Vec<u8>> {
        self.bluez.asked(ADDRESS).unwrap().split_off(before)
    }

    async fn end(self) {
        self.stop.cancel();
        self.instruments.stopped().await;
    }
}

async fn until(mut wanted: impl FnMut() -> bool, never: &str) {
    let waiting = async {
        while !wanted() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect(never);
}

/// A stamp of a day of November 2026.
fn stamp(day: u8, hour: u8, minute: u8) -> [u8; 7] {
    [0xea, 7, 11, day, hour, minute, 0]
}

fn record_at(sequence: u8, mg_per_dl: u8, stamp: [u8; 7]) -> Record {
    let packet = [&[2, sequence, 0], stamp.as_slice(), &[mg_per_dl, 0xb0, 0x11]].concat();
    Record { sequence: sequence.into(), packet, context: None }
}

/// A record made so many minutes after 8 of the 24th.
fn record(sequence: u8, mg_per_dl: u8, minute: u8) -> Record {
    record_at(sequence, mg_per_dl, stamp(24, 8, minute))
}

fn pressures(offered: &[Offered]) -> Vec<[u16; 2]> {
    let both = offered.iter().map(|one| match &one.value {
        Value::BloodPressure(pressure) => [pressure.systolic_mmhg, pressure.diastolic_mmhg],
        other => panic!("{other:?}"),
    });
    both.collect()
}

fn sugars(offered: &[Offered]) -> Vec<u16> {
    offered.iter().map(|one| sugar(one).mg_per_dl).collect()
}

fn sugar(offered: &Offered) -> &Glucose {
    match &offered.value {
        Value::Glucose(glucose) => glucose,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_cuff_that_hangs_up_after_each_measurement_is_heard_offered_and_taken_once() {
    let node = Listening::to(Vital::BloodPressure, true, &[]).await;
    node.say(&[0x04, 118, 0, 76, 0, 90, 0, 72, 0]).await;
    let first = node.offers(1).await.remove(0);
    assert_eq!((pressures(std::slice::from_ref(&first)), first.own_time), (vec![[118, 76]], None));
    assert_eq!(first.instrument.name, "Meter");
    // 16.0 over 10.7 kPa, timed, and the body moved
    let moved = [&[0x13, 0xa0, 0xf0, 0x6b, 0xf0, 0x7c, 0xf0], stamp(24, 8, 0).as_slice(), &[1, 0]].concat();
    node.say(&moved).await;
    let both = node.offers(2).await;
    let second = both.iter().find(|one| one.id != first.id).unwrap();
    assert_eq!(pressures(std::slice::from_ref(second)), [[120, 80]]);
    assert_eq!(second.value.cautions(), [Caution::BodyMoved]);
    node.say(&moved).await;
    let ids = |offered: &[Offered]| offered.iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(ids(&node.offers(2).await), ids(&both), "no receipt came, and it says so again");

    let taken = node.instruments.take(first.id, SITI).await.unwrap().unwrap();
    assert_eq!((taken.instrument.dialect.as_str(), &taken.value), ("ble_2a35", &first.value));
    assert!(node.instruments.take(first.id, BUDI).await.unwrap().is_none());
    assert_eq!(node.offered().len(), 1);
    assert_eq!(node.bluez.seen(ADDRESS).unwrap().pairings, 1);
    assert!(node.bluez.seen(ADDRESS).unwrap().connections >= 3);

    assert!(
        node.instruments.list(Quantity::Weight).is_empty()
            && node.instruments.list(Quantity::Length).is_empty()
    );
    assert!(node.instruments.claim("meter", SITI, None).is_none(), "nobody weighs on it");
    let live = node.see(|_| true).await;
    assert_eq!((live.value, live.offer, live.locked), (0, None, None));
    node.end().await;
}

#[tokio::test]
async fn what_a_cuff_could_not_measure_is_offered_to_nobody_and_the_next_is() {
    let node = Listening::to(Vital::BloodPressure, false, &[]).await;
    let nan = [0xff, 0x07];
    let only_mean = [&[0, nan[0], nan[1], nan[0], nan[1], 93, 0][..]].concat();
    let no_diastolic = [&[0, 120, 0, nan[0], nan[1], 93, 0][..]].concat();
    for packet in [only_mean, no_diastolic, vec![0, 80, 0, 120, 0, 93, 0]] {
        node.say(&packet).await;
        node.see(|live| live.upset == Some(Upset::Unwell)).await;
    }
    node.say(&[0, 0xfe, 0x07, 80, 0, 93, 0]).await;
    node.see(|live| live.upset == Some(Upset::TooMuch)).await;
    node.say(&[&[0x02, 120, 0, 80, 0, 93, 0][..], &[0; 7]].concat()).await;
    node.see(|live| live.upset == Some(Upset::Undated)).await;
    node.say(&[&[0x02, 121, 0, 80, 0, 93, 0][..], &stamp(23, 8, 0)].concat()).await;
    node.see(|live| live.upset.is_none()).await;
    assert!(node.offered().is_empty());
    node.say(&[0x00, 119, 0, 79, 0, 0xff, 0x07]).await;
    assert_eq!(pressures(&node.offers(1).await), [[119, 79]]);
    node.end().await;
}

#[tokio::test]
async fn a_glucose_meter_is_asked_for_its_last_record_and_then_for_newer_ones() {
    let kept = [record_at(5, 90, stamp(23, 9, 0)), record_at(6, 95, stamp(23, 17, 0))];
    let node = Listening::to(Vital::Glucose, true, &kept).await;
    node.bluez.asked_times(ADDRESS, 1).await.unwrap();
    assert_eq!(node.bluez.asked(ADDRESS).unwrap()[0], LAST);
    until(|| node.frames() == 1, "nothing is fetched").await;
    assert!(node.offered().is_empty(), "kept since yesterday");
    assert_eq!(node.bluez.seen(ADDRESS).unwrap().pairings, 1);

    node.bluez.keep(ADDRESS, record(7, 120, 0)).unwrap();
    // 5.5 mmol/L, fasting
    let moles = [&[0x16, 8, 0], stamp(24, 8, 1).as_slice(), &[0x37, 0xc0, 0x11]].concat();
    node.bluez.keep(ADDRESS, Record { sequence: 8, packet: moles, context: Some(vec![2, 8, 0, 3]) }).unwrap();
    let offered = node.offers(2).await;
    let mut told = sugars(&offered);
    told.sort_unstable();
    assert_eq!(told, [99, 120]);
    let fasting = offered.iter().find(|one| sugar(one).mg_per_dl == 99).unwrap();
    assert_eq!(sugar(fasting).meal, Some(Meal::Fasting));
    assert!(node.bluez.asked(ADDRESS).unwrap().contains(&vec![1, 3, 1, 7, 0]));

    let [first, second] = [&offered[0], &offered[1]];
    assert!(node.instruments.take(first.id, SITI).await.unwrap().is_some());
    assert!(node.instruments.take(first.id, BUDI).await.unwrap().is_none());
    assert!(node.instruments.take(second.id, BUDI).await.unwrap().is_some());
    node.bluez.asked_times(ADDRESS, node.bluez.asked(ADDRESS).unwrap().len() + 3).await.unwrap();
    assert!(node.offered().is_empty(), "nothing newer is nothing new");
    node.end().await;
}

#[tokio::test]
async fn a_memory_that_was_emptied_counts_anew_and_is_fetched_all_the_same() {
    let node = Listening::to(Vital::Glucose, false, &[record(40, 120, 0)]).await;
    assert_eq!(sugars(&node.offers(1).await), [120]);
    node.bluez.empty(ADDRESS).unwrap();
    node.bluez.keep(ADDRESS, record(1, 130, 1)).unwrap();
    let offered = node.offers(2).await;
    assert!(sugars(&offered).contains(&130));
    node.end().await;
}

#[tokio::test]
async fn a_meter_that_refuses_hangs_up_or_does_not_take_a_question_is_asked_until_it_tells() {
    let node = Listening::to(Vital::Glucose, false, &[]).await;
    let with_context = |sequence: u8, mg_per_dl, minute| {
        let mut record = record(sequence, mg_per_dl, minute);
        record.packet[0] |= 0x10;
        Record { context: Some(vec![2, sequence, 0, 1]), ..record }
    };
    let refuses = [RecordsFailure::DoesNotTake, RecordsFailure::Refuses(8)];
    node.meanwhile(None, &refuses).await;
    node.see(|live| live.upset == Some(Upset::Unwell)).await;

    node.meanwhile(Some(with_context(1, 101, 0)), &[RecordsFailure::HangsUpHalfWay]).await;
    let offered = node.offers(1).await;
    assert_eq!((sugars(&offered), sugar(&offered[0]).meal), (vec![101], None), "the number is not lost");

    node.meanwhile(Some(with_context(2, 102, 0)), &[]).await;
    let offered = node.offers(2).await;
    let second = offered.iter().find(|one| sugar(one).mg_per_dl == 102).unwrap();
    assert_eq!(sugar(second).meal, Some(Meal::Before));

    let before = node.meanwhile(Some(record(3, 103, 0)), &[RecordsFailure::FallsSilent]).await;
    node.bluez.asked_times(ADDRESS, before + 1).await.unwrap();
    assert_eq!(node.offered().len(), 2, "it says nothing");
    node.bluez.hang_up(ADDRESS).await.unwrap();
    assert!(sugars(&node.offers(3).await).contains(&103));
    node.end().await;
}

#[tokio::test]
async fn a_meter_that_does_not_know_a_question_is_asked_a_simpler_one() {
    let node = Listening::to(Vital::Glucose, false, &[record(1, 101, 0)]).await;
    node.offers(1).await;
    let newer = |sequence| vec![1, 3, 1, sequence, 0];
    let before = node.meanwhile(Some(record(2, 102, 0)), &[RecordsFailure::Refuses(4)]).await;
    assert!(sugars(&node.offers(2).await).contains(&102));
    assert_eq!(node.asked_since(before)[..2], [newer(2), LAST.to_vec()]);

    let unknown = [RecordsFailure::Refuses(4), RecordsFailure::Refuses(3)];
    let before = node.meanwhile(Some(record(3, 103, 0)), &unknown).await;
    assert!(
        sugars(&node.offers(3).await).contains(&103),
        "all are told, and what was told before counts once"
    );
    assert_eq!(node.asked_since(before)[..3], [newer(3), LAST.to_vec(), vec![1, 1]]);
    node.end().await;
}

#[tokio::test]
async fn a_meter_whose_clock_nobody_has_set_or_that_failed_offers_nothing() {
    let node = Listening::to(Vital::Glucose, false, &[record_at(1, 101, [0; 7])]).await;
    node.see(|live| live.upset == Some(Upset::Undated)).await;
    let control = [&[2, 2, 0], stamp(24, 8, 0).as_slice(), &[110, 0xb0, 0x1a]].concat();
    node.bluez.keep(ADDRESS, Record { sequence: 2, packet: control, context: None }).unwrap();
    node.see(|live| live.upset.is_none()).await;
    let strip = [&[0x0a, 3, 0], stamp(24, 8, 0).as_slice(), &[111, 0xb0, 0x11, 0x10, 0]].concat();
    node.bluez.keep(ADDRESS, Record { sequence: 3, packet: strip, context: None }).unwrap();
    node.see(|live| live.upset == Some(Upset::Unwell)).await;
    let high = [&[0x02, 4, 0], stamp(24, 8, 0).as_slice(), &[0xfe, 0x07, 0x11]].concat();
    node.bluez.keep(ADDRESS, Record { sequence: 4, packet: high, context: None }).unwrap();
    node.see(|live| live.upset == Some(Upset::TooMuch)).await;
    assert!(node.offered().is_empty());
    node.bluez.keep(ADDRESS, record(5, 112, 0)).unwrap();
    assert_eq!(sugars(&node.offers(1).await), [112]);
    node.end().await;
}
