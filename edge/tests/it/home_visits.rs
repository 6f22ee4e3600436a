//! Visits that a phone made at home: handed over once, judged like any other, never lost.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use edge::store::{NewEvent, Noted as Note};
use edge::web;
use protocol::event::{Entry, Place, Replaces, Role};
use protocol::feed::{Item, Task};
use protocol::growth::Taken;
use protocol::service::Noted;
use protocol::time::ClockSource;
use protocol::{Body as Said, CitizenId, EventId, LocalDate, Month, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{DEWI, MAWAR, NewChild, Node, PATIENCE, Page, Phone, RAHMA, Setup, user};

/// 2026-02-10 08:00 WIB, when the test's day begins.
const WRITTEN_MS: i64 = 1_770_685_200_000;

pub(crate) async fn post(phone: &mut Phone, path: &str, body: Value) -> Page {
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
        "length": part(length), "posture": "lying", "oedema": false, "clothed": true, "by": RAHMA })
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
    page.hides("997101").hides("250001");
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

/// Why a visit was refused.
fn why(answer: &Value) -> &str {
    assert_eq!(word(answer), "refused", "{answer}");
    answer["why"].as_str().unwrap()
}

#[tokio::test]
async fn known_ids_with_other_figures_are_refused_in_words_until_both_agree() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let first = visit(siti, "2026-02-10", "8,75", "73,4");
    assert_eq!(word(&hand_over(&mut phone, std::slice::from_ref(&first)).await[0]), "taken");
    let before = node.events();
    let changed = |path: &str, value: Value| {
        let mut other = first.clone();
        *other.pointer_mut(path).unwrap() = value;
        other
    };
    let other_weight = changed("/weight/typed", "8,95".into());
    for other in [
        other_weight.clone(),
        changed("/length/typed", "73,9".into()),
        changed("/length", Value::Null),
        changed("/on", "2026-02-09".into()),
        changed("/clothed", false.into()),
        changed("/posture", "standing".into()),
        changed("/weight", json!({ "event": first["weight"]["event"], "typed": null, "not": "cries" })),
        changed("/id", json!(Uuid::now_v7())),
    ] {
        let answers = hand_over(&mut phone, std::slice::from_ref(&other)).await;
        let why = why(&answers[0]);
        assert!(why.contains("sudah ada di alat dengan angka lain"), "{other}: {why}");
        assert!(why.contains("Betulkan di alat"), "{why}");
    }
    let answers = hand_over(&mut phone, std::slice::from_ref(&other_weight)).await;
    assert!(why(&answers[0]).contains("10-02-2026: 8,75 kg, 73,4 cm"), "{}", answers[0]);
    assert_eq!(node.events(), before, "nothing of them is kept");

    // corrected at the node, the phone may let go of it
    let kept = events(&node).into_iter().rev().find(|event| matches!(event.body, Said::Weighed(_))).unwrap();
    let Said::Weighed(mut weighed) = kept.body else { panic!("a weighing") };
    weighed.mass_g = Taken::Value(8_950);
    let correction = NewEvent {
        id: EventId(Uuid::now_v7()),
        author: kept.header.author,
        posyandu: MAWAR,
        citizen: Some(siti),
        visit: kept.header.visit,
        observed_on: kept.header.observed_on,
        recorded_at: node.edge.clock.now().stamp,
        report_month: kept.header.report_month,
        place: Place::Home,
        entry: Entry::Typed,
        instrument: None,
        replaces: Some(Replaces { event: kept.header.id, reason: "salah tulis".into() }),
        body: Said::Weighed(weighed),
    };
    node.edge.store.record(vec![correction]).await.unwrap();
    assert_eq!(word(&hand_over(&mut phone, &[other_weight]).await[0]), "taken");
    // and a repeat of what was first written is still that
    assert_eq!(word(&hand_over(&mut phone, &[first]).await[0]), "taken");
}

#[tokio::test]
async fn of_two_pages_that_hand_over_other_figures_at_once_only_one_is_told_that_it_was_taken() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut one = node.phone(RAHMA).await;
    let mut other = one.clone();
    let first = [visit(siti, "2026-02-10", "8,75", "73,4")];
    let mut second = first.clone();
    second[0]["weight"]["typed"] = "8,95".into();
    let (one, other) = tokio::join!(hand_over(&mut one, &first), hand_over(&mut other, &second));
    let mut words = [word(&one[0]), word(&other[0])];
    words.sort_unstable();
    assert_eq!(words, ["refused", "taken"]);
}

#[tokio::test]
async fn while_nobody_has_set_the_clock_nothing_new_is_taken_and_the_phone_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_as(folder.path(), Setup { today: None, ..Setup::default() }).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let before = node.events();
    for on in ["2026-02-10", "2031-02-10"] {
        let answers = hand_over(&mut phone, &[visit(siti, on, "8,75", "73,4")]).await;
        assert_eq!(word(&answers[0]), "later", "{on}");
        assert!(answers[0]["why"].as_str().unwrap().contains("Cocokkan tanggal alat dulu"));
    }
    assert_eq!(node.events(), before);
}

#[tokio::test]
async fn a_time_that_cannot_be_is_a_phone_with_a_wrong_clock() {
    const DAY_MS: i64 = 86_400_000;
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    // the day of the visit, days the phone is ahead, whether it is taken
    for (on, days, is_taken) in [
        ("2026-02-10", -2, false),
        ("2026-02-10", -1, true),
        ("2026-02-10", 1, true),
        ("2026-02-10", 2, false),
        ("2026-02-10", 36_500, false),
        ("2026-02-10", i64::MIN / DAY_MS, false),
        ("2026-02-05", -7, false),
        ("2026-02-05", 0, true),
    ] {
        let mut sent = visit(siti, on, "8,75", "73,4");
        sent["at_ms"] = WRITTEN_MS.saturating_add(days * DAY_MS).into();
        let answers = hand_over(&mut phone, &[sent]).await;
        if is_taken {
            assert_ne!(word(&answers[0]), "refused", "{on} {days}: {}", answers[0]);
        } else {
            assert!(why(&answers[0]).contains("jam HP ini tidak cocok"), "{on} {days}");
        }
    }
}

#[tokio::test]
async fn a_visit_is_signed_by_whoever_wrote_it_and_a_stranger_s_by_whoever_says_so() {
    const TUTI: UserId = UserId(Uuid::from_u128(0x14));
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let budi = node.child(NewChild::budi()).await;
    node.hear(vec![Item::User(user(TUTI, "Tuti", Role::Petugas, "123456"))]).await;
    let page = post(&mut node.phone(RAHMA).await, "/rumah/take", json!({ "children": [siti] })).await;
    let along: Value = serde_json::from_str(&page.text).unwrap();
    assert_eq!(along["by"], json!(RAHMA));
    let signed = || events(&node).last().unwrap().header.author;

    let mut dewi = node.phone(DEWI).await;
    let sent = visit(siti, "2026-02-10", "8,75", "73,4");
    assert_eq!(word(&hand_over(&mut dewi, &[sent]).await[0]), "taken");
    assert_eq!((signed().user, signed().role), (RAHMA, Role::Kader));

    let mut sent = visit(budi, "2026-02-10", "8,20", "70,1");
    for by in [json!(TUTI), json!(Uuid::now_v7()), Value::Null] {
        sent["by"] = by;
        let answers = hand_over(&mut dewi, &[sent.clone()]).await;
        assert_eq!(word(&answers[0]), "asks", "{}", answers[0]);
        assert!(answers[0]["asks"][0].as_str().unwrap().contains("atas nama Dewi"), "{}", answers[0]);
        assert_eq!(answers[0]["in_place"], json!(DEWI));
    }
    sent["in_place"] = json!(DEWI);
    let mut rahma = node.phone(RAHMA).await;
    assert_eq!(word(&hand_over(&mut rahma, &[sent.clone()]).await[0]), "asks", "Rahma has not said so");
    assert_eq!(word(&hand_over(&mut dewi, &[sent]).await[0]), "taken");
    assert_eq!((signed().user, signed().role), (DEWI, Role::Bidan));
}

#[tokio::test]
async fn twins_are_told_apart_at_each_measurement_as_at_the_station() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let twin = |name| NewChild { name, ..NewChild::siti() };
    let alya = node.twin(twin("Alya Putri"), 1).await;
    node.twin(twin("Alma Putri"), 2).await;
    let mut phone = node.phone(RAHMA).await;
    let mut sent = visit(alya, "2026-02-10", "8,75", "73,4");
    let answers = hand_over(&mut phone, &[sent.clone()]).await;
    assert_eq!(word(&answers[0]), "asks", "{}", answers[0]);
    let asks = answers[0]["asks"].as_array().unwrap();
    assert_eq!(asks.len(), 2, "{asks:?}");
    assert!(asks[0].as_str().unwrap().contains("Alya Putri (kembar ke-1) atau Alma Putri"), "{asks:?}");
    sent["weight"]["insisted"] = answers[0]["weight"].clone();
    sent["length"]["insisted"] = answers[0]["length"].clone();
    assert_eq!(word(&hand_over(&mut phone, &[sent]).await[0]), "taken");
}

#[tokio::test]
async fn a_remark_comes_along_as_an_event_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let mut sent = visit(siti, "2026-02-10", "8,75", "73,4");
    let note = Uuid::now_v7();
    sent["note"] = json!({ "event": note, "text": "x".repeat(301) });
    assert!(why(&hand_over(&mut phone, &[sent.clone()]).await[0]).contains("paling banyak 300"));
    sent["note"]["text"] = " Ibu bercerita soal MP-ASI. ".into();
    let before = node.events();
    for _ in 0..2 {
        assert_eq!(word(&hand_over(&mut phone, &[sent.clone()]).await[0]), "taken");
        assert_eq!(node.events(), before + 3);
    }
    let last = events(&node).pop().unwrap();
    assert_eq!(last.body, Said::Noted(Noted::Remark("Ibu bercerita soal MP-ASI.".into())));
    assert_eq!((last.header.id.0, last.header.place), (note, Place::Home));
    assert_eq!(last.header.visit.unwrap().id.0.to_string(), sent["id"].as_str().unwrap());
    sent["note"]["text"] = "Lain.".into();
    let answers = hand_over(&mut phone, &[sent.clone()]).await;
    assert!(why(&answers[0]).contains("catatan “Ibu bercerita soal MP-ASI.”"), "{}", answers[0]);
    sent["note"] = Value::Null;
    assert!(why(&hand_over(&mut phone, &[sent]).await[0]).contains("sudah ada di alat"));
}

#[tokio::test]
async fn the_phone_learns_where_a_child_lives_and_the_look_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let path = format!("/children/{siti}/edit/address");
    let page = phone.get(&path).await;
    let (event, bases) = (page.field("event"), page.field("bases"));
    phone.post(&path, &[("event", &event), ("bases", &bases), ("value", "Gang Melati 4")]).await;
    let page = post(&mut phone, "/rumah/take", json!({ "children": [siti] })).await;
    let along: Value = serde_json::from_str(&page.text).unwrap();
    assert_eq!(along["children"][0]["address"], "Gang Melati 4", "{}", page.text);
    let seen = |noted: &Note| noted.citizen == Some(siti) && noted.page.contains("dibawa");
    let written = async {
        while !node.edge.store.notes(None, 99).unwrap().iter().any(|(_, noted)| seen(noted)) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, written).await.expect("nobody noted that the child was taken along");
}
