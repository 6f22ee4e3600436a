//! Everybody a posyandu serves: written down once, found in every way, corrected, counted, and brought in from a book.

use axum::http::StatusCode;
use chrono::NaiveDate;
use protocol::event::{Author, Body, Bpjs, Entry, Place, Role};
use protocol::pregnancy::{Outcome, PregnancyBegan};
use protocol::registry::{Field, Leaving, Sex};
use protocol::{CitizenId, EventId, LocalDate, Month, PregnancyId, card};
use uuid::Uuid;

use crate::harness::{DEWI, MAWAR, NewChild, Node, Phone, RAHMA};

/// Registers a grown person and gives her id.
async fn grown(phone: &mut Phone, kind: &str, more: &[(&str, &str)]) -> CitizenId {
    let form = phone.get(&format!("/people/new/{kind}")).await;
    let (child, event) = (form.field("child"), form.field("event"));
    let mut fields = vec![("child", child.as_str()), ("event", &event)];
    fields.extend_from_slice(more);
    let page = phone.post(&format!("/people/new/{kind}"), &fields).await;
    page.leads_to(&format!("/people/{child}?new={kind}"));
    child.parse().unwrap()
}

const YANTI: [(&str, &str); 7] = [
    ("name", "Yanti Rahayu"),
    ("day", "10"),
    ("month", "2"),
    ("year", "1998"),
    ("nik", "9971015002980001"),
    ("family_card", "9971019999990042"),
    ("address", "Kp. Sawah RT 02"),
];

#[tokio::test]
async fn a_grown_person_is_asked_little_written_once_and_found_in_every_way() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = node.phone(RAHMA).await;
    phone
        .get("/people/new?name=Yanti")
        .await
        .says("Siapa yang didaftarkan?")
        .says("/children/new?name=Yanti");
    let form = phone.get("/people/new/pregnant?name=Yanti").await;
    let (child, event) = (form.field("child"), form.field("event"));
    let mut fields = YANTI.to_vec();
    fields.extend([("child", child.as_str()), ("event", &event), ("bpjs", "aktif")]);
    let first = phone.post("/people/new/pregnant", &fields).await;
    let second = phone.post("/people/new/pregnant", &fields).await;
    assert_eq!((first.status, &first.location), (StatusCode::SEE_OTHER, &second.location), "{}", first.text);
    assert_eq!(node.events(), 4, "the registration, family card, address and membership, each once");
    let yanti = node.edge.store.child(child.parse().unwrap()).unwrap().unwrap();
    assert_eq!((yanti.is_adult, yanti.registered.bpjs), (true, Some(Bpjs::Active)));
    assert_eq!(yanti.registered.family_card.as_deref(), Some("9971019999990042"));
    phone.get(&first.location).await.says("Catat kehamilannya").says(&format!("/people/{child}/pregnancy"));
    let number = card::shown(&card::number(yanti.id)).to_lowercase();
    for typed in ["yanti", "yantie", "0001", "0042", number.as_str()] {
        phone.get(&format!("/search?q={typed}")).await.says("Yanti Rahayu").says("dewasa");
    }
    phone.get("/").await.hides("Yanti");
}

#[tokio::test]
async fn somebody_who_knows_no_birth_date_is_as_old_as_she_says() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = node.phone(RAHMA).await;
    let karto = grown(&mut phone, "adult", &[("name", "Mbah Karto"), ("sex", "l"), ("age", "70")]).await;
    let kept = node.edge.store.child(karto).unwrap().unwrap().registered;
    assert_eq!(
        (kept.is_birth_estimated, kept.birth_date.to_naive()),
        (true, NaiveDate::from_ymd_opt(1956, 7, 1))
    );
    phone.get(&format!("/people/{karto}")).await.says("(perkiraan)").says("lansia").says("Datang hari ini");
    let wrong = phone.post("/people/new/adult", &[("name", "Mbah Karto"), ("age", "tua")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.says("Umur ditulis dalam tahun").says("Pilih laki-laki").says("value=\"tua\"");
    phone.get("/people/new/adult").await.says("value=\"tua\"");
    assert_eq!(phone.get("/people/new/king").await.status, StatusCode::NOT_FOUND);
    // a ticket of hers leads to her own page, not to the scale of the children
    phone
        .post("/visits", &[("citizen", &karto.to_string())])
        .await
        .leads_to(&format!("/people/{karto}/adult"));
    phone.get("/waiting").await.says("Layani").says("Mbah Karto");
    phone.get("/search?q=1").await.says("Mbah Karto");
}

#[tokio::test]
async fn whoever_may_be_there_already_is_shown_while_it_is_typed() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let mut typed = vec![("name", "Sitti Amina"), ("mother", "Yuli"), ("day", "3"), ("month", "2")];
    phone.post("/people/same", &typed).await.hides("Siti Aminah");
    typed.push(("year", "2025"));
    phone.post("/people/same", &typed).await.says("Siti Aminah, ibu Rahma").says("Ini anaknya");
    let mothers = [("name", "Bayi"), ("mother", "Rachma"), ("day", "1"), ("month", "3"), ("year", "2025")];
    phone.post("/people/same", &mothers).await.says("Ibunya sama");
    phone.post("/people/same", &[("nik", "9971 0143 0225 0001")]).await.says("NIK-nya sama");
    assert!(phone.post("/people/same", &[]).await.text.trim().is_empty());
}

#[tokio::test]
async fn a_newborn_without_a_nik_is_written_down_under_its_mothers() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = node.phone(RAHMA).await;
    let yanti = grown(&mut phone, "pregnant", &YANTI).await;
    let form = phone.get("/children/new").await;
    let (child, event) = (form.field("child"), form.field("event"));
    let mut fields = vec![
        ("child", child.as_str()),
        ("event", &event),
        ("name", "Bayi Yanti"),
        ("sex", "p"),
        ("day", "1"),
        ("month", "2"),
        ("year", "2026"),
        ("mother", "Yanti Rahayu"),
        ("nik", "9971015002980001"),
    ];
    let asked = phone.post("/children/new", &fields).await;
    asked.says("NIK itu milik ibunya, Yanti Rahayu").hides("Mungkin sudah terdaftar");
    let seen = asked.field("seen");
    fields.push(("seen", &seen));
    phone.post("/children/new", &fields).await;
    let kept = node.edge.store.child(child.parse().unwrap()).unwrap().unwrap().registered;
    assert_eq!((kept.nik, kept.mother_id), (None, Some(yanti)));
    phone.get(&format!("/people/{child}")).await.says("di bawah NIK ibu …0001").says("ibu");
    phone.get("/search?q=0001").await.says("Bayi Yanti").says("Yanti Rahayu");
}

#[tokio::test]
async fn a_household_is_whoever_shares_a_family_card() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = node.phone(RAHMA).await;
    let yanti = grown(&mut phone, "pregnant", &YANTI).await;
    let budi = node.child(NewChild::budi()).await;
    let card = [("value", "9971019999990042")];
    let form = phone.get(&format!("/people/{budi}/edit/family-card")).await;
    let (event, bases) = (form.field("event"), form.field("bases"));
    let fields = [card[0], ("event", event.as_str()), ("bases", &bases)];
    phone.post(&format!("/people/{budi}/edit/family-card"), &fields).await;
    phone.get(&format!("/people/{yanti}")).await.says("Keluarga").says("Budi Santoso").says("balita");
    phone.get(&format!("/people/{budi}")).await.says("Yanti Rahayu").says("dewasa").says("Pertumbuhan");
    phone.get(&format!("/children/{budi}")).await.says(&format!("/people/{budi}"));
    phone.get(&format!("/children/{yanti}")).await.leads_to(&format!("/people/{yanti}"));
}

#[tokio::test]
async fn consent_and_membership_are_corrected_like_everything_else() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    phone.get(&format!("/people/{siti}")).await.says("belum ditanyakan; pengingat tidak dikirim");
    let page = phone.get(&format!("/people/{siti}/edit/consent")).await;
    page.says("tetap dicatat").says("hanya disimpan kalau disetujui");
    let (event, bases) = (page.field("event"), page.field("bases"));
    let ids = [("event", event.as_str()), ("bases", bases.as_str())];
    let path = format!("/people/{siti}/edit/consent");
    let nobody = [ids[0], ids[1], ("value", ""), ("reminders", "ya")];
    let asked = phone.post(&path, &nobody).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    asked.says("siapa yang menyetujui");
    phone.post(&path, &[ids[0], ids[1], ("value", "ibu"), ("reminders", "ya"), ("photo", "tidak")]).await;
    let kept = node.edge.store.child(siti).unwrap().unwrap();
    let consent = kept.registered.consent.clone().unwrap();
    assert_eq!((consent.by.as_str(), consent.photo, consent.reminders), ("ibu", false, true));
    assert!(kept.fields.contains_key(&Field::Consent));
    phone.get(&format!("/people/{siti}")).await.says("boleh dikirimi pengingat, kata ibu 10-02-2026");
}

#[tokio::test]
async fn somebody_who_is_away_is_not_expected_and_a_double_names_the_one_that_stays() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let again =
        node.child(NewChild { name: "Sitti Amina", nik: None, past: Vec::new(), ..NewChild::siti() }).await;
    let mut phone = node.phone(RAHMA).await;
    let page = phone.get(&format!("/people/{again}/status")).await;
    page.says("Ganda, tercatat dua kali").says("Siti Aminah, lahir 03-02-2025").hides("Lulus");
    let event = page.field("event");
    let other = siti.to_string();
    let double = [("event", event.as_str()), ("why", "double"), ("other", &other)];
    phone.post(&format!("/people/{again}/status"), &double).await;
    assert_eq!(node.edge.store.child(again).unwrap().unwrap().double_of, Some(siti));
    phone.get(&format!("/people/{again}")).await.says("Yang dipakai: Siti Aminah");
    assert_eq!(node.edge.roster.balance(MAWAR, Month::of("2026-02-01".parse().unwrap())).now, 1);

    let event = phone.get(&format!("/people/{siti}/status")).await.field("event");
    let day = [("day", "5"), ("month", "2"), ("year", "2026")];
    let away = [("event", event.as_str()), ("why", "away"), day[0], day[1], day[2]];
    phone.post(&format!("/people/{siti}/status"), &away).await;
    phone.get("/").await.says("Belum datang <span class=\"count\">0</span>");
    phone.get("/search?q=siti").await.says("sedang pergi");
    let page = phone.get(&format!("/people/{siti}")).await;
    page.says("Sedang tidak di sini: pergi sementara sejak 05-02-2026").says("Kembalikan");
    let future =
        [("event", event.as_str()), ("why", "moved"), ("day", "1"), ("month", "3"), ("year", "2026")];
    let wrong = phone.post(&format!("/people/{siti}/status"), &future).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.says("belum tiba");
    let moves = node.edge.store.child(siti).unwrap().unwrap().moves;
    assert_eq!(moves.iter().map(|one| one.leaving).collect::<Vec<_>>(), [Leaving::Away]);
}

#[tokio::test]
async fn the_midwife_takes_a_record_back_with_a_reason_and_both_stay_visible() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let weighed = node.edge.store.visits_of(siti).unwrap()[0].weighed.clone().unwrap().event;
    let path = format!("/people/{siti}/void/{weighed}");
    let mut kader = node.phone(RAHMA).await;
    kader.get(&format!("/people/{siti}/records")).await.says("ditimbang 8,60 kg").hides(&path);
    assert_eq!(kader.get(&path).await.status, StatusCode::FORBIDDEN);
    let mut bidan = node.phone(DEWI).await;
    bidan.get(&format!("/people/{siti}/records")).await.says(&path);
    let page = bidan.get(&path).await;
    let event = page.field("event");
    let before = node.events();
    let unsaid = bidan.post(&path, &[("event", &event), ("reason", " ")]).await;
    assert_eq!((unsaid.status, node.events()), (StatusCode::UNPROCESSABLE_ENTITY, before));
    let fields = [("event", event.as_str()), ("reason", "tertukar dengan anak lain")];
    for _ in 0..2 {
        bidan.post(&path, &fields).await.leads_to(&format!("/people/{siti}/records"));
    }
    assert_eq!(node.events(), before + 1);
    let page = bidan.get(&format!("/people/{siti}/records")).await;
    page.says("<s>ditimbang 8,60 kg</s>").says("dibatalkan bidan: tertukar dengan anak lain").hides(&path);
    assert!(node.edge.store.visits_of(siti).unwrap()[0].weighed.is_none());
    assert_eq!(
        bidan.get(&format!("/people/{siti}/void/{}", Uuid::nil())).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_search_that_hits_one_of_twins_shows_both_and_asks_which_one() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let one = node.twin(NewChild { name: "Hasan", nik: None, ..NewChild::budi() }, 1).await;
    let other = node.twin(NewChild { name: "Husen", nik: None, ..NewChild::budi() }, 2).await;
    let mut phone = node.phone(RAHMA).await;
    let page = phone.get("/search?q=husen").await;
    page.says("Husen")
        .says("Hasan")
        .says("kembar ke-1")
        .says(&format!("/people/{other}/which"))
        .hides(">Datang<");
    let page = phone.get(&format!("/people/{one}/which")).await;
    page.says("Yang mana?").says("Hasan").says("kembar ke-2, laki-laki");
    phone.come(other).await;
    phone.get("/search?q=1").await.says("001").says("Husen").says("Hasan");
    let siti = node.child(NewChild::siti()).await;
    phone.get(&format!("/people/{siti}/which")).await.leads_to(&format!("/people/{siti}"));
}

async fn pregnant(node: &Node, mother: CitizenId) -> PregnancyId {
    let pregnancy = PregnancyId(Uuid::now_v7());
    let on: NaiveDate = "2025-09-01".parse().unwrap();
    let began = PregnancyBegan {
        pregnancy,
        last_period: Some("2025-05-06".parse::<NaiveDate>().unwrap().into()),
        due: None,
        gravida: 2,
        para: 1,
        abortus: 0,
        tetanus: None,
        risks: Vec::new(),
    };
    let event = edge::store::NewEvent {
        id: EventId(Uuid::now_v7()),
        author: Author { user: DEWI, role: Role::Bidan },
        posyandu: MAWAR,
        citizen: Some(mother),
        visit: None,
        observed_on: LocalDate::from(on),
        recorded_at: node.edge.clock.now().stamp,
        report_month: Month::of(on),
        place: Place::Posyandu,
        entry: Entry::Late,
        instrument: None,
        replaces: None,
        body: Body::PregnancyBegan(began),
    };
    node.edge.store.record(vec![event]).await.unwrap();
    pregnancy
}

#[tokio::test]
async fn a_birth_is_made_from_the_mothers_record_and_ends_the_pregnancy() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = node.phone(RAHMA).await;
    let yanti = grown(&mut phone, "pregnant", &YANTI).await;
    let pregnancy = pregnant(&node, yanti).await;
    phone.get(&format!("/people/{yanti}")).await.says("ibu hamil").says("Sudah melahirkan");
    let path = format!("/people/{yanti}/birth");
    let event = phone.get(&path).await.field("event");
    let fields = [
        ("event", event.as_str()),
        ("day", "3"),
        ("month", "2"),
        ("year", "2026"),
        ("name1", "Hasan"),
        ("sex1", "l"),
        ("kg1", "2,9"),
        ("cm1", "48"),
        ("sex2", "p"),
        ("kg2", "2,7"),
    ];
    let wrong = phone.post(&path, &[("event", event.as_str()), ("kg1", "2900")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let first = phone.post(&path, &fields).await;
    let events = node.events();
    assert_eq!(phone.post(&path, &fields).await.location, first.location, "a second tap is the same birth");
    assert_eq!(node.events(), events);
    let born: Vec<_> = ["hasan", "bayi%202"].into_iter().collect();
    for typed in born {
        phone.get(&format!("/search?q={typed}")).await.says("kembar ke-1").says("kembar ke-2");
    }
    let facts = node.edge.store.facts_of(yanti).unwrap();
    let ended = facts.iter().find_map(|fact| match fact.body() {
        Body::PregnancyEnded(ended) => Some(ended.clone()),
        _ => None,
    });
    let ended = ended.unwrap();
    let Outcome::Born(children) = &ended.outcome else { panic!("{ended:?}") };
    assert_eq!((ended.pregnancy, children.len()), (pregnancy, 2));
    let hasan = node.edge.store.child(children[0]).unwrap().unwrap();
    let kept = &hasan.registered;
    assert_eq!(
        (kept.mother_id, kept.mother.as_str(), kept.birth_order),
        (Some(yanti), "Yanti Rahayu", Some(1))
    );
    assert_eq!((kept.birth_mass_g, kept.gestation_weeks), (Some(2_900), Some(39)));
    assert_eq!(kept.family_card.as_deref(), Some("9971019999990042"));
    assert_eq!(kept.address.as_deref(), Some("Kp. Sawah RT 02"));
    let visits = node.edge.store.visits_of(children[0]).unwrap();
    assert!(
        visits[0].weighed.is_none() && visits[0].length.is_some(),
        "a length at birth, and no weighing here"
    );
    assert_eq!(
        node.edge.store.child(children[1]).unwrap().unwrap().registered.name,
        "Bayi 2 Ny. Yanti Rahayu"
    );
    phone.get(&format!("/people/{yanti}")).await.hides("Sudah melahirkan").says("Hasan");
    let month = Month::of("2026-02-01".parse().unwrap());
    assert_eq!(node.edge.roster.balance(MAWAR, month).born, 2);
    let closing = phone.get("/closing").await;
    closing.says("aria-label=\"Lahir: 2\"").says("Akhir bulan ini");
    let born = format!("/closing/moves?bulan={}&flow=lahir", month.0);
    closing.says(&born.replace('&', "&#38;"));
    phone.get(&born).await.says("Hasan").says("Bayi 2 Ny. Yanti Rahayu").hides("Tidak ada.");
    phone.get(&born.replace("lahir", "pindah")).await.says("Tidak ada.").hides("Hasan");
}

#[tokio::test]
async fn a_guest_is_served_and_in_no_list_of_who_is_missing_and_in_no_count() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = node.phone(RAHMA).await;
    let form = phone.get("/children/new").await;
    let (child, event) = (form.field("child"), form.field("event"));
    let fields = [
        ("child", child.as_str()),
        ("event", &event),
        ("name", "Tono"),
        ("sex", "l"),
        ("day", "1"),
        ("month", "6"),
        ("year", "2025"),
        ("mother", "Lilis"),
        ("home", "Melati 2"),
    ];
    let page = phone.post("/children/new", &fields).await;
    assert!(page.location.ends_with("/weight"), "{page:?}");
    let listed = node.edge.roster.one(MAWAR, child.parse().unwrap()).unwrap();
    assert_eq!((listed.home.as_deref(), listed.sex), (Some("Melati 2"), Sex::Male));
    assert_eq!(node.edge.roster.balance(MAWAR, Month::of("2026-02-01".parse().unwrap())).now, 0);
    phone.get("/search?q=tono").await.says("tamu dari Melati 2");
    phone.get("/").await.says("Belum datang <span class=\"count\">0</span>");
}

#[tokio::test]
async fn a_child_and_its_last_weights_are_copied_from_the_book_on_one_page() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = node.phone(RAHMA).await;
    let page = phone.get("/people/from-book").await;
    page.says("Januari 2026").says("Baris 3");
    let child = page.field("child");
    let fields = [
        ("child", child.as_str()),
        ("name", "Siti Aminah"),
        ("sex", "p"),
        ("day", "3"),
        ("month", "2"),
        ("year", "2025"),
        ("mother", "Rahma"),
        ("month1", "2026-01"),
        ("kg1", "8,6"),
        ("cm1", "72,8"),
        ("month2", "2025-12"),
        ("kg2", "8,4"),
        ("month3", "2025-11"),
        ("kg3", ""),
    ];
    let mut wrong = fields;
    wrong[8] = ("kg1", "8600");
    let asked = phone.post("/people/from-book", &wrong).await;
    assert_eq!((asked.status, node.events()), (StatusCode::UNPROCESSABLE_ENTITY, 0));
    asked.says("Baris 1: berat ditulis dalam kg").says("value=\"8600\"");
    for _ in 0..2 {
        let page = phone.post("/people/from-book", &fields).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    }
    assert_eq!(node.events(), 4, "a registration, two weights and a length, each once");
    let visits = node.edge.store.visits_of(child.parse().unwrap()).unwrap();
    let weights: Vec<_> = visits.iter().filter_map(|visit| visit.weighed.as_ref()).collect();
    assert!(weights.iter().all(|seen| seen.entry == Entry::FromBook) && weights.len() == 2);
    phone.get("/people/from-book?saved=Siti").await.says("tersimpan di alat: Siti");
    phone.get(&format!("/children/{child}")).await.says("8,60").says("10-01-2026");
}

const TABLE: &str = "nama;jk;tanggal lahir;nama ibu;no kk;BB 12-2025;BB 01-2026\n\
                     Siti Aminah;P;03-02-2025;Rahma;9971019999990042;8,3;8,6\n\
                     Budi Santoso;L;20-05-2025;Wati;;7,7;7,9\n\
                     Ani;x;;Lilis;;;\n";

#[tokio::test]
async fn a_table_is_looked_at_first_and_taken_only_then() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = node.phone(RAHMA).await;
    let page = phone.upload("/people/import", "file", TABLE.as_bytes()).await;
    page.says("2 dari 3 baris benar").says("Belum ada yang disimpan").says("Pilih laki-laki atau perempuan");
    assert_eq!(node.events(), 0);
    let token = page.field("token");
    phone.post("/people/import/take", &[("token", "elsewhere")]).await.says("Pilih berkasnya sekali lagi");
    phone.post("/people/import/take", &[("token", &token)]).await.says("2 anak dengan timbangannya");
    assert_eq!(node.events(), 7, "two registrations, one family card, four weights");
    phone.post("/people/import/take", &[("token", &token)]).await.says("Pilih berkasnya sekali lagi");
    let page = phone.upload("/people/import", "file", TABLE.as_bytes()).await;
    page.says("Sudah pernah dimasukkan");
    phone.post("/people/import/take", &[("token", &page.field("token"))]).await;
    assert_eq!(node.events(), 7, "the same table twice changes nothing");
    phone
        .upload("/people/import", "file", b"nama;ibu\nSiti;Rahma")
        .await
        .says("belum ada di baris pertama: jk");
    phone.upload("/people/import", "file", b"").await.says("belum dipilih");
    phone.get("/people/import/tabel.csv").await.says("nama;jk;tanggal lahir");
}

#[tokio::test]
async fn a_photographed_card_leads_to_its_person() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    phone.get("/").await.says("/people/scan");
    phone.get("/people/scan").await.says("capture=\"environment\"");
    let known = photograph(&card::number(siti));
    phone.upload("/people/scan", "photo", &known).await.leads_to(&format!("/people/{siti}"));
    let unknown = photograph(&card::number(CitizenId(Uuid::from_u128(9))));
    phone.upload("/people/scan", "photo", &unknown).await.says("belum dikenal");
    phone.upload("/people/scan", "photo", b"hello").await.says("tidak bisa dibuka");
    assert_eq!(
        phone.upload("/people/scan", "photo", &vec![0; 13 << 20]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

/// A code as a picture.
fn photograph(text: &str) -> Vec<u8> {
    let code = qrcode::QrCode::new(text).unwrap();
    let side = (code.width() + 16) * 8;
    let colors = code.to_colors();
    let module = |at: usize| (at / 8).checked_sub(8).filter(|place| *place < code.width());
    let pixel = |at: usize| match module(at % side).zip(module(at / side)) {
        Some((x, y)) if colors[y * code.width() + x] == qrcode::Color::Dark => 20,
        _ => 220,
    };
    let pixels: Vec<u8> = (0..side * side).map(pixel).collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side as u32, side as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    file
}
