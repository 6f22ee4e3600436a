//! The day is closed with figures and a code that the Puskesmas can check without any network.

use ed25519_dalek::SigningKey;
use protocol::closing::{Closing, ClosingError};
use protocol::sum::Sum;

use crate::harness::{MAWAR, NewChild, Node, Page, RAHMA, node_key};

/// The code as somebody types it from the page.
fn code(page: &Page) -> String {
    let groups = page.text.split("<p class=\"code\">").nth(1).unwrap().split("</p>").next().unwrap();
    groups.replace("<span>", "").replace("</span>", "").to_lowercase()
}

#[tokio::test]
async fn the_days_total_is_shown_and_signed_by_this_node() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let (siti, budi) = (node.child(NewChild::siti()).await, node.child(NewChild::budi()).await);
    let earlier = node.events();
    let mut phone = node.phone(RAHMA).await;
    let visit = phone.come(siti).await;
    let (weight, length) = (format!("/visits/{visit}/weight"), format!("/visits/{visit}/length"));
    let page = phone.get(&format!("{weight}?how=typed")).await;
    phone.save(&page, &weight, &[("typed", "8,9")]).await;
    phone.post(&format!("/visits/{visit}/again"), &[("what", "weight")]).await;
    let page = phone.get(&format!("{weight}?how=typed")).await;
    phone.save(&page, &weight, &[("typed", "8,95")]).await;
    let page = phone.get(&format!("{length}?how=typed")).await;
    phone.save(&page, &length, &[("typed", "73,5")]).await;
    phone.post(&format!("/visits/{visit}/close"), &[]).await;
    let other = phone.come(budi).await;
    let weight = format!("/visits/{other}/weight");
    let page = phone.get(&weight).await;
    phone.save(&page, &weight, &[("not", "cries")]).await;

    let page = phone.get("/closing").await;
    page.says("<dt>Balita datang</dt><dd>2</dd>")
        .says("<dt>Ditimbang</dt><dd>1</dd>")
        .says("<dt>Diukur</dt><dd>1</dd>");
    page.says("<dt>Orang baru</dt><dd>0</dd>")
        .says("1 orang belum selesai")
        .hides("belum ada catatannya")
        .says("Tunjukkan kode ini ke bidan");
    page.says("<svg role=\"img\"").hides("<?xml").hides(" style=");
    let closing = Closing::verify(&code(&page), &node_key().verifying_key()).unwrap();
    assert_eq!((closing.visits, closing.weighed, closing.measured, closing.registered), (2, 1, 1, 0));
    assert_eq!((closing.node, closing.posyandu), (node.edge.bundle.node, MAWAR));
    assert_eq!((closing.day, closing.head), (node.edge.clock.now().today.into(), node.events()));

    let frames = node.edge.store.outbox(earlier, 100, usize::MAX).unwrap().unwrap().frames;
    let mut sum = Sum::default();
    frames.iter().for_each(|frame| sum.add(frame));
    assert_eq!(closing.sum, sum, "what the hub adds up from what it received");
    node.answer(node.events(), vec![]).await;
    phone.get("/closing").await.says("Menunggu Puskesmas</dt><dd>0</dd>");
    let stranger = SigningKey::from_bytes(&[6; 32]).verifying_key();
    assert_eq!(Closing::verify(&code(&page), &stranger), Err(ClosingError::Signature));
}

#[tokio::test]
async fn a_list_too_long_for_a_phone_is_printed_in_sheets() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    for _ in 0..200 {
        node.child(NewChild { nik: None, past: Vec::new(), ..NewChild::siti() }).await;
    }
    let last = NewChild { name: "Zulaikha", nik: None, past: Vec::new(), ..NewChild::siti() };
    node.child(last).await;
    let mut phone = node.phone(RAHMA).await;
    let first = phone.get("/closing/paper").await;
    first.says("lembar 1 dari 2").says("Lembar berikutnya").hides("Zulaikha");
    let second = phone.get("/closing/paper?lembar=1").await;
    second.says("lembar 2 dari 2").says("Zulaikha").hides("Lembar berikutnya").hides("Siti Aminah");
}
