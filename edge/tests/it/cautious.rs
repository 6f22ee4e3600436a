//! What the page at the scale makes of the last check of its instrument: it says so, or does without it.

use axum::http::StatusCode;
use scales::Dialect;

use crate::harness::{DEWI, NewChild};
use crate::taking_in::{OnTheWire, PORT, check, node, take_in};

#[tokio::test]
async fn what_settled_on_a_scale_before_a_check_found_it_wrong_is_not_saved_where_that_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path(), "[checks]\nout_of_limits = 'refuse'\n").await;
    let siti = node.child(NewChild::siti()).await;
    let scale = OnTheWire::plugged(&folder.path().join("by-id").join(PORT), Dialect::AdStd);
    let mut phone = node.phone(DEWI).await;
    take_in(&mut phone, &scale, &node).await;
    node.ready("timbangan-b").await;
    let visit = phone.come(siti).await;
    let weight = format!("/visits/{visit}/weight");
    phone.get(&weight).await.says("Timbangan B");
    scale.put(8_950);
    node.see("timbangan-b", |live| live.locked.is_some()).await;
    let page = phone.get(&weight).await;
    scale.put(0);
    node.ready("timbangan-b").await;
    phone.post(&format!("/visits/{visit}/leave"), &[("what", "weight")]).await;
    check(&mut phone, &scale, &node, 4_900).await;
    let before = node.events();
    let fields = [("event", page.field("event")), ("reading", page.field("reading"))];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refused = phone.post(&weight, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.says("sampai diperiksa dan tepat");
    // called otherwise, let go, or let go and taken in again, it is the same scale
    let own = "/instruments/timbangan-b";
    phone.post(&format!("{own}/name"), &[("name", "Timbangan C")]).await.leads_to(own);
    phone.post(&weight, &fields).await.says("sampai diperiksa dan tepat");
    phone.post(&format!("{own}/retire"), &[]).await.leads_to("/instruments");
    let refused = phone.post(&weight, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.says("sudah dilepas");
    take_in(&mut phone, &scale, &node).await;
    phone.post(&weight, &fields).await.says("sampai diperiksa dan tepat");
    phone.get("/instruments/timbangan-b").await.says("Pemeriksaan terakhir tidak tepat");
    assert_eq!(node.events(), before);
    phone.post(&weight, &[("event", fields[0].1), ("typed", "8,95")]).await;
    assert_eq!(node.events(), before + 1, "another scale's number can be typed");
}

#[tokio::test]
async fn the_page_at_the_scale_says_once_what_the_last_check_found() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path(), "").await;
    let siti = node.child(NewChild::siti()).await;
    let scale = OnTheWire::plugged(&folder.path().join("by-id").join(PORT), Dialect::AdStd);
    let mut phone = node.phone(DEWI).await;
    take_in(&mut phone, &scale, &node).await;
    let visit = phone.come(siti).await;
    let weight = format!("/visits/{visit}/weight");
    let leave = format!("/visits/{visit}/leave");
    phone.get(&weight).await.says("belum pernah diperiksa").says("/instruments/timbangan-b/check");
    for (reads, said) in [(4_900, Some("tidak tepat waktu diperiksa")), (5_000, None)] {
        phone.post(&leave, &[("what", "weight")]).await;
        check(&mut phone, &scale, &node, reads).await;
        let page = phone.get(&weight).await;
        match said {
            Some(said) => page.says(said).says("/instruments/timbangan-b/check"),
            None => page.hides("/instruments/timbangan-b/check"),
        };
    }
}

#[tokio::test]
async fn where_the_settings_say_so_an_unchecked_scale_is_not_spoken_of() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path(), "[checks]\nsay_unchecked = false\n").await;
    let siti = node.child(NewChild::siti()).await;
    let scale = OnTheWire::plugged(&folder.path().join("by-id").join(PORT), Dialect::AdStd);
    let mut phone = node.phone(DEWI).await;
    take_in(&mut phone, &scale, &node).await;
    let visit = phone.come(siti).await;
    phone.get(&format!("/visits/{visit}/weight")).await.says("Timbangan B").hides("diperiksa");
}
