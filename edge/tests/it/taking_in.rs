//! An instrument nobody has set up: plugged in, heard, proved by a known mass, used, pulled, checked, found wrong.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use nix::fcntl::OFlag;
use nix::pty::{PtyMaster, grantpt, posix_openpt, ptsname_r, unlockpt};
use protocol::{Body, LocalDate};
use scales::Dialect;

use crate::harness::{DEWI, NewChild, Node, PACE, PATIENCE, Phone, RAHMA, Setup};

/// What the machine would call a cheap adapter.
const PORT: &str = "usb-1a86_USB_Serial-if00-port0";

/// A scale on a line of this machine's own, which says ten times a second what lies on it.
struct OnTheWire {
    link: PathBuf,
    dialect: Dialect,
    load: Arc<AtomicI64>,
    cable: Option<tokio::task::JoinHandle<()>>,
}

impl OnTheWire {
    fn plugged(link: PathBuf, dialect: Dialect) -> Self {
        let mut scale = Self { link, dialect, load: Arc::default(), cable: None };
        scale.plug();
        scale
    }

    fn put(&self, value: i64) {
        self.load.store(value, Ordering::Release);
    }

    fn plug(&mut self) {
        let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_NONBLOCK).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        std::os::unix::fs::symlink(ptsname_r(&master).unwrap(), &self.link).unwrap();
        self.cable = Some(tokio::spawn(speak(master, self.load.clone(), self.dialect)));
    }

    async fn pull(&mut self) {
        std::fs::remove_file(&self.link).unwrap();
        let cable = self.cable.take().unwrap();
        cable.abort();
        assert!(cable.await.unwrap_err().is_cancelled());
    }
}

async fn speak(mut master: PtyMaster, load: Arc<AtomicI64>, dialect: Dialect) {
    let mut beat = tokio::time::interval(Duration::from_millis(100) / PACE);
    let mut frame = [0; 64];
    loop {
        beat.tick().await;
        let length = scales::encode(dialect, load.load(Ordering::Acquire), true, &mut frame).unwrap();
        // nobody may be listening: a real line loses what it cannot hold, too
        let _lost = master.write_all(&frame[..length]);
    }
}

/// A node without instruments that looks for them in a folder of its own.
async fn node(folder: &Path, settings: &str) -> Node {
    for name in ["by-id", "by-path"] {
        std::fs::create_dir_all(folder.join(name)).unwrap();
    }
    let shown = folder.display();
    let settings = format!("[ports]\nby_id = '{shown}/by-id'\nby_path = '{shown}/by-path'\n{settings}");
    Node::start_as(folder, Setup { instruments: vec![], settings, ..Setup::default() }).await
}

/// Takes in what is plugged in at [`PORT`], as a baby scale proved with five kilograms.
async fn take_in(phone: &mut Phone, scale: &OnTheWire, name: &str) {
    let page = format!("/instruments/new?port={PORT}");
    phone.post("/instruments/listen", &[("port", PORT)]).await.leads_to(&page);
    scale.put(5_000);
    let fields = [("port", PORT), ("kind", "infant_scale"), ("known", "5")];
    // it takes three readings that agree
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
    let proved = tokio::time::timeout(PATIENCE, proving).await.expect("nothing was proved");
    proved.says("Cocok: 5,00 kg");
    let choice = proved.field("choice");
    let fields = [
        ("port", PORT),
        ("kind", "infant_scale"),
        ("choice", &choice),
        ("division", "10"),
        ("name", name),
        ("label", "INV-7"),
    ];
    phone.post("/instruments/new", &fields).await.leads_to("/instruments");
    scale.put(0);
}

/// Waits until an instrument has said so much that it is known to be empty, not only to be there.
async fn speaks(node: &Node, id: &str) {
    let hearing = async {
        let mut beat = tokio::time::interval(Duration::from_millis(20));
        while node.edge.instruments.heard(id).is_none_or(|heard| heard.good < 20) {
            beat.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, hearing).await.expect("the instrument says nothing");
}

#[tokio::test]
async fn an_unknown_scale_is_heard_proved_by_a_known_mass_and_weighs_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path(), "").await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(DEWI).await;
    phone.get("/instruments").await.says("Belum ada alat yang dipasang").hides(PORT);
    let scale = OnTheWire::plugged(folder.path().join("by-id").join(PORT), Dialect::YaohuaEqFwd);
    phone.get("/instruments").await.says(PORT);

    let page = format!("/instruments/new?port={PORT}");
    phone.post("/instruments/listen", &[("port", PORT)]).await.leads_to(&page);
    scale.put(5_000);
    let heard = format!("/instruments/new/heard?port={PORT}");
    phone.until(&heard, "2 bahasa sama-sama cocok").await.says("low digit first").says("high digit first");
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
    let proved = phone.post("/instruments/new/known", &known("5")).await;
    proved.says("high digit first").hides("low digit first").says("Cocok: 5,00 kg");
    phone.post("/instruments/new", &nothing_proved).await.leads_to("/instruments");
    phone.get("/instruments").await.says("Timbangan bayi A").says("Belum pernah diperiksa").hides(PORT);

    scale.put(0);
    speaks(&node, "timbangan-bayi-a").await;
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
    let _scale = OnTheWire::plugged(folder.path().join("by-id").join(PORT), Dialect::AdStd);
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
    let mut scale = OnTheWire::plugged(link, Dialect::StGs);
    take_in(&mut first.phone(DEWI).await, &scale, "Timbangan B").await;
    first.ready("timbangan-b").await;
    scale.pull().await;
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

/// Puts a mass on a scale in every way a check asks for; the corners may read otherwise.
async fn check(phone: &mut Phone, scale: &OnTheWire, node: &Node, reads: i64) {
    let page = "/instruments/timbangan-b/check";
    let spots = ["empty", "centre", "centre", "centre", "corner-1", "corner-2", "corner-3", "corner-4"];
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
    let scale = OnTheWire::plugged(folder.path().join("by-id").join(PORT), Dialect::AdStd);
    let mut phone = node.phone(DEWI).await;
    take_in(&mut phone, &scale, "Timbangan B").await;
    let mut kader = node.phone(RAHMA).await;
    kader.get("/instruments/timbangan-b/check").await.says("Kosongkan alatnya");
    check(&mut kader, &scale, &node, 5_010).await;
    let page = phone.get("/instruments/timbangan-b").await;
    page.says("Diperiksa hari ini, tepat").says("+10 g").says("10-02-2026");

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
    weigh(&mut phone, &node, &scale, budi, 9_000).await;
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
    assert_eq!(
        (checks[0].device.as_str(), checks[0].loads.len(), checks[0].spread_limit),
        (PORT, 8, Some(10))
    );
}

#[tokio::test]
async fn where_the_settings_say_so_a_scale_out_of_limits_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path(), "[checks]\nout_of_limits = 'refuse'\n").await;
    let siti = node.child(NewChild::siti()).await;
    let scale = OnTheWire::plugged(folder.path().join("by-id").join(PORT), Dialect::AdStd);
    let mut phone = node.phone(DEWI).await;
    take_in(&mut phone, &scale, "Timbangan B").await;
    check(&mut phone, &scale, &node, 4_900).await;
    let visit = phone.come(siti).await;
    let weight = format!("/visits/{visit}/weight");
    phone.get(&weight).await.hides("Timbangan B").says("Alat tidak ada?").says("diketik");
    check(&mut phone, &scale, &node, 5_000).await;
    phone.get(&weight).await.says("Timbangan B");
}
