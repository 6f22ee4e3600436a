//! What a child is given and asked at its visit, and what follows from it.

use axum::http::StatusCode;
use edge::store::{Fact, NewEvent};
use protocol::event::{Author, Entry, Place, Role};
use protocol::feed::Item;
use protocol::growth::{NotTaken, Taken};
use protocol::measured::Measure;
use protocol::registry::{ChildRegistered, Sex};
use protocol::service::{Capsule, Noted, Served, TbSign};
use protocol::{Body, CitizenId, EventId, Month, VisitId};
use uuid::Uuid;

use crate::harness::{DEWI, MAWAR, NewChild, Node, Page, Phone, RAHMA, Setup};

fn facts(node: &Node, child: CitizenId) -> Vec<Fact> {
    node.edge.store.facts_of(child).unwrap()
}

fn bodies(node: &Node, child: CitizenId) -> Vec<Body> {
    facts(node, child).iter().map(|fact| fact.body().clone()).collect()
}

/// The part of a page that is one service's card.
#[track_caller]
fn card<'a>(page: &'a Page, service: &str) -> &'a str {
    let from = page.text.find(&format!("<section class=\"card service\" id=\"{service}\""));
    let rest = &page.text[from.unwrap_or_else(|| panic!("no card {service}:\n{}", page.text))..];
    &rest[..rest.find("</section>").unwrap()]
}

fn event(card: &str) -> String {
    card.split("name=\"event\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// Answers one card as it stands on the page.
async fn answer(phone: &mut Phone, visit: VisitId, service: &str, fields: &[(&str, &str)]) -> Page {
    let path = format!("/visits/{visit}/care");
    let event = event(card(&phone.get(&path).await, service));
    let mut all = vec![("service", service), ("event", event.as_str())];
    all.extend_from_slice(fields);
    phone.post(&path, &all).await
}

async fn weigh(phone: &mut Phone, visit: VisitId, kg: &str, cm: &str) {
    for (step, typed) in [("weight", kg), ("length", cm)] {
        let path = format!("/visits/{visit}/{step}");
        let page = phone.get(&format!("{path}?how=typed")).await;
        let mut saved = phone.save(&page, &path, &[("typed", typed)]).await;
        for _ in 0..2 {
            if saved.status == StatusCode::SEE_OTHER {
                break;
            }
            let insisted = saved.field("insisted");
            let again = [("typed", typed), ("insisted", insisted.as_str())];
            saved = phone.save(&saved, &path, &again).await;
        }
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    }
}

#[tokio::test]
async fn the_page_shows_what_is_due_today_and_folds_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    weigh(&mut phone, visit, "8,9", "73,5").await;
    let page = phone.get(&format!("/visits/{visit}/care")).await;
    let (due, others) = page.text.split_once("tidak untuk hari ini").unwrap();
    for service in ["arm", "head", "tb", "development", "vitamin_a"] {
        assert!(due.contains(&format!("id=\"{service}\"")), "{service} is not due");
    }
    for service in ["oedema", "deworming", "food"] {
        assert!(others.contains(&format!("id=\"{service}\"")), "{service} is not folded");
    }
    page.hides("id=\"milk\"").says("Kapsul merah diberikan").says("hanya contoh");
}

#[tokio::test]
async fn one_tap_gives_a_capsule_once_and_one_more_takes_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    let path = format!("/visits/{visit}/care");
    let page = phone.get(&path).await;
    let id = event(card(&page, "vitamin_a"));
    let before = node.events();
    let fields = [("service", "vitamin_a"), ("event", id.as_str())];
    let mut again = phone.clone();
    let (one, other) = tokio::join!(phone.post(&path, &fields), again.post(&path, &fields));
    one.leads_to(&path);
    other.leads_to(&path);
    assert_eq!(node.events(), before + 1, "a double tap is one capsule");
    assert_eq!(bodies(&node, siti), [Body::Served(Served::VitaminA(Capsule::Red))]);
    let page = phone.get(&path).await;
    assert!(card(&page, "vitamin_a").contains("vitamin A merah · tersimpan di alat"));
    assert_eq!(phone.get(&path).await.text.matches("Urungkan").count(), 1);

    let given = facts(&node, siti)[0].id().to_string();
    let undo = format!("{path}/undo");
    phone.post(&undo, &[("event", &given)]).await.leads_to(&path);
    phone.post(&undo, &[("event", &given)]).await.leads_to(&path);
    assert_eq!(node.events(), before + 2, "taken back once");
    assert_eq!(bodies(&node, siti), []);
    let all = node.edge.store.all_facts_of(siti).unwrap();
    assert_eq!(all[0].fallen.as_ref().unwrap().reason, "salah ketuk");
    // an old page cannot bring it back; the page of now can
    phone.post(&path, &fields).await.leads_to(&path);
    assert_eq!(bodies(&node, siti), []);
    answer(&mut phone, visit, "vitamin_a", &[]).await.leads_to(&path);
    assert_eq!(bodies(&node, siti), [Body::Served(Served::VitaminA(Capsule::Red))]);
}

#[tokio::test]
async fn a_tape_that_is_red_makes_it_gizi_buruk_and_sends_the_child_on() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    weigh(&mut phone, visit, "8,9", "73,5").await;
    let result = format!("/visits/{visit}/result");
    phone.get(&result).await.says("Gizi baik").hides("Rujuk ke Puskesmas hari ini");
    let page = answer(&mut phone, visit, "arm", &[("typed", "114")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.says("tidak mungkin untuk anak").says("value=\"114\"");
    answer(&mut phone, visit, "arm", &[("typed", "11,4")]).await;
    let page = phone.get(&result).await;
    page.says("Gizi buruk")
        .says("LiLA merah")
        .says("Rujuk ke Puskesmas hari ini")
        .says("LiLA 11,4 cm (merah)");
    phone.get(&format!("/visits/{visit}/counselling")).await.says("Ke Puskesmas hari ini");

    let referral = format!("/visits/{visit}/referral");
    let page = phone.get(&referral).await;
    page.says("LiLA merah (di bawah 11,5 cm)").says("Puskesmas Cibadak").says("checked");
    let id = page.field("event");
    let fields = [("event", id.as_str()), ("to", "Puskesmas Cibadak"), ("more", ""), ("urgent", "ya")];
    let before = node.events();
    phone.post(&referral, &fields).await.leads_to(&format!("{referral}/slip"));
    phone.post(&referral, &fields).await.leads_to(&format!("{referral}/slip"));
    assert_eq!(node.events(), before + 1);
    let slip = phone.get(&format!("{referral}/slip")).await;
    slip.says("Siti Aminah")
        .says("LiLA merah")
        .says("11,4 cm")
        .says("8,90 kg")
        .says("hari ini juga")
        .says("0001");
    slip.hides("9971014302250001");
    let sent = bodies(&node, siti).pop().unwrap();
    let reasons = vec!["LiLA merah (di bawah 11,5 cm)".to_owned()];
    assert_eq!(
        sent,
        Body::Served(Served::Referred { to: "Puskesmas Cibadak".into(), reasons, urgent: true })
    );
}

#[tokio::test]
async fn a_referral_without_a_reason_is_asked_for_one_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    weigh(&mut phone, visit, "8,9", "73,5").await;
    let referral = format!("/visits/{visit}/referral");
    let page = phone.post(&referral, &[("to", "RSUD Cibadak"), ("more", " ")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.says("Tulis alasannya").says("value=\"RSUD Cibadak\"");
    let page = phone.post(&referral, &[("to", ""), ("more", "Demam tinggi")]).await;
    page.says("Tulis dirujuk ke mana").says("value=\"Demam tinggi\"");
    phone.get(&format!("{referral}/slip")).await.leads_to(&referral);
}

#[tokio::test]
async fn questions_are_answered_with_ticks_or_with_one_tap() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let young = NewChild {
        name: "Adi Baru",
        mother: "Yanti",
        born: "2025-10-01",
        sex: Sex::Male,
        nik: None,
        past: Vec::new(),
    };
    let adi = node.child(young).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(adi).await;
    let path = format!("/visits/{visit}/care");
    let page = phone.get(&path).await;
    page.says("ASI saja sampai sekarang?").hides("id=\"arm\"").hides("id=\"vitamin_a\"").says("L1");
    answer(&mut phone, visit, "milk", &[("answer", "yes")]).await.leads_to(&path);
    let empty = answer(&mut phone, visit, "tb", &[]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    empty.says("Centang tandanya");
    answer(&mut phone, visit, "tb", &[("tick", "cough"), ("tick", "contact")]).await.leads_to(&path);
    answer(&mut phone, visit, "development", &[("tick", "L1"), ("tick", "L2")]).await.leads_to(&path);
    let development = Noted::Development {
        list: "contoh-1".into(),
        can: vec!["L1".into(), "L2".into()],
        cannot: vec!["L3".into()],
    };
    let expected = [
        Noted::ExclusiveBreastfeeding(true),
        Noted::Tuberculosis(vec![TbSign::Cough, TbSign::Contact]),
        development,
    ];
    assert_eq!(bodies(&node, adi), expected.map(Body::Noted));
    let page = phone.get(&format!("/visits/{visit}/result")).await;
    page.says("Ada tanda TB").says("minta bidan memeriksa perkembangannya");
    phone.get(&format!("/children/{adi}")).await.says("ASI saja: Feb ✔ ya");
}

#[tokio::test]
async fn the_puskesmas_sends_its_own_list_and_limits() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let setting = |key: &str, value: &str| Item::Setting { key: key.into(), value: value.into() };
    node.hear(vec![
        setting("child.development", "cibadak-2026\n12-14 C1 Berdiri sendiri\n15-20 C2 Berlari"),
        setting("child.refer_after_t", "1"),
        setting("child.food_product", "biskuit"),
    ])
    .await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    weigh(&mut phone, visit, "8,6", "73,5").await;
    let page = phone.get(&format!("/visits/{visit}/care")).await;
    page.says("Daftar cibadak-2026.").says("Berdiri sendiri").hides("Berlari").hides("contoh");
    let (due, _) = page.text.split_once("tidak untuk hari ini").unwrap();
    assert!(due.contains("biskuit untuk 14 hari diberikan"), "a child that did not gain gets food");
    phone
        .get(&format!("/visits/{visit}/result"))
        .await
        .says("Berat tidak naik: rujuk ke Puskesmas hari ini.");
}

#[tokio::test]
async fn a_child_that_only_the_tape_can_measure_has_come() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    phone.get(&format!("/visits/{visit}/weight")).await.says("Menangis, LiLA saja");
    let care = format!("/visits/{visit}/care");
    let arm_only = format!("/visits/{visit}/arm-only");
    phone.post(&arm_only, &[("not", "cries")]).await.leads_to(&care);
    let before = node.events();
    phone.post(&arm_only, &[("not", "cries")]).await.leads_to(&care);
    assert_eq!(node.events(), before, "both were given up once");
    let record = node.edge.store.visits_of(siti).unwrap().pop().unwrap();
    assert_eq!(record.weighed.unwrap().value.mass_g, Taken::Not(NotTaken::Cries));
    assert_eq!(record.length.unwrap().value.length_tenth_mm, Taken::Not(NotTaken::Cries));
    answer(&mut phone, visit, "arm", &[("typed", "12,4")]).await.leads_to(&care);
    answer(&mut phone, visit, "oedema", &[("answer", "no")]).await.leads_to(&care);
    let page = phone.get(&format!("/visits/{visit}/result")).await;
    page.says("Gizi kurang").says("LiLA kuning").says("tidak ditimbang");
    let arm = bodies(&node, siti).into_iter().find_map(|body| match body {
        Body::Measured(measured) => Some(measured.measure),
        _ => None,
    });
    assert_eq!(arm, Some(Measure::Arm(Taken::Value(1_240))));
}

#[tokio::test]
async fn swollen_feet_decide_without_a_scale() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    answer(&mut phone, visit, "oedema", &[("answer", "yes")]).await;
    let page = phone.get(&format!("/visits/{visit}/result")).await;
    page.says("Gizi buruk").says("Kedua kaki bengkak: rujuk");
    phone.get(&format!("/visits/{visit}/referral")).await.says("Perlu rumah sakit");
}

#[tokio::test]
async fn what_is_half_filled_lives_on_the_node() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    let draft = format!("/visits/{visit}/draft");
    for (field, value) in [("care-arm", "13,2"), ("care-tb-fever", "fever")] {
        let kept = phone.post(&draft, &[("field", field), ("value", value)]).await;
        assert_eq!(kept.status, StatusCode::NO_CONTENT);
    }
    let mut other = node.phone(DEWI).await;
    let page = other.get(&format!("/visits/{visit}/care")).await;
    assert!(card(&page, "arm").contains("value=\"13,2\""));
    assert!(card(&page, "tb").contains("value=\"fever\" checked"));
    answer(&mut other, visit, "arm", &[("typed", "13,2")]).await;
    let ticket = node.edge.store.ticket(visit).unwrap().unwrap();
    assert_eq!(ticket.draft.care.fields.keys().collect::<Vec<_>>(), ["tb-fever"]);
    let refused = phone.post(&draft, &[("field", "nonsense"), ("value", "1")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn without_a_date_nothing_that_needs_an_age_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_as(folder.path(), Setup { today: None, ..Setup::default() }).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let page = phone.post("/visits", &[("citizen", &siti.to_string()), ("later", "ya")]).await;
    let visit: VisitId = page.location.split('/').nth(2).unwrap().parse().unwrap();
    let page = phone.get(&format!("/visits/{visit}/care")).await;
    page.says("Cocokkan tanggal").hides("name=\"service\"");
}

#[tokio::test]
async fn a_card_is_told_once_and_any_other_can_be_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    weigh(&mut phone, visit, "8,9", "73,5").await;
    let path = format!("/visits/{visit}/counselling");
    let page = phone.get(&path).await;
    page.says("Bulan vitamin A")
        .says("role=\"img\" aria-label=\"Kapsul biru dan kapsul merah.\"")
        .says("Kartu lain");
    page.says("data-speak").hides("<audio");
    let id = page.field("event");
    let told = [("card", "vitamin_a"), ("event", id.as_str())];
    let before = node.events();
    phone.post(&path, &told).await.leads_to(&format!("{path}?card=vitamin_a"));
    phone.post(&path, &told).await.leads_to(&format!("{path}?card=vitamin_a"));
    assert_eq!(node.events(), before + 1);
    assert_eq!(bodies(&node, siti), [Body::Served(Served::Counselled { card: "vitamin_a".into() })]);
    phone.get(&format!("{path}?card=vitamin_a")).await.says("sudah dijelaskan").says("Anak berikutnya");
    phone
        .get(&format!("{path}?card=makan_12"))
        .await
        .says("Makan: 1 sampai 2 tahun")
        .says("Sudah dijelaskan");
    assert_eq!(phone.get(&format!("{path}?card=none")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(phone.get("/counselling/vitamin_a/voice").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_voice_on_the_node_speaks_a_card_and_only_the_card() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("voice");
    std::fs::write(&program, "#!/bin/sh\nprintf 'RIFF'\nprintf '%s|' \"$@\"\n").unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let settings = format!("[counselling]\nvoice = '{}'\n", program.display());
    let node = Node::start_as(folder.path(), Setup { settings, ..Setup::default() }).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    let page = phone.get(&format!("/visits/{visit}/counselling?card=cuci_tangan")).await;
    page.says("<audio controls").says("/counselling/cuci_tangan/voice").hides("data-speak");
    let wav = phone.get("/counselling/cuci_tangan/voice").await;
    assert_eq!(wav.headers["content-type"], "audio/wav");
    wav.says("RIFF-v|id|").says("Cuci tangan pakai sabun").hides("Siti");
    std::fs::remove_file(&program).unwrap();
    phone.get("/counselling/cuci_tangan/voice").await.says("RIFF-v|id|");
    assert_eq!(phone.get("/counselling/rujuk/voice").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn all_cards_of_a_child_are_drawn_and_a_preterm_one_has_its_second_line() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    weigh(&mut phone, visit, "8,9", "73,5").await;
    answer(&mut phone, visit, "head", &[("typed", "45,1")]).await;
    let page = phone.get(&format!("/children/{siti}/charts")).await;
    assert_eq!(page.text.matches("<svg").count(), 5);
    page.says("Lingkar kepala menurut umur").says("IMT menurut umur").says("45,1 cm").hides("Umur koreksi");
    let page = phone.get(&format!("/visits/{visit}/result")).await;
    page.says("LK/U").says("Lingkar kepala 45,1 cm").hides("Umur koreksi");
}

/// A boy born in the 33rd week, nine months old.
async fn preterm(node: &Node) -> CitizenId {
    let id = CitizenId(Uuid::now_v7());
    let born = chrono::NaiveDate::from_ymd_opt(2025, 5, 3).unwrap();
    let registered = ChildRegistered {
        name: "Dimas Kecil".into(),
        nik: None,
        birth_date: born.into(),
        sex: Sex::Male,
        mother: "Lina".into(),
        gestation_weeks: Some(33),
        birth_mass_g: Some(1_900),
        birth_order: None,
        kia_book: true,
    };
    let event = NewEvent {
        id: EventId(Uuid::now_v7()),
        author: Author { user: RAHMA, role: Role::Kader },
        posyandu: MAWAR,
        citizen: Some(id),
        visit: None,
        observed_on: born.into(),
        recorded_at: node.edge.clock.now().stamp,
        report_month: Month::of(born),
        place: Place::Posyandu,
        entry: Entry::FromBook,
        instrument: None,
        replaces: None,
        body: Body::ChildRegistered(registered),
    };
    node.edge.store.record(vec![event]).await.unwrap();
    id
}

#[tokio::test]
async fn a_preterm_child_is_read_a_second_time_at_its_corrected_age() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let dimas = preterm(&node).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(dimas).await;
    weigh(&mut phone, visit, "7,2", "66,0").await;
    let page = phone.get(&format!("/visits/{visit}/result")).await;
    page.says("<b>Umur koreksi</b> (lahir 7 minggu lebih awal)").says("Umur koreksi, 10-02-2026");
    let page = phone.get(&format!("/children/{dimas}/charts")).await;
    page.says("Garis putus dengan titik kosong").says("Umur koreksi, 10-02-2026");
}
