//! A child weighed where it is a guest: served there, counted once at home, and on the chart there.

use hub::reports::{self, Figure};
use protocol::feed::{Guest, Item};
use protocol::registry::{ChildRegistered, Edit, PersonEdited};
use protocol::service::Voided;
use protocol::time::Hybrid;
use protocol::{Body, EventId, Month};
use sqlx::PgPool;
use uuid::Uuid;

use crate::feed::reader::{Reader, assert_unbroken, events, names, weights};
use crate::harness::{TestHub, count, enrol, mawar, melati, state};
use crate::journal::{Node, child, day, id, replacing};
use crate::two_hubs::together;

const NIK: &str = "9971014306250001";
const OTHER_NIK: &str = "9971014306250009";

fn budi() -> ChildRegistered {
    ChildRegistered { nik: Some(NIK.into()), ..child("Budi", day("2025-06-05")) }
}

/// The child in the book of Mawar, and the same child as Melati wrote it down.
fn at_home() -> Uuid {
    id(5, 1)
}

fn as_guest() -> Uuid {
    id(5, 2)
}

impl Node {
    fn correct_person(&mut self, citizen: Uuid, edit: Edit, bases: Vec<EventId>, ms: i64) -> EventId {
        let edited = PersonEdited { edit, bases, at: Hybrid { ms, count: 0 } };
        self.write(self.header(citizen, day("2026-11-20")), Body::PersonEdited(edited))
    }

    /// A guest of Mawar; gives its registration.
    fn writes_down_a_guest(&mut self) -> EventId {
        let registered = self.register(as_guest(), day("2026-10-10"), budi());
        self.correct_person(as_guest(), Edit::Home(Some("Mawar".into())), vec![registered], 1);
        registered
    }
}

/// S, D, N and T of a posyandu in a month.
async fn figures(hub: &TestHub, posyandu: Uuid, month: &str) -> [i32; 4] {
    hub.count().await;
    let Month(month) = Month::of(day(&format!("{month}-01")));
    let rows = reports::of_month(&hub.db, month, Some(&[posyandu])).await.unwrap();
    let behind = reports::children_behind(&hub.db, posyandu, month, Figure::D).await.unwrap();
    assert_eq!(
        (rows[0].d as usize, rows[0].d),
        (behind.len(), rows[0].n + rows[0].t + rows[0].o + rows[0].b)
    );
    [rows[0].s, rows[0].d, rows[0].n, rows[0].t]
}

async fn letters(hub: &TestHub, citizen: Uuid) -> String {
    let records = hub::growth::history(&hub.db, citizen).await.unwrap();
    records.iter().map(|record| record.gain.as_deref().unwrap_or("-")).collect()
}

/// Both posyandu with their nodes. At home the child was weighed in September, as a guest in October.
async fn both(db: PgPool) -> (TestHub, Node, Node) {
    let (mut home, mut away) = (Node::new(1, mawar()), Node::new(2, melati()));
    let hub = TestHub::start(db).await;
    hub.enrol(&home, &[mawar()]).await;
    hub.enrol(&away, &[melati()]).await;
    home.register(at_home(), day("2026-09-01"), budi());
    home.weigh(at_home(), 1, day("2026-09-10"), 9_000);
    away.writes_down_a_guest();
    away.visit(as_guest(), 2, day("2026-10-10"), 9_400, 7_400);
    (hub, home, away)
}

/// Hands in what a node has written since.
async fn send(hub: &mut TestHub, node: &Node, after: usize) {
    hub.send(node, node.sealed(after as u64 + 1, node.frames.len() as u64)).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_guests_weighing_is_the_childs_at_home_and_counts_there_once(db: PgPool) {
    let (mut hub, mut home, mut away) = both(db).await;
    hub.send(&home, home.sealed_whole()).await;
    hub.send(&away, away.sealed_whole()).await;
    assert_eq!(figures(&hub, mawar(), "2026-10").await, [1, 1, 1, 0], "N: it rose since September");
    assert_eq!(figures(&hub, melati(), "2026-10").await, [0; 4]);
    assert_eq!((letters(&hub, at_home()).await, letters(&hub, as_guest()).await), ("BN".into(), "B".into()));
    let records = hub::growth::history(&hub.db, at_home()).await.unwrap();
    assert_eq!(
        (records[1].posyandu_id, records[1].length_tenth_mm, records[1].posture.as_deref()),
        (melati(), Some(7_400), Some("l"))
    );

    // The next month at home is judged from it, and a second weighing of the same month is still one child.
    let sent = home.frames.len();
    home.weigh(at_home(), 3, day("2026-11-10"), 9_450);
    send(&mut hub, &home, sent).await;
    assert_eq!(figures(&hub, mawar(), "2026-11").await, [1, 1, 0, 1]);
    let sent = away.frames.len();
    away.weigh(as_guest(), 4, day("2026-11-12"), 9_700);
    send(&mut hub, &away, sent).await;
    assert_eq!(figures(&hub, mawar(), "2026-11").await, [1, 1, 1, 0], "the latest of the month stands");
    assert_eq!(letters(&hub, at_home()).await, "BN-N");
    assert_eq!(figures(&hub, melati(), "2026-11").await, [0; 4]);
    hub.assert_proved().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn corrections_of_a_guests_weighing_and_of_the_nik_follow_at_home(db: PgPool) {
    let (mut hub, home, mut away) = both(db).await;
    hub.send(&away, away.sealed_whole()).await;
    hub.send(&home, home.sealed_whole()).await;
    let weighed = away.frames[2].decode().unwrap().header.id;
    let october = "2026-10";
    assert_eq!(figures(&hub, mawar(), october).await, [1, 1, 1, 0]);

    let mut sent = away.frames.len();
    let corrected = away.weigh_as(as_guest(), 2, day("2026-10-10"), 9_040, replacing(weighed));
    send(&mut hub, &away, sent).await;
    assert_eq!(figures(&hub, mawar(), october).await, [1, 1, 0, 1], "9,04 and not 9,4");
    sent = away.frames.len();
    let mut header = away.header(as_guest(), day("2026-10-20"));
    (header.visit, header.replaces) = (away.frames[2].decode().unwrap().header.visit, None);
    replacing(corrected)(&mut header);
    away.write(header, Body::Voided(Voided { kind: 2 }));
    send(&mut hub, &away, sent).await;
    assert_eq!(figures(&hub, mawar(), october).await, [1, 0, 0, 0], "it was another child's");
    sent = away.frames.len();
    away.weigh(as_guest(), 5, day("2026-10-20"), 9_500);
    send(&mut hub, &away, sent).await;
    assert_eq!(figures(&hub, mawar(), october).await, [1, 1, 1, 0]);

    let registered = away.frames[0].decode().unwrap().header.id;
    sent = away.frames.len();
    let edited = away.correct_person(as_guest(), Edit::Nik(Some(OTHER_NIK.into())), vec![registered], 5);
    send(&mut hub, &away, sent).await;
    assert_eq!(figures(&hub, mawar(), october).await, [1, 0, 0, 0], "another child after all");
    assert_eq!(letters(&hub, at_home()).await, "B");
    hub.assert_proved().await;
    sent = away.frames.len();
    away.correct_person(as_guest(), Edit::Nik(Some(NIK.into())), vec![edited], 6);
    send(&mut hub, &away, sent).await;
    assert_eq!(figures(&hub, mawar(), october).await, [1, 1, 1, 0]);
    hub.assert_proved().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_lives_here_and_is_weighed_elsewhere_under_the_same_id_counts_too(db: PgPool) {
    let (mut home, mut away) = (Node::new(1, mawar()), Node::new(2, melati()));
    let mut hub = TestHub::start(db).await;
    hub.enrol(&home, &[mawar()]).await;
    hub.enrol(&away, &[melati()]).await;
    away.weigh(at_home(), 1, day("2026-08-10"), 8_800);
    away.weigh(at_home(), 2, day("2026-10-10"), 9_400);
    home.register(at_home(), day("2026-09-01"), budi());
    home.weigh(at_home(), 3, day("2026-09-10"), 9_000);
    hub.send(&away, away.sealed_whole()).await;
    hub.send(&home, home.sealed_whole()).await;
    assert_eq!(figures(&hub, mawar(), "2026-08").await, [0; 4], "it did not live here yet");
    assert_eq!(figures(&hub, mawar(), "2026-10").await, [1, 1, 1, 0]);
    assert_eq!(letters(&hub, at_home()).await, "BBN");
    hub.assert_proved().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_order_in_which_home_and_guest_arrive_does_not_matter(db: PgPool) {
    let (mut hub, mut home, mut away) = both(db).await;
    home.weigh(at_home(), 3, day("2026-11-10"), 9_450);
    away.weigh(as_guest(), 4, day("2026-11-12"), 9_700);
    let mut expected: Option<String> = None;
    // Every way to mix the two journals, an event at a time.
    let (of_home, of_away) = (home.frames.len(), away.frames.len());
    for mix in 0_u32..1 << (of_home + of_away) {
        if mix.count_ones() as usize != of_home {
            continue;
        }
        // One in four is enough of so many.
        if !mix.is_multiple_of(4) && expected.is_some() {
            continue;
        }
        let forget = "truncate event_log, citizens, child_growth_records, received_runs, citizen_edits, dirty_months, \
                      monthly_figures, feeds, feed_items";
        sqlx::query(forget).execute(&hub.db).await.unwrap();
        let (mut next_home, mut next_away) = (1, 1);
        for at in 0..of_home + of_away {
            if mix >> at & 1 == 1 {
                hub.send(&home, home.sealed(next_home, next_home)).await;
                next_home += 1;
            } else {
                hub.send(&away, away.sealed(next_away, next_away)).await;
                next_away += 1;
            }
        }
        assert_eq!(figures(&hub, mawar(), "2026-11").await, [1, 1, 1, 0], "{mix:b}");
        hub.assert_proved().await;
        let found = state(&hub.db).await;
        assert_eq!(expected.get_or_insert_with(|| found.clone()), &found, "{mix:b}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn two_hubs_that_meet_in_a_guest_wait_for_each_other(db: PgPool) {
    let (mut hub, home, away) = both(db.clone()).await;
    hub.send(&home, home.sealed_whole()).await;
    hub.send(&away, away.sealed_whole()).await;
    let (mut scale, mut there) = (Node::new(3, mawar()), Node::new(4, melati()));
    enrol(&db, &scale, &[mawar()]).await;
    enrol(&db, &there, &[melati()]).await;
    scale.weigh(at_home(), 6, day("2026-11-10"), 9_450);
    there.weigh(as_guest(), 7, day("2026-11-12"), 9_700);
    together(&db, &there, &scale).await;
    assert_eq!(figures(&hub, mawar(), "2026-11").await, [1, 1, 1, 0]);
    assert_eq!(letters(&hub, at_home()).await, "BN-N");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_guest_somebody_pointed_out_is_followed_without_a_nik(db: PgPool) {
    let (mut hub, mut home, mut away) =
        (TestHub::start(db).await, Node::new(1, mawar()), Node::new(2, melati()));
    hub.enrol(&home, &[mawar()]).await;
    hub.enrol(&away, &[melati()]).await;
    home.register(at_home(), day("2026-09-01"), ChildRegistered { nik: None, ..budi() });
    away.writes_down_a_guest();
    hub.send(&home, home.sealed_whole()).await;
    hub.send(&away, away.sealed_whole()).await;
    sqlx::query("insert into citizen_links (guest_id, home_id, decided_by) values ($1, $2, $3)")
        .bind(as_guest())
        .bind(at_home())
        .bind(id(3, 1))
        .execute(&hub.db)
        .await
        .unwrap();
    let sent = away.frames.len();
    away.weigh(as_guest(), 2, day("2026-10-10"), 9_400);
    send(&mut hub, &away, sent).await;
    assert_eq!(figures(&hub, mawar(), "2026-10").await, [1, 1, 0, 0]);
    hub.assert_proved().await;
}

fn guests(items: &[Item]) -> Vec<Guest> {
    let guest = |item: &Item| match item {
        Item::Guest(guest) => Some(guest.clone()),
        _ => None,
    };
    items.iter().filter_map(guest).collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn the_visits_go_home_by_the_feed_with_word_of_whom_they_are(db: PgPool) {
    let (mut hub, home, mut away) = both(db.clone()).await;
    hub.send(&away, away.sealed_whole()).await;
    let mut at_mawar = Reader::of(&db, &home, mawar());
    assert_eq!(at_mawar.rest().await, [], "nobody knows yet whose guest it is");
    hub.send(&home, home.sealed_whole()).await;
    let told = |at: Option<&str>| Guest {
        home: at_home().into(),
        guest: as_guest().into(),
        at: at.map(str::to_owned),
    };
    let items = at_mawar.rest().await;
    assert_eq!(guests(&items), [told(Some("Melati"))]);
    let heard = events(&items);
    assert_eq!(
        (heard.len(), names(&heard).len(), weights(&heard).len()),
        (2, 0, 1),
        "visits, and nothing else"
    );

    // What is weighed or corrected there afterwards comes at once; Melati hears of nobody at Mawar.
    let sent = away.frames.len();
    away.weigh(as_guest(), 4, day("2026-11-12"), 9_700);
    let weighed = away.frames[2].decode().unwrap().header.id;
    away.weigh_as(as_guest(), 2, day("2026-10-10"), 9_040, replacing(weighed));
    send(&mut hub, &away, sent).await;
    let items = at_mawar.rest().await;
    assert_eq!((guests(&items), events(&items).len()), (Vec::new(), 2));
    let mut fresh = Node::new(3, melati());
    hub.enrol(&fresh, &[melati()]).await;
    let there = Reader::of(&db, &fresh, melati()).rest().await;
    assert!(
        guests(&there).is_empty() && events(&there).iter().all(|event| event.header.posyandu.0 == melati())
    );

    // Another child after all.
    let registered = away.frames[0].decode().unwrap().header.id;
    let sent = away.frames.len();
    let edited = away.correct_person(as_guest(), Edit::Nik(None), vec![registered], 5);
    send(&mut hub, &away, sent).await;
    assert_eq!(at_mawar.rest().await, [Item::Guest(told(None))]);
    let sent = away.frames.len();
    away.correct_person(as_guest(), Edit::Nik(Some(NIK.into())), vec![edited], 6);
    send(&mut hub, &away, sent).await;
    assert_eq!(at_mawar.rest().await, [Item::Guest(told(Some("Melati")))], "the visits are there already");

    // It moves: the new home hears of it, the old one that it is none of its.
    fresh.posyandu = id(9, 3);
    sqlx::query(
        "insert into posyandu (id, puskesmas_id, name, village) values ($1, $2, 'Anggrek', 'Sukamaju')",
    )
    .bind(id(9, 3))
    .bind(id(8, 1))
    .execute(&db)
    .await
    .unwrap();
    let mut there = Node::new(4, id(9, 3));
    let reader = Node::new(5, id(9, 3));
    hub.enrol(&there, &[id(9, 3)]).await;
    hub.enrol(&reader, &[id(9, 3)]).await;
    there.incarnation = 2;
    there.register(at_home(), day("2026-11-20"), budi());
    enrol(&db, &there, &[id(9, 3)]).await;
    hub.send(&there, there.sealed_whole()).await;
    assert_eq!(guests(&at_mawar.rest().await), [told(None)]);
    let items = Reader::of(&db, &reader, id(9, 3)).rest().await;
    assert_eq!(guests(&items), [told(Some("Melati"))]);
    let masses: Vec<u32> = weights(&events(&items)).iter().map(|&(.., mass_g)| mass_g).collect();
    assert_eq!(masses.len(), 4, "at home, as a guest, and what that was corrected to: {masses:?}");
    hub.assert_proved().await;
    assert_unbroken(&db).await;

    // A feed that is begun anew says the same.
    sqlx::query("truncate feeds, feed_items").execute(&db).await.unwrap();
    hub::feed::begin(&db).await.unwrap();
    let anew = Reader::of(&db, &reader, id(9, 3)).rest().await;
    assert_eq!((guests(&anew), weights(&events(&anew))), (guests(&items), weights(&events(&items))));
    let kept = count(&db, "feed_items").await;
    hub::feed::catch_up(&db).await.unwrap();
    assert_eq!(count(&db, "feed_items").await, kept);
}
