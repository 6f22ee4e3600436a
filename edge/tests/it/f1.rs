//! The node closes a month as form F1 asks, and quickly however many people and years there are.

use std::time::{Duration, Instant};

use chrono::NaiveDate;
use edge::store::NewEvent;
use protocol::event::{Author, Entry, Place, Role, Visit};
use protocol::growth::{Clothing, Taken, Weighed};
use protocol::registry::{ChildRegistered, Edit, Leaving, PersonEdited, PersonLeft, Sex};
use protocol::time::Hybrid;
use protocol::{Body, CitizenId, EventId, LocalDate, Month, PosyanduId, VisitId};
use uuid::Uuid;

use crate::harness::{MAWAR, Node, RAHMA, Setup};

const SCENARIO: &str = include_str!("../../../protocol/care/f1_month.txt");

/// Something a kader recorded of somebody on a day.
pub(crate) fn event(node: &Node, citizen: CitizenId, on: NaiveDate, body: Body) -> NewEvent {
    NewEvent {
        id: EventId(Uuid::now_v7()),
        author: Author { user: RAHMA, role: Role::Kader },
        posyandu: MAWAR,
        citizen: Some(citizen),
        visit: Some(Visit { id: VisitId(Uuid::now_v7()), ticket: 1, bpjs: None }),
        observed_on: on.into(),
        recorded_at: node.edge.clock.now().stamp,
        report_month: Month::of(on),
        place: Place::Posyandu,
        entry: Entry::Typed,
        instrument: None,
        replaces: None,
        body,
    }
}

pub(crate) fn weighed(mass_g: u32) -> Body {
    Body::Weighed(Weighed {
        mass_g: Taken::Value(mass_g),
        oedema: false,
        clothing: Clothing::Light,
        repeat: 1,
        window: None,
        insisted: Vec::new(),
        carried: None,
    })
}

fn born(number: usize, sex: Sex, on: NaiveDate, kia_book: bool) -> Body {
    Body::ChildRegistered(ChildRegistered {
        name: format!("Anak {number:05}"),
        nik: None,
        birth_date: LocalDate::from(on),
        sex,
        mother: format!("Ibu {number:05}"),
        gestation_weeks: None,
        birth_mass_g: None,
        birth_order: None,
        kia_book,
    })
}

fn events(node: &Node, number: usize, line: &str) -> Vec<NewEvent> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [sex, born_on, written, left, guest, book, weighings @ ..] = &words[..] else { panic!("{line}") };
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let citizen = CitizenId(Uuid::now_v7());
    let sex = if *sex == "L" { Sex::Male } else { Sex::Female };
    let registered = event(node, citizen, day(written), born(number, sex, day(born_on), *book == "y"));
    let bases = vec![registered.id];
    let mut events = vec![registered];
    if *guest == "y" {
        let edit = Edit::Home(Some("Melati 1".into()));
        let edited = PersonEdited { edit, bases, at: Hybrid { ms: 1, count: 0 } };
        events.push(event(node, citizen, day(written), Body::PersonEdited(edited)));
    }
    if let Some((on, why)) = left.split_once(':') {
        let leaving = match why {
            "moved" => Leaving::Moved,
            "died" => Leaving::Died,
            _ => Leaving::Mistake,
        };
        events.push(event(node, citizen, day(on), Body::PersonLeft(PersonLeft { leaving, double_of: None })));
    }
    for weighing in weighings {
        let (on, mass_g) = weighing.split_once(':').unwrap();
        let mut weighing_event =
            event(node, citizen, day(on), weighed(mass_g.trim_end_matches(['b', 'm']).parse().unwrap()));
        if mass_g.ends_with('b') {
            weighing_event.entry = Entry::FromBook;
        }
        if mass_g.ends_with('m') {
            weighing_event.posyandu = PosyanduId(Uuid::from_u128(0x3b));
        }
        events.push(weighing_event);
    }
    events
}

#[tokio::test]
async fn a_month_is_closed_as_the_form_asks() {
    let folder = tempfile::tempdir().unwrap();
    let today = Some("2026-02-28T08:00:00");
    let node = Node::start_as(folder.path(), Setup { today, ..Setup::default() }).await;
    let lines = SCENARIO.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '=']));
    for (number, line) in lines.enumerate() {
        node.edge.store.record(events(&node, number, line)).await.unwrap();
    }
    let mut phone = node.phone(RAHMA).await;
    let page = phone.get("/closing").await;
    let (event, opening, session) = (page.field("event"), page.field("opening"), page.field("session"));
    page.says("Tamu ditimbang");
    phone.post("/closing", &[("event", &event), ("opening", &opening), ("session", &session)]).await;
    let closed = node.edge.store.meetings(MAWAR).unwrap()[0].closed.clone().unwrap();
    let rows: Vec<String> = closed
        .rows
        .iter()
        .map(|row| {
            let f = row.figures;
            let sex = if row.sex == Sex::Male { "L" } else { "P" };
            format!(
                "= {sex} {:2}  {} {} {} {} {} {} {} {} {}",
                row.from_month, f.s, f.k, f.d, f.n, f.t, f.o, f.b, f.two_t, f.bgm
            )
        })
        .collect();
    let expected: Vec<&str> = SCENARIO.lines().filter(|line| line.starts_with('=')).collect();
    assert_eq!(rows, expected);

    // every number is a door to as many children
    for row in &closed.rows {
        let sex = if row.sex == Sex::Male { "L" } else { "P" };
        for (figure, count) in
            [("S", row.figures.s), ("D", row.figures.d), ("BGM", row.figures.bgm), ("2T", row.figures.two_t)]
        {
            let list =
                phone.get(&format!("/closing/list?figure={figure}&sex={sex}&from={}", row.from_month)).await;
            assert_eq!(list.text.matches("<li>").count() as u32, count, "{figure} {sex} {}", row.from_month);
        }
    }
    assert_eq!(phone.get("/closing/list?figure=D&guests=ya").await.text.matches("<li>").count(), 1);

    // what is counted after a restart is the same
    let lines = phone.get("/closing/list?figure=S").await.text;
    drop(phone);
    node.stop();
    let node = Node::start_as(folder.path(), Setup { today, ..Setup::default() }).await;
    let mut phone = node.phone(RAHMA).await;
    let again = phone.get("/closing/list?figure=S").await.text;
    let rows = |text: &str| text.split("<ul class=\"people\">").nth(1).unwrap().to_owned();
    assert_eq!(rows(&again), rows(&lines));
}

/// People of the large node, and those of them under five.
const PEOPLE: usize = 10_000;
const CHILDREN: usize = 1_200;

#[tokio::test]
async fn a_month_of_ten_thousand_people_and_five_years_is_counted_in_no_time() {
    let folder = tempfile::tempdir().unwrap();
    let today: NaiveDate = "2026-02-10".parse().unwrap();
    let node = Node::start(folder.path()).await;
    let back = |months: u32| today.checked_sub_months(chrono::Months::new(months)).unwrap();
    let mut waiting = Vec::new();
    let mut records = 0;
    for number in 0..PEOPLE {
        let citizen = CitizenId(Uuid::now_v7());
        let age = if number < CHILDREN { (number % 60) as u32 } else { 60 + (number % 840) as u32 };
        let sex = if number % 2 == 0 { Sex::Male } else { Sex::Female };
        let registered = event(&node, citizen, back(age.min(60)), born(number, sex, back(age), true));
        waiting.push(NewEvent { visit: None, ..registered });
        if number < CHILDREN {
            let months = 0..age.min(59);
            waiting.extend(
                months.map(|month| event(&node, citizen, back(month), weighed(14_000 - 180 * month))),
            );
        }
        if waiting.len() > 1_000 || number + 1 == PEOPLE {
            records += waiting.len();
            node.edge.store.record(std::mem::take(&mut waiting)).await.unwrap();
        }
    }
    let mut phone = node.phone(RAHMA).await;
    for path in [
        "/closing",
        "/closing/list?figure=T",
        "/board",
        "/closing/eppgbm",
        "/late/rows?on=2026-02-09&place=rumah",
    ] {
        let mut best = Duration::MAX;
        for _ in 0..5 {
            let begun = Instant::now();
            let page = phone.get(path).await;
            best = best.min(begun.elapsed());
            assert_eq!(page.status, 200, "{path}");
        }
        println!("{path}: {} ms, {PEOPLE} people, {records} records", best.as_millis());
        assert!(
            best < Duration::from_millis(if cfg!(debug_assertions) { 500 } else { 100 }),
            "{path}: {best:?}"
        );
    }
}
