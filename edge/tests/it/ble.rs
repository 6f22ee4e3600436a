//! Instruments heard through the air, by a BlueZ that fails as the real one does.

use std::time::Duration;

use bluez::{BlueZ, Failure, Instrument, Payload};
use edge::clock::Clock;
use edge::config::{ClockSettings, Config};
use edge::roster::Roster;
use edge::scales::{Instruments, Live, Offer, Quantity};
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
    /// `None`, said aloud, where there is no bus to be had.
    async fn to(dialect: Dialect, says_at: Option<(&str, &str)>, shy: bool) -> Option<Self> {
        let bluez = BlueZ::start().await.unwrap()?;
        let made = Instrument {
            address: ADDRESS.into(),
            name: "Scale".into(),
            strength: -60,
            says_at: says_at.map(|(service, characteristic)| (service.into(), characteristic.into())),
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
        let (stop, clock) = (CancellationToken::new(), Clock::start(&ClockSettings::default(), 420, 0));
        let config = config(bluez.address(), dialect, &ble);
        let instruments = Instruments::start(&config, clock, store(&folder), stop.clone()).unwrap();
        Some(Self { bluez, instruments, stop, _folder: folder })
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
    let Some(node) = Listening::to(Dialect::Ble2a9d, Some((WEIGHT_SERVICE, WEIGHT)), false).await else {
        return;
    };
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
    let Some(node) = Listening::to(Dialect::Ble2a9d, Some((WEIGHT_SERVICE, WEIGHT)), false).await else {
        return;
    };
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
    let Some(node) = Listening::to(Dialect::Ble2a9d, Some((WEIGHT_SERVICE, WEIGHT)), true).await else {
        return;
    };
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
    let Some(node) = Listening::to(Dialect::BleXiaomiV1, None, false).await else { return };
    node.see(|live| live.connected).await;
    node.claim(SITI);
    let say = async |payload: Payload| node.bluez.advertise(ADDRESS, payload).await.unwrap();
    assert!(say(advertised(3_000, false, false)).await);
    node.see(|live| live.value == 3_000).await;
    assert_eq!(node.see(|_| true).await.offer, None, "it is still moving");
    for _ in 0..5 {
        say(advertised(8_450, true, false)).await;
    }
    let offer = node.offered(8_450).await;
    assert_eq!(node.instruments.adopt(SITI, Quantity::Weight, offer.reading).unwrap().value, 8_450);
    node.release(SITI);

    node.claim(BUDI);
    for _ in 0..5 {
        say(advertised(8_450, true, false)).await;
        say(advertised(8_450, true, true)).await;
    }
    node.bluez.forget(ADDRESS).await.unwrap();
    say(advertised(8_450, true, true)).await;
    say(advertised(7_100, true, false)).await;
    let seen = node.see(|live| live.offer.is_some()).await;
    assert_eq!(seen.offer.unwrap().value, 7_100, "what was taken off is not weighed again");
    node.end().await;
}

#[tokio::test]
async fn what_bluez_remembers_from_before_is_no_measurement() {
    let Some(node) = Listening::to(Dialect::BleXiaomiV1, None, false).await else { return };
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
    let Some(node) = Listening::to(Dialect::BleBeurerSbf70, Some((OWN, OWN)), false).await else { return };
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
