//! A child's vaccines through the node's own pages: who may, what is due, what stands, what goes home on paper.

use axum::http::StatusCode;
use protocol::feed::{Item, Session};
use protocol::{CitizenId, LocalDate};
use uuid::Uuid;

use crate::harness::{DEWI, NewChild, Node, Page, Phone, RAHMA};

fn at(child: CitizenId) -> String {
    format!("/people/{child}/immunization")
}

/// Ticks these doses on a page as it stands, with a batch.
pub(crate) async fn give(phone: &mut Phone, page: &Page, child: CitizenId, doses: &[(&str, &str)]) -> Page {
    let mut fields: Vec<(String, String)> = Vec::new();
    for (dose, batch) in doses {
        fields.push((format!("id:{dose}"), page.field(&format!("id:{dose}"))));
        fields.push((format!("no:{dose}"), page.field(&format!("no:{dose}"))));
        fields.push((format!("give:{dose}"), "ya".into()));
        fields.push((format!("batch:{dose}"), (*batch).into()));
    }
    post(phone, &at(child), fields).await
}

async fn copy(phone: &mut Phone, child: CitizenId, doses: &[(&str, &str)]) -> Page {
    let book = format!("{}/book", at(child));
    let page = phone.get(&book).await;
    let mut fields = vec![("given_by".to_owned(), "RS Melati".to_owned())];
    for (dose, on) in doses {
        fields.push((format!("id:{dose}"), page.field(&format!("id:{dose}"))));
        fields.push((format!("on:{dose}"), (*on).into()));
    }
    post(phone, &book, fields).await
}

async fn post(phone: &mut Phone, path: &str, fields: Vec<(String, String)>) -> Page {
    let escaped = |name: &str| name.replace(' ', "%20").replace(':', "%3A");
    let fields: Vec<(String, String)> =
        fields.into_iter().map(|(name, value)| (escaped(&name), value)).collect();
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    phone.post(path, &fields).await
}

/// A girl of two months on the tests' day, 10 February 2026.
fn baby() -> NewChild {
    NewChild { born: "2025-12-10", past: vec![], ..NewChild::siti() }
}

fn setting(key: &str, value: &str) -> Item {
    Item::Setting { key: key.into(), value: value.into() }
}

#[tokio::test]
async fn a_kader_sees_what_is_due_and_marks_who_is_there_and_the_midwife_records() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let child = node.child(baby()).await;
    let mut kader = node.phone(RAHMA).await;
    kader.get(&format!("/children/{child}")).await.says(&at(child));
    let page = kader.get(&at(child)).await;
    page.says("DPT-HB-Hib 1").says("Jatuh tempo").says("BCG 1").says("Terlewat").hides("Nomor batch");
    let refused = give(&mut kader, &page, child, &[("PCV 1", "P1")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    refused.says("dicatat oleh bidan");
    let before = node.events();
    let event = page.field("event");
    for _ in 0..2 {
        kader.post(&format!("{}/came", at(child)), &[("event", &event)]).await.leads_to(&at(child));
    }
    assert_eq!(node.events(), before + 1, "the child came once");
    kader.get(&at(child)).await.says("Hadir hari ini");
    kader.get("/immunizations").await.says("Sudah datang <span class=\"count\">1</span>").says("PCV");

    let mut midwife = node.phone(DEWI).await;
    let page = midwife.get(&at(child)).await;
    let doses = [("DPT-HB-Hib 1", "A1"), ("PCV 1", "P1"), ("RV 1", "R1")];
    for _ in 0..2 {
        give(&mut midwife, &page, child, &doses).await.leads_to(&format!("{}?saved=ya", at(child)));
    }
    assert_eq!(node.events(), before + 4, "three doses, however often it is tapped");
    let page = midwife.get(&at(child)).await;
    page.hides("give:DPT-HB-Hib 1").says("sejak 10-03-2026, tanggal posyandu berikutnya");
    kader.get("/records").await.says("imunisasi PCV 1");
    // The vial of this morning is proposed for the next child.
    let other = node.child(NewChild { name: "Budi", ..baby() }).await;
    midwife.get(&at(other)).await.says("value=\"P1\"").says("value=\"A1\"");
}

#[tokio::test]
async fn what_is_missing_or_contradicts_itself_is_said_and_nothing_typed_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let child = node.child(baby()).await;
    let mut midwife = node.phone(DEWI).await;
    let page = midwife.get(&at(child)).await;
    let before = node.events();
    let wrong = give(&mut midwife, &page, child, &[("PCV 1", "P1"), ("RV 1", "")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.says("Nomor batch RV 1 belum diisi").says("value=\"P1\"").says("tanpa nomor batch");
    assert_eq!(wrong.field("id:RV 1"), page.field("id:RV 1"), "the same dose when it is sent again");
    let nothing = post(&mut midwife, &at(child), vec![]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    nothing.says("Belum ada yang dipilih");
    assert_eq!(node.events(), before);
    let not = vec![("no:RV 1".into(), page.field("no:RV 1")), ("not:RV 1".into(), "out_of_stock".into())];
    post(&mut midwife, &at(child), not).await.leads_to(&format!("{}?saved=ya", at(child)));
    midwife.get(&at(child)).await.says("belum pada 10-02-2026: vaksin habis");
    let not =
        vec![("no:PCV 1".into(), page.field("no:PCV 1")), ("not:PCV 1".into(), "contraindicated".into())];
    post(&mut midwife, &at(child), not).await.leads_to(&format!("{}?saved=ya", at(child)));
    midwife.get(&at(child)).await.says("tidak boleh diberi").hides("give:PCV 1");
    midwife.get("/immunizations").await.says("RV").hides("PCV");
}

#[tokio::test]
async fn an_early_dose_is_kept_and_marked_and_counts_only_when_the_midwife_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let child = node.child(baby()).await;
    let mut midwife = node.phone(DEWI).await;
    copy(&mut midwife, child, &[("DPT-HB-Hib 1", "2026-01-20")])
        .await
        .leads_to(&format!("{}?saved=ya", at(child)));
    let page = midwife.get(&at(child)).await;
    page.says("Terlalu dini").says("menunggu bidan menilai dosis sebelumnya").hides("give:DPT-HB-Hib");
    node.phone(RAHMA).await.get(&at(child)).await.says("Bidan menilai");
    let before = node.events();
    let (dose, start) = (page.field("dose"), page.text.find("name=\"dose\"").unwrap());
    let event = Page { text: page.text[start..].to_owned(), ..page }.field("event");
    let judged = [("dose", dose.as_str()), ("event", event.as_str()), ("counts", "tidak")];
    for _ in 0..2 {
        midwife
            .post(&format!("{}/review", at(child)), &judged)
            .await
            .leads_to(&format!("{}?saved=ya", at(child)));
    }
    assert_eq!(node.events(), before + 1, "judged once");
    let page = midwife.get(&at(child)).await;
    page.hides("Terlalu dini").says("sejak 20-02-2026").says("DPT-HB-Hib 1, 20-01-2026");
}

#[tokio::test]
async fn a_child_of_fourteen_months_who_never_had_anything_is_caught_up_with() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let child = node.child(NewChild { born: "2024-12-05", ..baby() }).await;
    let mut midwife = node.phone(DEWI).await;
    let page = midwife.get(&at(child)).await;
    for dose in ["OPV 1", "DPT-HB-Hib 1", "PCV 1", "IPV 1", "MR 1"] {
        page.says(&format!("give:{dose}"));
    }
    page.hides("give:DPT-HB-Hib 2").hides("give:BCG 1").hides("give:RV 1").says("Tidak lagi");
    let planned = LocalDate::from("2026-03-12".parse::<chrono::NaiveDate>().unwrap());
    let session =
        Session { id: Uuid::now_v7(), day: planned, from_min: 480, place: String::new(), cancelled: false };
    node.hear(vec![Item::Session(session)]).await;
    give(&mut midwife, &page, child, &[("MR 1", "M1"), ("OPV 1", "O1")]).await;
    midwife.get(&at(child)).await.says("Kamis 12-03-2026, hari posyandu");
}

#[tokio::test]
async fn the_catalogue_comes_from_the_puskesmas_and_an_unreadable_one_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let child = node.child(baby()).await;
    let mut midwife = node.phone(DEWI).await;
    node.hear(vec![setting("immunization.province", "34")]).await;
    midwife
        .get(&at(child))
        .await
        .says("give:DPT-HB-Hib-IPV 1")
        .hides("give:DPT-HB-Hib 1")
        .hides("<b>IPV 2</b>");
    node.hear(vec![setting("immunization.catalogue", "Baru,1,2 bulan,12 bulan,60 bulan")]).await;
    midwife.get(&at(child)).await.says("give:Baru 1").hides("PCV");
    node.hear(vec![setting("immunization.catalogue", "Baru,1,2 bulan\nLain,nol,3 bulan")]).await;
    let page = midwife.get(&at(child)).await;
    page.says("Baris 2: dosis ditulis sebagai angka").says("give:Baru 1");
    node.hear(vec![setting("immunization.catalogue", "")]).await;
    midwife.get(&at(child)).await.says("give:PCV 1").hides("Baris 2");
}

#[tokio::test]
async fn a_dose_is_taken_back_with_a_reason_and_a_reaction_is_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let child = node.child(baby()).await;
    let mut midwife = node.phone(DEWI).await;
    let page = midwife.get(&at(child)).await;
    give(&mut midwife, &page, child, &[("PCV 1", "P1")]).await;
    let page = midwife.get(&at(child)).await;
    let undo = page.text.split("href=\"").find(|part| part.contains("/undo/")).unwrap();
    let undo = undo.split('"').next().unwrap().to_owned();
    let mut kader = node.phone(RAHMA).await;
    assert_eq!(kader.get(&undo).await.status, StatusCode::FORBIDDEN);
    let page = midwife.get(&undo).await;
    let event = page.field("event");
    let wrong = midwife.post(&undo, &[("event", &event), ("reason", " ")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let before = node.events();
    for _ in 0..2 {
        let reason = [("event", event.as_str()), ("reason", "salah anak")];
        midwife.post(&undo, &reason).await.leads_to(&format!("{}?saved=ya", at(child)));
    }
    assert_eq!(node.events(), before + 1);
    midwife.get(&at(child)).await.says("give:PCV 1");
    let path = format!("{}/reaction", at(child));
    let page = kader.get(&path).await;
    let fields = [("event", page.field("event")), ("what", "kejang".into()), ("serious", "ya".into())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    kader.post(&path, &fields).await.leads_to(&format!("{path}?saved=berat"));
    kader.get(&format!("{path}?saved=berat")).await.says("Puskesmas atau rumah sakit sekarang");
    kader.get(&at(child)).await.says("kejang (berat)");
}

#[tokio::test]
async fn the_card_goes_home_as_page_pdf_and_strip_without_the_whole_nik() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let child = node.child(baby()).await;
    let mut midwife = node.phone(DEWI).await;
    copy(&mut midwife, child, &[("HB0 1", "2025-12-10"), ("BCG 1", "2025-12-20")])
        .await
        .leads_to(&format!("{}?saved=ya", at(child)));
    let page = midwife.get(&format!("{}/card", at(child))).await;
    page.says("Kartu imunisasi").says("20-12-2025").says("RS Melati").says("<svg").hides("9971014302250001");
    midwife.get(&format!("{}/card?width=58", at(child))).await.says("class=\"strip\"").hides("RS Melati");
    let bytes = async |answer: axum::response::Response| {
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (kind, axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap().to_vec())
    };
    let (kind, pdf) = bytes(midwife.open(&format!("{}/card.pdf", at(child))).await).await;
    let has = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert_eq!(kind, "application/pdf");
    assert!(pdf.starts_with(b"%PDF-") && has(&pdf, "%%EOF") && pdf.len() < 64 * 1024, "{}", pdf.len());
    assert!(has(&pdf, "(Siti Aminah)") && has(&pdf, "(BCG 1)") && has(&pdf, "20-12-2025"));
    let (_, strip) = bytes(midwife.open(&format!("{}/strip", at(child))).await).await;
    assert!(strip.starts_with(b"\x1b@") && has(&strip, "[x] BCG 1") && has(&strip, "NIK ...0001"));
    for bytes in [&pdf, &strip] {
        assert!(!has(bytes, "9971014302250001"));
    }
}

#[tokio::test]
async fn without_a_date_nothing_is_called_due() {
    let folder = tempfile::tempdir().unwrap();
    let setup = crate::harness::Setup { today: None, ..Default::default() };
    let node = Node::start_as(folder.path(), setup).await;
    let child = node.child(baby()).await;
    let mut midwife = node.phone(DEWI).await;
    midwife.get(&at(child)).await.says("Tanggal alat belum dicocokkan").hides("give:");
    midwife.get("/immunizations").await.says("setelah tanggal alat dicocokkan");
}
