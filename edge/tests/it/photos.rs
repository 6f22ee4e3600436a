//! A face that tells two of one name apart: kept while somebody agrees to it, on this card alone.

use axum::http::{StatusCode, header};
use jpeg_encoder::{ColorType, Encoder};
use protocol::registry::{Consent, Edit, Field, PersonEdited};
use protocol::time::Hybrid;
use protocol::{Body, CitizenId};

use crate::harness::{NewChild, Node, Phone, RAHMA};

fn photograph() -> Vec<u8> {
    let pixels: Vec<u8> = (0..300 * 200).flat_map(|at| [(at % 251) as u8, 90, 60]).collect();
    let mut jpeg = Vec::new();
    Encoder::new(&mut jpeg, 80).encode(&pixels, 300, 200, ColorType::Rgb).unwrap();
    jpeg
}

async fn agree(phone: &mut Phone, child: CitizenId, photo: &str) {
    let path = format!("/people/{child}/edit/consent");
    let page = phone.get(&path).await;
    let (event, bases) = (page.field("event"), page.field("bases"));
    let fields = [
        ("event", event.as_str()),
        ("bases", &bases),
        ("value", "ibu"),
        ("photo", photo),
        ("reminders", "tidak"),
    ];
    assert_eq!(phone.post(&path, &fields).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_photograph_is_kept_while_somebody_agrees_and_leaves_the_node_by_no_road() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let (page, path) = (format!("/people/{siti}/photo/new"), format!("/people/{siti}/photo"));
    phone.get(&page).await.says("hanya kalau ibu atau keluarganya setuju").hides("Simpan foto");
    let refused = phone.upload(&path, "photo", &photograph()).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.says("kalau sudah disetujui");

    agree(&mut phone, siti, "ya").await;
    let events = node.events();
    let wrong = phone.upload(&path, "photo", b"GIF89a").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.says("Potret sekali lagi");
    phone.upload(&path, "photo", b"").await.says("Fotonya belum ada");
    phone.upload(&path, "photo", &photograph()).await.leads_to(&format!("/people/{siti}"));
    assert_eq!(node.events(), events, "it is in no event, and so nowhere but here");
    for shown in [format!("/people/{siti}"), format!("/children/{siti}"), page.clone()] {
        phone.get(&shown).await.says(&format!("src=\"{path}\""));
    }
    let answer = phone.open(&path).await;
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "image/jpeg");
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "private, no-store");
    let kept = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    assert!(kept.starts_with(&[0xff, 0xd8]) && kept.len() < 16 * 1024, "{} bytes", kept.len());

    phone.upload(&path, "forget", b"").await.leads_to(&format!("/people/{siti}"));
    assert_eq!(phone.open(&path).await.status(), StatusCode::NOT_FOUND);
    phone.upload(&path, "photo", &photograph()).await.leads_to(&format!("/people/{siti}"));
    agree(&mut phone, siti, "tidak").await;
    phone.get(&format!("/people/{siti}")).await.hides(&path.replace("photo", "photo\""));
    assert_eq!(phone.open(&path).await.status(), StatusCode::NOT_FOUND);
    agree(&mut phone, siti, "ya").await;
    assert_eq!(
        phone.open(&path).await.status(),
        StatusCode::NOT_FOUND,
        "what was withdrawn does not come back"
    );

    // withdrawn at another node: whoever looks at a page here forgets the face, and it does not come back either
    phone.upload(&path, "photo", &photograph()).await.leads_to(&format!("/people/{siti}"));
    phone.get(&format!("/people/{siti}")).await.says("class=\"face\"");
    for photo in [false, true] {
        let child = node.edge.store.child(siti).unwrap().unwrap();
        let now = node.edge.clock.now();
        let edit =
            Edit::Consent(Some(Consent { by: "ibu".into(), on: now.today.into(), photo, reminders: false }));
        let at = Hybrid { ms: now.stamp.wall_ms + 60_000, count: u32::from(photo) };
        let body = Body::PersonEdited(PersonEdited { edit, bases: child.seen(Field::Consent).to_vec(), at });
        node.tell(siti, "2026-02-10", body).await;
        let kept = node.edge.store.child(siti).unwrap().unwrap().registered.consent.unwrap();
        assert_eq!(kept.photo, photo);
        phone.get(&format!("/people/{siti}")).await.hides("class=\"face\"");
    }
}
