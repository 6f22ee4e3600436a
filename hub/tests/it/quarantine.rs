//! What could not be taken is judged again, and then enters as if it had just come.

use hub::intake::{Judgement, Which, judge_again};
use protocol::Body;
use protocol::growth::{Carried, Load, NotTaken, Taken, Weighed, Window};
use sqlx::PgPool;

use crate::harness::{TestHub, clock, count, mawar, melati, state, wait};
use crate::journal::{Node, child, day, id, visit_of, weighed};

#[sqlx::test(migrations = "../migrations")]
async fn what_a_node_was_not_enrolled_for_enters_once_it_is(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[melati()]).await;
    node.register(id(5, 1), day("2026-11-10"), child("Budi", day("2025-11-09")));
    node.visit(id(5, 1), 1, day("2026-11-10"), 8_000, 7_000);
    node.nonsense();
    let ack = hub.send(&node, node.sealed_whole()).await;
    assert_eq!((ack.watermark, ack.quarantined_total), (4, 4));
    assert_eq!(count(&hub.db, "event_log").await, 0);

    hub.enrol(&node, &[melati(), mawar()]).await;
    assert_eq!(count(&hub.db, "event_log").await, 3);
    hub.count().await;
    hub.assert_proved().await;
    let [record] = &hub::growth::history(&hub.db, id(5, 1)).await.unwrap()[..] else {
        panic!("one visit, one row")
    };
    assert!(record.waz_centi.is_some());
    let ack = hub.send(&node, node.sealed_whole()).await;
    assert_eq!((ack.watermark, ack.chain, ack.quarantined_total), (4, node.chain(4), 1));
    assert_eq!(ack.quarantined[0].sequence, 4);
    assert_eq!(count(&hub.db, "event_log").await, 3);
    assert_eq!(count(&hub.db, "quarantined_events where taken_at is not null").await, 3);

    // As if it had been enrolled from the beginning.
    let late = state(&hub.db).await;
    for table in
        ["event_log, citizens, child_growth_records, received_runs, quarantined_events", "monthly_figures"]
    {
        let truncate = sqlx::AssertSqlSafe(format!("truncate {table}"));
        sqlx::query(truncate).execute(&hub.db).await.unwrap();
    }
    hub.send(&node, node.sealed_whole()).await;
    hub.count().await;
    let without_quarantine = |state: &str| {
        state.split("select ").filter(|part| !part.contains("from quarantined")).collect::<String>()
    };
    assert_eq!(without_quarantine(&state(&hub.db).await), without_quarantine(&late));
}

#[sqlx::test(migrations = "../migrations")]
async fn judging_again_takes_what_it_can_and_leaves_the_rest_with_its_reason(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[melati()]).await;
    for visit in 1..=6 {
        node.weigh(id(5, 1), visit, day("2026-11-10"), if visit == 4 { 4_321 } else { 8_000 });
    }
    node.nonsense();
    hub.send(&node, node.sealed_whole()).await;
    sqlx::query("insert into node_posyandu (node_id, posyandu_id) select id, $1 from nodes")
        .bind(mawar())
        .execute(&hub.db)
        .await
        .unwrap();
    sqlx::query("alter table child_growth_records add constraint unlucky check (weight_g <> 4321)")
        .execute(&hub.db)
        .await
        .unwrap();
    let mut db = hub.db.acquire().await.unwrap();
    let judged = judge_again(&mut db, Which::All, clock()).await.unwrap();
    assert_eq!(judged, Judgement { taken: 5, still_aside: 2 });
    let judged = judge_again(&mut db, Which::Node(node.id), clock()).await.unwrap();
    assert_eq!(judged, Judgement { taken: 0, still_aside: 2 });
    let left = hub::intake::waiting(&hub.db, Some(node.id)).await.unwrap();
    assert_eq!(left.iter().map(|event| event.sequence).collect::<Vec<_>>(), [4, 7]);
    assert!(left[0].reason.contains("tidak bisa dimasukkan"), "{}", left[0].reason);
    assert_eq!(count(&hub.db, "event_log").await, 5);
    hub.assert_proved().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_new_hub_reads_what_the_old_one_could_not(db: PgPool) {
    let mut hub = TestHub::start(db.clone()).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    node.unknown_kind(id(5, 1), day("2026-11-10"));
    node.weigh(id(5, 1), 1, day("2026-11-10"), 8_000);
    let ack = hub.send(&node, node.sealed_whole()).await;
    assert_eq!(ack.quarantined_total, 1);
    assert_eq!(count(&hub.db, "quarantined_events where is_unknown").await, 1);
    // To the old hub a weight was an unknown kind as well.
    for change in [
        "insert into quarantined_events (node_id, incarnation, sequence, event_id, reason, is_unknown, frame, frame_sha256)
         select node_id, incarnation, sequence, event_id, 'belum dikenal', true, frame, sha256(frame) from event_log",
        "delete from event_log",
        "delete from child_growth_records",
    ] {
        sqlx::query(change).execute(&hub.db).await.unwrap();
    }
    let _new = TestHub::over(db);
    wait(async {
        while count(&hub.db, "quarantined_events where taken_at is not null").await == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(count(&hub.db, "child_growth_records").await, 1);
    assert_eq!(hub.send(&node, node.sealed_whole()).await.quarantined_total, 1);
    hub.assert_proved().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_carried_child_weighs_what_lies_between_its_two_readings(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    let cries = Taken::Not(NotTaken::Cries);
    for (visit, (taken, together, alone, division_g)) in (1..).zip([
        (Taken::Value(8_450), 61_400, 52_950, 50),
        (Taken::Value(8_400), 61_400, 52_950, 50),
        (Taken::Value(8_450), 52_950, 61_400, 50),
        (Taken::Value(8_450), 61_400, 52_950, 0),
        (cries, 52_950, 52_950, 50),
        (cries, 61_400, 52_950, 50),
        (Taken::Value(1), 0, u32::MAX, 50),
    ]) {
        let window = Window { count: 10, spread: 0, duration_ms: 1_000, min: 0, max: 0 };
        let load = |mass_g| Load { mass_g, window };
        let carried = Carried { together: load(together), alone: load(alone), division_g };
        let Body::Weighed(weighed) = weighed(taken) else { unreachable!("it is a weighing") };
        let body = Body::Weighed(Weighed { carried: Some(carried), ..weighed });
        assert_eq!(body.kind(), (2, 2));
        let mut header = node.header(id(5, 1), day("2026-11-10"));
        header.visit = visit_of(visit);
        node.write(header, body);
    }
    let ack = hub.send(&node, node.sealed_whole()).await;
    assert_eq!((ack.watermark, ack.quarantined_total), (7, 6));
    let left = hub::intake::waiting(&hub.db, Some(node.id)).await.unwrap();
    assert_eq!(left.iter().map(|event| event.sequence).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7]);
    assert!(left.iter().all(|event| event.reason.contains("bukan selisih")), "{}", left[0].reason);
    let weights: Vec<Option<i32>> =
        sqlx::query_scalar("select weight_g from child_growth_records").fetch_all(&hub.db).await.unwrap();
    assert_eq!(weights, [Some(8_450)]);
    hub.assert_proved().await;
}
