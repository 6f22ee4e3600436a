//! Visits that a phone made at home: handed over once, judged like any other, never lost.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use edge::web;
use protocol::event::{Entry, Place};
use protocol::feed::Task;
use protocol::feed::{Item, WebCertificate};
use protocol::time::ClockSource;
use protocol::{Body as Said, CitizenId, LocalDate, Month};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{DEWI, MAWAR, NewChild, Node, Page, Phone, RAHMA, Setup};

/// 2026-02-10 08:00 WIB, when the test's day begins.
const WRITTEN_MS: i64 = 1_770_685_200_000;

async fn post(phone: &mut Phone, path: &str, body: Value) -> Page {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body.to_string()));
    phone.send(request.unwrap()).await
}

/// Hands over; gives what became of each.
async fn hand_over(phone: &mut Phone, visits: &[Value]) -> Vec<Value> {
    let page = post(phone, "/rumah/hand-over", json!({ "visits": visits })).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let answer: Value = serde_json::from_str(&page.text).unwrap();
    let answers = answer["visits"].as_array().unwrap().clone();
    assert_eq!(answers.len(), visits.len());
    answers.iter().zip(visits).for_each(|(answer, visit)| assert_eq!(answer["id"], visit["id"]));
    answers
}

fn visit(child: CitizenId, on: &str, weight: &str, length: &str) -> Value {
    let part = |typed| json!({ "event": Uuid::now_v7(), "typed": typed, "not": null, "insisted": "" });
    json!({ "id": Uuid::now_v7(), "child": child, "on": on, "at_ms": WRITTEN_MS, "weight": part(weight),
        "length": part(length), "posture": "lying", "oedema": false, "clothed": true })
}

fn word(answer: &Value) -> &str {
    answer["outcome"].as_str().unwrap()
}

fn events(node: &Node) -> Vec<protocol::Event> {
    let outbox = node.edge.store.outbox(0, 10_000, usize::MAX).unwrap().unwrap();
    outbox.frames.iter().map(|frame| frame.decode().unwrap()).collect()
}

#[tokio::test]
async fn a_visit_at_home_becomes_events_of_its_own_day_and_place_and_a_repeat_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    // in January's last days, so that the month is the visit's and not today's
    let sent = [visit(siti, "2026-01-30", "8,75", "73,4")];
    let before = node.events();
    assert_eq!(word(&hand_over(&mut phone, &sent).await[0]), "taken");
    assert_eq!(node.events(), before + 2);
    for event in &events(&node)[before as usize..] {
        let header = &event.header;
        assert_eq!((header.place, header.entry), (Place::Home, Entry::Typed));
        assert_eq!(header.observed_on, LocalDate::from("2026-01-30".parse::<chrono::NaiveDate>().unwrap()));
        assert_eq!(header.report_month, Month(2026 * 12));
        assert_eq!((header.recorded_at.source, header.recorded_at.wall_ms), (ClockSource::Phone, WRITTEN_MS));
        assert_eq!((header.author.user, header.citizen, header.posyandu), (RAHMA, Some(siti), MAWAR));
        assert_eq!(header.visit.unwrap().id.0.to_string(), sent[0]["id"].as_str().unwrap());
        let part = if matches!(event.body, Said::Weighed(_)) { "weight" } else { "length" };
        assert_eq!(header.id.0.to_string(), sent[0][part]["event"].as_str().unwrap());
    }
    // the answer was lost: the phone, and then another kader's session, hand over the same again
    assert_eq!(word(&hand_over(&mut phone, &sent).await[0]), "taken");
    let mut dewi = node.phone(DEWI).await;
    assert_eq!(word(&hand_over(&mut dewi, &sent).await[0]), "taken");
    assert_eq!(node.events(), before + 2);
    phone.get(&format!("/children/{siti}")).await.says("30-01-2026").says("8,75").says("73,4");
}

#[tokio::test]
async fn two_pages_that_hand_over_at_once_make_no_double() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut one = node.phone(RAHMA).await;
    let mut other = one.clone();
    let sent = [visit(siti, "2026-02-10", "8,75", "73,4")];
    let before = node.events();
    let (one, other) = tokio::join!(hand_over(&mut one, &sent), hand_over(&mut other, &sent));
    assert_eq!((word(&one[0]), word(&other[0])), ("taken", "taken"));
    assert_eq!(node.events(), before + 2);
}

#[tokio::test]
async fn what_cannot_be_is_asked_back_and_kept_with_its_mark_if_she_insists() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let budi = node.child(NewChild::budi()).await;
    let mut phone = node.phone(RAHMA).await;
    let mut odd = visit(siti, "2026-02-10", "6,10", "73,4");
    let sent = [odd.clone(), visit(budi, "2026-02-10", "8,20", "70,1")];
    let before = node.events();
    let answers = hand_over(&mut phone, &sent).await;
    assert_eq!((word(&answers[0]), word(&answers[1])), ("asks", "taken"), "one holds up no other");
    let asks = answers[0]["asks"].to_string();
    assert!(asks.contains("Berat 6,10 kg: Beratnya turun banyak"), "{asks}");
    assert_eq!(node.events(), before + 2, "nothing is half kept");
    let insisted = answers[0]["weight"].as_str().unwrap();
    assert!(!insisted.is_empty());
    odd["weight"]["insisted"] = insisted.into();
    odd["length"]["insisted"] = answers[0]["length"].clone();
    assert_eq!(word(&hand_over(&mut phone, &[odd]).await[0]), "taken");
    let kept = events(&node);
    let Some(Said::Weighed(weighed)) = kept.iter().rev().map(|event| &event.body).nth(1) else {
        panic!("the weight comes before the length")
    };
    let codes: Vec<String> = weighed.insisted.iter().map(u8::to_string).collect();
    assert_eq!(codes.join(","), insisted);
}

#[tokio::test]
async fn what_cannot_be_taken_is_said_kindly_and_nothing_of_it_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let budi = node.child(NewChild::budi()).await;
    let mut phone = node.phone(RAHMA).await;
    let left = phone.get(&format!("/children/{budi}/leave")).await.field("event");
    phone.post(&format!("/children/{budi}/leave"), &[("event", &left), ("why", "moved")]).await;
    let unreadable = json!({ "id": "x", "child": 7 });
    let nothing = json!({ "id": Uuid::now_v7(), "child": siti, "on": "2026-02-10", "at_ms": WRITTEN_MS });
    let before = node.events();
    let sent = [
        (visit(CitizenId(Uuid::now_v7()), "2026-02-10", "8,5", "73"), "tetap di HP ini"),
        (visit(budi, "2026-02-10", "8,5", "73"), "sudah keluar dari daftar: pindah"),
        (visit(siti, "2026-02-11", "8,75", "73"), "belum tiba"),
        (visit(siti, "2025-11-01", "8,75", "73"), "terlalu lama"),
        (visit(siti, "2026-02-10", "8,4,5", "73"), "misalnya 8,45"),
        (visit(siti, "2026-02-10", "8,75", "73,251"), "misalnya 73,2"),
        (nothing, "Belum ada berat"),
        (unreadable, "tidak terbaca"),
    ];
    let visits: Vec<Value> = sent.iter().map(|(visit, _)| visit.clone()).collect();
    let answers = hand_over(&mut phone, &visits).await;
    for (answer, (_, says)) in answers.iter().zip(&sent) {
        assert_eq!(word(answer), "refused", "{answer}");
        let why = answer["why"].as_str().unwrap();
        assert!(why.contains(says), "{why} should say {says}");
    }
    assert_eq!(node.events(), before);
}

#[tokio::test]
async fn a_reason_stands_for_a_number_that_could_not_be_taken() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let mut sent = visit(siti, "2026-02-10", "8,75", "");
    sent["length"] = json!({ "event": Uuid::now_v7(), "typed": null, "not": "refuses", "insisted": "" });
    assert_eq!(word(&hand_over(&mut phone, &[sent]).await[0]), "taken");
    phone.get(&format!("/children/{siti}")).await.says("8,75").says("tidak mau");
}

#[tokio::test]
async fn the_list_begins_with_those_who_are_missing_and_a_phone_learns_no_nik() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let budi = node.child(NewChild::budi()).await;
    let task =
        Task { id: Uuid::now_v7(), citizen: budi, text: "Beri vitamin A".into(), due: None, done: false };
    node.hear(vec![Item::Task(task)]).await;
    let mut phone = node.phone(RAHMA).await;
    phone.come(siti).await;
    let page = phone.get("/rumah/list").await;
    let offer: Value = serde_json::from_str(&page.text).unwrap();
    assert_eq!(offer["children"][0]["name"], "Budi Santoso");
    assert_eq!(offer["children"][0]["why"], json!(["belum datang", "Beri vitamin A"]));
    assert_eq!(offer["children"][1]["why"], json!([]), "she is here");
    page.hides("997101");
    let page = post(&mut phone, "/rumah/take", json!({ "children": [siti, Uuid::now_v7()] })).await;
    let taken: Value = serde_json::from_str(&page.text).unwrap();
    assert_eq!(taken["children"].as_array().unwrap().len(), 1, "nobody knows the other");
    let known = &taken["children"][0];
    assert_eq!(known["before"], json!(["10-01-2026: 8,60 kg, 72,8 cm"]));
    assert_eq!(known["needed"], "Naik kalau paling sedikit 8,80 kg (perlu 200 g)");
    assert_eq!((&known["posture"], &known["born"]), (&json!("lying"), &json!("03-02-2025")));
    page.hides("997101").hides("0001");
}

#[tokio::test]
async fn nobody_who_is_not_signed_in_sees_a_name_or_hands_over() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    node.child(NewChild::siti()).await;
    for app in [node.app.clone(), web::over_tls(node.app.clone())] {
        let mut nobody = Phone { app, cookie: None };
        nobody.get("/rumah/list").await.leads_to("/sign-in");
        post(&mut nobody, "/rumah/take", json!({ "children": [] })).await.leads_to("/sign-in");
        post(&mut nobody, "/rumah/hand-over", json!({ "visits": [] })).await.leads_to("/sign-in");
    }
}

#[tokio::test]
async fn over_tls_a_sign_in_is_of_its_own_and_without_it_nothing_is_kept_on_a_phone() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut plain = node.phone(RAHMA).await;
    let mut secure = Phone { app: web::over_tls(node.app.clone()), cookie: None };
    let page = secure.post(&format!("/sign-in/{RAHMA}"), &[("pin", "123456")]).await;
    let cookie = page.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-simpul_") && cookie.ends_with("; Secure"), "{cookie}");
    assert!(!plain.cookie.as_ref().unwrap().contains("__Host"));
    secure.get("/").await.says("Rahma");
    plain.get("/").await.says("Rahma");
    // neither opens the other line
    Phone { app: node.app.clone(), ..secure.clone() }.get("/").await.leads_to("/sign-in");
    Phone { app: secure.app.clone(), ..plain.clone() }.get("/").await.leads_to("/sign-in");

    let page = secure.get("/rumah/").await;
    page.says("app.webmanifest").hides("Rahma").hides("Mawar");
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("worker-src 'self'") && !policy.contains("unsafe"), "{policy}");
    secure.get("/rumah/worker.js").await.says("skipWaiting").says("/rumah/kept.");
    plain.get("/rumah/").await.says("belum diatur").hides("worker").hides("kept.");
    assert_eq!(plain.get("/rumah/worker.js").await.status, StatusCode::NOT_FOUND);
    plain.get("/tasks").await.says("href=\"/rumah/\"");
    for page in [secure.get("/").await, plain.get("/").await, secure.get("/rumah/").await] {
        assert!(!page.headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }
}

/// A certificate for the name of a posyandu's Wi-Fi that ends at the beginning of a year.
fn certificate(until: i32) -> WebCertificate {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["mawar3.node.example".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(until, 1, 1));
    WebCertificate { chain_pem: params.self_signed(&key).unwrap().pem(), key_pem: key.serialize_pem() }
}

#[tokio::test]
async fn the_way_to_tls_is_shown_while_there_is_one_and_what_is_missing_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "[web.https]\nlisten = '127.0.0.1:8443'\n".to_owned();
    let node = Node::start_as(folder.path(), Setup { settings, ..Setup::default() }).await;
    let mut phone = node.phone(RAHMA).await;
    phone.get("/rumah/").await.says("belum dikirim Puskesmas").hides("https://");
    let id = node.edge.bundle.node;
    let give = |certificate| Item::WebCertificate { node: id, certificate };
    let other = Item::WebCertificate { node: Uuid::now_v7().into(), certificate: Some(certificate(2030)) };
    node.hear(vec![other]).await;
    phone.get("/rumah/").await.says("belum dikirim Puskesmas");
    node.hear(vec![give(Some(certificate(2025)))]).await;
    phone.get("/rumah/").await.says("sudah habis masanya").hides("https://");
    node.hear(vec![give(Some(certificate(2030)))]).await;
    phone.get("/rumah/").await.says("https://mawar3.node.example:8443/rumah/");
    let broken = WebCertificate { key_pem: certificate(2030).key_pem, ..certificate(2030) };
    node.hear(vec![give(Some(broken))]).await;
    phone.get("/rumah/").await.says("belum dikirim Puskesmas");
    node.hear(vec![give(None)]).await;
    phone.get("/rumah/").await.says("belum dikirim Puskesmas").hides("https://");
}
