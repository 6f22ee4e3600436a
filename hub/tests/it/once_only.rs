//! The same events, however cut, repeated, shuffled and mixed, give the same hub: once-only effect in any order.

use chrono::{Days, NaiveDate};
use protocol::event::Entry;
use protocol::growth::{NotTaken, Taken};
use protocol::immunization::{Dose, Immunization, Timing};
use protocol::measured::{Measure, Measured};
use protocol::registry::{ChildRegistered, Edit, PersonEdited};
use protocol::service::{Capsule, Served};
use protocol::time::Hybrid;
use protocol::{Body, EventId};
use sqlx::PgPool;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::harness::{TestHub, count, mawar, melati, state, wait};
use crate::journal::{Node, child, day, id, replacing};

/// Deliveries tried for each story.
const DELIVERIES: u64 = 6;
/// Stories told; every second one by cards of which one was copied.
const STORIES: u64 = 4;
const CHILDREN: u64 = 7;
/// Of these children something is corrected; the others never need a second look.
const CORRECTED: u64 = 2;

/// Small, seeded, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % sides
    }

    fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.roll(last as u64 + 1) as usize);
        }
    }
}

/// A few months at two posyandu with three nodes: visits, repeats, corrections, guests, poison, wrong dates.
fn story(dice: &mut Dice) -> Vec<Node> {
    let mut nodes = vec![Node::new(1, mawar()), Node::new(2, melati()), Node::new(3, mawar())];
    let mut weighings: Vec<(EventId, Uuid, u64, NaiveDate)> = Vec::new();
    for _ in 0..180 {
        let which = dice.roll(3) as usize;
        let number = dice.roll(CHILDREN);
        let citizen = id(5, number);
        let on = day("2026-02-05") + Days::new(dice.roll(250));
        let visit = number * 1_000 + dice.roll(15);
        let mass_g = 7_000 + dice.roll(40) as u32 * 50;
        let node = &mut nodes[which];
        match dice.roll(20) {
            0..=1 => {
                // The last two share a NIK mostly, and then the last is a guest of the other's posyandu.
                let is_double = number >= CHILDREN - 2;
                let first = if is_double { CHILDREN * 20 } else { number * 20 + dice.roll(2) };
                let born = day("2025-06-01") + Days::new(first);
                let nik = is_double.then(|| format!("997101430625000{}", dice.roll(5) / 4));
                let name = format!("Anak {number}");
                let registered = node.register(citizen, on, ChildRegistered { nik, ..child(&name, born) });
                if is_double {
                    let is_guest = number == CHILDREN - 1 && dice.roll(8) > 0;
                    let edit = Edit::Home(is_guest.then(|| "Mawar".into()));
                    let at = Hybrid { ms: dice.roll(9) as i64, count: 0 };
                    let edited = PersonEdited { edit, bases: vec![registered], at };
                    node.write(node.header(citizen, on), Body::PersonEdited(edited));
                }
            }
            2..=9 => {
                let event = node.weigh(citizen, visit, on, mass_g);
                if number < CORRECTED {
                    weighings.push((event, citizen, visit, on));
                }
            }
            10..=11 => drop(node.measure(citizen, visit, on, 6_500 + dice.roll(900) as u32)),
            12 => drop(node.at_visit(citizen, visit, on, tape(1_100 + dice.roll(200) as u32))),
            13 if number.is_multiple_of(2) => drop(node.at_visit(citizen, visit, on, dose(number))),
            13 => drop(node.at_visit(citizen, visit, on, Body::Served(Served::VitaminA(Capsule::Red)))),
            14 => drop(node.not_weighed(citizen, visit, on, NotTaken::Refuses)),
            15 => drop(node.weigh_as(citizen, visit, on, mass_g, |header| header.entry = Entry::FromBook)),
            16 => drop(node.weigh(citizen, visit, day("1970-01-01"), mass_g)),
            17 => node.unknown_kind(citizen, on),
            18 => drop(node.weigh_as(citizen, visit, on, mass_g, |header| header.posyandu.0 = id(9, 99))),
            _ => {
                let Some(&(event, citizen, visit, on)) =
                    weighings.get(dice.roll(weighings.len().max(1) as u64) as usize)
                else {
                    continue;
                };
                node.weigh_as(citizen, visit, on + Days::new(dice.roll(40)), mass_g, replacing(event));
            }
        }
    }
    // One correction comes before anything else of its journal.
    if let Some(&(event, citizen, ..)) = weighings.last() {
        let mut header = nodes[1].header(citizen, day("2026-05-05"));
        header.visit = crate::journal::visit_of(1);
        replacing(event)(&mut header);
        nodes[1].write(header, crate::journal::weighed(protocol::growth::Taken::Value(8_765)));
    }
    nodes
}

/// A dose against diphtheria and others.
fn dose(number: u64) -> Body {
    let dose = Dose {
        antigen: "DPT-HB-Hib".into(),
        number: 1 + (number / 2 % 3) as u8,
        batch: Some("B1".into()),
        given_by: None,
        timing: Timing::Timely,
    };
    Body::Immunization(Immunization::Given(dose))
}

/// A tape round the arm.
fn tape(tenth_mm: u32) -> Body {
    let measure = Measure::Arm(Taken::Value(tenth_mm));
    Body::Measured(Measured { measure, repeat: 1, window: None, insisted: Vec::new() })
}

/// Two copies of a card, and what their owners wrote after that: visits of their own, and some of the same visits.
fn copies(card: &Node, dice: &mut Dice) -> Vec<Node> {
    let mut copies = Vec::new();
    for (nth, after) in [(1, 20), (2, 35)] {
        let mut copy = card.copied(after, nth);
        for _ in 0..25 {
            let number = dice.roll(CHILDREN);
            let on = day("2026-02-05") + Days::new(dice.roll(250));
            let visit = number * 1_000 + dice.roll(15);
            match dice.roll(8) {
                0 => copy.unknown_kind(id(5, number), on),
                1..=3 => drop(copy.measure(id(5, number), visit, on, 6_500 + dice.roll(900) as u32)),
                _ => drop(copy.weigh(id(5, number), visit, on, 7_000 + dice.roll(40) as u32 * 50)),
            }
        }
        copies.push(copy);
    }
    copies
}

/// How much was handed in, and how many visits of guests went home.
#[derive(Default)]
struct Tally {
    batches: usize,
    events: u64,
    guests: i64,
}

/// Visits that stand among the rows of two people.
const OF_TWO: &str = "child_growth_records one join child_growth_records other using (posyandu_id, id) \
                      where one.citizen_id < other.citizen_id";

/// Cuts each journal anew, repeats each part one to ten times, shuffles everything, and hands it in, sometimes many at
/// once and sometimes few, to one of two hubs that work on the same tables.
async fn deliver(hubs: &[TestHub; 2], nodes: &[Node], dice: &mut Dice, tally: &mut Tally) {
    let mut batches = Vec::new();
    for node in nodes {
        let last = node.frames.len() as u64;
        let mut first = 1;
        while first <= last {
            let end = (first + dice.roll(7)).min(last);
            // Parts overlap: some begin a little before the end of the last one.
            let begin = first.saturating_sub(dice.roll(3)).max(1);
            let sealed = node.sealed(begin, end);
            for _ in 0..=dice.roll(10) {
                batches.push((node.id, sealed.clone()));
                tally.events += end + 1 - begin;
            }
            first = end + 1;
        }
    }
    dice.shuffle(&mut batches);
    tally.batches += batches.len();
    let mut taken = Vec::new();
    for (node, batch) in batches {
        taken.push(hubs[dice.roll(2) as usize].hand(node, batch).await);
        if dice.roll(4) == 0 {
            all(taken.drain(..)).await;
        }
    }
    all(taken.drain(..)).await;
}

async fn all(taken: impl Iterator<Item = oneshot::Receiver<()>>) {
    for taken in taken {
        wait(taken).await.expect("intake runs");
    }
}

async fn forget_everything(db: &PgPool) {
    sqlx::query(
        "truncate event_log, citizens, child_growth_records, received_runs, replaced_events, quarantined_events, \
         dirty_months, monthly_figures, journal_branches, node_alarms, child_services, pregnancies, pregnancy_records, \
         elderly_health_records, immunization_schedules, immunization_records",
    )
    .execute(db)
    .await
    .unwrap();
}

/// Everything the hub concluded that does not depend on which of two stories came first: what is kept under which number
/// is told apart by the bytes alone.
async fn conclusions(db: &PgPool) -> String {
    let state = state(db).await;
    let is_kept =
        |part: &&str| !["received_runs", "quarantined", "event_log"].iter().any(|name| part.contains(name));
    let mut conclusions: String = state.split("select ").filter(is_kept).collect();
    for table in ["event_log", "quarantined_events"] {
        let frames = format!(
            // What two stories share may stand under both their numbers.
            "select coalesce(string_agg(frame::text, e'\\n' order by frame), '') from (select distinct frame from {table}) kept"
        );
        conclusions +=
            &sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(frames)).fetch_one(db).await.unwrap();
    }
    conclusions
}

/// Every card sends what the hub does not seem to have until an ack of its own story covers all of it, although every
/// second ack is lost. It does not wait for an ack before it goes on, as no card does, and begins again behind the last
/// one it heard.
async fn settle(hub: &mut TestHub, nodes: &[Node], dice: &mut Dice) {
    for node in nodes {
        let last = node.frames.len() as u64;
        let (mut heard, mut sent) = (0, 0);
        let mut letters = 0;
        while heard < last {
            let end = (sent + 1 + dice.roll(9)).min(last);
            let acks = hub.send_all(node, node.sealed(sent + 1, end)).await;
            if dice.roll(2) == 0 {
                heard = heard.max(node.own(&acks).map_or(0, |ack| ack.watermark));
            }
            sent = if end == last { heard } else { end };
            letters += 1;
            assert!(letters < 1_000, "the hub never says that it has everything");
        }
    }
}

fn assert_same(expected: &str, found: &str, what: &str) {
    for (one, other) in expected.lines().zip(found.lines()) {
        assert_eq!(one, other, "{what}");
    }
    assert_eq!(expected, found, "{what}");
}

#[sqlx::test(migrations = "../migrations")]
async fn the_same_events_give_the_same_hub_in_any_order(db: PgPool) {
    let hub = TestHub::start(db.clone()).await;
    let mut hubs = [hub, TestHub::over(db)];
    let mut tally = Tally::default();
    for seed in (0..STORIES).map(|story| 1_000 * story + 7) {
        let is_forked = seed / 1_000 % 2 == 1;
        let mut dice = Dice(seed);
        let mut nodes = story(&mut dice);
        if is_forked {
            nodes.extend(copies(&nodes[0], &mut dice));
        }
        for node in &nodes {
            hubs[0].enrol(node, &[mawar(), melati()]).await;
        }
        let mut expected: Option<String> = None;
        for delivery in 0..DELIVERIES {
            let what = format!("story {seed}, delivery {delivery}");
            println!("{what}");
            forget_everything(&hubs[0].db).await;
            let mut dice = Dice(seed + delivery);
            if delivery == 0 {
                for node in &nodes {
                    let acks = hubs[0].send_all(node, node.sealed_whole()).await;
                    let own = node.own(&acks).unwrap();
                    assert_eq!((own.watermark, own.gaps.len()), (node.frames.len() as u64, 0));
                }
            } else {
                deliver(&hubs, &nodes, &mut dice, &mut tally).await;
                hubs.iter_mut().for_each(TestHub::forget_answers);
                settle(&mut hubs[0], &nodes, &mut dice).await;
            }
            hubs[0].count().await;
            hubs[0].assert_proved().await;
            tally.guests += count(&hubs[0].db, OF_TWO).await;
            let found = if is_forked { conclusions(&hubs[0].db).await } else { state(&hubs[0].db).await };
            assert_same(expected.get_or_insert_with(|| found.clone()), &found, &what);
        }
    }
    println!("{} batches with {} events were handed in", tally.batches, tally.events);
    assert!(tally.guests > 0, "no story tells of a guest");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_sent_again_is_kept_once(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    for visit in 1..=6 {
        node.weigh(id(5, 1), visit, day("2026-11-10"), 8_000);
    }
    for (first, last) in [(1, 4), (1, 4), (2, 3), (3, 6), (6, 6), (1, 6)] {
        hub.send(&node, node.sealed(first, last)).await;
    }
    assert_eq!(count(&hub.db, "event_log").await, 6);
    assert_eq!(count(&hub.db, "child_growth_records").await, 6);
}

#[sqlx::test(migrations = "../migrations")]
async fn an_event_that_came_by_two_roads_counts_once(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let (mut node, mut courier) = (Node::new(1, mawar()), Node::new(2, mawar()));
    hub.enrol(&node, &[mawar()]).await;
    hub.enrol(&courier, &[mawar()]).await;
    node.register(id(5, 1), day("2026-11-10"), child("Budi", day("2025-11-09")));
    let event = node.weigh(id(5, 1), 1, day("2026-11-10"), 8_000);
    let mut header = courier.header(id(5, 1), day("2026-11-10"));
    header.visit = crate::journal::visit_of(1);
    header.id = event;
    courier.write(header, crate::journal::weighed(protocol::growth::Taken::Value(8_000)));
    hub.send(&courier, courier.sealed_whole()).await;
    hub.send(&node, node.sealed_whole()).await;
    hub.count().await;
    hub.assert_proved().await;
    let weighed: i64 =
        sqlx::query_scalar("select sum(d) from monthly_figures").fetch_one(&hub.db).await.unwrap();
    assert_eq!(weighed, 1);
    assert!(matches!(node.frames[1].decode().unwrap().body, Body::Weighed(_)));
}
