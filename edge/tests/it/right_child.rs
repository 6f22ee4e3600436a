//! A number and the child it belongs to: carried, doubted, one of twins, measured again.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::http::StatusCode;
use edge::app::{Folder, open_store};
use edge::card;
use edge::config::InstrumentKind;
use edge::roster::Roster;
use edge::store::{Condition, Ticket, VisitRecord};
use growth::plausibility::Concern;
use protocol::event::Entry;
use protocol::growth::Taken;
use protocol::registry::Sex;
use protocol::{CitizenId, VisitId};

use crate::harness::{DEWI, NewChild, Node, Page, Phone, RAHMA, Setup};

/// An infant scale, a standing scale, a board.
async fn three_instruments(folder: &std::path::Path) -> Node {
    let instruments = vec![
        ("timbangan-a", InstrumentKind::InfantScale),
        ("timbangan-b", InstrumentKind::StandingScale),
        ("papan", InstrumentKind::LengthBoard),
    ];
    let node = Node::start_as(folder, Setup { instruments, ..Setup::default() }).await;
    node.ready("timbangan-a").await;
    node.ready("timbangan-b").await;
    node
}

fn record(node: &Node, child: CitizenId, visit: VisitId) -> Option<VisitRecord> {
    node.edge.store.visits_of(child).unwrap().into_iter().find(|record| record.visit == visit)
}

fn mass_g(node: &Node, child: CitizenId, visit: VisitId) -> Option<u32> {
    record(node, child, visit)?.weighed?.value.mass_g.value()
}

fn twin(name: &'static str) -> NewChild {
    NewChild { name, past: vec![("2026-01-10", 8_500, 7_200)], ..NewChild::siti() }
}

fn ticket(node: &Node, visit: VisitId) -> Ticket {
    node.edge.store.ticket(visit).unwrap().unwrap()
}

/// Sends a form and hangs up once the node has begun to write.
async fn hang_up(phone: &mut Phone, path: &str, fields: &[(&str, &str)]) {
    let mut answer = pin!(phone.post(path, fields));
    let waits = poll_fn(|context| Poll::Ready(answer.as_mut().poll(context).is_pending())).await;
    assert!(waits, "answered before anything could be written");
}

async fn until(holds: impl Fn() -> bool) {
    let waited = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waited).await.expect("it never came to that");
}

/// One step of a child in somebody's arms.
async fn step(node: &Node, phone: &mut Phone, visit: VisitId, mass_g: i64) {
    let weight = format!("/visits/{visit}/weight");
    phone.get(&weight).await.says("on=timbangan-b");
    node.settle("timbangan-b", mass_g, visit).await;
    let page = phone.get(&weight).await;
    page.says("Simpan langkah");
    phone.save(&page, &weight, &[]).await.leads_to(&weight);
    phone.save(&page, &weight, &[]).await.leads_to(&weight); // a double tap is one step
    node.lift("timbangan-b").await;
}

#[tokio::test]
async fn a_child_in_somebodys_arms_is_the_difference_of_two_kept_readings() {
    let folder = tempfile::tempdir().unwrap();
    let node = three_instruments(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    let (weight, carry) = (format!("/visits/{visit}/weight"), format!("/visits/{visit}/carry"));
    phone.get(&weight).await.says("Gendong").says("on=timbangan-a");
    phone.post(&carry, &[("turn", "begin")]).await.leads_to(&weight);
    node.ready("timbangan-b").await;
    phone.get(&weight).await.says("Timbang sambil digendong").says("menggendong anak").hides("timbangan-a");

    step(&node, &mut phone, visit, 52_950).await;
    phone.get(&weight).await.says("52,95 kg").says("Ulangi langkah 1").says("Sekarang yang satunya");
    step(&node, &mut phone, visit, 52_940).await;
    let page = phone.get(&weight).await;
    page.says("hampir sama beratnya").says("disabled");
    let refused =
        phone.post(&weight, &[("event", &page.field("event")), ("carried", &page.field("carried"))]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);

    phone.post(&carry, &[("turn", "second")]).await.leads_to(&weight);
    phone.get(&weight).await.says("52,95 kg").hides("52,94 kg");
    step(&node, &mut phone, visit, 61_900).await;
    let page = phone.get(&weight).await;
    page.says("8,95").says("ketelitian 10 g").says("pengasuh sendiri").says("pengasuh dan anak");
    assert_eq!(node.see("timbangan-b", |_| true).await.claim, None, "the scale is free for the next");
    phone
        .post(&weight, &[("event", &page.field("event")), ("carried", &page.field("carried"))])
        .await
        .leads_to(&format!("/visits/{visit}/length"));

    let weighed = record(&node, siti, visit).unwrap().weighed.unwrap();
    assert_eq!((weighed.value.mass_g, weighed.entry), (Taken::Value(8_950), Entry::Instrument));
    assert_eq!(weighed.instrument.unwrap().name, "Timbangan timbangan-b");
    let carried = weighed.value.carried.expect("both readings are kept");
    assert_eq!((carried.together.mass_g, carried.alone.mass_g, carried.division_g), (61_900, 52_950, 10));
    assert!(carried.together.window.count > 5 && carried.alone.window.max == 52_950);
    assert_eq!(weighed.value.window, None, "no window saw the child alone");
    phone.get(&format!("/visits/{visit}/result")).await.says("8,95 kg (gendong, ketelitian 10 g)");
}

#[tokio::test]
async fn both_readings_outlive_a_rebuild_and_a_new_phone() {
    let folder = tempfile::tempdir().unwrap();
    let node = three_instruments(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let (mut rahma, mut dewi) = (node.phone(RAHMA).await, node.phone(DEWI).await);
    let visit = rahma.come(siti).await;
    rahma.post(&format!("/visits/{visit}/carry"), &[("turn", "begin")]).await;
    step(&node, &mut rahma, visit, 61_900).await;
    step(&node, &mut dewi, visit, 52_950).await;
    let weight = format!("/visits/{visit}/weight");
    let page = dewi.get(&weight).await;
    dewi.post(&weight, &[("event", &page.field("event")), ("carried", &page.field("carried"))]).await;
    let before = record(&node, siti, visit).unwrap();
    assert!(before.weighed.as_ref().unwrap().value.carried.is_some());
    drop((rahma, dewi));
    let (events, bundle) = (node.events(), node.edge.bundle.clone());
    node.stop();
    std::fs::write(folder.path().join("bundle.json"), serde_json::to_vec(&*bundle).unwrap()).unwrap();
    std::fs::write(folder.path().join("data.key"), "07".repeat(32)).unwrap();
    let card = Folder(folder.path().to_owned());
    until(|| open_store(&card, &bundle, Roster::default()).is_ok()).await; // the node has let go of it
    assert_eq!(card::rebuild(&card).unwrap().events, events);
    let node = three_instruments(folder.path()).await;
    assert_eq!(record(&node, siti, visit).unwrap(), before);
}

/// A child in somebody's arms, with a reading for the first step on the scale and on the page.
async fn first_step(node: &Node, phone: &mut Phone, visit: VisitId, mass_g: i64) -> (String, String) {
    phone.post(&format!("/visits/{visit}/carry"), &[("turn", "begin")]).await;
    node.ready("timbangan-b").await;
    let weight = format!("/visits/{visit}/weight");
    phone.get(&weight).await.says("on=timbangan-b");
    node.settle("timbangan-b", mass_g, visit).await;
    let reading = phone.get(&weight).await.field("reading");
    (weight, reading)
}

#[tokio::test]
async fn a_difference_is_saved_only_from_the_page_that_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    let node = three_instruments(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let (mut rahma, mut dewi) = (node.phone(RAHMA).await, node.phone(DEWI).await);
    let visit = rahma.come(siti).await;
    let (weight, carry) = (format!("/visits/{visit}/weight"), format!("/visits/{visit}/carry"));
    rahma.post(&carry, &[("turn", "begin")]).await;
    step(&node, &mut rahma, visit, 52_950).await;
    step(&node, &mut rahma, visit, 61_900).await;
    let old = rahma.get(&weight).await;
    old.says("8,95");
    dewi.post(&carry, &[("turn", "second")]).await.leads_to(&weight);
    step(&node, &mut dewi, visit, 61_700).await;

    let fields = |page: &Page| [page.field("event"), page.field("carried")];
    let [event, carried] = fields(&old);
    let before = node.events();
    let page = rahma.post(&weight, &[("event", &event), ("carried", &carried)]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.says("Salah satu langkah sudah diulang").says("8,75");
    assert_eq!(node.events(), before, "nobody has seen 8,75 yet");
    let [event, carried] = fields(&page);
    rahma
        .post(&weight, &[("event", &event), ("carried", &carried)])
        .await
        .leads_to(&format!("/visits/{visit}/length"));
    assert_eq!(mass_g(&node, siti, visit), Some(8_750));
}

#[tokio::test]
async fn a_phone_that_hangs_up_leaves_no_step_half_taken() {
    let folder = tempfile::tempdir().unwrap();
    let node = three_instruments(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    let (weight, reading) = first_step(&node, &mut phone, visit, 61_900).await;
    hang_up(&mut phone, &weight, &[("reading", &reading)]).await;
    until(|| ticket(&node, visit).draft.carrying.unwrap().steps[0].is_some()).await;
    node.see("timbangan-b", |live| live.locked.is_none()).await;
    phone.get(&weight).await.says("61,90 kg").says("Kosongkan timbangan dulu").hides(&reading);
    node.lift("timbangan-b").await;
    step(&node, &mut phone, visit, 52_950).await;
    phone.get(&weight).await.says("8,95");
}

#[tokio::test]
async fn a_full_card_moves_no_number() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    node.ready("timbangan-a").await;
    let visit = phone.come(siti).await;
    phone.get(&format!("/visits/{visit}/weight")).await;
    node.settle("timbangan-a", 14_900, visit).await;
    node.edge.store.keep_ballast(u64::MAX).await.unwrap(); // no card has room for it
    until(|| node.edge.store.condition() == Condition::Full).await;
    let refused = phone.post(&format!("/visits/{visit}/other"), &[("what", "weight")]).await;
    assert_eq!(refused.status, StatusCode::INSUFFICIENT_STORAGE);
    assert!(ticket(&node, visit).draft.weight.locked.is_some());
    let live = node.see("timbangan-a", |_| true).await;
    assert_eq!(
        (live.claim, live.offer),
        (Some(visit), None),
        "one child has it, and nobody else is offered it"
    );
}

#[tokio::test]
async fn a_standing_child_is_told_which_scale_bears_it() {
    let folder = tempfile::tempdir().unwrap();
    let node = three_instruments(folder.path()).await;
    let past = vec![("2026-01-10", 19_800, 10_500)];
    let big = node.child(NewChild { born: "2021-06-01", past, ..NewChild::budi() }).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(big).await;
    let weight = format!("/visits/{visit}/weight");
    phone
        .get(&weight)
        .await
        .says("on=timbangan-b")
        .says("Anak naik dan berdiri tegak")
        .hides("paling berat 20 kg");
    let on_a = format!("{weight}?how=live&on=timbangan-a");
    phone.get(&on_a).await.says("paling berat 20 kg").says("Pakai Timbangan timbangan-b");
    node.scales["timbangan-a"].put(20_300);
    node.see("timbangan-a", |live| live.upset.is_some()).await;
    phone.get(&on_a).await.says("lalu pakai timbangan injak").says("disabled");

    let visit = phone.come(siti).await;
    let on_b = format!("/visits/{visit}/weight?how=live&on=timbangan-b");
    phone.get(&on_b).await.says("Timbang sambil digendong");
}

#[tokio::test]
async fn a_weight_far_from_the_childs_own_is_asked_about_by_name_and_offered_to_the_right_one() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let heavy =
        NewChild { born: "2024-03-01", past: vec![("2026-01-10", 14_700, 8_800)], ..NewChild::budi() };
    let budi = node.child(heavy).await;
    let mut phone = node.phone(RAHMA).await;
    node.ready("timbangan-a").await;
    let visit = phone.come(siti).await;
    let weight = format!("/visits/{visit}/weight");
    phone.get(&weight).await;
    node.settle("timbangan-a", 14_900, visit).await;
    let page = phone.get(&weight).await;
    let before = node.events();
    let question = phone.save(&page, &weight, &[]).await;
    question.says("Ini benar-benar Siti Aminah?").says("10-01-2026 beratnya 8,60 kg, sekarang 14,90 kg");
    question.says("Ya, ini Siti Aminah. Simpan").says("Bukan, anak lain");
    assert_eq!(node.events(), before);

    phone.post(&format!("/visits/{visit}/other"), &[("what", "weight")]).await.leads_to("/");
    let other = phone.come(budi).await;
    let (his, hers) = (format!("/visits/{other}/weight"), weight);
    let page = phone.get(&his).await;
    page.says("14,90").says("Ini Budi Santoso. Simpan");
    phone.save(&page, &his, &[]).await.leads_to(&format!("/visits/{other}/length"));
    assert_eq!(mass_g(&node, budi, other), Some(14_900));
    assert_eq!(mass_g(&node, siti, visit), None);
    phone.get(&hers).await.says("Kosongkan timbangan dulu").says("disabled");
}

#[tokio::test]
async fn one_tap_says_that_it_is_this_child_after_all() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    node.ready("timbangan-a").await;
    let visit = phone.come(siti).await;
    let weight = format!("/visits/{visit}/weight");
    phone.get(&weight).await;
    node.settle("timbangan-a", 14_900, visit).await;
    let page = phone.get(&weight).await;
    let question = phone.save(&page, &weight, &[]).await;
    let codes = question.field("insisted");
    phone
        .save(&question, &weight, &[("insisted", &codes)])
        .await
        .leads_to(&format!("/visits/{visit}/length"));
    let insisted = record(&node, siti, visit).unwrap().weighed.unwrap().value.insisted;
    assert!(insisted.contains(&Concern::OtherChild.as_code()));
}

#[tokio::test]
async fn twins_at_the_table_are_asked_which_one() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let (alya, alma) = (node.twin(twin("Alya Putri"), 1).await, node.twin(twin("Alma Putri"), 2).await);
    let mut phone = node.phone(RAHMA).await;
    node.ready("timbangan-a").await;
    let (first, second) = (phone.come(alya).await, phone.come(alma).await);
    let (one, other) = (format!("/visits/{first}/weight"), format!("/visits/{second}/weight"));
    phone.get(&one).await;
    node.settle("timbangan-a", 8_950, first).await;
    let page = phone.get(&one).await;
    let question = phone.save(&page, &one, &[]).await;
    question.says("yang mana yang ditimbang: Alya Putri (kembar ke-1) atau Alma Putri (kembar ke-2)?");
    question.says("Ya, ini Alya Putri. Simpan").says("Bukan, ini Alma Putri (kembar ke-2)");
    assert_eq!((mass_g(&node, alya, first), mass_g(&node, alma, second)), (None, None));

    // It was Alma: her number goes to her, and Alya's page waits for an empty pan.
    let event = node.edge.store.ticket(second).unwrap().unwrap().weight_event.to_string();
    let reading = question.field("reading");
    let (code, from) = (Concern::Twin.as_code().to_string(), first.to_string());
    let fields = [("event", event.as_str()), ("reading", &reading), ("insisted", &code), ("from", &from)];
    phone.post(&other, &fields).await.leads_to(&format!("/visits/{second}/length"));
    assert_eq!((mass_g(&node, alya, first), mass_g(&node, alma, second)), (None, Some(8_950)));
    phone.get(&one).await.says("Kosongkan timbangan dulu").says("disabled");

    node.lift("timbangan-a").await;
    node.settle("timbangan-a", 8_900, first).await;
    let page = phone.get(&one).await;
    let question = phone.save(&page, &one, &[]).await;
    question.hides("Bukan, ini Alma"); // she has hers
    phone
        .save(&question, &one, &[("insisted", &question.field("insisted"))])
        .await
        .leads_to(&format!("/visits/{first}/length"));
    assert_eq!(mass_g(&node, alya, first), Some(8_900));
}

#[tokio::test]
async fn a_number_leaves_one_twin_as_it_comes_to_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let (alya, alma) = (node.twin(twin("Alya Putri"), 1).await, node.twin(twin("Alma Putri"), 2).await);
    let mut phone = node.phone(RAHMA).await;
    node.ready("timbangan-a").await;
    let (first, second) = (phone.come(alya).await, phone.come(alma).await);
    let (one, other) = (format!("/visits/{first}/weight"), format!("/visits/{second}/weight"));
    phone.get(&one).await;
    node.settle("timbangan-a", 8_950, first).await;
    let reading = phone.get(&one).await.field("reading");
    let (code, from) = (Concern::Twin.as_code().to_string(), first.to_string());
    hang_up(&mut phone, &other, &[("reading", &reading), ("insisted", &code), ("from", &from)]).await;
    until(|| mass_g(&node, alma, second).is_some()).await;
    assert_eq!(ticket(&node, first).draft.weight.locked, None, "in the same moment");
    node.see("timbangan-a", |live| live.locked.is_none() && live.offer.is_none()).await;
    assert_eq!((mass_g(&node, alya, first), mass_g(&node, alma, second)), (None, Some(8_950)));
}

#[tokio::test]
async fn a_number_is_no_step_of_a_twin_in_somebodys_arms() {
    let folder = tempfile::tempdir().unwrap();
    let node = three_instruments(folder.path()).await;
    let (alya, alma) = (node.twin(twin("Alya Putri"), 1).await, node.twin(twin("Alma Putri"), 2).await);
    let mut phone = node.phone(RAHMA).await;
    let (first, second) = (phone.come(alya).await, phone.come(alma).await);
    let (one, other) = (format!("/visits/{first}/weight"), format!("/visits/{second}/weight"));
    let on_b = format!("{one}?how=live&on=timbangan-b");
    phone.get(&on_b).await;
    node.settle("timbangan-b", 8_950, first).await;
    let page = phone.get(&on_b).await;
    phone.save(&page, &one, &[]).await.says("Bukan, ini Alma Putri");
    phone.post(&format!("/visits/{second}/carry"), &[("turn", "begin")]).await;
    phone.save(&page, &one, &[]).await.says("Ya, ini Alya Putri. Simpan").hides("Bukan, ini Alma Putri");

    // The question was on the screen before.
    let (reading, from) = (page.field("reading"), first.to_string());
    let refused = phone.post(&other, &[("reading", &reading), ("from", &from)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.says("Ketuk Tanpa gendong dulu");
    assert_eq!(ticket(&node, second).draft.carrying.unwrap().steps, [None, None]);
    assert!(ticket(&node, first).draft.weight.locked.is_some());
}

#[tokio::test]
async fn a_number_moves_only_between_twins() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let (siti, budi) = (node.child(NewChild::siti()).await, node.child(NewChild::budi()).await);
    let mut phone = node.phone(RAHMA).await;
    node.ready("timbangan-a").await;
    let (first, second) = (phone.come(siti).await, phone.come(budi).await);
    phone.get(&format!("/visits/{first}/weight")).await;
    node.settle("timbangan-a", 8_200, first).await;
    let reading = phone.get(&format!("/visits/{first}/weight")).await.field("reading");
    let from = first.to_string();
    let refused =
        phone.post(&format!("/visits/{second}/weight"), &[("reading", &reading), ("from", &from)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(mass_g(&node, budi, second), None);
}

#[tokio::test]
async fn a_twin_that_came_alone_is_not_asked_about() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let (alya, _) = (node.twin(twin("Alya Putri"), 1).await, node.twin(twin("Alma Putri"), 2).await);
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(alya).await;
    let weight = format!("/visits/{visit}/weight");
    let page = phone.get(&format!("{weight}?how=typed")).await;
    phone.save(&page, &weight, &[("typed", "8,9")]).await.leads_to(&format!("/visits/{visit}/length"));
}

#[tokio::test]
async fn a_first_length_is_measured_twice_and_both_are_kept_with_their_number() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let new = node.child(NewChild { name: "Bayu", sex: Sex::Male, past: vec![], ..NewChild::siti() }).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(new).await;
    let length = format!("/visits/{visit}/length");
    let typed = format!("{length}?how=typed");
    let page = phone.get(&typed).await;
    let question = phone.save(&page, &length, &[("typed", "73,5")]).await;
    question.says("Ini ukuran pertamanya").says("Ukur ulang").says("Sudah benar, simpan");
    let before = node.events();
    let codes = question.field("insisted");
    let again = [("typed", "73,5"), ("insisted", codes.as_str()), ("repeat", "ya")];
    phone.save(&question, &length, &again).await.leads_to(&format!("/visits/{visit}/weight"));
    assert_eq!(node.events(), before + 1, "the first is kept");

    let page = phone.get(&typed).await;
    let question = phone.save(&page, &length, &[("typed", "74,3")]).await;
    question.says("Tadi 73,5 cm, sekarang 74,3 cm. Ukur sekali lagi?");
    let codes = question.field("insisted");
    let again = [("typed", "74,3"), ("insisted", codes.as_str()), ("repeat", "ya")];
    phone.save(&question, &length, &again).await;
    let page = phone.get(&typed).await;
    phone.save(&page, &length, &[("typed", "73,6")]).await;
    let taken = record(&node, new, visit).unwrap().length.unwrap();
    assert_eq!((taken.value.length_tenth_mm, taken.value.repeat), (Taken::Value(7_360), 3));
    assert_eq!(node.events(), before + 3, "all three are in the journal");
}

#[tokio::test]
async fn a_second_measurement_that_agrees_is_not_asked_about_again() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    let weight = format!("/visits/{visit}/weight");
    let typed = format!("{weight}?how=typed");
    let page = phone.get(&typed).await;
    let question = phone.save(&page, &weight, &[("typed", "7,5")]).await;
    question.says("Beratnya turun banyak").says("Timbang ulang");
    let codes = question.field("insisted");
    phone.save(&question, &weight, &[("typed", "7,5"), ("insisted", &codes), ("repeat", "ya")]).await;
    assert_eq!(mass_g(&node, siti, visit), Some(7_500), "it counts until the second is there");
    let page = phone.get(&typed).await;
    phone.save(&page, &weight, &[("typed", "7,52")]).await.leads_to(&format!("/visits/{visit}/length"));
    let weighed = record(&node, siti, visit).unwrap().weighed.unwrap().value;
    assert_eq!((weighed.mass_g, weighed.repeat), (Taken::Value(7_520), 2));
    assert!(weighed.insisted.contains(&Concern::WeightLoss.as_code()), "both bear the mark");
}

#[tokio::test]
async fn of_several_questions_the_most_serious_is_asked_and_the_others_are_folded_beneath_it() {
    let folder = tempfile::tempdir().unwrap();
    let node = three_instruments(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    let weight = format!("/visits/{visit}/weight");
    let page = phone.get(&format!("{weight}?how=typed")).await;
    let question = phone.post(&weight, &[("event", &page.field("event")), ("typed", "3,00")]).await;
    let codes = question.field("insisted");
    assert!(codes.split(',').count() >= 3, "{codes}");
    let (asked, folded) = question.text.split_once("<details").unwrap();
    assert!(asked.contains("Ini benar-benar Siti Aminah?"), "{asked}");
    assert_eq!(asked.matches("<li>").count(), 1, "one question at a time");
    let (folded, answers) = folded.split_once("</details>").unwrap();
    assert_eq!(folded.matches("<li>").count(), codes.split(',').count() - 1);
    assert!(folded.contains("Beratnya turun banyak"), "{folded}");
    assert!(answers.contains("Ya, ini Siti Aminah. Simpan"), "the answer is to the question on top");
}
