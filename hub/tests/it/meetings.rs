//! Meetings: what a posyandu reported when it closed, beside what the hub counts.

use care::f1::{Figure, Group, Sex};
use hub::sessions;
use protocol::event::Entry;
use protocol::registry::{self, ChildRegistered, Edit, Leaving, PersonEdited, PersonLeft};
use protocol::session::{Figures, Row, SessionClosed, SessionOpened};
use protocol::time::Hybrid;
use protocol::{Body, Month, PosyanduId, SessionId, UserId};
use sqlx::PgPool;

use crate::harness::{TestHub, count, mawar, melati, state};
use crate::journal::{Node, child, day, id};

const SCENARIO: &str = include_str!("../../../protocol/care/f1_month.txt");
const FEBRUARY: Month = Month(2026 * 12 + 1);

fn opened(number: u64, title: &str) -> SessionOpened {
    SessionOpened {
        session: SessionId(id(6, number)),
        title: title.into(),
        description: "di balai RW".into(),
        present: vec![UserId(id(3, 1)), UserId(id(3, 2))],
    }
}

fn of_nobody(node: &mut Node, on: &str, month: Month, body: Body) {
    let mut header = node.header(id(5, 1), day(on));
    (header.citizen, header.report_month) = (None, month);
    node.write(header, body);
}

/// What the scenario says was recorded, in the journal of a node.
fn record(node: &mut Node) {
    let lines = SCENARIO.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '=']));
    for (number, line) in (1..).zip(lines) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [sex, born, written, left, guest, book, weighings @ ..] = &words[..] else { panic!("{line}") };
        let citizen = id(5, number);
        let sex = if *sex == "L" { registry::Sex::Male } else { registry::Sex::Female };
        let registered = ChildRegistered { sex, kia_book: *book == "y", ..child("Anak", day(born)) };
        let registration = node.register(citizen, day(written), registered);
        if *guest == "y" {
            let edit = Edit::Home(Some("Melati 1".into()));
            let edited = PersonEdited { edit, bases: vec![registration], at: Hybrid { ms: 1, count: 0 } };
            node.write(node.header(citizen, day(written)), Body::PersonEdited(edited));
        }
        if let Some((on, why)) = left.split_once(':') {
            let leaving = match why {
                "moved" => Leaving::Moved,
                "died" => Leaving::Died,
                _ => Leaving::Mistake,
            };
            node.write(
                node.header(citizen, day(on)),
                Body::PersonLeft(PersonLeft { leaving, double_of: None }),
            );
        }
        for (visit, weighing) in weighings.iter().enumerate() {
            let (on, mass_g) = weighing.split_once(':').unwrap();
            let (is_book, is_melati) = (mass_g.ends_with('b'), mass_g.ends_with('m'));
            let mass_g = mass_g.trim_end_matches(['b', 'm']).parse().unwrap();
            node.weigh_as(citizen, number * 100 + visit as u64, day(on), mass_g, |header| {
                if is_book {
                    header.entry = Entry::FromBook;
                }
                if is_melati {
                    header.posyandu = PosyanduId(melati());
                }
            });
        }
    }
}

async fn only(hub: &TestHub) -> sessions::Meeting {
    let mut meetings = sessions::of_month(&hub.db, mawar(), FEBRUARY).await.unwrap();
    assert_eq!(meetings.len(), 1);
    meetings.remove(0)
}

fn expected() -> Vec<(Sex, Group, [u32; 9])> {
    let lines = SCENARIO.lines().filter_map(|line| line.strip_prefix("= "));
    lines
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let numbers: Vec<u32> = words[1..].iter().map(|word| word.parse().unwrap()).collect();
            let group = Group::of(numbers[0] as i32).unwrap();
            (Sex::from_code(words[0]).unwrap(), group, numbers[1..].try_into().unwrap())
        })
        .collect()
}

fn row((sex, group, counts): &(Sex, Group, [u32; 9])) -> Row {
    let [s, k, d, n, t, o, b, two_t, bgm] = *counts;
    Row {
        sex: if *sex == Sex::Male { registry::Sex::Male } else { registry::Sex::Female },
        from_month: group.from,
        to_month: group.to,
        figures: Figures { s, k, d, n, t, o, b, two_t, bgm },
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn the_hub_counts_the_form_as_the_node_closed_it(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar(), melati()]).await;
    record(&mut node);
    of_nobody(&mut node, "2026-02-10", FEBRUARY, Body::SessionOpened(opened(1, "Bulan timbang")));
    let rows: Vec<Row> = expected().iter().map(row).collect();
    let closed = SessionClosed { session: SessionId(id(6, 1)), rows };
    of_nobody(&mut node, "2026-02-10", FEBRUARY, Body::SessionClosed(closed));
    hub.send(&node, node.sealed_whole()).await;
    hub.count().await;

    let form = sessions::counted(&hub.db, mawar(), FEBRUARY).await.unwrap();
    for (sex, group, counts) in expected() {
        assert_eq!(form.cell(sex, group).counts(), counts, "{} {}", sex.code(), group.from);
    }
    let report = hub::reports::of_month(&hub.db, FEBRUARY.0, Some(&[mawar()])).await.unwrap();
    let totals = [Figure::S, Figure::K, Figure::D, Figure::N].map(|figure| form.total().of(figure) as i32);
    assert_eq!(
        [report[0].s, report[0].k, report[0].d, report[0].n],
        totals,
        "the month's report says the same"
    );
    let meeting = only(&hub).await;
    assert_eq!((meeting.title.as_str(), meeting.present_count), ("Bulan timbang", 2));
    assert_eq!(meeting.differences(&form), [], "reported and counted agree");

    // a weight that comes later makes the difference visible, and what was reported stays
    node.weigh(id(5, 6), 9_999, day("2026-02-25"), 15_000);
    hub.send(&node, node.sealed_whole()).await;
    let form = sessions::counted(&hub.db, mawar(), FEBRUARY).await.unwrap();
    let meeting = only(&hub).await;
    let said: Vec<(String, u32, u32)> = meeting
        .differences(&form)
        .into_iter()
        .map(|difference| (difference.what, difference.reported, difference.counted))
        .collect();
    let expected = [("D P 24–59 bln", 0, 1), ("B P 24–59 bln", 0, 1)];
    assert_eq!(said, expected.map(|(what, reported, counted)| (what.to_owned(), reported, counted)));
    hub.assert_proved().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_first_opening_and_the_last_closing_stand_in_whatever_order_they_come(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    of_nobody(&mut node, "2026-03-02", FEBRUARY, Body::SessionOpened(opened(1, "Yang pertama")));
    for s in [3, 4] {
        let rows = vec![row(&(Sex::Male, Group::ALL[0], [s, 0, 0, 0, 0, 0, 0, 0, 0]))];
        let closed = SessionClosed { session: SessionId(id(6, 1)), rows };
        of_nobody(&mut node, "2026-03-02", FEBRUARY, Body::SessionClosed(closed));
    }
    of_nobody(&mut node, "2026-03-03", FEBRUARY, Body::SessionOpened(opened(1, "Yang kedua")));
    hub.send(&node, node.sealed(3, 4)).await;
    hub.send(&node, node.sealed(1, 2)).await;
    let first = state(&hub.db).await;
    let meeting = only(&hub).await;
    assert_eq!(meeting.title, "Yang pertama");
    assert_eq!(meeting.total().unwrap()[0], 4);
    assert_eq!(meeting.event_date, day("2026-03-02"), "moved over the month's end, reported in its month");

    sqlx::query("delete from held_events").execute(&hub.db).await.unwrap();
    assert_eq!(count(&hub.db, "held_event_figures").await, 0);
    sessions::rebuild(&hub.db).await.unwrap();
    assert_eq!(state(&hub.db).await, first, "made again from the log");
}
