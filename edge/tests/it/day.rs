//! A posyandu day is opened, held at a board by several phones, and closed with figures that keep their version.

use axum::http::StatusCode;
use protocol::feed::{Item, Session};
use protocol::{Body, CitizenId, LocalDate, Month};
use uuid::Uuid;

use crate::f1::{event, weighed};
use crate::harness::{DEWI, MAWAR, NewChild, Node, Page, Phone, RAHMA, Setup};
use crate::immunization::give;

const FEBRUARY: Month = Month(2026 * 12 + 1);

fn with_title<'a>(page: &'a Page, month: &'a str) -> Vec<(&'a str, String)> {
    vec![
        ("event", page.field("event")),
        ("session", page.field("session")),
        ("title", "Bulan timbang".into()),
        ("month", month.into()),
        ("present", RAHMA.to_string()),
        ("present", DEWI.to_string()),
    ]
}

async fn post(phone: &mut Phone, path: &str, fields: &[(&str, String)]) -> Page {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    phone.post(path, &fields).await
}

async fn open(phone: &mut Phone, month: Month) {
    let page = phone.get("/opening").await;
    let month = month.0.to_string();
    post(phone, "/opening", &with_title(&page, &month)).await.leads_to("/board");
}

async fn weigh(phone: &mut Phone, child: CitizenId, kg: &str) {
    let visit = phone.come(child).await;
    let weight = format!("/visits/{visit}/weight");
    let page = phone.get(&format!("{weight}?how=typed")).await;
    phone.save(&page, &weight, &[("typed", kg)]).await;
}

#[tokio::test]
async fn a_posyandu_is_opened_once_and_what_is_recorded_bears_its_month() {
    let folder = tempfile::tempdir().unwrap();
    let node =
        Node::start_as(folder.path(), Setup { today: Some("2026-03-02T08:00:00"), ..Setup::default() }).await;
    let siti = node.child(NewChild::siti()).await;
    let planned = Session {
        id: Uuid::from_u128(5),
        day: LocalDate::from("2026-02-25".parse::<chrono::NaiveDate>().unwrap()),
        from_min: 480,
        place: String::new(),
        cancelled: false,
    };
    node.hear(vec![Item::Session(planned)]).await;
    let (mut rahma, mut dewi) = (node.phone(RAHMA).await, node.phone(DEWI).await);
    rahma.get("/board").await.says("Posyandu belum dibuka");
    let page = rahma.get("/opening").await;
    page.says("Jadwalnya Rabu 25-02-2026").says(&format!("value=\"{}\" checked", FEBRUARY.0)).says("Dewi");
    let before = node.events();
    let nobody = [
        ("event", page.field("event")),
        ("session", page.field("session")),
        ("month", FEBRUARY.0.to_string()),
    ];
    let refused = post(&mut rahma, "/opening", &nobody).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.says("Pilih siapa yang bertugas");
    let month = FEBRUARY.0.to_string();
    let other = dewi.get("/opening").await;
    post(&mut rahma, "/opening", &with_title(&page, &month)).await.leads_to("/board");
    post(&mut rahma, "/opening", &with_title(&page, &month)).await.leads_to("/board");
    post(&mut dewi, "/opening", &with_title(&other, &month)).await.leads_to("/board");
    assert_eq!(node.events(), before + 1, "two taps and two phones open one meeting");
    rahma.get("/board").await.says("Bulan timbang · laporan Februari 2026").hides("belum dibuka");
    dewi.get("/opening").await.leads_to("/board");

    weigh(&mut rahma, siti, "8,95").await;
    let record = node.edge.store.visits_of(siti).unwrap().pop().unwrap();
    assert_eq!(record.report_month, FEBRUARY, "moved over the month's end, it stays where it belongs");
    let vaccines = dewi.get(&format!("/people/{siti}/immunization")).await;
    let due = vaccines.text.split("give:").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    give(&mut dewi, &vaccines, siti, &[(&due, "B-7")]).await;
    let facts = node.edge.store.all_facts_of(siti).unwrap();
    let dose = facts.iter().find(|fact| matches!(fact.body(), Body::Immunization(_))).expect("it was given");
    assert_eq!(dose.month, FEBRUARY, "{due} as well");
    rahma.get("/closing").await.says("Laporan Februari 2026");
}

#[tokio::test]
async fn each_posyandu_of_a_node_has_a_meeting_of_its_own() {
    let melati = protocol::PosyanduId(Uuid::from_u128(0x3b));
    let place =
        |id, name: &str| protocol::bundle::Posyandu { id, name: name.into(), village: "Cibadak".into() };
    let posyandu = vec![place(MAWAR, "Mawar 3"), place(melati, "Melati 1")];
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_as(folder.path(), Setup { posyandu, ..Setup::default() }).await;
    let (mut rahma, mut dewi) = (node.phone(RAHMA).await, node.phone(DEWI).await);
    rahma.post("/posyandu", &[("posyandu", &MAWAR.to_string())]).await;
    dewi.post("/posyandu", &[("posyandu", &melati.to_string())]).await;
    open(&mut rahma, FEBRUARY).await;
    dewi.get("/board").await.says("Posyandu belum dibuka");
    open(&mut dewi, Month(FEBRUARY.0 - 1)).await;
    let months = [MAWAR, melati].map(|posyandu| node.edge.store.meetings(posyandu).unwrap()[0].month);
    assert_eq!(months, [FEBRUARY, Month(FEBRUARY.0 - 1)]);
}

#[tokio::test]
async fn the_board_says_who_is_where_and_a_call_is_seen_by_the_other_phone() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let (siti, budi) = (node.child(NewChild::siti()).await, node.child(NewChild::budi()).await);
    let (mut rahma, mut dewi) = (node.phone(RAHMA).await, node.phone(DEWI).await);
    open(&mut rahma, FEBRUARY).await;
    let visit = rahma.come(siti).await;
    dewi.get("/board").await.says("001").says("Siti Aminah").says("Bulan lalu datang, sekarang belum");
    let page = dewi.get("/board/live").await;
    page.says("Timbang dan ukur <span class=\"count\">1</span>").says("Catat <span class=\"count\">0</span>");

    let (board, call) = (format!("/board/{visit}"), format!("/board/{visit}/call"));
    rahma.post(&call, &[]).await.leads_to(&format!("/visits/{visit}/weight"));
    dewi.get("/board/live").await.says("dipanggil Rahma");
    let told = dewi.post(&call, &[]).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    told.says("Sedang dipanggil Rahma").says("Saya yang melayani");
    dewi.post(&call, &[("anyway", "ya")]).await.leads_to(&format!("/visits/{visit}/weight"));
    rahma.get(&board).await.says("Sedang dipanggil Dewi");
    dewi.post(&format!("/board/{visit}/free"), &[]).await.leads_to("/board");
    rahma.get(&board).await.hides("Sedang dipanggil");

    for step in ["timbang", "catat", "layanan"] {
        rahma.post(&format!("{board}/done"), &[("step", step)]).await.leads_to("/board");
    }
    rahma.get("/board/live").await.says("Penyuluhan <span class=\"count\">1</span>");
    rahma.post(&format!("{board}/done"), &[("step", "penyuluhan")]).await.leads_to("/board");
    rahma.get("/board/live").await.says("Selesai hari ini: 1").hides("Siti");

    // Budi came last month and is missed
    let came = event(&node, budi, "2026-01-12".parse().unwrap(), weighed(7_950));
    node.edge.store.record(vec![came]).await.unwrap();
    let page = rahma.get("/board").await;
    page.says("Kunjungi Budi Santoso di rumah").hides("Kunjungi Siti");
    let budi = budi.to_string();
    rahma.post("/board/home-visit", &[("citizen", &budi), ("on", "ya")]).await;
    dewi.get("/board").await.says("kunjungan rumah").says("Batal kunjungan rumah Budi Santoso");
}

#[tokio::test]
async fn the_puskesmas_sets_the_order_of_the_steps_and_anybody_may_come() {
    use protocol::event::{Author, Entry, Place, Role};
    use protocol::registry::{AdultRegistered, Sex};
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mbah = CitizenId(Uuid::now_v7());
    let now = node.edge.clock.now();
    let adult = AdultRegistered {
        name: "Mbah Karto".into(),
        nik: None,
        birth_date: LocalDate::from("1955-07-01".parse::<chrono::NaiveDate>().unwrap()),
        is_birth_estimated: true,
        sex: Sex::Male,
    };
    let event = edge::store::NewEvent {
        id: protocol::EventId(Uuid::now_v7()),
        author: Author { user: RAHMA, role: Role::Kader },
        posyandu: MAWAR,
        citizen: Some(mbah),
        visit: None,
        observed_on: now.today.into(),
        recorded_at: now.stamp,
        report_month: FEBRUARY,
        place: Place::Posyandu,
        entry: Entry::Typed,
        instrument: None,
        replaces: None,
        body: Body::AdultRegistered(adult),
    };
    node.edge.store.record(vec![event]).await.unwrap();
    node.hear(vec![Item::Setting { key: "day.steps".into(), value: "layanan,timbang".into() }]).await;
    let mut phone = node.phone(RAHMA).await;
    let page = phone.post("/visits", &[("citizen", &mbah.to_string())]).await;
    page.leads_to(&format!("/people/{mbah}/adult"));
    let page = phone.get("/board/live").await;
    page.says("Mbah Karto");
    let (service, measure) = (page.text.find("Layanan").unwrap(), page.text.find("Timbang").unwrap());
    assert!(service < measure, "{}", page.text);
}

#[tokio::test]
async fn closing_keeps_the_figures_and_a_later_correction_stands_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    node.child(NewChild::budi()).await;
    let mut phone = node.phone(RAHMA).await;
    open(&mut phone, FEBRUARY).await;
    weigh(&mut phone, siti, "8,95").await;
    let page = phone.get("/closing").await;
    page.says("S, semua balita: 2\"").says("D, ditimbang: 1\"").says("N, naik: 1\"").says("N P 12–23: 1\"");
    let closing = [
        ("event", page.field("event")),
        ("opening", page.field("opening")),
        ("session", page.field("session")),
    ];
    post(&mut phone, "/closing", &closing).await.leads_to("/closing");
    let before = node.events();
    post(&mut phone, "/closing", &closing).await.leads_to("/closing");
    assert_eq!(node.events(), before, "a second tap is the same closing");
    phone.get("/closing").await.says("Ditutup Selasa 10-02-2026").hides("Berubah sejak ditutup");
    let closed = node.edge.store.meetings(MAWAR).unwrap()[0].closed.clone().unwrap();
    assert_eq!(closed.rows.iter().map(|row| row.figures.s).sum::<u32>(), 2);

    // from the list behind the number to the correction
    let list = phone.get("/closing/list?figure=N&sex=P&from=12").await;
    list.says("Siti Aminah").says("8,95").hides("Budi");
    let correct = list.text.split("href=\"/visits/").nth(1).unwrap().split('"').next().unwrap();
    let correct = format!("/visits/{correct}");
    let page = phone.get(&correct).await;
    page.says("value=\"8,95\"");
    let (path, visit_ids) = (correct.split('?').next().unwrap(), ["weight_event", "length_event", "of"]);
    let mut fields: Vec<(&str, String)> = visit_ids.iter().map(|name| (*name, page.field(name))).collect();
    fields.push(("mass", "8,65".into()));
    let refused = post(&mut phone, path, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.says("Tulis alasannya").says("value=\"8,65\"");
    fields.push(("reason", "salah baca".into()));
    post(&mut phone, path, &fields).await.leads_to(&format!("/children/{siti}"));
    post(&mut phone, path, &fields).await.leads_to(&format!("/children/{siti}"));
    assert_eq!(node.events(), before + 1);
    let page = phone.get("/closing").await;
    page.says("Berubah sejak ditutup").says("N P 12–23 bln").says("T P 12–23 bln").says("T, tidak naik: 1\"");
}

#[tokio::test]
async fn a_day_nobody_opened_is_closed_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    weigh(&mut phone, siti, "8,95").await;
    let page = phone.get("/closing").await;
    let closing = [
        ("event", page.field("event")),
        ("opening", page.field("opening")),
        ("session", page.field("session")),
    ];
    post(&mut phone, "/closing", &closing).await.leads_to("/closing");
    let meetings = node.edge.store.meetings(MAWAR).unwrap();
    assert_eq!((meetings.len(), meetings[0].month), (1, FEBRUARY));
    assert!(meetings[0].closed.is_some());
    phone.get("/board").await.says("sudah ditutup");
}

#[tokio::test]
async fn whoever_moved_away_was_lent_or_is_too_old_is_in_no_figure() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let (siti, budi) = (node.child(NewChild::siti()).await, node.child(NewChild::budi()).await);
    let old = NewChild { name: "Sudah Besar", born: "2021-02-15", past: vec![], ..NewChild::siti() };
    node.child(NewChild { nik: None, ..old }).await;
    let mut phone = node.phone(RAHMA).await;
    let leave = |page: Page| [("why", "moved".to_owned()), ("event", page.field("event"))];
    let page = phone.get(&format!("/children/{budi}/leave")).await;
    post(&mut phone, &format!("/children/{budi}/leave"), &leave(page)).await;
    phone.get("/closing").await.says("S, semua balita: 1\"");
    phone
        .get(&format!("/closing?bulan={}", FEBRUARY.0 - 1))
        .await
        .says("S, semua balita: 3\"")
        .says("D, ditimbang: 0\"");
    weigh(&mut phone, siti, "8,95").await;
    phone.get("/closing/list?figure=D").await.says("Siti").hides("Budi");
}

#[tokio::test]
async fn what_was_weighed_without_the_node_is_typed_in_by_row_code() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    node.hear(vec![Item::Setting { key: "report.until_day".into(), value: "5".into() }]).await;
    let mut phone = node.phone(RAHMA).await;
    let paper = phone.get("/closing/paper").await;
    paper.says("Siti Aminah").says("8,60 · 72,8").hides("9971014302250001");
    let code = paper.text.split("<td><b>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    phone.get("/late?on=2026-02-06&place=rumah").await.leads_to("/late/rows?on=2026-02-06&place=rumah");
    phone.get("/late?on=2026-02-11&place=rumah").await.says("belum lewat");
    let page = phone.get("/late/rows?on=2026-02-06&place=rumah").await;
    page.says("Jumat 06-02-2026, Rumah").says("Masuk laporan Maret 2026");
    let sheet = page.field("sheet");
    let last = code.chars().last().unwrap().to_digit(10).unwrap();
    let wrong = format!("{}{}", &code[..6], (last + 1) % 10);
    let row = |code: &str, kg: &str, more: &[(&'static str, &str)]| {
        let mut fields = vec![
            ("on", "2026-02-06".to_owned()),
            ("place", "rumah".into()),
            ("sheet", sheet.clone()),
            ("c0", code.into()),
            ("w0", kg.into()),
            ("l0", "73,5".into()),
        ];
        fields.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        fields
    };
    let before = node.events();
    let answer = post(&mut phone, "/late/rows", &row(&wrong, "8,95", &[])).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.says("salah ketik").says("value=\"8,95\"");
    post(&mut phone, "/late/rows", &row(&code, "18,95", &[]))
        .await
        .says("Sudah benar, simpan")
        .says("Siti Aminah");
    assert_eq!(node.events(), before, "nothing was kept yet");
    for _ in 0..2 {
        let kept = post(&mut phone, "/late/rows", &row(&code, "8,95", &[])).await;
        assert_eq!(kept.status, StatusCode::OK, "{}", kept.text);
        kept.says("1 anak tersimpan");
    }
    assert_eq!(node.events(), before + 2, "a weight and a length, once");
    let record = node.edge.store.visits_of(siti).unwrap().pop().unwrap();
    assert_eq!(record.observed_on, LocalDate::from("2026-02-06".parse::<chrono::NaiveDate>().unwrap()));
    assert_eq!(record.report_month, Month(FEBRUARY.0 + 1), "after the set day it belongs to the next report");
    assert_eq!(record.weighed.unwrap().entry, protocol::event::Entry::Late);
}

#[tokio::test]
async fn lists_for_elsewhere_have_ticks_columns_and_no_name_where_none_belongs() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    weigh(&mut phone, siti, "8,95").await;
    phone.get("/closing/eppgbm").await.says("Siti Aminah").says("sudah dientri 0 dari 1");
    let tick = [("citizen", siti.to_string()), ("bulan", FEBRUARY.0.to_string()), ("on", "ya".into())];
    post(&mut phone, "/closing/eppgbm", &tick).await;
    phone.get("/closing/eppgbm").await.says("sudah dientri 1 dari 1");
    let csv = phone.get("/closing/eppgbm.csv").await;
    csv.says("\"No\",\"NIK\",\"Nama\",\"JK\",\"Tgl Lahir\"")
        .says("\"1\",\"9971014302250001\",\"Siti Aminah\",\"P\"");
    csv.says("\"2026-02-10\",\"8,95\"").says("\"N\"");
    let text = phone.get("/closing/whatsapp").await;
    text.says("S 1, K 1, D 1, N 1, T 0, O 0, B 0, 2T 0, BGM 0")
        .says("https://wa.me/?text=Posyandu%20Mawar")
        .hides("Siti");
}

#[tokio::test]
async fn nothing_that_is_practised_is_in_any_store_or_count_but_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let real = phone.cookie.clone().unwrap();
    let (before, closing) = (node.events(), phone.get("/closing").await.text);
    let begun = phone.post("/practice", &[]).await;
    begun.leads_to("/");
    let cookies: Vec<&str> = begun
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap())
        .collect();
    assert_eq!(cookies.len(), 2);
    phone.cookie = Some(format!("{real}; {}", cookies.join("; ")));
    for path in ["/", "/board", "/closing", "/opening", "/late"] {
        phone
            .get(path)
            .await
            .says("LATIHAN, tidak dihitung")
            .says("<title>LATIHAN")
            .hides("Siti Aminah")
            .hides("Mawar");
    }
    open(&mut phone, FEBRUARY).await;
    let found = phone.get("/search?q=mentari").await;
    let child = found.text.split("href=\"/children/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let visit = phone.come(child.parse().unwrap()).await;
    let weight = format!("/visits/{visit}/weight");
    phone.get(&weight).await.says("Timbangan latihan");
    phone.post("/practice/lift", &[]).await.leads_to("/");
    phone.post("/practice/put", &[]).await.leads_to("/");
    let page = phone.until(&weight, "siap").await;
    page.says("9,40");
    phone.save(&page, &weight, &[]).await.leads_to(&format!("/visits/{visit}/length"));
    phone.get("/closing").await.says("D, ditimbang: 1\"");
    phone.get(&format!("/children/{siti}")).await.says("LATIHAN").says("Halaman ini tidak ada");

    assert_eq!(node.events(), before, "the real journal has not grown");
    assert!(node.edge.store.meetings(MAWAR).unwrap().is_empty());
    assert!(node.edge.roster.search(MAWAR, "mentari", 5).is_empty());
    assert!(node.edge.store.outbox(before, 10, usize::MAX).unwrap().is_none(), "nothing goes to the hub");
    let left = phone.post("/practice/end", &[]).await;
    left.leads_to("/");
    phone.cookie = Some(real);
    phone.get("/").await.hides("LATIHAN,").hides("Mentari").says("Latihan</button>");
    phone.get("/board").await.hides("Mentari");
    let figures = |text: &str| text.split("<svg").next().unwrap().to_owned();
    assert_eq!(figures(&phone.get("/closing").await.text), figures(&closing));
}
