//! An instrument is itself whatever it is called and wherever it is plugged in: its checks follow it, and no twin.

use std::os::unix::fs::symlink;

use axum::http::StatusCode;
use edge::config::InstrumentKind;
use edge::store::{NewEvent, Small};
use protocol::check::{InstrumentChecked, Load, Spot, Verdict};
use protocol::{Body, EventId, Month, event};
use scales::Dialect;
use uuid::Uuid;

use crate::harness::{DEWI, MAWAR, Node, Phone, RAHMA, instrument};
use crate::taking_in::{OnTheWire, PORT, check, node, take_in, take_in_as};

/// What the machine would call two of its sockets.
const SOCKETS: [&str; 2] = ["platform-usb-0-1.1-port0", "platform-usb-0-1.2-port0"];

#[tokio::test]
async fn a_twin_that_comes_later_neither_takes_the_checks_of_the_first_nor_loses_them() {
    let folder = tempfile::tempdir().unwrap();
    let by_path = folder.path().join("by-path");
    let first = node(folder.path(), "").await;
    let scale = OnTheWire::plugged(&folder.path().join("by-id").join(PORT), Dialect::AdStd);
    let by_id = folder.path().join("by-id").join(PORT);
    symlink(by_id.canonicalize().unwrap(), by_path.join(SOCKETS[0])).unwrap();
    let mut phone = first.phone(DEWI).await;
    take_in(&mut phone, &scale, &first).await;
    check(&mut phone, &scale, &first, 4_900).await;
    phone.get("/instruments/timbangan-b").await.says("Pemeriksaan terakhir tidak tepat").says(PORT);

    let twin = OnTheWire::plugged(&by_path.join(SOCKETS[1]), Dialect::AdStd);
    // the machine lists whichever came last under the name both bear
    std::fs::remove_file(&by_id).unwrap();
    symlink(by_path.join(SOCKETS[1]).canonicalize().unwrap(), &by_id).unwrap();
    phone.get("/instruments").await.says("dua kabel yang namanya sama");
    take_in_as(&mut phone, &twin, &first, SOCKETS[1], "Timbangan C").await;
    let renamed = phone.post("/instruments/timbangan-b/name", &[("name", "Timbangan D")]).await;
    renamed.leads_to("/instruments/timbangan-b");
    let borrowed = phone.post("/instruments/timbangan-c/name", &[("name", "Timbangan B")]).await;
    assert_eq!(borrowed.status, StatusCode::UNPROCESSABLE_ENTITY, "values of the other bear that name");
    let told = async |phone: &mut Phone| {
        let known = phone.get("/instruments/timbangan-b").await;
        known.says("Pemeriksaan terakhir tidak tepat").says(SOCKETS[0]).hides(PORT);
        phone.get("/instruments/timbangan-c").await.says("Belum pernah diperiksa").says(SOCKETS[1]);
    };
    told(&mut phone).await;
    drop(phone);
    first.stop();
    let again = node(folder.path(), "").await;
    told(&mut again.phone(DEWI).await).await;
}

/// A check as earlier versions recorded it: under the port or address.
async fn check_as_before(node: &Node, device: &str, name: &str, value: i32) {
    let load = Load { nominal: 5_000, spot: Spot::Centre, value, limit: 10 };
    let verdict = if value == 5_000 { Verdict::Good } else { Verdict::Off };
    let checked = InstrumentChecked {
        device: device.into(),
        kind: InstrumentKind::InfantScale,
        division: 10,
        loads: vec![load],
        spread_limit: Some(10),
        verdict,
    };
    let now = node.edge.clock.now();
    let named = event::Instrument { name: name.into(), dialect: "ad_std".into(), checked_on: None };
    let event = NewEvent {
        id: EventId(Uuid::now_v7()),
        author: event::Author { user: DEWI, role: event::Role::Bidan },
        posyandu: MAWAR,
        citizen: None,
        visit: None,
        observed_on: now.today.into(),
        recorded_at: now.stamp,
        report_month: Month::of(now.today),
        place: event::Place::Posyandu,
        entry: event::Entry::Instrument,
        instrument: Some(named),
        replaces: None,
        body: Body::InstrumentChecked(checked),
    };
    node.edge.store.record(vec![event]).await.unwrap();
}

#[tokio::test]
async fn what_earlier_versions_kept_under_a_port_still_counts_and_goes_on_under_the_id() {
    let folder = tempfile::tempdir().unwrap();
    let first = node(folder.path(), "").await;
    let scale = OnTheWire::plugged(&folder.path().join("by-id").join(PORT), Dialect::AdStd);
    take_in(&mut first.phone(DEWI).await, &scale, &first).await;
    check_as_before(&first, PORT, "Timbangan B", 4_900).await;
    let mut phone = first.phone(DEWI).await;
    phone.get("/instruments/timbangan-b").await.says("Belum pernah diperiksa");

    // the row as it was before there were ids
    let store = &first.edge.store;
    let row = store.small(Small::Instruments, b"profiles").unwrap().unwrap();
    let mut rows: serde_json::Value = serde_json::from_slice(&row).unwrap();
    assert!(rows[0].as_object_mut().unwrap().remove("instrument").is_some());
    store.put_small(Small::Instruments, b"profiles".to_vec(), rows.to_string().into()).await.unwrap();
    drop(phone);
    first.stop();

    let again = node(folder.path(), "").await;
    again.see("timbangan-b", |live| live.connected).await;
    let mut phone = again.phone(DEWI).await;
    phone.get("/instruments/timbangan-b").await.says("Pemeriksaan terakhir tidak tepat");
    check(&mut phone, &scale, &again, 5_000).await;
    let both = phone.get("/instruments/timbangan-b").await;
    both.says("Diperiksa hari ini, tepat").says("\u{2212}100 g").says("Bergeser +100 g");
}

#[tokio::test]
async fn an_instrument_of_the_settings_file_keeps_its_checks_over_versions_and_names() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let device = instrument("timbangan-a", InstrumentKind::InfantScale).device();
    check_as_before(&node, &device, "Nama lama", 4_900).await;
    let mut phone = node.phone(RAHMA).await;
    phone.get("/instruments/timbangan-a").await.says("Pemeriksaan terakhir tidak tepat");
    phone.get("/").await.says("perlu diperiksa");
    check_as_before(&node, "lain", "Nama lain", 5_000).await;
    phone.get("/instruments/timbangan-a").await.says("Pemeriksaan terakhir tidak tepat");
}
