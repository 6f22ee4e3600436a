//! What each role meets on the pages, and who sees who did what.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use edge::store::{Deed, Noted};
use protocol::UserId;
use protocol::event::Role;
use protocol::feed::Item;
use protocol::registry::Sex;
use uuid::Uuid;

use crate::harness::{DEWI, NewChild, Node, PATIENCE, RAHMA, user};

const TUTI: UserId = UserId(Uuid::from_u128(0x14));

#[tokio::test]
async fn a_petugas_reads_and_prints_and_is_told_kindly_who_records() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    node.hear(vec![Item::User(user(TUTI, "Tuti", Role::Petugas, "123456"))]).await;
    let visit = node.phone(RAHMA).await.come(siti).await;
    let before = node.edge.store.safety().on_device;
    let mut tuti = node.phone(TUTI).await;
    tuti.get(&format!("/children/{siti}")).await.says("Siti Aminah");
    for (path, fields) in [
        ("/visits".to_owned(), vec![("citizen", siti.to_string())]),
        (format!("/visits/{visit}/weight"), vec![("typed", "8,9".to_owned())]),
        (format!("/visits/{visit}/draft"), vec![("field", "weight".to_owned()), ("value", "8".to_owned())]),
        (format!("/visits/{visit}/again"), vec![("what", "weight".to_owned())]),
        (format!("/visits/{visit}/close"), vec![]),
    ] {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let page = tuti.post(&path, &fields).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        page.says("kader atau bidan yang bertugas").says("Tidak ada yang diubah");
    }
    let bundle = Request::post("/rumah/hand-over")
        .header(header::CONTENT_TYPE, "application/json")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(r#"{"visits":[]}"#));
    let page = tuti.send(bundle.unwrap()).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "a bundle of a phone");
    page.says("kader atau bidan yang bertugas");
    assert_eq!(node.edge.store.safety().on_device, before);
    tuti.get("/audit").await.says("Siapa melihat apa");
}

#[tokio::test]
async fn whoever_looks_at_a_person_is_noted_once_a_look_and_the_bidan_sees_it() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut rahma = node.phone(RAHMA).await;
    for _ in 0..3 {
        rahma.get(&format!("/children/{siti}")).await.says("Siti Aminah");
    }
    assert_eq!(rahma.get("/audit").await.status, StatusCode::FORBIDDEN);
    let wrong = rahma.post(&format!("/sign-in/{DEWI}"), &[("pin", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    let mut dewi = node.phone(DEWI).await;
    dewi.get("/safety").await.says("/audit").says("Alat ini untuk latihan");
    rahma.get("/safety").await.hides("/audit").hides("Alat ini untuk latihan");
    let page = dewi.get("/audit").await;
    page.says("Rahma (Kader)")
        .says("melihat: Siti Aminah · halaman anak")
        .says("PIN tidak cocok")
        .says("10-02-2026");
    assert_eq!(page.text.matches("Siti Aminah").count(), 1, "{}", page.text);
}

#[tokio::test]
async fn every_page_about_a_person_is_noted_and_so_is_what_is_printed_or_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let (mut rahma, mut dewi) = (node.phone(RAHMA).await, node.phone(DEWI).await);
    for (path, deed) in [
        ("/people/{child}", Deed::Read),
        ("/people/{child}/records", Deed::Read),
        ("/people/{child}/edit", Deed::Read),
        ("/people/{adult}/adult", Deed::Read),
        ("/people/{adult}/adult/measure", Deed::Read),
        ("/people/{child}/photo/new", Deed::Read),
        ("/people/{child}/immunization", Deed::Read),
        ("/children/{child}", Deed::Read),
        ("/children/{child}/charts", Deed::Read),
        ("/visits/{visit}/weight", Deed::Read),
        ("/visits/{visit}/length", Deed::Read),
        ("/visits/{visit}/result", Deed::Read),
        ("/visits/{visit}/care", Deed::Read),
        ("/visits/{visit}/counselling", Deed::Read),
        ("/visits/{visit}/referral", Deed::Read),
        ("/people/{child}/immunization/card", Deed::Printed),
        ("/closing/paper", Deed::Exported),
        ("/closing/eppgbm.csv", Deed::Exported),
    ] {
        // a child nobody has looked at yet: a second look within minutes is the same one
        let child = node.child(NewChild::siti()).await;
        let visit = rahma.come(child).await;
        let adult = node.adult("Karto Wijaya", "1956-03-01", Sex::Male).await;
        let before = last_note(&node).await;
        let path = path.replace("{visit}", &visit.to_string());
        let of_adult = path.contains("{adult}");
        let path = path.replace("{child}", &child.to_string()).replace("{adult}", &adult.to_string());
        let status = dewi.get(&path).await.status;
        assert_eq!(status, StatusCode::OK, "{path}");
        node.edge.store.keep_notes().await.unwrap();
        let notes = node.edge.store.notes(None, 99).unwrap();
        let about = (deed != Deed::Exported).then_some(if of_adult { adult } else { child });
        let is_it = |noted: &Noted| (noted.user, noted.deed, noted.citizen) == (DEWI, deed, about);
        let is_noted = notes.iter().any(|(number, noted)| Some(*number) > before && is_it(noted));
        assert!(is_noted, "{path} leaves no note");
    }
}

/// The number of the last note on the card.
async fn last_note(node: &Node) -> Option<u64> {
    node.edge.store.keep_notes().await.unwrap();
    node.edge.store.notes(None, 1).unwrap().first().map(|(number, _)| *number)
}

#[tokio::test]
async fn a_look_is_on_the_card_within_seconds_and_keeps_no_page_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut rahma = node.phone(RAHMA).await;
    rahma.get(&format!("/children/{siti}")).await.says("Siti Aminah");
    let seen = |noted: &Noted| (noted.user, noted.deed, noted.citizen) == (RAHMA, Deed::Read, Some(siti));
    let on_the_card = || node.edge.store.notes(None, 99).unwrap().iter().any(|(_, noted)| seen(noted));
    assert!(!on_the_card(), "the page did not wait for the card");
    let written = async {
        while !on_the_card() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, written).await.expect("it was never written");
    drop(rahma);
    node.stop();
    let node = Node::start(folder.path()).await;
    assert!(node.edge.store.notes(None, 99).unwrap().iter().any(|(_, noted)| seen(noted)));
}
