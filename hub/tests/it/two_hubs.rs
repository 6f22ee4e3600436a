//! Two hubs on one database that meet in one child at the same moment.

use sqlx::{Connection, Executor, PgConnection, PgPool};

use crate::harness::{TestHub, enrol, mawar, melati, wait};
use crate::journal::{Node, child, day, id};

/// Holds every writer just before it writes a child's rows, after it has read all it will read.
async fn hold_writers(db: &PgPool) -> PgConnection {
    db.execute(
        "create function hold() returns trigger language plpgsql as
            $$ begin perform pg_advisory_xact_lock_shared(1); return new; end $$;
        create trigger held before insert on child_growth_records for each statement execute function hold();
        create trigger held before insert on citizens for each statement execute function hold();",
    )
    .await
    .unwrap();
    let mut holder = PgConnection::connect_with(&db.connect_options()).await.unwrap();
    holder.execute("select pg_advisory_lock(1)").await.unwrap();
    holder
}

/// Waits until so many connections wait for a lock.
pub(crate) async fn until_waiting(db: &PgPool, count: i64) {
    let waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    wait(async {
        while sqlx::query_scalar::<_, i64>(waiting).fetch_one(db).await.unwrap() < count {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Hands both batches to a hub each, so that they are worked on together, and waits for both.
pub(crate) async fn together(db: &PgPool, one: &Node, other: &Node) {
    let hubs = [TestHub::over(db.clone()), TestHub::over(db.clone())];
    let holder = hold_writers(db).await;
    let first = hubs[0].hand(one.id, one.sealed_whole()).await;
    until_waiting(db, 1).await;
    let second = hubs[1].hand(other.id, other.sealed_whole()).await;
    until_waiting(db, 2).await;
    holder.close().await.unwrap();
    wait(first).await.unwrap();
    wait(second).await.unwrap();
    hubs[0].count().await;
    hubs[0].assert_proved().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn two_visits_of_a_child_are_judged_one_after_the_other(db: PgPool) {
    let mut hub = TestHub::start(db.clone()).await;
    let (mut register, mut may, mut june) =
        (Node::new(1, mawar()), Node::new(2, mawar()), Node::new(3, mawar()));
    for node in [&register, &may, &june] {
        enrol(&db, node, &[mawar()]).await;
    }
    register.register(id(5, 1), day("2026-05-01"), child("Budi", day("2025-01-05")));
    hub.send(&register, register.sealed_whole()).await;
    may.weigh(id(5, 1), 1, day("2026-05-10"), 9_000);
    june.weigh(id(5, 1), 2, day("2026-06-10"), 9_300);
    together(&db, &may, &june).await;
    let letters: Vec<_> =
        hub::growth::history(&db, id(5, 1)).await.unwrap().into_iter().map(|row| row.gain).collect();
    assert_eq!(letters, [Some("B".to_owned()), Some("N".to_owned())]);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_child_registered_here_while_it_is_weighed_there_gets_its_age(db: PgPool) {
    crate::harness::places(&db).await;
    let (mut home, mut away) = (Node::new(1, melati()), Node::new(2, mawar()));
    enrol(&db, &home, &[melati()]).await;
    enrol(&db, &away, &[mawar()]).await;
    home.register(id(5, 1), day("2026-05-01"), child("Tamu", day("2025-01-05")));
    away.visit(id(5, 1), 1, day("2026-05-10"), 9_000, 7_300);
    together(&db, &away, &home).await;
    let [record] = &hub::growth::history(&db, id(5, 1)).await.unwrap()[..] else {
        panic!("one visit, one row")
    };
    assert!(record.age_days.is_some() && record.gain.is_some());
}

#[sqlx::test(migrations = "../migrations")]
async fn a_child_registered_elsewhere_while_it_is_weighed_at_home_is_judged_by_what_is_known_then(
    db: PgPool,
) {
    let mut hub = TestHub::start(db.clone()).await;
    let (mut home, mut scale, mut away) =
        (Node::new(1, melati()), Node::new(2, melati()), Node::new(3, mawar()));
    for (node, posyandu) in [(&home, melati()), (&scale, melati()), (&away, mawar())] {
        enrol(&db, node, &[posyandu]).await;
    }
    home.register(id(5, 1), day("2026-05-01"), child("Budi", day("2025-01-05")));
    hub.send(&home, home.sealed_whole()).await;
    scale.visit(id(5, 1), 1, day("2026-05-10"), 9_000, 7_300);
    // It moved, and there its date of birth was read from the book: every visit means something else.
    away.register(id(5, 1), day("2026-05-10"), child("Budi", day("2025-03-05")));
    together(&db, &scale, &away).await;
    let [record] = &hub::growth::history(&db, id(5, 1)).await.unwrap()[..] else {
        panic!("one visit, one row")
    };
    assert_eq!(record.age_days, Some(431));
    assert_eq!(hub::citizens::one(&db, id(5, 1)).await.unwrap().unwrap().posyandu_id, mawar());
}
