//! Instruments heard through the air, by a BlueZ that fails as the real one does.

use std::time::Duration;

use bluez::{BlueZ, Failure, Instrument, Payload};
use edge::clock::Clock;
use edge::config::{ClockSettings, Config};
use edge::roster::Roster;
use edge::scales::{Instruments, Live, Offer, Quantity, Upset};
use edge::store::{Identity, Store, file_in};
use protocol::{NodeId, VisitId};
use scales::{Dialect, encode};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(60);
const ADDRESS: &str = "C0:26:DA:0A:0B:0C";
const SITI: VisitId = VisitId(Uuid::from_u128(1));
const BUDI: VisitId = VisitId(Uuid::from_u128(2));

const WEIGHT_SERVICE: &str = "0000181d-0000-1000-8000-00805f9b34fb";
const COMPOSITION_SERVICE: &str = "0000181b-0000-1000-8000-00805f9b34fb";
const WEIGHT: &str = "00002a9d-0000-1000-8000-00805f9b34fb";
const OWN: &str = "0000fff1-0000-1000-8000-00805f9b34fb";

/// A node that listens to one instrument in the air.
struct Listening {
    bluez: BlueZ,
    instruments: Instruments,
    stop: CancellationToken,
    _folder: TempDir,
}

impl Listening {
    async fn to(dialect: Dialect, says_at: Option<(&str, &str)>, shy: bool) -> Self {
        let bluez = BlueZ::start().await.unwrap();
        let made = Instrument {
            address: ADDRESS.into(),
            name: "Scale".into(),
            strength: -60,
            says_at: says_at.map(|(service, characteristic)| (service.into(), characteristic.into())),
            keeps_records: false,
            hangs_up: false,
            shy,
            resolves_after: Duration::from_millis(300),
        };
        bluez.bring(Instrument { address: "C0:26:DA:0A:0B:0D".into(), ..made.clone() }).await.unwrap();
        bluez.bring(made).await.unwrap();
        let place = match says_at {
            Some((_, characteristic)) if characteristic == OWN => format!("characteristic = '{OWN}'"),
            _ => String::new(),
        };
        let ble = format!("[instruments.ble]\naddress = '{}'\n{place}\n", ADDRESS.to_lowercase());
        let folder = tempfile::tempdir().unwrap();
        let start = Some("2026-11-24T08:00:00".parse().unwrap());
        let clock = Clock::start(&ClockSettings { start, ..ClockSettings::default() }, 420, 0);
        let stop = CancellationToken::new();
        let config = config(bluez.address(), dialect, &ble);
        let instruments = Instruments::start(&config, clock, store(&folder), stop.clone()).unwrap();
        Self { bluez, instruments, stop, _folder: folder }
    }

    async fn see(&self, wanted: impl FnMut(&Live) -> bool) -> Live {
        let mut live = self.instruments.watch("timbangan").unwrap();
        let seen = tokio::time::timeout(PATIENCE, live.wait_for(wanted)).await;
        seen.expect("the instrument never showed it").unwrap().clone()
    }

    async fn offered(&self, value: u32) -> Offer {
        let seen = self.see(|live| live.offer.is_some_and(|offer| offer.value == value)).await;
        seen.offer.unwrap()
    }

    /// A child is weighed: the instrument says so once somebody listens.
    async fn weigh(&self, grams: u32) {
        self.bluez.listened_to(ADDRESS).await.unwrap();
        assert!(self.bluez.say(ADDRESS, &weight(grams)).await.unwrap());
    }

    /// It says something, and the node has heard it.
    async fn say(&self, packet: &[u8]) {
        self.bluez.listened_to(ADDRESS).await.unwrap();
        let before = self.frames();
        assert!(self.bluez.say(ADDRESS, packet).await.unwrap());
        self.heard_after(before).await;
    }

    /// It advertises something, and the node has heard it.
    async fn advertise(&self, payload: Payload) {
        let before = self.frames();
        assert!(self.bluez.advertise(ADDRESS, payload).await.unwrap());
        self.heard_after(before).await;
    }

    fn frames(&self) -> u64 {
        self.instruments.heard("timbangan").map_or(0, |heard| heard.good + heard.bad + heard.again)
    }

    async fn heard_after(&self, before: u64) {
        let heard = async {
            while self.frames() <= before {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, heard).await.expect("it was never heard");
    }

    /// What is offered once an instrument that does not stream has been heard to the end: it says that it failed.
    async fn offered_by_now(&self) -> Option<u32> {
        self.say(&[0, 0xff, 0xff]).await;
        let seen = self.see(|live| live.upset == Some(Upset::Unwell)).await;
        seen.offer.map(|offer| offer.value)
    }

    fn claim(&self, visit: VisitId) {
        self.instruments.claim("timbangan", visit, None);
    }

    fn release(&self, visit: VisitId) {
        self.instruments.release(visit, Quantity::Weight);
    }

    async fn end(self) {
        self.stop.cancel();
        self.instruments.stopped().await;
    }
}

fn store(folder: &TempDir) -> Store {
    let identity = Identity { node: NodeId(Uuid::from_u128(1)), incarnation: 1 };
    Store::open(&file_in(folder.path()), &[7; 32], identity, Roster::default()).unwrap()
}

fn config(bus: &str, dialect: Dialect, way: &str) -> Config {
    let text = format!(
        "[web]\nlisten = '127.0.0.1:0'\n[bluetooth]\nbus = '{bus}'\n[[instruments]]\nid = 'timbangan'\n\
         name = 'Timbangan bayi'\ndialect = '{dialect}'\nkind = 'infant_scale'\ndivision = 10\n{way}"
    );
    toml::from_str(&text).unwrap()
}

fn weight(grams: u32) -> Vec<u8> {
    let mut packet = [0; 20];
    let length = encode(Dialect::Ble2a9d, grams.into(), true, &mut packet).unwrap();
    packet[..length].to_vec()
}

/// The same with the instrument's own time, on the 23rd or another day of November 2026.
fn weight_at(grams: u32, day: u8, hour: u8, minute: u8) -> Vec<u8> {
    let mut packet = weight(grams);
    packet[0] |= 0x02;
    packet.extend(2026_u16.to_le_bytes());
    packet.extend([11, day, hour, minute, 0]);
    packet
}

/// As a Xiaomi scale for body composition advertises; without ohms it has not measured them yet.
fn composition(grams: u16, ohms: u16, removed: bool) -> Payload {
    let control = 0x24 | if ohms > 0 { 0x02 } else { 0 } | if removed { 0x80 } else { 0 };
    let mut data = vec![0x02, control];
    data.extend([0; 7]);
    data.extend(ohms.to_le_bytes());
    data.extend((grams / 5).to_le_bytes());
    Payload::Service(COMPOSITION_SERVICE.into(), data)
}

/// As a Xiaomi scale advertises: flags, half hundredths of a kilogram, no time.
fn advertised(grams: u16, stable: bool, removed: bool) -> Payload {
    let flags = 0x02 | if stable { 0x20 } else { 0 } | if removed { 0x80 } else { 0 };
    let mut data = vec![flags];
    data.extend((grams / 5).to_le_bytes());
    data.extend([0; 7]);
    Payload::Service(WEIGHT_SERVICE.into(), data)
}

#[tokio::test]
async fn a_weight_told_through_the_air_is_offered_by_name_and_counts_once() {
    let node = Listening::to(Dialect::Ble2a9d, Some((WEIGHT_SERVICE, WEIGHT)), false).await;
    node.claim(SITI);
    node.weigh(8_450).await;
    let offer = node.offered(8_450).await;
    assert!(offer.awaited, "it came for the visit that waits");
    assert_eq!(node.instruments.adopt(BUDI, Quantity::Weight, offer.reading), None);
    assert_eq!(node.instruments.adopt(SITI, Quantity::Weight, offer.reading).unwrap().value, 8_450);
    node.release(SITI);

    // The receipt was lost on the way, and the instrument says it once more over a new connection.
    node.claim(BUDI);
    node.bluez.hang_up(ADDRESS).await.unwrap();
    node.weigh(8_450).await;
    node.weigh(9_700).await;
    let seen = node.see(|live| live.offer.is_some()).await;
    assert_eq!(seen.offer.unwrap().value, 9_700, "the first child is not offered to the second");
    node.end().await;
}

#[tokio::test]
async fn whatever_goes_wrong_is_tried_again_until_it_is_heard() {
    let node = Listening::to(Dialect::Ble2a9d, Some((WEIGHT_SERVICE, WEIGHT)), false).await;
    node.weigh(8_000).await;
    node.offered(8_000).await;
    let again = [Failure::NoAnswer, Failure::InProgress, Failure::HangsUp, Failure::NoAnswer];
    node.bluez.fail_next(ADDRESS, &again).unwrap();
    let before = node.bluez.seen(ADDRESS).unwrap().attempts;
    node.bluez.hang_up(ADDRESS).await.unwrap();
    node.see(|live| !live.connected).await;
    node.weigh(8_100).await;
    node.offered(8_100).await;
    assert!(node.bluez.seen(ADDRESS).unwrap().attempts >= before + 5);

    node.bluez.sleep(ADDRESS).await.unwrap();
    let asleep = node.see(|live| !live.connected).await;
    assert_eq!(asleep.offer.map(|offer| offer.value), Some(8_100), "what was told is not lost");
    let tried = node.bluez.seen(ADDRESS).unwrap().attempts;
    node.bluez.seen_until(ADDRESS, |seen| seen.attempts >= tried + 2).await.unwrap();
    node.bluez.wake(ADDRESS).await.unwrap();
    node.weigh(8_200).await;
    node.offered(8_200).await;

    node.bluez.power_off().await.unwrap();
    node.see(|live| !live.connected).await;
    node.weigh(8_300).await;
    node.offered(8_300).await;

    node.bluez.stop_daemon().await.unwrap();
    node.see(|live| !live.connected).await;
    node.bluez.start_daemon().await.unwrap();
    node.weigh(8_400).await;
    node.offered(8_400).await;
    node.end().await;
}

#[tokio::test]
async fn what_speaks_to_friends_only_is_paired_once_and_anew_after_its_batteries() {
    let node = Listening::to(Dialect::Ble2a9d, Some((WEIGHT_SERVICE, WEIGHT)), true).await;
    node.weigh(8_000).await;
    node.offered(8_000).await;
    assert_eq!(node.bluez.seen(ADDRESS).unwrap().pairings, 1);

    node.bluez.stop_daemon().await.unwrap();
    node.bluez.start_daemon().await.unwrap();
    node.weigh(8_100).await;
    node.offered(8_100).await;
    assert_eq!(node.bluez.seen(ADDRESS).unwrap().pairings, 1, "keys are kept over a restart");

    node.bluez.change_batteries(ADDRESS).await.unwrap();
    node.weigh(8_200).await;
    node.offered(8_200).await;
    assert_eq!(node.bluez.seen(ADDRESS).unwrap().pairings, 2);
    node.end().await;
}

#[tokio::test]
async fn an_advertised_weight_is_one_reading_however_often_it_is_repeated() {
    let node = Listening::to(Dialect::BleXiaomiV1, None, false).await;
    node.see(|live| live.connected).await;
    node.claim(SITI);
    let moving = async |grams: u16| {
        node.advertise(advertised(grams, false, false)).await;
        node.see(|live| live.value == i32::from(grams)).await.offer
    };
    assert_eq!(moving(3_000).await, None, "it is still moving");
    for _ in 0..5 {
        node.advertise(advertised(8_450, true, false)).await;
    }
    let offer = node.offered(8_450).await;
    assert_eq!(node.instruments.adopt(SITI, Quantity::Weight, offer.reading).unwrap().value, 8_450);
    node.release(SITI);

    node.claim(BUDI);
    for lifted in 0..5 {
        node.advertise(advertised(8_450, true, true)).await;
        node.advertise(advertised(8_450, true, false)).await;
        assert_eq!(moving(7_000 + 10 * lifted).await, None, "what was taken off is not weighed again");
    }
    node.bluez.forget(ADDRESS).await.unwrap();
    node.advertise(advertised(8_450, true, true)).await;
    node.advertise(advertised(8_450, true, false)).await;
    assert_eq!(moving(6_900).await, None);
    node.advertise(advertised(7_100, true, false)).await;
    assert!(node.offered(7_100).await.awaited);
    node.end().await;
}

#[tokio::test]
async fn a_weight_told_again_in_other_bytes_is_not_the_next_childs() {
    let node = Listening::to(Dialect::BleXiaomiV2, None, false).await;
    node.see(|live| live.connected).await;
    node.claim(SITI);
    node.advertise(composition(8_450, 0, false)).await;
    let offer = node.offered(8_450).await;
    assert_eq!(node.instruments.adopt(SITI, Quantity::Weight, offer.reading).unwrap().value, 8_450);
    node.release(SITI);

    node.claim(BUDI);
    let broken = || Payload::Service(COMPOSITION_SERVICE.into(), vec![0x02, 0x26]);
    for ohms in [430, 431, 0] {
        node.advertise(composition(8_450, ohms, false)).await;
        node.advertise(broken()).await;
        node.advertise(composition(8_450, ohms, true)).await;
        node.advertise(composition(8_450, ohms, false)).await;
        node.advertise(broken()).await;
        assert_eq!(node.see(|_| true).await.offer, None, "{ohms} ohms");
    }
    node.advertise(composition(7_100, 0, false)).await;
    assert!(node.offered(7_100).await.awaited);
    node.end().await;
}

#[tokio::test]
async fn what_an_instrument_kept_from_before_is_nobodys_who_waits_now() {
    let node = Listening::to(Dialect::Ble2a9d, Some((WEIGHT_SERVICE, WEIGHT)), false).await;
    node.claim(SITI);
    let yesterday = [(8_100, 1), (8_200, 6), (8_300, 11), (8_400, 15), (8_500, 19)];
    for (grams, minute) in yesterday {
        node.say(&weight_at(grams, 23, 9, minute)).await;
    }
    assert_eq!(node.offered_by_now().await, None, "kept since yesterday");
    node.say(&weight_at(8_450, 24, 8, 0)).await;
    let offer = node.offered(8_450).await;
    assert!(offer.awaited);
    node.instruments.adopt(SITI, Quantity::Weight, offer.reading).unwrap();
    node.release(SITI);

    node.claim(BUDI);
    for (grams, minute) in [yesterday, yesterday].concat() {
        node.say(&weight_at(grams, 23, 9, minute)).await;
        node.say(&weight_at(8_450, 24, 8, 0)).await;
    }
    assert_eq!(node.offered_by_now().await, None, "said twice over");
    node.say(&weight_at(9_700, 24, 8, 1)).await;
    assert!(node.offered(9_700).await.awaited);
    node.end().await;
}

#[tokio::test]
async fn what_bluez_remembers_from_before_is_no_measurement() {
    let node = Listening::to(Dialect::BleXiaomiV1, None, false).await;
    node.see(|live| live.connected).await;
    node.bluez.advertise(ADDRESS, advertised(8_450, true, false)).await.unwrap();
    node.offered(8_450).await;
    let Listening { bluez, instruments, stop, .. } = node;
    stop.cancel();
    instruments.stopped().await;

    let (folder, stop) = (tempfile::tempdir().unwrap(), CancellationToken::new());
    let ble = format!("[instruments.ble]\naddress = '{ADDRESS}'\n");
    let clock = Clock::start(&ClockSettings::default(), 420, 0);
    let config = config(bluez.address(), Dialect::BleXiaomiV1, &ble);
    let instruments = Instruments::start(&config, clock, store(&folder), stop.clone()).unwrap();
    let node = Listening { bluez, instruments, stop, _folder: folder };
    node.see(|live| live.connected).await;
    node.bluez.advertise(ADDRESS, advertised(8_450, true, false)).await.unwrap();
    node.bluez.advertise(ADDRESS, advertised(7_100, true, false)).await.unwrap();
    let seen = node.see(|live| live.offer.is_some()).await;
    assert_eq!(seen.offer.unwrap().value, 7_100);
    node.end().await;
}

#[tokio::test]
async fn an_instrument_that_errs_now_and_then_is_believed_when_three_agree() {
    let node = Listening::to(Dialect::BleBeurerSbf70, Some((OWN, OWN)), false).await;
    node.bluez.listened_to(ADDRESS).await.unwrap();
    let say = async |packet: &[u8]| assert!(node.bluez.say(ADDRESS, packet).await.unwrap());
    // Heard from a real one: a toddler's weight before a grown-up's.
    say(&[0xe7, 0x58, 0x01, 0x01, 0x2b]).await;
    for _ in 0..3 {
        say(&[0xe7, 0x58, 0x01, 0x08, 0x5e]).await;
    }
    let mut live = node.instruments.watch("timbangan").unwrap();
    let first = tokio::time::timeout(PATIENCE, live.wait_for(|live| live.value != 0)).await.unwrap();
    assert_eq!(first.unwrap().value, 107_100);
    node.end().await;
}

#[tokio::test]
async fn an_instrument_has_one_way_to_be_heard() {
    let ble = format!("[instruments.ble]\naddress = '{ADDRESS}'\n");
    for (dialect, way, reason) in [
        (Dialect::AdStd, String::new(), "needs a path"),
        (Dialect::AdStd, format!("path = '/dev/null'\n{ble}"), "one of them only"),
        (Dialect::AdStd, ble.clone(), "ad_std is not listened to over Bluetooth"),
        (Dialect::BleMgb, ble, "name its characteristic"),
        (Dialect::Ble2a9d, "path = '/dev/null'\n".into(), "does not come over a serial line"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::start(&ClockSettings::default(), 420, 0);
        let config = config("unix:path=/nowhere", dialect, &way);
        let started = Instruments::start(&config, clock, store(&folder), CancellationToken::new());
        let said = format!("{:#}", started.err().unwrap());
        assert!(said.contains("instrument timbangan") && said.contains(reason), "{said}");
    }
}
