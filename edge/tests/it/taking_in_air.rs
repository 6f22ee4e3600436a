//! A scale without a cable that nobody has set up: heard around the node, proved by a known mass, named, used, kept.

use std::path::Path;
use std::time::Duration;

use axum::http::StatusCode;
use bluez::{BlueZ, Instrument, Payload};
use protocol::CitizenId;
use scales::{Dialect, encode};

use crate::harness::{DEWI, NewChild, Node, Phone, RAHMA, Setup};

const ADDRESS: &str = "C0:26:DA:0A:0B:0C";
const PAGE: &str = "/instruments/new?port=C0%3A26%3ADA%3A0A%3A0B%3A0C";
const HEARD: &str = "/instruments/new/heard?port=C0%3A26%3ADA%3A0A%3A0B%3A0C";
const AIR: &str = "/instruments/air";
const ID: &str = "timbangan-udara";

const WEIGHT_SERVICE: &str = "0000181d-0000-1000-8000-00805f9b34fb";
const WEIGHT: &str = "00002a9d-0000-1000-8000-00805f9b34fb";
const PRESSURE_SERVICE: &str = "00001810-0000-1000-8000-00805f9b34fb";
const OWN_SERVICE: &str = "0000ffb0-0000-1000-8000-00805f9b34fb";
const OWN: &str = "0000ffb2-0000-1000-8000-00805f9b34fb";

/// A node without instruments, beside a BlueZ.
async fn node(folder: &Path, bus: &str) -> Node {
    let shown = folder.display();
    let settings = format!(
        "[ports]\nby_id = '{shown}/by-id'\nby_path = '{shown}/by-path'\n[bluetooth]\nbus = '{bus}'\n"
    );
    Node::start_as(folder, Setup { instruments: vec![], settings, ..Setup::default() }).await
}

fn device(address: &str, strength: i16, says_at: Option<(&str, &str)>) -> Instrument {
    Instrument {
        address: address.into(),
        name: "Scale".into(),
        strength,
        says_at: says_at.map(|(service, characteristic)| (service.into(), characteristic.into())),
        keeps_records: false,
        hangs_up: false,
        shy: true,
        resolves_after: Duration::from_millis(100),
    }
}

fn packet(dialect: Dialect, grams: i64, stable: bool) -> Vec<u8> {
    let mut packet = [0; 64];
    let length = encode(dialect, grams, stable, &mut packet).unwrap();
    packet[..length].to_vec()
}

fn known(mass: &str) -> [(&str, &str); 3] {
    [("port", ADDRESS), ("kind", "infant_scale"), ("known", mass)]
}

/// Gives what was proved its name.
async fn name(phone: &mut Phone) {
    let wrong = phone.post("/instruments/new/known", &known("3")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.says("padahal seharusnya 3,00 kg").says("5,00 kg").says("belum dipasang");
    let proved = phone.post("/instruments/new/known", &known("5")).await;
    let choice = proved.says("Cocok: 5,00 kg").field("choice");
    let fields = [
        ("port", ADDRESS),
        ("kind", "infant_scale"),
        ("choice", &choice),
        ("division", "10"),
        ("name", "Timbangan udara"),
        ("label", "INV-9"),
    ];
    phone.post("/instruments/new", &fields).await.leads_to("/instruments");
    phone.get("/instruments").await.says("Timbangan udara").says("INV-9");
    phone.get(AIR).await.hides(ADDRESS);
}

/// Weighs a child with an instrument that says a number once, and gives the dialect it was said in.
async fn weigh(node: &Node, child: CitizenId, grams: u32, say: impl AsyncFnOnce()) -> String {
    node.see(ID, |live| live.connected).await;
    let mut kader = node.phone(RAHMA).await;
    let visit = kader.come(child).await;
    let weight = format!("/visits/{visit}/weight");
    kader.get(&weight).await.says("Timbangan udara");
    say().await;
    node.see(ID, |live| live.offer.is_some_and(|offer| offer.value == grams)).await;
    let page = kader.get(&weight).await;
    kader.save(&page, &weight, &[]).await;
    let weighed = node.edge.store.visits_of(child).unwrap().pop().unwrap().weighed.unwrap();
    assert_eq!(weighed.value.mass_g.value(), Some(grams));
    let instrument = weighed.instrument.unwrap();
    assert_eq!(instrument.name, "Timbangan udara");
    instrument.dialect
}

#[tokio::test]
async fn a_scale_in_the_air_is_heard_paired_proved_named_weighs_and_is_there_after_a_restart() {
    let bluez = BlueZ::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    bluez.bring(device("C0:26:DA:0A:0B:01", -80, Some((WEIGHT_SERVICE, WEIGHT)))).await.unwrap();
    bluez.bring(device(ADDRESS, -50, Some((WEIGHT_SERVICE, WEIGHT)))).await.unwrap();
    bluez.bring(device("C0:26:DA:0A:0B:02", -40, Some((PRESSURE_SERVICE, OWN)))).await.unwrap();
    bluez.bring(device("C0:26:DA:0A:0B:03", -30, None)).await.unwrap();
    let first = node(folder.path(), bluez.address()).await;
    let (siti, budi) = (first.child(NewChild::siti()).await, first.child(NewChild::budi()).await);
    first.phone(RAHMA).await.get("/instruments").await.hides("Bluetooth");
    let refused = first.phone(RAHMA).await.post("/instruments/listen", &[("port", ADDRESS)]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(!bluez.is_searched(), "nobody has looked");

    let mut phone = first.phone(DEWI).await;
    phone.get("/instruments").await.says("Terdengar lewat Bluetooth");
    let around = phone.until(AIR, ADDRESS).await;
    let around = around.says("tensimeter").hides("C0:26:DA:0A:0B:03");
    let at = |address| around.text.find(address).unwrap();
    assert!(
        at("C0:26:DA:0A:0B:02") < at(ADDRESS) && at(ADDRESS) < at("C0:26:DA:0A:0B:01"),
        "strongest first"
    );
    assert!(bluez.is_searched());

    phone.post("/instruments/listen", &[("port", ADDRESS)]).await.leads_to(PAGE);
    phone.get(PAGE).await.says("Bluetooth").hides("Kecepatan lain");
    phone.until(HEARD, "Bluetooth · belum ada kiriman").await;
    phone.post("/instruments/new/known", &known("5")).await.says("belum mengirim");
    let say = async |grams| {
        bluez.listened_to(ADDRESS).await.unwrap();
        assert!(bluez.say(ADDRESS, &packet(Dialect::Ble2a9d, grams, true)).await.unwrap());
    };
    say(4_000).await;
    say(5_000).await;
    phone.until(HEARD, "5,000").await.says("Bluetooth: timbangan").says("terbaca");
    name(&mut phone).await;
    assert_eq!(weigh(&first, siti, 8_950, async || say(8_950).await).await, "ble_2a9d");
    phone.get("/instruments/timbangan-udara").await.says(ADDRESS).says("INV-9");
    let again = phone.post("/instruments/listen", &[("port", ADDRESS)]).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "it is an instrument already");
    drop(phone);
    first.stop();

    let second = node(folder.path(), bluez.address()).await;
    bluez.hang_up(ADDRESS).await.unwrap();
    second.see(ID, |live| !live.connected).await;
    assert_eq!(weigh(&second, budi, 8_300, async || say(8_300).await).await, "ble_2a9d");
    assert_eq!(bluez.seen(ADDRESS).unwrap().pairings, 1);
    let mut phone = second.phone(DEWI).await;
    phone.post("/instruments/timbangan-udara/retire", &[]).await.leads_to("/instruments");
    phone.until(AIR, ADDRESS).await;
    assert!(second.edge.instruments.all().is_empty());
}

#[tokio::test]
async fn a_scale_that_only_advertises_is_proved_by_what_it_says_after_somebody_listens() {
    let bluez = BlueZ::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    bluez.bring(device(ADDRESS, -50, None)).await.unwrap();
    let say = async |grams, stable| {
        let said = packet(Dialect::BleXiaomiV1, grams, stable);
        bluez.advertise(ADDRESS, Payload::Service(WEIGHT_SERVICE.into(), said)).await.unwrap()
    };
    assert!(!say(5_000, true).await, "nobody listens to the air");
    let first = node(folder.path(), bluez.address()).await;
    let siti = first.child(NewChild::siti()).await;
    let mut phone = first.phone(DEWI).await;
    phone.until(AIR, ADDRESS).await;
    phone.post("/instruments/listen", &[("port", ADDRESS)]).await.leads_to(PAGE);
    phone.until(HEARD, "Bluetooth · belum ada kiriman").await;
    assert!(say(5_000, true).await);
    assert!(say(4_200, false).await);
    phone.until(HEARD, "belum cocok").await;
    let nothing = phone.post("/instruments/new/known", &known("5")).await;
    nothing.says("belum terbaca sebagai alat jenis ini").hides("kecepatan lain");
    for _ in 0..5 {
        say(5_000, true).await;
    }
    phone.until(HEARD, "5,000").await.says("2 baris terbaca");
    name(&mut phone).await;
    assert_eq!(weigh(&first, siti, 8_450, async || assert!(say(8_450, true).await)).await, "ble_xiaomi_v1");
    drop(phone);
    first.stop();
    let second = node(folder.path(), bluez.address()).await;
    second.see(ID, |live| live.connected).await;
    assert_eq!(bluez.seen(ADDRESS).unwrap().attempts, 0, "nobody has connected");
}

#[tokio::test]
async fn a_scale_with_a_place_of_its_own_is_kept_with_that_place() {
    let bluez = BlueZ::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    bluez.bring(device(ADDRESS, -50, Some((OWN_SERVICE, OWN)))).await.unwrap();
    let first = node(folder.path(), bluez.address()).await;
    let siti = first.child(NewChild::siti()).await;
    let mut phone = first.phone(DEWI).await;
    phone.until(AIR, ADDRESS).await;
    phone.post("/instruments/listen", &[("port", ADDRESS)]).await.leads_to(PAGE);
    let say = async |grams| {
        bluez.listened_to(ADDRESS).await.unwrap();
        assert!(bluez.say(ADDRESS, &packet(Dialect::BleMgb, grams, true)).await.unwrap());
    };
    say(5_000).await;
    phone.until(HEARD, "Swan, Icomon").await;
    name(&mut phone).await;
    drop(phone);
    first.stop();
    let second = node(folder.path(), bluez.address()).await;
    assert_eq!(weigh(&second, siti, 8_450, async || say(8_450).await).await, "ble_mgb");
}

#[tokio::test]
async fn without_bluetooth_the_page_says_so_and_switches_it_on_where_it_can() {
    let bluez = BlueZ::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    bluez.bring(device(ADDRESS, -50, Some((WEIGHT_SERVICE, WEIGHT)))).await.unwrap();
    bluez.power_off().await.unwrap();
    let node = node(folder.path(), bluez.address()).await;
    let mut phone = node.phone(DEWI).await;
    phone.until(AIR, "Bluetooth sedang mati").await;
    phone.post(AIR, &[]).await.leads_to("/instruments");
    phone.until(AIR, ADDRESS).await;
    bluez.power_off().await.unwrap();
    phone.until(AIR, "Bluetooth sedang mati").await;
    bluez.stop_daemon().await.unwrap();
    phone.until(AIR, "Bluetooth tidak ada di kotak ini").await;
}
