//! Adults and the elderly: what was measured, what it is called, what is owed this year.

use axum::http::StatusCode;
use edge::scales::Vital;
use protocol::Body;
use protocol::event::Entry;
use protocol::feed::Item;
use protocol::measured::{Measure, What};
use protocol::registry::Sex;
use protocol::service::{Noted, Served};

use crate::harness::{NewChild, Node, RAHMA};

#[tokio::test]
async fn what_was_measured_is_named_in_words_and_what_was_not_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let karto = node.adult("Karto Wijaya", "1956-03-01", Sex::Male).await;
    let mut phone = node.phone(RAHMA).await;
    let home = format!("/people/{karto}/adult");
    let measure = format!("{home}/measure");
    phone.get(&home).await.says("Belum pernah diukur").says("Gula darah").says("SKILAS").says("belum pernah");

    let page = phone.fill(&measure, &[]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.says("Isi paling tidak satu angka");
    let page = phone.fill(&measure, &[("glucose", "120")]).await;
    page.says("puasa atau sewaktu").says("value=\"120\"");

    let fields = [
        ("systolic", "152"),
        ("diastolic", "84"),
        ("glucose", "120"),
        ("fasting", "tidak"),
        ("uric_acid", "7,1"),
        ("cholesterol", "239"),
        ("mass", "70"),
        ("height", "165"),
    ];
    phone.fill(&measure, &fields).await.leads_to(&home);
    let page = phone.get(&home).await;
    page.says("Tensi tinggi tingkat 1, hanya angka atas (152/84)").says("Rujuk ke Puskesmas");
    page.says("Gula darah belum pasti/normal (120 sewaktu)").says("Asam urat tinggi (7,1)");
    page.says("Kolesterol agak tinggi (239)")
        .says("Obesitas tingkat 1 (IMT 25,7)")
        .hides("Lingkar perut terlalu");
    page.says("Kurangi garam").says("lagi 10-02-2027").says("<td class=\"n\">152/84</td>");
    let measured = node.facts(karto).into_iter().filter(|fact| matches!(fact.body(), Body::Measured(_)));
    assert_eq!(measured.inspect(|fact| assert_eq!(fact.event.header.entry, Entry::Typed)).count(), 6);

    let slip = format!("{home}/slip");
    phone.get(&slip).await.says("Surat rujukan").says("Karto Wijaya").says("tensi 152/84");
    phone.fill(&slip, &[]).await.leads_to(&home);
    let sent = |fact: &edge::store::Fact| {
        matches!(fact.body(), Body::Served(Served::Referred { urgent: false, .. }))
    };
    assert!(node.facts(karto).iter().any(sent));
}

#[tokio::test]
async fn whoever_is_referred_goes_where_the_puskesmas_says_child_or_grown() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let karto = node.adult("Karto Wijaya", "1956-03-01", Sex::Male).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let home = format!("/people/{karto}/adult");
    phone.fill(&format!("{home}/measure"), &[("systolic", "152"), ("diastolic", "84")]).await.leads_to(&home);
    let visit = phone.come(siti).await;
    let slips = [format!("{home}/slip"), format!("/visits/{visit}/referral")];
    let usual = format!("Puskesmas {}", node.edge.bundle.roster.puskesmas);
    for slip in &slips {
        phone.get(slip).await.says(&usual);
    }
    let told = Item::Setting { key: "referral_to".into(), value: "RSUD Sekarwangi".into() };
    node.hear(vec![told]).await;
    for slip in &slips {
        phone.get(slip).await.says("RSUD Sekarwangi").hides(&usual);
    }
}

#[tokio::test]
async fn a_rare_value_is_asked_about_once_and_kept_with_a_mark_by_whoever_insists() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let karto = node.adult("Karto Wijaya", "1956-03-01", Sex::Male).await;
    let mut phone = node.phone(RAHMA).await;
    let home = format!("/people/{karto}/adult");
    let measure = format!("{home}/measure");
    let fields = [("systolic", "230"), ("diastolic", "115")];
    let page = phone.fill(&measure, &fields).await;
    page.says("Periksa dulu").says("tensi 230/115?").says("Sudah benar, simpan");
    assert_eq!(page.status, StatusCode::OK);
    assert!(node.facts(karto).is_empty());
    let (sheet, seen) = (page.field("sheet"), page.field("seen"));
    let insisted = [&fields[..], &[("sheet", sheet.as_str()), ("seen", seen.as_str())][..]].concat();
    phone.post(&measure, &insisted).await.leads_to(&home);
    phone.get(&home).await.says("Rujuk ke Puskesmas hari ini").says("Tensi tinggi tingkat 3 (230/115)");
    let facts = node.facts(karto);
    let [fact] = facts.as_slice() else { panic!("{facts:?}") };
    let Body::Measured(measured) = fact.body() else { panic!() };
    assert_eq!(measured.insisted, [care::adult::Odd::SYSTOLIC.code()]);

    // measured again in the same visit: the new one stands, the old one stays visible
    phone.fill(&measure, &[("systolic", "128"), ("diastolic", "82")]).await.leads_to(&home);
    phone.get(&home).await.says("Tensi normal (128/82)").hides("Rujuk ke Puskesmas");
    let all = node.edge.store.all_facts_of(karto).unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].fallen.as_ref().map(|by| by.reason.as_str()), Some("diukur ulang"));
    let stands = node.facts(karto);
    let [fact] = stands.as_slice() else { panic!("{stands:?}") };
    let Body::Measured(measured) = fact.body() else { panic!() };
    assert!(matches!(measured.measure, Measure::Pressure(_)) && measured.repeat == 2);
}

#[tokio::test]
async fn the_elderly_are_asked_once_a_year_how_they_get_along() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let karto = node.adult("Karto Wijaya", "1956-03-01", Sex::Male).await;
    let ani = node.adult("Ani Lestari", "1990-03-01", Sex::Female).await;
    let mut phone = node.phone(RAHMA).await;
    phone.get(&format!("/people/{ani}/adult")).await.says("Tensi").hides("SKILAS").hides("Gula darah");
    let items = protocol::feed::Item::Setting { key: "adl_items".into(), value: "Makan\nMandi\n".into() };
    node.hear(vec![items]).await;
    let adl = format!("/people/{karto}/adult/daily/adl");
    phone.get(&adl).await.says("Makan").says("Mandi").hides("Berpakaian");
    let page = phone.fill(&adl, &[("item0", "2")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.says("belum dijawab");
    let home = format!("/people/{karto}/adult");
    phone.fill(&adl, &[("item0", "2"), ("item1", "1")]).await.leads_to(&home);
    phone.get(&adl).await.says("terakhir 3 dari 4");
    phone.get(&home).await.says("lagi 10-02-2027");
    let noted = |fact: &edge::store::Fact| matches!(fact.body(), Body::Noted(Noted::DailyLife { list, points: 3, of: 4 }) if list == "ADL");
    assert!(node.facts(karto).iter().any(noted));
}

#[tokio::test]
async fn a_small_child_has_its_own_page_and_a_stranger_none() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    phone.get(&format!("/people/{siti}/adult")).await.leads_to(&format!("/children/{siti}"));
    let nobody = uuid::Uuid::now_v7();
    assert_eq!(phone.get(&format!("/people/{nobody}/adult")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(phone.get(&format!("/people/{nobody}/pregnancy")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_a_cuff_measured_is_tapped_on_one_persons_page_and_is_nobody_elses_then() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let karto = node.adult("Karto Wijaya", "1956-03-01", Sex::Male).await;
    let sumi = node.adult("Sumiyati", "1960-07-01", Sex::Female).await;
    let cuff = node.meter("tensi", Vital::BloodPressure);
    // 152/84 mmHg, mean 106, no time, no pulse, no status
    cuff.tells(&node, &[0x00, 152, 0, 84, 0, 106, 0]).await;
    let mut phone = node.phone(RAHMA).await;
    let measure = |who| format!("/people/{who}/adult/measure");
    let page = phone.get(&measure(karto)).await;
    page.says("152/84 · tensi · baru saja");
    let offer =
        page.text.split("name=\"take\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    phone.fill(&measure(karto), &[("take", &offer)]).await.leads_to(&format!("/people/{karto}/adult"));
    phone.get(&format!("/people/{karto}/adult")).await.says("152/84");
    let taken: Vec<_> = node
        .facts(karto)
        .into_iter()
        .filter(|fact| matches!(fact.body(), Body::Measured(measured) if measured.measure.what() == What::Pressure))
        .collect();
    let [taken] = &taken[..] else { panic!("one pressure, and {}", taken.len()) };
    assert_eq!(taken.event.header.entry, Entry::Instrument);
    assert_eq!(taken.event.header.instrument.as_ref().unwrap().name, "tensi");

    phone.get(&measure(sumi)).await.hides("152/84");
    let page = phone.fill(&measure(sumi), &[("take", &offer)]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.says("Angka itu sudah dipakai orang lain");
    assert!(node.facts(sumi).iter().all(|fact| !matches!(fact.body(), Body::Measured(_))));
}
