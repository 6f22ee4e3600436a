//! A child is written into the roster: little is asked, much is warned about, nobody is turned away.

use axum::http::StatusCode;

use crate::harness::{MAWAR, NewChild, Node, RAHMA, Setup};

const SITI: [(&str, &str); 7] = [
    ("name", "Nur  Hayati"),
    ("sex", "p"),
    ("day", "3"),
    ("month", "6"),
    ("year", "2025"),
    ("mother", "Sari"),
    ("kia", "ya"),
];

#[tokio::test]
async fn a_new_child_is_registered_once_and_goes_straight_to_the_scale() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = node.phone(RAHMA).await;
    let page = phone.get("/children/new?name=Nur").await;
    page.says("value=\"Nur\"");
    let (child, event) = (page.field("child"), page.field("event"));
    let mut fields = SITI.to_vec();
    fields.extend([("child", child.as_str()), ("event", &event), ("birth_kg", "3,1"), ("weeks", "38")]);
    let first = phone.post("/children/new", &fields).await;
    let second = phone.post("/children/new", &fields).await;
    assert!(first.location.ends_with("/weight"), "{first:?}");
    assert_eq!(first.location, second.location, "a second tap finds the same child and the same ticket");
    assert_eq!(node.events(), 1);
    let kept = node.edge.store.child(child.parse().unwrap()).unwrap().unwrap().registered;
    assert_eq!(
        (kept.name.as_str(), kept.birth_mass_g, kept.gestation_weeks),
        ("Nur Hayati", Some(3_100), Some(38))
    );
    assert!(phone.get("/children/new").await.field("name").is_empty(), "the next page begins empty");
}

#[tokio::test]
async fn what_is_missing_is_said_and_what_was_typed_stays() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = node.phone(RAHMA).await;
    let page = phone
        .post("/children/new", &[("name", "Nur"), ("day", "31"), ("month", "2"), ("year", "2025")])
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.says("Lengkapi tanggal lahirnya").says("Isi nama ibu").says("value=\"Nur\"");
    phone.get("/children/new").await.says("value=\"Nur\"");
    let kept = phone.post("/children/new/draft", &[("name", "Nur H"), ("mother", "Sar")]).await;
    assert_eq!(kept.status, StatusCode::NO_CONTENT);
    node.phone(RAHMA).await.get("/children/new").await.says("value=\"Nur H\"").says("value=\"Sar\"");
}

#[tokio::test]
async fn an_odd_nik_and_a_likely_double_are_asked_about_and_never_refused() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let twin = [
        ("name", "siti aminah"),
        ("sex", "p"),
        ("day", "3"),
        ("month", "2"),
        ("year", "2025"),
        ("mother", "Ani"),
        ("nik", "99 71 01"),
    ];
    let page = phone.post("/children/new", &twin).await;
    page.says("Mungkin sudah terdaftar: Siti Aminah, ibu Rahma")
        .says("NIK biasanya 16 angka")
        .says("Ini anaknya");
    assert_eq!(node.edge.roster.all(MAWAR).len(), 1);
    let mut insisting = twin.to_vec();
    let (child, event, seen) = (page.field("child"), page.field("event"), page.field("seen"));
    insisting.extend([("child", child.as_str()), ("event", &event), ("seen", &seen)]);
    assert_eq!(phone.post("/children/new", &insisting).await.status, StatusCode::SEE_OTHER);
    assert_eq!(node.edge.roster.all(MAWAR).len(), 2);
    phone.get("/?q=siti").await.says("siti aminah (Ani)").says("Siti Aminah (Rahma)");
}

#[tokio::test]
async fn the_same_nik_is_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let mut fields = SITI.to_vec();
    fields.push(("nik", "9971014302250001"));
    phone.post("/children/new", &fields).await.says("Mungkin sudah terdaftar: Siti Aminah");
}

#[tokio::test]
async fn two_phones_with_one_half_filled_page_register_two_children() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = node.phone(RAHMA).await;
    let page = phone.get("/children/new").await;
    let (child, event) = (page.field("child"), page.field("event"));
    let mut first = SITI.to_vec();
    first.extend([("child", child.as_str()), ("event", &event)]);
    let mut second = first.clone();
    second[0] = ("name", "Budi Hartono");
    second[1] = ("sex", "l");
    second[5] = ("mother", "Wati");
    let one = phone.post("/children/new", &first).await;
    let other = phone.post("/children/new", &second).await;
    assert_ne!(one.location, other.location, "each opens the visit of its own child");
    let names: Vec<String> = node.edge.roster.all(MAWAR).into_iter().map(|child| child.name).collect();
    assert_eq!(names, ["Budi Hartono", "Nur Hayati"]);
}

#[tokio::test]
async fn a_birth_weight_typed_in_grams_is_asked_about_again() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = node.phone(RAHMA).await;
    let mut fields = SITI.to_vec();
    fields.push(("birth_kg", "3100"));
    let page = phone.post("/children/new", &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.says("Berat lahir ditulis dalam kg");
    assert_eq!(node.events(), 0);
}

#[tokio::test]
async fn without_a_date_a_new_child_is_asked_about_first_and_kept_if_she_insists() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_as(folder.path(), Setup { today: None, ..Setup::default() }).await;
    let mut phone = node.phone(RAHMA).await;
    phone.get("/children/new").await.says("2026").says("2025");
    let asked = phone.post("/children/new", &SITI).await;
    asked.says("Tanggal alat belum dicocokkan");
    assert_eq!(node.events(), 0);
    let mut insisting = SITI.to_vec();
    let seen = asked.field("seen");
    insisting.push(("seen", &seen));
    phone.post("/children/new", &insisting).await;
    assert_eq!(node.events(), 1);
}
