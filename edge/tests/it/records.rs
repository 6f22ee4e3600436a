//! Every record of the day says where it is safe, and says no more than was heard.

use protocol::Quarantined;

use crate::harness::{NewChild, Node, RAHMA, Setup};

#[tokio::test]
async fn each_record_says_where_it_is_and_only_the_hubs_word_makes_it_received() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let earlier = node.events();
    let mut phone = node.phone(RAHMA).await;
    phone.get("/safety").await.says("href=\"/records\"");
    phone.get("/records").await.says("Belum ada catatan hari ini");
    let visit = phone.come(siti).await;
    let (weight, length) = (format!("/visits/{visit}/weight"), format!("/visits/{visit}/length"));
    let page = phone.get(&format!("{weight}?how=typed")).await;
    phone.save(&page, &weight, &[("typed", "8,95")]).await;
    let page = phone.get(&length).await;
    phone.save(&page, &length, &[("not", "cries")]).await;

    let page = phone.get("/records").await;
    page.says("ditimbang 8,95 kg · 08.")
        .says("tidak diukur: menangis")
        .says("di alat")
        .hides("</span> terkirim");
    node.edge.store.note_sent(earlier + 1);
    let page = phone.get("/records").await;
    page.says("</span> terkirim").says("</span> di alat").hides("</span> diterima");
    node.answer(earlier + 1, vec![]).await;
    phone.get("/records").await.says("</span> diterima").says("</span> di alat").hides("</span> terkirim");
    let reason = "panjang tidak mungkin".to_owned();
    node.answer(earlier + 2, vec![Quarantined { sequence: earlier + 2, event: None, reason }]).await;
    let page = phone.get("/records").await;
    page.says("disisihkan").says("diperiksa di sana: panjang tidak mungkin").says("Sampai, sedang diperiksa");
}

#[tokio::test]
async fn what_was_recorded_before_the_date_was_known_is_in_todays_list() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_as(folder.path(), Setup { today: None, ..Setup::default() }).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let page = phone.post("/visits", &[("citizen", &siti.to_string()), ("later", "ya")]).await;
    let visit = page.location.split('/').nth(2).unwrap().to_owned();
    let weight = format!("/visits/{visit}/weight");
    let page = phone.get(&format!("{weight}?how=typed")).await;
    let asked = phone.save(&page, &weight, &[("not", "cries")]).await;
    assert!(asked.location.ends_with("/length"), "{asked:?}");
    phone.get("/records").await.says("tidak ditimbang: menangis");
    let page = phone.get("/closing").await;
    page.says("<dt>Balita datang</dt><dd>1</dd>").says("setelah tanggal alat dicocokkan").hides("<svg");
    phone.post("/clock", &[("now", "2027-02-10T08:00")]).await.leads_to("/");
    phone.get("/records").await.says("tidak ditimbang: menangis").hides("01-01-1970");
    phone.get("/closing").await.says("<dt>Balita datang</dt><dd>1</dd>").says("<svg");
}
