//! Pregnant women: a kader measures, the midwife stands by the record, and visits are counted from what stands.

use axum::http::StatusCode;
use chrono::{Days, NaiveDate};
use edge::store::{Fact, NewEvent};
use protocol::event::{Author, Entry, Place, Role};
use protocol::feed::Item;
use protocol::growth::Taken;
use protocol::measured::{Measure, Pressure};
use protocol::pregnancy::{AncExamined, Outcome, PregnancyBegan, PregnancyEnded};
use protocol::registry::{AdultRegistered, Sex};
use protocol::service::{Noted, Served, Tablet};
use protocol::{Body, CitizenId, EventId, LocalDate, Month, PregnancyId};
use uuid::Uuid;

use crate::harness::{DEWI, MAWAR, Node, Page, Phone, RAHMA};

/// Today in these tests.
const TODAY: &str = "2026-02-10";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

impl Node {
    /// Somebody who is no child.
    pub(crate) async fn adult(&self, name: &str, born: &str, sex: Sex) -> CitizenId {
        let id = CitizenId(Uuid::now_v7());
        let adult = AdultRegistered {
            name: name.into(),
            nik: None,
            birth_date: day(born).into(),
            is_birth_estimated: false,
            sex,
        };
        self.tell(id, TODAY, Body::AdultRegistered(adult)).await;
        id
    }

    /// Something that was recorded on a day by the midwife, outside a page.
    pub(crate) async fn tell(&self, citizen: CitizenId, on: &str, body: Body) -> EventId {
        let (id, on) = (EventId(Uuid::now_v7()), day(on));
        let event = NewEvent {
            id,
            author: Author { user: DEWI, role: Role::Bidan },
            posyandu: MAWAR,
            citizen: Some(citizen),
            visit: None,
            observed_on: LocalDate::from(on),
            recorded_at: self.edge.clock.now().stamp,
            report_month: Month::of(on),
            place: Place::Posyandu,
            entry: Entry::Late,
            instrument: None,
            replaces: None,
            body,
        };
        self.edge.store.record(vec![event]).await.unwrap();
        id
    }

    /// A pregnancy that began so many days before today.
    async fn pregnant(&self, citizen: CitizenId, days: u64) -> PregnancyId {
        let pregnancy = PregnancyId(Uuid::now_v7());
        let began = PregnancyBegan {
            pregnancy,
            last_period: Some((day(TODAY) - Days::new(days)).into()),
            due: None,
            gravida: 2,
            para: 1,
            abortus: 0,
            tetanus: Some(2),
            risks: Vec::new(),
        };
        self.tell(citizen, TODAY, Body::PregnancyBegan(began)).await;
        pregnancy
    }

    /// A visit the midwife stood by, so many days before today.
    async fn examined(&self, citizen: CitizenId, pregnancy: PregnancyId, days: u64) {
        let exam = AncExamined {
            pregnancy,
            by_doctor: false,
            ultrasound: false,
            tetanus_given: None,
            screened: Vec::new(),
            risks: Vec::new(),
            notes: String::new(),
            validated: true,
        };
        let on = (day(TODAY) - Days::new(days)).to_string();
        self.tell(citizen, &on, Body::AncExamined(exam)).await;
    }

    pub(crate) fn facts(&self, citizen: CitizenId) -> Vec<Fact> {
        self.edge.store.facts_of(citizen).unwrap()
    }

    fn exams(&self, citizen: CitizenId) -> Vec<AncExamined> {
        let exam = |fact: Fact| match fact.event.body {
            Body::AncExamined(exam) => Some(exam),
            _ => None,
        };
        self.facts(citizen).into_iter().filter_map(exam).collect()
    }
}

impl Phone {
    /// Fills in a page as it stands and presses its button.
    pub(crate) async fn fill(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
        let (sheet, draft, seen) = (page.field("sheet"), page.field("draft"), page.field("seen"));
        let mut all = vec![("sheet", sheet.as_str()), ("draft", draft.as_str()), ("seen", seen.as_str())];
        all.extend_from_slice(fields);
        self.post(path, &all).await
    }
}

#[tokio::test]
async fn a_pregnancy_is_written_down_and_dated_from_the_last_period() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let ratna = node.adult("Ratna Dewi", "1995-04-12", Sex::Female).await;
    let mut phone = node.phone(RAHMA).await;
    let home = format!("/people/{ratna}/pregnancy");
    phone.get(&home).await.says("Tidak sedang hamil");
    let new = format!("{home}/new");

    let page =
        phone.fill(&new, &[("hpht", "2026-05-01"), ("gravida", ""), ("para", "1"), ("abortus", "0")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.says("HPHT tidak boleh setelah hari ini").says("Tulis hamil yang ke berapa");
    page.says("value=\"2026-05-01\"").says("aria-describedby=\"hpht-salah\"");
    // what was typed is found again on another phone
    node.phone(DEWI).await.get(&new).await.says("value=\"2026-05-01\"");
    let page =
        phone.fill(&new, &[("hpht", "2025-10-01"), ("gravida", "1"), ("para", "1"), ("abortus", "0")]).await;
    page.says("harus lebih dari jumlah lahir dan keguguran");

    let good =
        [("hpht", "2025-10-01"), ("gravida", "2"), ("para", "1"), ("abortus", "0"), ("caesarean", "ya")];
    phone.fill(&new, &good).await.leads_to(&home);
    let page = phone.get(&home).await;
    page.says("18 minggu 6 hari").says("08-07-2026").says("G2 P1 A0").says("pernah operasi sesar");
    page.says("T0 (belum diketahui)").says("K1").hides("K1 murni");
    // somebody who taps twice, or comes with another phone, writes down no second one
    phone.post(&new, &good).await.leads_to(&home);
    let begun = node.facts(ratna).into_iter().filter(|fact| matches!(fact.body(), Body::PregnancyBegan(_)));
    assert_eq!(begun.count(), 1);
}

#[tokio::test]
async fn a_kader_measures_and_leaves_a_note_and_only_the_midwife_makes_it_a_visit() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let ratna = node.adult("Ratna Dewi", "1995-04-12", Sex::Female).await;
    node.pregnant(ratna, 70).await;
    let home = format!("/people/{ratna}/pregnancy");
    let (measure, questions, exam) =
        (format!("{home}/measure"), format!("{home}/questions"), format!("{home}/exam"));
    let (mut rahma, mut dewi) = (node.phone(RAHMA).await, node.phone(DEWI).await);

    let page = rahma.fill(&measure, &[("systolic", "120"), ("mass", "berat")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.says("Tulis angka bawah dari tensimeter").says("Tulis beratnya dalam kg").says("value=\"120\"");
    assert!(node.facts(ratna).iter().all(|fact| !matches!(fact.body(), Body::Measured(_))));

    let fields = [("systolic", "142"), ("diastolic", "88"), ("mass", "52,4"), ("arm", "23,4")];
    let page = rahma.get(&measure).await;
    let sheet = page.field("sheet");
    let mut all = vec![("sheet", sheet.as_str())];
    all.extend_from_slice(&fields);
    rahma.post(&measure, &all).await.leads_to(&questions);
    rahma.post(&measure, &all).await.leads_to(&questions);
    let measured: Vec<Measure> = node
        .facts(ratna)
        .iter()
        .filter_map(|fact| match fact.body() {
            Body::Measured(measured) => Some(measured.measure),
            _ => None,
        })
        .collect();
    let pressure = Pressure { systolic: 142, diastolic: 88, pulse: None };
    assert_eq!(measured.len(), 3, "a double tap is the same: {measured:?}");
    assert!(measured.contains(&Measure::Pressure(Taken::Value(pressure))));
    assert!(measured.contains(&Measure::Arm(Taken::Value(2_340))));

    let said = [("tb_cough", "ya"), ("tablets", "30"), ("notes", "Pusing sejak kemarin")];
    rahma.fill(&questions, &said).await.leads_to(&home);
    let page = rahma.get(&home).await;
    page.says("Tensi tinggi (142/88)").says("KEK").says("Rujuk ke Puskesmas").says("Ada tanda TB");
    page.says("30 dari 90").says("Pusing sejak kemarin").says("menunggu bidan").hides("K1 murni");
    let drafts = node.exams(ratna);
    assert_eq!(drafts.iter().map(|exam| exam.validated).collect::<Vec<_>>(), [false]);

    // a kader is told whose part it is, and nothing changes
    let page = rahma.get(&exam).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    page.says("dilengkapi oleh bidan");
    let page = rahma.post(&exam, &[("doctor", "ya")]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_eq!(node.exams(ratna), drafts);

    let page = dewi.get(&exam).await;
    page.says("Melengkapi catatan kader").says("Pusing sejak kemarin").says("T3");
    let fields = [("doctor", "ya"), ("tetanus", "3"), ("hiv", "non-reaktif"), ("notes", "Pusing, dirujuk")];
    dewi.fill(&exam, &fields).await.leads_to(&home);
    let exams = node.exams(ratna);
    assert_eq!(exams.len(), 1, "the draft is replaced: {exams:?}");
    let [exam] = exams.as_slice() else { panic!() };
    assert!(exam.validated && exam.by_doctor && exam.notes == "Pusing, dirujuk");
    assert_eq!((exam.tetanus_given, exam.screened.len()), (Some(3), 1));
    let page = dewi.get(&home).await;
    page.says("tersimpan di alat")
        .says("K1 murni")
        .says("10 minggu · dokter")
        .says("T3")
        .hides("menunggu bidan");
    page.says("terlindung sampai 10-02-2031");

    // both stay visible: what the kader wrote has fallen, with a reason
    let all = node.edge.store.all_facts_of(ratna).unwrap();
    let fallen = all.iter().find(|fact| fact.fallen.is_some()).expect("the draft");
    assert_eq!(fallen.fallen.as_ref().unwrap().reason, "dilengkapi bidan");
}

#[tokio::test]
async fn visits_are_numbered_from_the_records_that_stand_and_k6_wants_one_two_three() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let (ratna, sari) = (
        node.adult("Ratna Dewi", "1995-04-12", Sex::Female).await,
        node.adult("Sari Utami", "1988-01-20", Sex::Female).await,
    );
    let mut phone = node.phone(RAHMA).await;
    // 38 weeks: visits at weeks 10, 16, 22, 28, 33 and 37
    let full = node.pregnant(ratna, 266).await;
    for weeks in [10, 16, 22, 28, 33, 37] {
        node.examined(ratna, full, 266 - weeks * 7).await;
    }
    let page = phone.get(&format!("/people/{ratna}/pregnancy")).await;
    page.says("K1 murni").says("K6</dt><dd><span aria-hidden=\"true\">✔</span> 03-02-2026 · 37 minggu");
    page.says("Periksa dokter").says("USG");

    // first seen in week 16: no pure K1, and six visits are no K6
    let late = node.pregnant(sari, 266).await;
    for weeks in [16, 20, 23, 28, 33, 37] {
        node.examined(sari, late, 266 - weeks * 7).await;
    }
    let page = phone.get(&format!("/people/{sari}/pregnancy")).await;
    page.says("K1 akses").says("K6</dt><dd><span class=\"pending\">belum</span>");
    page.says("jadi K6 tidak tercapai").says("umur di atas 35 tahun");
}

#[tokio::test]
async fn danger_signs_send_her_to_the_puskesmas_today_with_a_slip_that_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let ratna = node.adult("Ratna Dewi", "1995-04-12", Sex::Female).await;
    node.pregnant(ratna, 200).await;
    node.hear(vec![Item::Setting { key: "anc_tablet".into(), value: "mms".into() }]).await;
    let home = format!("/people/{ratna}/pregnancy");
    let mut phone = node.phone(RAHMA).await;
    let page = phone.get(&format!("{home}/questions")).await;
    page.says("Perdarahan").says("Gerakan bayi berkurang").says("value=\"mms\" checked");
    let fields = [("bleeding", "ya"), ("product", "mms"), ("tablets", "90")];
    phone.fill(&format!("{home}/questions"), &fields).await.leads_to(&home);
    phone.get(&home).await.says("Rujuk ke Puskesmas hari ini").says("Perdarahan").says("90 dari 180");
    let slip = format!("{home}/slip");
    phone.fill(&slip, &[]).await.leads_to(&home);
    phone.get(&home).await.says("sudah dirujuk hari ini");
    let facts = node.facts(ratna);
    let referred = facts.iter().find_map(|fact| match fact.body() {
        Body::Served(Served::Referred { reasons, urgent, .. }) => Some((reasons.clone(), *urgent)),
        _ => None,
    });
    assert_eq!(referred, Some((vec!["Perdarahan".into()], true)));
    let given = |fact: &Fact| {
        matches!(fact.body(), Body::Served(Served::Tablets { product: Tablet::Micronutrients, count: 90 }))
    };
    assert!(facts.iter().any(given));
    let asked =
        |fact: &Fact| matches!(fact.body(), Body::Noted(Noted::Danger(codes)) if codes == &["bleeding"]);
    assert!(facts.iter().any(asked));
}

#[tokio::test]
async fn after_birth_there_are_four_visits_and_two_capsules() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let ratna = node.adult("Ratna Dewi", "1995-04-12", Sex::Female).await;
    let pregnancy = node.pregnant(ratna, 285).await;
    let ended =
        PregnancyEnded { pregnancy, on: day("2026-02-05").into(), outcome: Outcome::Born(Vec::new()) };
    node.tell(ratna, "2026-02-05", Body::PregnancyEnded(ended)).await;
    let home = format!("/people/{ratna}/pregnancy");
    let nifas = format!("{home}/nifas");
    let (mut rahma, mut dewi) = (node.phone(RAHMA).await, node.phone(DEWI).await);
    rahma.get(&home).await.says("KF2 sekarang waktunya").says("kurang 2").says("05-02-2026");
    rahma.fill(&nifas, &[("capsules", "1")]).await.leads_to(&home);
    rahma.get(&home).await.says("kurang 1").says("KF2</dt><dd><span class=\"pending\">belum");
    dewi.fill(&nifas, &[("capsules", "1"), ("fever", "ya")]).await.leads_to(&home);
    let page = dewi.get(&home).await;
    page.says("KF2</dt><dd><span aria-hidden=\"true\">✔</span> 10-02-2026")
        .hides("Kapsul vitamin A merah: kurang");
    page.says("Demam tinggi").says("Rujuk ke Puskesmas hari ini");
}

#[tokio::test]
async fn a_pregnancy_past_its_term_is_listed_on_top_until_somebody_says_how_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let ratna = node.adult("Ratna Dewi", "1995-04-12", Sex::Female).await;
    let sari = node.adult("Sari Utami", "1998-01-20", Sex::Female).await;
    let wulan = node.adult("Wulan Sari", "1999-01-20", Sex::Female).await;
    node.pregnant(ratna, 100).await;
    node.pregnant(sari, 295).await;
    node.pregnant(wulan, 294).await;
    let past = |node: &Node| edge::pregnancy::past_term(&node.edge, MAWAR, day(TODAY)).unwrap();
    assert_eq!(past(&node).iter().map(|past| past.citizen).collect::<Vec<_>>(), [sari]);
    let (mut rahma, mut dewi) = (node.phone(RAHMA).await, node.phone(DEWI).await);
    let page = rahma.get("/pregnancies").await;
    page.says("1 sudah lewat waktu lahir").says("lewat waktu lahir").says("14 minggu 2 hari");
    let at = |name: &str| page.text.find(name).unwrap();
    assert!(at("Sari Utami") < at("Wulan Sari") && at("Wulan Sari") < at("Ratna Dewi"));

    let end = format!("/people/{sari}/pregnancy/end");
    rahma.get(&end).await.says(&format!("/people/{sari}/birth")).says("Minta bidan");
    let page = rahma.post(&end, &[("outcome", "stillborn"), ("on", "2026-02-01")]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let page = dewi.fill(&end, &[("outcome", "stillborn"), ("on", "2026-03-01")]).await;
    page.says("Tanggalnya belum tiba");
    let home = format!("/people/{sari}/pregnancy");
    dewi.fill(&end, &[("outcome", "stillborn"), ("on", "2026-02-01")]).await.leads_to(&home);
    assert_eq!(past(&node), []);
    rahma.get("/pregnancies").await.hides("Sari Utami").says("Wulan Sari");

    // and so it is after the node has started again
    drop((rahma, dewi));
    node.stop();
    let node = Node::start(folder.path()).await;
    assert_eq!(node.edge.store.mothers().unwrap().len(), 3);
    node.phone(RAHMA).await.get("/pregnancies").await.says("Wulan Sari").says("Ratna Dewi");
}
