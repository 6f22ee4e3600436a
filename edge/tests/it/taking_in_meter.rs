//! A meter nobody has set up: heard around the node, proved by one measurement and its display, named, used, kept.

use std::path::Path;
use std::time::Duration;

use axum::http::StatusCode;
use bluez::{BlueZ, Instrument, Record};
use edge::scales::Vital;
use protocol::VisitId;
use uuid::Uuid;

use crate::harness::{DEWI, Node, Phone, RAHMA, Setup};

const ADDRESS: &str = "C0:26:DA:0A:0B:0E";
const ESCAPED: &str = "C0%3A26%3ADA%3A0A%3A0B%3A0E";
const AIR: &str = "/instruments/air";

const PRESSURE: [&str; 2] = ["00001810-0000-1000-8000-00805f9b34fb", "00002a35-0000-1000-8000-00805f9b34fb"];
const GLUCOSE: [&str; 2] = ["00001808-0000-1000-8000-00805f9b34fb", "00002a18-0000-1000-8000-00805f9b34fb"];

/// A node without instruments, beside a BlueZ, on 10 February 2026.
async fn node(folder: &Path, bus: &str) -> Node {
    let shown = folder.display();
    let settings = format!(
        "[ports]\nby_id = '{shown}/by-id'\nby_path = '{shown}/by-path'\n[bluetooth]\nbus = '{bus}'\n"
    );
    Node::start_as(folder, Setup { instruments: vec![], settings, ..Setup::default() }).await
}

fn device([service, characteristic]: [&str; 2]) -> Instrument {
    Instrument {
        address: ADDRESS.into(),
        name: "Meter".into(),
        strength: -50,
        keeps_records: service == GLUCOSE[0],
        says_at: Some((service.into(), characteristic.into())),
        hangs_up: true,
        shy: true,
        resolves_after: Duration::from_millis(100),
    }
}

fn page(name: &str) -> String {
    format!("/instruments/meter{name}?port={ESCAPED}")
}

async fn say(bluez: &BlueZ, packet: &[u8]) {
    bluez.listened_to(ADDRESS).await.unwrap();
    assert!(bluez.say(ADDRESS, packet).await.unwrap());
}

/// The name of the measurement a page asks about.
async fn reading(phone: &mut Phone, says: &str) -> String {
    let text = phone.until(&page("/heard"), says).await.says("Sama dengan angka di layar").text.clone();
    let at = text.find("reading=").unwrap() + "reading=".len();
    text[at..].split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_cuff_is_taken_in_by_a_measurement_that_its_display_confirms() {
    let bluez = BlueZ::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    bluez.bring(device(PRESSURE)).await.unwrap();
    let first = node(folder.path(), bluez.address()).await;
    let mut phone = first.phone(DEWI).await;
    let around = phone.until(AIR, ADDRESS).await;
    let vital = around.says("tensimeter").field("vital");
    phone.post("/instruments/listen", &[("port", ADDRESS), ("vital", &vital)]).await.leads_to(&page(""));
    phone
        .get(&page(""))
        .await
        .says("Ukur sekali")
        .says("tidak bisa dicocokkan dengan beban")
        .says("kalibrasi");
    assert_eq!(first.phone(RAHMA).await.get(&page("")).await.status, StatusCode::FORBIDDEN);

    let nothing = [("port", ADDRESS), ("reading", &Uuid::nil().to_string()), ("name", "Tensi A")];
    phone.post("/instruments/meter", &nothing).await.leads_to(&page(""));
    say(&bluez, &[0, 0xff, 0x07, 0xff, 0x07, 93, 0]).await;
    phone.until(&page("/heard"), "pengukurannya gagal").await.hides("Ya, sama");
    say(&bluez, &[0x14, 120, 0, 80, 0, 93, 0, 72, 0, 1, 0]).await;
    let reading = reading(&mut phone, "120/80 mmHg, nadi 72").await;
    phone.get(&page("/heard")).await.says("Badan bergerak");

    let named = format!("{}&reading={reading}", page("/name"));
    phone.get(&named).await.says("Sama dengan layarnya: 120/80 mmHg").says("Kalibrasi terakhir");
    let form = |name: &'static str, on: &'static str| {
        [
            ("port", ADDRESS.to_owned()),
            ("reading", reading.clone()),
            ("name", name.into()),
            ("calibrated", on.into()),
        ]
    };
    for (name, on, why) in [
        ("", "2025-11-24", "Tulis namanya"),
        ("Tensi A", "2026-02-11", "belum tiba"),
        ("Tensi A", "kemarin", "seperti di stiker"),
    ] {
        let fields = form(name, on);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let wrong = phone.post("/instruments/meter", &fields).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        wrong.says(why).says(&format!("value=\"{on}\""));
    }
    let fields = form("Tensi A", "2025-02-09");
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    phone.post("/instruments/meter", &fields).await.leads_to("/instruments");
    phone
        .get("/instruments")
        .await
        .says("Tensi A")
        .says("Tensimeter")
        .says("Sudah waktunya dikalibrasi lagi");
    phone.get(AIR).await.hides(ADDRESS);
    drop(phone);
    first.stop();

    let second = node(folder.path(), bluez.address()).await;
    let mut phone = second.phone(DEWI).await;
    let own = "/instruments/tensi-a";
    phone.get(own).await.says(ADDRESS).says("kalibrasi setahun sekali").hides("Periksa sekarang");
    assert_eq!(phone.get("/instruments/tensi-a/check").await.status, StatusCode::NOT_FOUND);
    let wrong = phone.post("/instruments/tensi-a/calibration", &[("calibrated", "2027-01-01")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.says("belum tiba");
    phone.post("/instruments/tensi-a/calibration", &[("calibrated", "05-01-2026")]).await.leads_to(own);
    phone.get(own).await.says("value=\"2026-01-05\"").hides("Sudah waktunya");

    say(&bluez, &[0, 131, 0, 84, 0, 99, 0]).await;
    phone.until(own, "131/84 mmHg").await.says("baru saja");
    let offered = second.edge.instruments.offered(Vital::BloodPressure).remove(0);
    let visit = VisitId(Uuid::now_v7());
    let taken = second.edge.instruments.take(offered.id, visit).await.unwrap().unwrap();
    let day = taken.instrument.checked_on.unwrap().to_naive().unwrap();
    assert_eq!((taken.instrument.name.as_str(), day.to_string().as_str()), ("Tensi A", "2026-01-05"));
    phone.get(own).await.hides("131/84");

    phone.post("/instruments/tensi-a/name", &[("name", "Tensi B"), ("label", "INV-3")]).await.leads_to(own);
    phone.get("/instruments").await.says("Tensi B").says("INV-3");
    phone.post("/instruments/tensi-a/retire", &[]).await.leads_to("/instruments");
    phone.until(AIR, ADDRESS).await;
    assert!(second.edge.instruments.all().is_empty());
}

#[tokio::test]
async fn a_glucose_meter_is_proved_by_the_record_it_kept_last() {
    let bluez = BlueZ::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    bluez.bring(device(GLUCOSE)).await.unwrap();
    let packet = vec![0x02, 9, 0, 0xea, 7, 1, 31, 9, 5, 0, 99, 0xb0, 0x11];
    bluez.keep(ADDRESS, Record { sequence: 9, packet, context: None }).unwrap();
    let node = node(folder.path(), bluez.address()).await;
    let mut phone = node.phone(DEWI).await;
    let around = phone.until(AIR, ADDRESS).await;
    let vital = around.says("alat gula darah").field("vital");
    phone.post("/instruments/listen", &[("port", ADDRESS), ("vital", &vital)]).await.leads_to(&page(""));
    let reading = reading(&mut phone, "99 mg/dL").await;
    phone.get(&page("/heard")).await.says("Menurut jam alatnya").says("2026 pukul 09.05");
    let fields = [("port", ADDRESS), ("reading", reading.as_str()), ("name", "Gula A"), ("label", "")];
    phone.post("/instruments/meter", &fields).await.leads_to("/instruments");
    phone.get("/instruments").await.says("Gula A").says("Tanggal kalibrasi belum dicatat");
    let fetched = async {
        while node.edge.instruments.heard("gula-a").is_none_or(|heard| heard.good == 0) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), fetched).await.expect("its record is fetched");
    assert!(node.edge.instruments.offered(Vital::Glucose).is_empty(), "it is ten days old");
}

#[tokio::test]
async fn a_meter_is_never_asked_for_on_the_pages_of_a_weighing() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_as(folder.path(), Setup { instruments: vec![], ..Setup::default() }).await;
    let meter = node.meter("tensi", Vital::BloodPressure);
    meter.tells(&node, &[0, 120, 0, 80, 0, 93, 0]).await;
    let siti = node.child(crate::harness::NewChild::siti()).await;
    let mut kader = node.phone(RAHMA).await;
    let visit = kader.come(siti).await;
    kader.get(&format!("/visits/{visit}/weight")).await.hides("tensi").hides("120/80");
    kader.get("/instruments").await.says("tensi").says("Tensimeter");
    kader.get("/instruments/tensi").await.says("120/80 mmHg").hides("tidak ditawarkan");
    meter.says(&[2, 121, 0, 80, 0, 93, 0, 0, 0, 0, 0, 0, 0, 0]);
    kader.until("/instruments/tensi", "Hasilnya tidak ditawarkan").await.hides("121/80");
    meter.says(&[0, 0xff, 0x07, 0xff, 0x07, 93, 0]);
    kader.until("/instruments/tensi", "pengukuran terakhir gagal").await;
}
