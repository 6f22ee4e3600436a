//! A scale without a clock that hangs up after every weighing and sleeps until the next.

use std::path::Path;
use std::time::Duration;

use bluez::{BlueZ, Instrument};
use edge::config::{BleAddress, BleSettings, InstrumentKind, InstrumentSettings};
use edge::scales::{BlePort, Quantity};
use protocol::VisitId;
use scales::{Dialect, encode};
use uuid::Uuid;

use crate::harness::{Node, PATIENCE, RAHMA, Setup, instrument};

const ADDRESS: &str = "C0:26:DA:0A:0B:0C";
const SERVICE: &str = "0000181d-0000-1000-8000-00805f9b34fb";
const WEIGHT: &str = "00002a9d-0000-1000-8000-00805f9b34fb";
const OWN_SERVICE: &str = "0000ffb0-0000-1000-8000-00805f9b34fb";
const OWN: &str = "0000ffb2-0000-1000-8000-00805f9b34fb";
const ID: &str = "timbangan-udara";
const PAGE: &str = "/instruments/timbangan-udara/check";
/// A little longer than a weight told again counts as the same.
const BETWEEN: Duration = Duration::from_secs(11);

struct Sleepy {
    bluez: BlueZ,
    node: Node,
    dialect: Dialect,
}

impl Sleepy {
    async fn start(folder: &Path, dialect: Dialect, service: &str, characteristic: &str) -> Self {
        let bluez = BlueZ::start().await.unwrap();
        let made = Instrument {
            address: ADDRESS.into(),
            name: "Scale".into(),
            strength: -50,
            says_at: Some((service.into(), characteristic.into())),
            keeps_records: false,
            hangs_up: false,
            shy: false,
            resolves_after: Duration::from_millis(50),
        };
        bluez.bring(made).await.unwrap();
        let node = Node::start_as(folder, Setup { instruments: vec![], ..Setup::default() }).await;
        let address = BleAddress::try_from(ADDRESS.to_owned()).unwrap();
        let ble =
            BleSettings { address, adapter: None, characteristic: Some(characteristic.parse().unwrap()) };
        let (bus, clock) = (Some(bluez.address().to_owned()), node.edge.clock.clone());
        let port = BlePort::new(&ble, dialect, bus, clock).unwrap();
        let plain = instrument(ID, InstrumentKind::InfantScale);
        let setting =
            InstrumentSettings { dialect: dialect.name().into(), path: None, ble: Some(ble), ..plain };
        node.edge.instruments.add(&setting, port).unwrap();
        Self { bluez, node, dialect }
    }

    /// Something is put on it: it wakes, connects and says so.
    async fn say(&self, grams: i64, stable: bool) {
        self.bluez.listened_to(ADDRESS).await.unwrap();
        let mut packet = [0; 64];
        let length = encode(self.dialect, grams, stable, &mut packet).unwrap();
        assert!(self.bluez.say(ADDRESS, &packet[..length]).await.unwrap());
    }

    /// It hangs up and sleeps, until the next is weighed.
    async fn sleep(&self, meanwhile: Duration) {
        self.bluez.sleep(ADDRESS).await.unwrap();
        self.node.see(ID, |live| !live.connected).await;
        // it is the time alone that tells a weighing from one told twice, and an instrument's time is the world's
        tokio::time::sleep(meanwhile).await;
        self.bluez.wake(ADDRESS).await.unwrap();
    }
}

#[tokio::test]
async fn the_same_weight_after_its_sleep_is_another_child_and_said_again_at_once_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let sleepy = Sleepy::start(folder.path(), Dialect::Ble2a9d, SERVICE, WEIGHT).await;
    let instruments = &sleepy.node.edge.instruments;
    for child in 1..=2 {
        let visit = VisitId(Uuid::from_u128(child));
        instruments.claim(ID, visit, None);
        sleepy.say(8_450, true).await;
        let live = sleepy.node.see(ID, |live| live.offer.is_some()).await;
        let offer = live.offer.unwrap();
        assert_eq!((offer.value, offer.awaited), (8_450, true), "child {child}");
        assert!(instruments.adopt(visit, Quantity::Weight, offer.reading).is_some());
        instruments.release(visit, Quantity::Weight);
        if child == 1 {
            sleepy.bluez.hang_up(ADDRESS).await.unwrap();
            sleepy.node.see(ID, |live| !live.connected).await;
            sleepy.say(8_450, true).await;
            let said_again = async {
                let mut beat = tokio::time::interval(Duration::from_millis(5));
                while instruments.heard(ID).unwrap().again == 0 {
                    beat.tick().await;
                }
            };
            tokio::time::timeout(PATIENCE, said_again).await.expect("it counts as another");
            assert_eq!(sleepy.node.see(ID, |_| true).await.offer, None, "no receipt had come");
            sleepy.sleep(BETWEEN).await;
        }
    }
}

#[tokio::test]
async fn a_scale_that_tells_and_hangs_up_is_checked_by_what_it_tells_each_time_it_comes_again() {
    let folder = tempfile::tempdir().unwrap();
    let sleepy = Sleepy::start(folder.path(), Dialect::Ble2a9d, SERVICE, WEIGHT).await;
    let mut phone = sleepy.node.phone(RAHMA).await;
    for said in ["di tengah.", "sekali lagi (2 dari 3)"] {
        phone.get(PAGE).await.says("Letakkan beban").says(said);
        sleepy.say(5_010, true).await;
        phone.post(PAGE, &[("spot", "centre"), ("known", "5")]).await.leads_to(PAGE);
        sleepy.sleep(BETWEEN).await;
    }
    phone.get(PAGE).await.says("sekali lagi (3 dari 3)");
}

#[tokio::test]
async fn one_that_shows_its_load_need_not_be_seen_empty_if_it_hung_up_and_came_again() {
    let folder = tempfile::tempdir().unwrap();
    let sleepy = Sleepy::start(folder.path(), Dialect::BleMgb, OWN_SERVICE, OWN).await;
    let mut phone = sleepy.node.phone(RAHMA).await;
    sleepy.node.see(ID, |live| live.connected).await;
    phone.get(PAGE).await.says("Kosongkan alatnya");
    sleepy.sleep(Duration::ZERO).await;
    for spot in ["centre", "centre", "centre", "corner-1", "corner-2", "corner-3", "corner-4"] {
        phone.get(PAGE).await.says("Letakkan beban").hides("Cukup");
        let showing = async {
            let mut beat = tokio::time::interval(Duration::from_millis(10));
            loop {
                beat.tick().await;
                sleepy.say(5_010, false).await;
            }
        };
        let fields = [("spot", spot), ("known", "5")];
        tokio::select! {
            () = showing => {}
            taken = phone.post(PAGE, &fields) => taken.leads_to(PAGE),
        }
        sleepy.sleep(Duration::ZERO).await;
    }
    let event = phone.get(PAGE).await.says("Cukup. Tekan Selesai").field("event");
    let finish = format!("{PAGE}/finish");
    phone.post(&finish, &[("event", &event)]).await.leads_to("/instruments/timbangan-udara");
    phone.get("/instruments/timbangan-udara").await.says("Diperiksa hari ini, tepat");
}
