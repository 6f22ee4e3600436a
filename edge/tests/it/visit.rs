//! One child after another: weighed, measured, told what it means.

use axum::http::StatusCode;
use edge::config::InstrumentKind;
use edge::store::VisitRecord;
use protocol::event::Entry;
use protocol::growth::{NotTaken, Taken};
use protocol::{CitizenId, VisitId};

use crate::harness::{DEWI, NewChild, Node, RAHMA, Setup};

fn record(node: &Node, child: CitizenId, visit: VisitId) -> VisitRecord {
    let records = node.edge.store.visits_of(child).unwrap();
    records.into_iter().find(|record| record.visit == visit).expect("the visit has a record")
}

fn mass_g(node: &Node, child: CitizenId, visit: VisitId) -> Option<u32> {
    record(node, child, visit).weighed?.value.mass_g.value()
}

#[tokio::test]
async fn a_child_is_weighed_measured_and_told_what_it_means() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    node.ready("timbangan-a").await;
    let visit = phone.come(siti).await;
    let (weight, length) = (format!("/visits/{visit}/weight"), format!("/visits/{visit}/length"));

    let page = phone.get(&weight).await;
    page.says("Siti Aminah").says("Ibu: Rahma").says("terakhir <b>8,60 kg</b>").says("disabled");
    node.settle("timbangan-a", 8_950, visit).await;
    let page = phone.get(&weight).await;
    page.says("8,95").says("siap").hides("disabled");
    phone.save(&page, &weight, &[]).await.leads_to(&length);

    let page = phone.get(&length).await;
    page.says("Ukur panjang").says("Berbaring");
    node.settle("papan", 7_350, visit).await;
    let page = phone.get(&length).await;
    page.says("73,5");
    phone.save(&page, &length, &[]).await.leads_to(&format!("/visits/{visit}/result"));

    let page = phone.get(&format!("/visits/{visit}/result")).await;
    page.says("NAIK").says("+350 g (perlu 200 g)").says("Gizi baik").says("Tinggi normal");
    page.says("Feb · 8,95 · N").says("<svg").says("BB/U").says("kapsul merah").says("Anak berikutnya");
    phone.post(&format!("/visits/{visit}/close"), &[]).await.leads_to("/");

    let kept = record(&node, siti, visit);
    let weighed = kept.weighed.unwrap();
    assert_eq!((weighed.value.mass_g, weighed.entry), (Taken::Value(8_950), Entry::Instrument));
    assert_eq!(weighed.instrument.unwrap().name, "Timbangan timbangan-a");
    assert!(weighed.value.window.unwrap().count > 20);
    assert_eq!(kept.length.unwrap().value.length_tenth_mm, Taken::Value(7_350));
}

#[tokio::test]
async fn two_kader_serve_two_children_and_no_number_crosses() {
    let folder = tempfile::tempdir().unwrap();
    let instruments =
        vec![("timbangan-a", InstrumentKind::InfantScale), ("timbangan-b", InstrumentKind::InfantScale)];
    let node = Node::start_as(folder.path(), Setup { instruments, ..Setup::default() }).await;
    let (siti, budi) = (node.child(NewChild::siti()).await, node.child(NewChild::budi()).await);
    let (mut rahma, mut dewi) = (node.phone(RAHMA).await, node.phone(DEWI).await);
    node.ready("timbangan-a").await;
    node.ready("timbangan-b").await;
    let (first, second) = (rahma.come(siti).await, dewi.come(budi).await);
    let (one, other) = (format!("/visits/{first}/weight"), format!("/visits/{second}/weight"));

    rahma.get(&one).await.says("on=timbangan-a\" data");
    dewi.get(&other).await.says("on=timbangan-b\" data");
    tokio::join!(node.settle("timbangan-b", 8_200, second), node.settle("timbangan-a", 8_900, first));
    // Either phone may look at the other child's page; the number stays where it belongs.
    dewi.get(&one).await.says("8,90");
    let page = dewi.get(&other).await;
    dewi.save(&page, &other, &[]).await.leads_to(&format!("/visits/{second}/length"));
    let page = rahma.get(&one).await;
    rahma.save(&page, &one, &[]).await.leads_to(&format!("/visits/{first}/length"));
    assert_eq!(mass_g(&node, siti, first), Some(8_900));
    assert_eq!(mass_g(&node, budi, second), Some(8_200));
}

#[tokio::test]
async fn a_reading_of_one_child_cannot_be_saved_for_another() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let (siti, budi) = (node.child(NewChild::siti()).await, node.child(NewChild::budi()).await);
    let mut phone = node.phone(RAHMA).await;
    node.ready("timbangan-a").await;
    let (first, second) = (phone.come(siti).await, phone.come(budi).await);
    phone.get(&format!("/visits/{first}/weight")).await;
    node.settle("timbangan-a", 8_900, first).await;
    let reading = phone.get(&format!("/visits/{first}/weight")).await.field("reading");
    let before = node.events();
    let page = phone.post(&format!("/visits/{second}/weight"), &[("reading", &reading)]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(node.events(), before);
}

#[tokio::test]
async fn a_claimed_scale_is_refused_and_taken_only_on_purpose() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let (siti, budi) = (node.child(NewChild::siti()).await, node.child(NewChild::budi()).await);
    let (mut rahma, mut dewi) = (node.phone(RAHMA).await, node.phone(DEWI).await);
    node.ready("timbangan-a").await;
    let (first, second) = (rahma.come(siti).await, dewi.come(budi).await);
    rahma.get(&format!("/visits/{first}/weight")).await;
    let page = dewi.get(&format!("/visits/{second}/weight")).await;
    page.says("sedang dipakai").says("sedang menunggu 001 Siti Aminah").says("Pakai untuk Budi Santoso");
    assert_eq!(node.see("timbangan-a", |_| true).await.claim, Some(first));

    let taken = dewi.post(&format!("/visits/{second}/claim?on=timbangan-a"), &[("what", "weight")]).await;
    taken.leads_to(&format!("/visits/{second}/weight"));
    node.settle("timbangan-a", 8_100, second).await;
    rahma
        .get(&format!("/visits/{first}/weight"))
        .await
        .says("sedang menunggu 002 Budi Santoso")
        .hides("8,10");
}

#[tokio::test]
async fn a_double_tap_is_one_save() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    node.ready("timbangan-a").await;
    let visit = phone.come(siti).await;
    let weight = format!("/visits/{visit}/weight");
    phone.get(&weight).await;
    node.settle("timbangan-a", 8_950, visit).await;
    let page = phone.get(&weight).await;
    let before = node.events();
    let mut again = phone.clone();
    let (one, other) = tokio::join!(phone.save(&page, &weight, &[]), again.save(&page, &weight, &[]));
    one.leads_to(&format!("/visits/{visit}/length"));
    other.leads_to(&format!("/visits/{visit}/length"));
    phone.save(&page, &weight, &[]).await.leads_to(&format!("/visits/{visit}/length"));
    assert_eq!(node.events(), before + 1);
}

#[tokio::test]
async fn an_unlikely_weight_is_asked_about_and_kept_with_its_mark() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    node.ready("timbangan-a").await;
    let visit = phone.come(siti).await;
    let weight = format!("/visits/{visit}/weight");
    phone.get(&weight).await;
    node.settle("timbangan-a", 6_900, visit).await;
    let page = phone.get(&weight).await;
    let before = node.events();
    let question = phone.save(&page, &weight, &[]).await;
    question.says("Beratnya turun banyak").says("Timbang ulang").says("Sudah benar, simpan").says("6,90 kg");
    assert_eq!(node.events(), before, "nothing is kept before the answer");

    let codes = question.field("insisted");
    phone
        .save(&question, &weight, &[("insisted", &codes)])
        .await
        .leads_to(&format!("/visits/{visit}/length"));
    let insisted = record(&node, siti, visit).weighed.unwrap().value.insisted;
    assert_eq!(insisted, codes.split(',').map(|code| code.parse().unwrap()).collect::<Vec<u8>>());
    assert!(insisted.contains(&growth::plausibility::Concern::WeightLoss.as_code()));
}

#[tokio::test]
async fn weighing_again_needs_an_empty_pan_and_replaces_what_was_saved() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    node.ready("timbangan-a").await;
    let visit = phone.come(siti).await;
    let weight = format!("/visits/{visit}/weight");
    phone.get(&weight).await;
    node.settle("timbangan-a", 8_950, visit).await;
    let page = phone.get(&weight).await;
    phone.save(&page, &weight, &[]).await;
    let first = record(&node, siti, visit).weighed.unwrap().event;
    phone.get(&weight).await.says("tersimpan di alat").says("Timbang ulang");

    phone.post(&format!("/visits/{visit}/again"), &[("what", "weight")]).await.leads_to(&weight);
    phone.get(&weight).await.says("disabled").says("Kosongkan timbangan dulu");
    node.lift("timbangan-a").await;
    node.settle("timbangan-a", 8_920, visit).await;
    let page = phone.get(&weight).await;
    phone.save(&page, &weight, &[]).await.leads_to(&format!("/visits/{visit}/length"));
    let second = record(&node, siti, visit).weighed.unwrap();
    assert_ne!(second.event, first);
    assert_eq!((second.value.mass_g, second.value.repeat), (Taken::Value(8_920), 2));
}

#[tokio::test]
async fn an_old_page_cannot_undo_a_newer_save() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    let weight = format!("/visits/{visit}/weight");
    let old = phone.get(&format!("{weight}?how=typed")).await;
    phone.save(&old, &weight, &[("typed", "8,9")]).await;
    phone.post(&format!("/visits/{visit}/again"), &[("what", "weight")]).await;
    phone.save(&old, &weight, &[("typed", "7,7")]).await.leads_to(&weight);
    assert_eq!(mass_g(&node, siti, visit), Some(8_900));
}

#[tokio::test]
async fn a_typed_number_stays_typed_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    let (weight, length) = (format!("/visits/{visit}/weight"), format!("/visits/{visit}/length"));
    let page = phone.get(&format!("{weight}?how=typed")).await;
    page.says("diketik");
    let wrong = phone.save(&page, &weight, &[("typed", "8,4,5")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.says("misalnya 8,45").says("8,4,5");
    phone.save(&page, &weight, &[("typed", "8.95")]).await.leads_to(&length);
    let page = phone.get(&format!("{length}?how=typed")).await;
    phone.save(&page, &length, &[("typed", "73,5"), ("posture", "lying")]).await;
    phone.get(&format!("/visits/{visit}/result")).await.says("8,95 kg ✎ diketik").says("73,5 cm ✎ diketik");
    let kept = record(&node, siti, visit);
    assert_eq!(kept.weighed.as_ref().unwrap().entry, Entry::Typed);
    assert!(kept.weighed.unwrap().instrument.is_none());
    phone.get(&format!("/children/{siti}")).await.says("✎");
}

#[tokio::test]
async fn a_child_that_cries_has_come_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    let weight = format!("/visits/{visit}/weight");
    let page = phone.get(&weight).await;
    page.says("Tidak bisa ditimbang");
    phone.save(&page, &weight, &[("not", "cries")]).await.leads_to(&format!("/visits/{visit}/length"));
    assert_eq!(record(&node, siti, visit).weighed.unwrap().value.mass_g, Taken::Not(NotTaken::Cries));
    phone.get(&format!("/visits/{visit}/result")).await.says("menangis").says("Belum ditimbang");
}

#[tokio::test]
async fn a_child_already_on_the_pan_is_offered_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    node.ready("timbangan-a").await;
    node.scales["timbangan-a"].put(8_950);
    node.see("timbangan-a", |live| live.offer.is_some()).await;
    let visit = phone.come(siti).await;
    let weight = format!("/visits/{visit}/weight");
    let page = phone.get(&weight).await;
    page.says("8,95").says("Ini Siti Aminah. Simpan").says("sebelum halaman ini dibuka");
    assert!(node.see("timbangan-a", |_| true).await.locked.is_none(), "nothing is hers before she says so");
    phone.save(&page, &weight, &[]).await.leads_to(&format!("/visits/{visit}/length"));
    assert_eq!(mass_g(&node, siti, visit), Some(8_950));
}

#[tokio::test]
async fn a_killed_node_and_a_killed_browser_lose_nothing_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let (siti, budi) = (node.child(NewChild::siti()).await, node.child(NewChild::budi()).await);
    let mut phone = node.phone(RAHMA).await;
    node.ready("timbangan-a").await;
    let (first, second) = (phone.come(siti).await, phone.come(budi).await);
    phone.get(&format!("/visits/{first}/weight")).await;
    node.settle("timbangan-a", 8_950, first).await;
    let draft = format!("/visits/{second}/draft");
    let kept = phone.post(&draft, &[("field", "weight"), ("value", "8,2")]).await;
    assert_eq!(kept.status, StatusCode::NO_CONTENT);
    phone.post(&draft, &[("field", "posture"), ("value", "standing")]).await;
    let cookie = phone.cookie.clone();
    drop(phone);
    node.stop();

    let node = Node::start(folder.path()).await;
    let mut phone = crate::harness::Phone { app: node.app.clone(), cookie };
    let page = phone.get(&format!("/visits/{first}/weight")).await;
    page.says("8,95").says("siap").hides("disabled");
    phone
        .save(&page, &format!("/visits/{first}/weight"), &[])
        .await
        .leads_to(&format!("/visits/{first}/length"));
    phone.get(&format!("/visits/{second}/weight")).await.says("value=\"8,2\"").says("diketik");
    phone.get(&format!("/visits/{second}/length")).await.says("value=\"standing\" checked");
    assert_eq!(mass_g(&node, siti, first), Some(8_950));
}

#[tokio::test]
async fn without_a_date_the_number_is_kept_and_the_status_waits() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_as(folder.path(), Setup { today: None, ..Setup::default() }).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    phone.get("/").await.says("Tanggal alat belum dicocokkan");
    phone.post("/visits", &[("citizen", &siti.to_string())]).await.says("Hari ini tanggal berapa?");
    let page = phone.post("/visits", &[("citizen", &siti.to_string()), ("later", "ya")]).await;
    let visit: VisitId = page.location.split('/').nth(2).unwrap().parse().unwrap();
    let weight = format!("/visits/{visit}/weight");
    let page = phone.get(&format!("{weight}?how=typed")).await;
    let question = phone.save(&page, &weight, &[("typed", "8,9")]).await;
    let codes = question.says("Jam alat belum diatur").field("insisted");
    phone
        .save(&page, &weight, &[("typed", "8,9"), ("insisted", &codes)])
        .await
        .leads_to(&format!("/visits/{visit}/length"));
    let result = format!("/visits/{visit}/result");
    phone.get(&result).await.says("Status gizi belum bisa dihitung").hides("BB/U");

    phone.post("/clock", &[("now", "2020-01-01T08:00")]).await.says("sebelum catatan terakhir");
    phone.post("/clock", &[("now", "2027-02-10T08:00")]).await.leads_to("/");
    phone.get("/").await.hides("belum dicocokkan");
    assert!(node.edge.clock.now().believable);

    phone.get("/").await.says("Siti Aminah").says("Ukur");
    let page = phone.get(&format!("/visits/{visit}/length?how=typed")).await;
    let length = format!("/visits/{visit}/length");
    let saved = phone.save(&page, &length, &[("typed", "73")]).await;
    if saved.location.is_empty() {
        let codes = saved.field("insisted");
        phone.save(&page, &length, &[("typed", "73"), ("insisted", &codes)]).await.leads_to(&result);
    }
    let record = node.edge.store.visits_of(siti).unwrap().pop().unwrap();
    assert_eq!(record.observed_on, node.edge.clock.now().today.into());
    assert_eq!(Some(record.report_month), record.observed_on.month(), "no month of 1970 is left");
    phone.get(&result).await.says("BB/U");
}

#[tokio::test]
async fn a_visit_of_which_nothing_is_saved_does_not_say_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    let result = format!("/visits/{visit}/result");
    phone.get(&result).await.says("Belum ada yang disimpan").hides("tersimpan").hides("Tersimpan");
    let weight = format!("/visits/{visit}/weight");
    let page = phone.get(&format!("{weight}?how=typed")).await;
    phone.save(&page, &weight, &[("typed", "8,95")]).await;
    phone.get(&result).await.says("tersimpan di alat").says("8,95 kg").says("belum diukur").hides("· belum");
}

#[tokio::test]
async fn a_child_that_is_done_for_today_is_asked_about_before_it_comes_again() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    phone.post(&format!("/visits/{visit}/close"), &[]).await;
    let citizen = siti.to_string();
    let asked = phone.post("/visits", &[("citizen", &citizen)]).await;
    asked
        .says("Siti Aminah sudah datang hari ini")
        .says(&format!("/visits/{visit}/result"))
        .says("Datang lagi");
    phone.get("/").await.hides("class=\"number\">002");
    let again = phone.post("/visits", &[("citizen", &citizen), ("again", "ya")]).await;
    assert!(again.location.ends_with("/weight") && !again.location.contains(&visit.to_string()), "{again:?}");
    phone.get("/").await.says("002");
    assert_eq!(phone.come(siti).await.to_string(), again.location.split('/').nth(2).unwrap());
}
