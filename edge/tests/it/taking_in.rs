//! An instrument nobody has set up: plugged in, heard, proved by a known mass, used, pulled, checked, found wrong.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::StatusCode;
use edge::config::{InstrumentKind, InstrumentSettings};
use edge::scales::Bytes;
use edge::store::Small;
use protocol::{Body, LocalDate};
use scales::simulate::Port;
use scales::{Dialect, Profile};
use tokio::io::{AsyncWriteExt, DuplexStream};
use tokio_util::task::AbortOnDropHandle;

use crate::harness::{DEWI, NewChild, Node, PACE, PATIENCE, Page, Phone, RAHMA, Setup, instrument};

/// What the machine would call a cheap adapter.
pub(crate) const PORT: &str = "usb-1a86_USB_Serial-if00-port0";

/// A scale on a line of this machine's own, which says ten times a second what lies on it.
pub(crate) struct OnTheWire {
    port: Arc<Mutex<Port>>,
    load: Arc<AtomicI64>,
    _speaking: AbortOnDropHandle<()>,
}

impl OnTheWire {
    pub(crate) fn plugged(link: &Path, dialect: Dialect) -> Self {
        let port = Arc::new(Mutex::new(Port::at(link).unwrap()));
        let load = Arc::<AtomicI64>::default();
        let speaking = tokio::spawn(speak(port.clone(), load.clone(), dialect));
        Self { port, load, _speaking: AbortOnDropHandle::new(speaking) }
    }

    pub(crate) fn put(&self, value: i64) {
        self.load.store(value, Ordering::Release);
    }

    fn plug(&self) {
        self.port.lock().unwrap().plug().unwrap();
    }

    fn pull(&self) {
        self.port.lock().unwrap().pull();
    }
}

async fn speak(port: Arc<Mutex<Port>>, load: Arc<AtomicI64>, dialect: Dialect) {
    let mut beat = tokio::time::interval(Duration::from_millis(100) / PACE);
    let mut frame = [0; 64];
    loop {
        beat.tick().await;
        let length = scales::encode(dialect, load.load(Ordering::Acquire), true, &mut frame).unwrap();
        port.lock().unwrap().send(&frame[..length]);
    }
}

/// A node without instruments that looks for them in a folder of its own.
pub(crate) async fn node(folder: &Path, settings: &str) -> Node {
    for name in ["by-id", "by-path"] {
        std::fs::create_dir_all(folder.join(name)).unwrap();
    }
    let shown = folder.display();
    let settings = format!("[ports]\nby_id = '{shown}/by-id'\nby_path = '{shown}/by-path'\n{settings}");
    Node::start_as(folder, Setup { instruments: vec![], settings, ..Setup::default() }).await
}

/// Says again and again that five kilograms lie there, until enough readings have agreed.
pub(crate) async fn prove(phone: &mut Phone, port: &str) -> Page {
    let fields = [("port", port), ("kind", "infant_scale"), ("known", "5")];
    let proving = async {
        let mut beat = tokio::time::interval(Duration::from_millis(20));
        loop {
            beat.tick().await;
            let page = phone.post("/instruments/new/known", &fields).await;
            if page.status == StatusCode::OK {
                return page;
            }
        }
    };
    tokio::time::timeout(PATIENCE, proving).await.expect("five kilograms are never five kilograms")
}

/// Takes in what is plugged in at [`PORT`], as a baby scale proved with five kilograms.
pub(crate) async fn take_in(phone: &mut Phone, scale: &OnTheWire, node: &Node) {
    take_in_as(phone, scale, node, PORT, "Timbangan B").await;
}

/// The same at another port and under another name, which gives it its address.
pub(crate) async fn take_in_as(phone: &mut Phone, scale: &OnTheWire, node: &Node, port: &str, name: &str) {
    let page = format!("/instruments/new?port={port}");
    phone.post("/instruments/listen", &[("port", port)]).await.leads_to(&page);
    scale.put(5_000);
    let proved = prove(phone, port).await;
    proved.says("Cocok: 5,00 kg");
    let choice = proved.field("choice");
    let fields = [
        ("port", port),
        ("kind", "infant_scale"),
        ("choice", &choice),
        ("division", "10"),
        ("name", name),
        ("label", "INV-7"),
    ];
    phone.post("/instruments/new", &fields).await.leads_to("/instruments");
    let id = name.to_lowercase().replace(' ', "-");
    node.see(&id, |live| live.value == 5_000).await;
    scale.put(0);
}

#[tokio::test]
async fn an_unknown_scale_is_heard_proved_by_a_known_mass_and_weighs_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path(), "").await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(DEWI).await;
    phone.get("/instruments").await.says("Belum ada alat yang dipasang").hides(PORT);
    let scale = OnTheWire::plugged(&folder.path().join("by-id").join(PORT), Dialect::YaohuaEqFwd);
    phone.get("/instruments").await.says(PORT);

    let page = format!("/instruments/new?port={PORT}");
    phone.post("/instruments/listen", &[("port", PORT)]).await.leads_to(&page);
    scale.put(5_000);
    let heard = format!("/instruments/new/heard?port={PORT}");
    phone.until(&heard, "2 bahasa sama-sama cocok").await.says("angka terbalik").says("angka lurus");
    phone.until(&heard, "5,000").await;
    phone.get(&page).await.says("9600 · 8N1").says("Coba semua satu per satu");

    let known = |mass| [("port", PORT), ("kind", "infant_scale"), ("known", mass)];
    let refused = phone.post("/instruments/new/known", &known("3")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.says("padahal seharusnya 3,00 kg").says("5,00 kg").says("belum dipasang");
    let nothing_proved = [
        ("port", PORT),
        ("kind", "infant_scale"),
        ("choice", "yaohua_eq_fwd.kg"),
        ("division", "10"),
        ("name", "Timbangan bayi A"),
    ];
    phone.post("/instruments/new", &nothing_proved).await.leads_to(&page);
    phone.post("/instruments/new/known", &known("0,2")).await.says("lebih berat");
    phone.post("/instruments/new/known", &known("lima")).await.says("dalam kg");
    let proved = prove(&mut phone, PORT).await;
    proved.says("angka lurus").hides("angka terbalik").says("Cocok: 5,00 kg");
    phone.post("/instruments/new", &nothing_proved).await.leads_to("/instruments");
    phone.get("/instruments").await.says("Timbangan bayi A").says("Belum pernah diperiksa").hides(PORT);

    node.see("timbangan-bayi-a", |live| live.value == 5_000).await;
    scale.put(0);
    node.ready("timbangan-bayi-a").await;
    let visit = phone.come(siti).await;
    let weight = format!("/visits/{visit}/weight");
    phone.get(&weight).await.says("Timbangan bayi A · 10 g");
    scale.put(8_950);
    node.see("timbangan-bayi-a", |live| live.locked.as_ref().is_some_and(|locked| locked.visit == visit))
        .await;
    let page = phone.get(&weight).await;
    phone.save(&page, &weight, &[]).await;
    let record = node.edge.store.visits_of(siti).unwrap().pop().unwrap();
    let instrument = record.weighed.unwrap().instrument.unwrap();
    assert_eq!(
        (instrument.name.as_str(), instrument.dialect.as_str()),
        ("Timbangan bayi A", "yaohua_eq_fwd")
    );
    assert_eq!(instrument.checked_on, None);
}

#[tokio::test]
async fn only_the_midwife_or_the_puskesmas_takes_in_an_instrument() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path(), "").await;
    let _scale = OnTheWire::plugged(&folder.path().join("by-id").join(PORT), Dialect::AdStd);
    let mut kader = node.phone(RAHMA).await;
    kader.get("/safety").await.says("href=\"/instruments\"");
    kader.get("/instruments").await.says(PORT).says("Minta bidan").hides("Pasang</button>");
    let refused = kader.post("/instruments/listen", &[("port", PORT)]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    refused.says("diatur oleh bidan");
    let nowhere = node.phone(DEWI).await.post("/instruments/listen", &[("port", "ttyUSB0")]).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND, "only what the machine lists under a stable name");
}

#[tokio::test]
async fn a_pulled_scale_comes_back_by_itself_and_after_a_restart_and_can_be_renamed_and_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("by-id").join(PORT);
    let first = node(folder.path(), "").await;
    let scale = OnTheWire::plugged(&link, Dialect::StGs);
    take_in(&mut first.phone(DEWI).await, &scale, &first).await;
    first.ready("timbangan-b").await;
    scale.pull();
    first.see("timbangan-b", |live| !live.connected).await;
    scale.plug();
    scale.put(4_210);
    first.see("timbangan-b", |live| live.connected && live.value == 4_210).await;
    first.stop();

    let again = node(folder.path(), "").await;
    again.see("timbangan-b", |live| live.connected && live.value == 4_210).await;
    let mut phone = again.phone(DEWI).await;
    phone.get("/instruments/timbangan-b").await.says("INV-7").says(PORT).says("Kiriman terakhir");
    let renamed = phone.post("/instruments/timbangan-b/name", &[("name", "Timbangan C")]).await;
    renamed.leads_to("/instruments/timbangan-b");
    again.see("timbangan-b", |live| live.connected && live.value == 4_210).await;
    phone.get("/instruments").await.says("Timbangan C").hides("Timbangan B");
    phone.post("/instruments/timbangan-b/retire", &[]).await.leads_to("/instruments");
    phone.get("/instruments").await.says("Belum ada alat").says(PORT);
}

/// Notes a check that is not there, as if its place on the card had been lost.
async fn lose_a_check(folder: &Path) {
    const CHECKS: redb::TableDefinition<'_, u64, ()> = redb::TableDefinition::new("checks");
    let opening = async {
        let mut beat = tokio::time::interval(Duration::from_millis(20));
        loop {
            beat.tick().await;
            if let Ok(file) = redb::Database::open(edge::store::file_in(folder)) {
                return file;
            }
        }
    };
    let file = tokio::time::timeout(PATIENCE, opening).await.expect("the store is never let go");
    let writing = file.begin_write().unwrap();
    writing.open_table(CHECKS).unwrap().insert(9_999, ()).unwrap();
    writing.commit().unwrap();
}

#[tokio::test]
async fn an_instrument_that_cannot_be_used_is_left_out_and_the_node_starts() {
    let folder = tempfile::tempdir().unwrap();
    let first = node(folder.path(), "").await;
    let scale = OnTheWire::plugged(&folder.path().join("by-id").join(PORT), Dialect::AdStd);
    take_in(&mut first.phone(DEWI).await, &scale, &first).await;
    let store = &first.edge.store;
    let row = store.small(Small::Instruments, b"profiles").unwrap().unwrap();
    let mut rows: serde_json::Value = serde_json::from_slice(&row).unwrap();
    let (mut newer, mut stranger) = (rows[0].clone(), rows[0].clone());
    newer["id"] = "baru".into();
    newer["name"] = "Timbangan baru".into();
    newer["dialect"] = "of_a_later_version".into();
    newer["by_id"] = "usb-baru".into();
    stranger["name"] = "Pita kepala".into();
    stranger["kind"] = "head_tape".into();
    rows.as_array_mut().unwrap().splice(0..0, [newer, stranger]);
    store.put_small(Small::Instruments, b"profiles".to_vec(), rows.to_string().into()).await.unwrap();
    first.stop();
    lose_a_check(folder.path()).await;

    let again = node(folder.path(), "").await;
    again.see("timbangan-b", |live| live.connected).await;
    let mut phone = again.phone(DEWI).await;
    assert_eq!(phone.get("/").await.status, StatusCode::OK);
    let list = phone.get("/instruments").await;
    list.says("Timbangan baru, Pita kepala tidak bisa dipakai").says("Timbangan B");

    let row = list.field("row");
    let mut kader = again.phone(RAHMA).await;
    kader.get("/instruments").await.hides("Lepas Pita kepala");
    let refused = kader.post("/instruments/unread", &[("row", &row)]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    phone.post("/instruments/unread", &[("row", &row)]).await.leads_to("/instruments");
    phone.get("/instruments").await.says("Timbangan baru tidak bisa dipakai").hides("Pita kepala");
    phone.post("/instruments/baru/retire", &[]).await.leads_to("/instruments");
    phone.get("/instruments").await.hides("tidak bisa dipakai").says("Timbangan B");
}

/// Puts a mass on a scale in every way a check asks for; the corners may read otherwise.
pub(crate) async fn check(phone: &mut Phone, scale: &OnTheWire, node: &Node, reads: i64) {
    let page = "/instruments/timbangan-b/check";
    let middle = ["empty", "centre"].repeat(3);
    let spots = middle.into_iter().chain(["corner-1", "corner-2", "corner-3", "corner-4"]);
    for spot in spots {
        let value = if spot == "empty" { 0 } else { reads };
        scale.put(value);
        node.see("timbangan-b", |live| live.connected && i64::from(live.value) == value).await;
        phone.post(page, &[("spot", spot), ("known", "5")]).await.leads_to(page);
    }
    scale.put(0);
    let done = phone.get(page).await;
    done.says("Cukup. Tekan Selesai");
    let event = done.field("event");
    phone
        .post("/instruments/timbangan-b/check/finish", &[("event", &event)])
        .await
        .leads_to("/instruments/timbangan-b");
}

async fn weigh(phone: &mut Phone, node: &Node, scale: &OnTheWire, child: protocol::CitizenId, mass_g: i64) {
    node.ready("timbangan-b").await;
    let visit = phone.come(child).await;
    let weight = format!("/visits/{visit}/weight");
    phone.get(&weight).await.says("Timbangan B");
    scale.put(mass_g);
    node.see("timbangan-b", |live| live.locked.as_ref().is_some_and(|locked| locked.visit == visit)).await;
    let page = phone.get(&weight).await;
    phone.save(&page, &weight, &[]).await;
    scale.put(0);
}

#[tokio::test]
async fn a_check_is_an_event_dates_what_follows_and_one_that_fails_marks_what_was_weighed_since() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path(), "").await;
    let (siti, budi) = (node.child(NewChild::siti()).await, node.child(NewChild::budi()).await);
    let scale = OnTheWire::plugged(&folder.path().join("by-id").join(PORT), Dialect::AdStd);
    let mut phone = node.phone(DEWI).await;
    take_in(&mut phone, &scale, &node).await;
    let mut kader = node.phone(RAHMA).await;
    kader.get("/").await.says("Timbangan B belum pernah diperiksa");
    kader.get("/instruments/timbangan-b/check").await.says("Kosongkan alatnya");
    let light = [("spot", "centre"), ("known", "0,1")];
    let refused = kader.post("/instruments/timbangan-b/check", &light).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.says("lebih berat");
    check(&mut kader, &scale, &node, 5_010).await;
    let page = phone.get("/instruments/timbangan-b").await;
    page.says("Diperiksa hari ini, tepat").says("+10 g").says("10-02-2026");
    kader.get("/").await.hides("diperiksa.");

    weigh(&mut phone, &node, &scale, siti, 8_950).await;
    let record = node.edge.store.visits_of(siti).unwrap().pop().unwrap();
    let today: chrono::NaiveDate = "2026-02-10".parse().unwrap();
    assert_eq!(record.weighed.unwrap().instrument.unwrap().checked_on, Some(LocalDate::from(today)));
    phone.get("/records").await.hides("ternyata tidak tepat").says("diperiksa: tepat");

    check(&mut phone, &scale, &node, 5_040).await;
    let page = phone.get("/instruments/timbangan-b").await;
    page.says("Pemeriksaan terakhir tidak tepat")
        .says("Diukur sejak terakhir tepat")
        .says("Siti Aminah")
        .says("8,95 kg");
    page.says("Bergeser +30 g hari ini");
    phone.get("/records").await.says("ternyata tidak tepat").says("diperiksa: tidak tepat");
    phone.get("/").await.says("Timbangan B perlu diperiksa");
    weigh(&mut phone, &node, &scale, budi, 8_300).await;
    let record = node.edge.store.visits_of(budi).unwrap().pop().unwrap();
    assert_eq!(record.weighed.unwrap().instrument.unwrap().checked_on, None, "it is used on, and marked");

    let outbox = node.edge.store.outbox(0, 1_000, usize::MAX).unwrap().unwrap();
    let checks: Vec<_> = outbox
        .frames
        .iter()
        .filter_map(|frame| match frame.decode().unwrap().body {
            Body::InstrumentChecked(checked) => Some(checked),
            _ => None,
        })
        .collect();
    assert_eq!(checks.len(), 2);
    assert_eq!((checks[0].loads.len(), checks[0].spread_limit), (10, Some(10)));
    assert_eq!(checks[0].device, checks[1].device);
    assert!(uuid::Uuid::parse_str(&checks[0].device).is_ok(), "no port: {}", checks[0].device);
}

#[tokio::test]
async fn where_the_settings_say_so_a_scale_out_of_limits_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path(), "[checks]\nout_of_limits = 'refuse'\n").await;
    let siti = node.child(NewChild::siti()).await;
    let scale = OnTheWire::plugged(&folder.path().join("by-id").join(PORT), Dialect::AdStd);
    let mut phone = node.phone(DEWI).await;
    take_in(&mut phone, &scale, &node).await;
    check(&mut phone, &scale, &node, 4_900).await;
    let visit = phone.come(siti).await;
    let weight = format!("/visits/{visit}/weight");
    phone.get(&weight).await.hides("Timbangan B").says("Alat tidak ada?").says("diketik");
    let by_name = format!("/visits/{visit}/claim?on=timbangan-b");
    phone.post(&by_name, &[("what", "weight")]).await.leads_to(&weight);
    assert_eq!(node.see("timbangan-b", |_| true).await.claim, None, "nor by its name");
    check(&mut phone, &scale, &node, 5_000).await;
    phone.get(&weight).await.says("Timbangan B");
}

/// A line that is opened once.
struct Line(Option<DuplexStream>);

impl edge::scales::Port for Line {
    type Line = Bytes<DuplexStream>;

    async fn open(&mut self, profile: Profile) -> std::io::Result<Self::Line> {
        let line = self.0.take().ok_or(std::io::ErrorKind::NotFound)?;
        Ok(Bytes::new(line, profile))
    }
}

#[tokio::test]
async fn a_scale_that_tells_each_load_once_is_checked_by_what_it_tells() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let (mut scale, line) = tokio::io::duplex(256);
    let plain = instrument("timbangan-t", InstrumentKind::InfantScale);
    let setting = InstrumentSettings { dialect: Dialect::TanitaCsv.name().into(), ..plain };
    node.edge.instruments.add(&setting, Line(Some(line))).unwrap();
    node.see("timbangan-t", |live| live.connected).await;
    let mut tell = async |grams: u32| {
        let mut record = [0; 64];
        let length = scales::encode(Dialect::TanitaCsv, grams.into(), true, &mut record).unwrap();
        scale.write_all(&record[..length]).await.unwrap();
        node.see("timbangan-t", |live| live.offer.is_some_and(|offer| offer.value == grams)).await;
    };
    let mut phone = node.phone(RAHMA).await;
    let page = "/instruments/timbangan-t/check";
    tell(8_450).await;
    phone.get(page).await.says("Letakkan beban").hides("Kosongkan");
    let early = phone.post(page, &[("spot", "centre"), ("known", "5")]).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY, "that was a child");
    for spot in ["centre", "centre", "centre", "corner-1", "corner-2", "corner-3", "corner-4"] {
        tell(5_010).await;
        phone.post(page, &[("spot", spot), ("known", "5")]).await.leads_to(page);
        assert_eq!(node.see("timbangan-t", |_| true).await.offer, None, "it is offered to no child");
        phone.get(page).await.says("5,01").hides("8,45");
    }
    phone.get(page).await.says("Cukup. Tekan Selesai");
}
