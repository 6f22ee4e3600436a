//! What replaces what, in whatever order it arrives.

use protocol::Body;
use sqlx::PgPool;

use crate::harness::{TestHub, mawar, state};
use crate::journal::{Node, child, day, id, replacing};

/// Sends the events one by one in that order and gives what the hub concluded.
async fn state_after(hub: &mut TestHub, node: &Node, order: &[u64]) -> String {
    for table in [
        "event_log",
        "citizens",
        "child_growth_records",
        "received_runs",
        "replaced_events",
        "monthly_figures",
    ] {
        sqlx::query(sqlx::AssertSqlSafe(format!("truncate {table}"))).execute(&hub.db).await.unwrap();
    }
    for &sequence in order {
        hub.send(node, node.sealed(sequence, sequence)).await;
    }
    hub.count().await;
    hub.assert_proved().await;
    state(&hub.db).await
}

fn orders(count: u64) -> Vec<Vec<u64>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(count - 1);
    let places = |order: &Vec<u64>| -> Vec<Vec<u64>> {
        (0..=order.len())
            .map(|place| {
                let mut order = order.clone();
                order.insert(place, count);
                order
            })
            .collect()
    };
    shorter.iter().flat_map(places).collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn the_latest_repeat_counts_unless_it_was_replaced(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    let (budi, today) = (id(5, 1), day("2026-11-10"));
    node.register(budi, today, child("Budi", day("2026-01-09")));
    node.weigh(budi, 1, today, 8_000);
    let second = node.weigh(budi, 1, today, 8_100);
    // The second reading belonged to another visit; so the first stands in this one.
    node.weigh_as(budi, 2, day("2026-11-12"), 8_200, replacing(second));
    let expected = state_after(&mut hub, &node, &[1, 2, 3, 4]).await;
    let records = hub::growth::history(&hub.db, budi).await.unwrap();
    assert_eq!(records.iter().map(|record| record.weight_g).collect::<Vec<_>>(), [Some(8_000), Some(8_200)]);
    for order in orders(4) {
        assert_eq!(state_after(&mut hub, &node, &order).await, expected, "order {order:?}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_visit_moved_to_another_month_is_judged_there_and_leaves_the_old_one(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    let budi = id(5, 1);
    node.register(budi, day("2026-05-10"), child("Budi", day("2025-01-09")));
    node.weigh(budi, 1, day("2026-05-10"), 8_000);
    let wrong = node.weigh(budi, 2, day("2026-06-10"), 8_250);
    node.weigh(budi, 3, day("2026-07-10"), 8_300);
    node.weigh_as(budi, 2, day("2026-09-10"), 8_700, replacing(wrong));
    let expected = state_after(&mut hub, &node, &[1, 2, 3, 4, 5]).await;
    let letters: Vec<_> = hub::growth::history(&hub.db, budi)
        .await
        .unwrap()
        .into_iter()
        .filter_map(|record| record.gain)
        .collect();
    assert_eq!(letters, ["B", "O", "O"]);
    for order in orders(5) {
        assert_eq!(state_after(&mut hub, &node, &order).await, expected, "order {order:?}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_corrected_birth_date_changes_what_every_visit_means(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    let (budi, today) = (id(5, 1), day("2026-11-10"));
    let first = node.register(budi, today, child("Budi", day("2026-01-09")));
    node.visit(budi, 1, today, 8_000, 7_000);
    hub.send(&node, node.sealed(1, 3)).await;
    let before = hub::growth::history(&hub.db, budi).await.unwrap();
    let mut header = node.header(budi, today);
    replacing(first)(&mut header);
    node.write(header, Body::ChildRegistered(child("Budi S.", day("2025-01-09"))));
    hub.send(&node, node.sealed(4, 4)).await;
    let after = hub::growth::history(&hub.db, budi).await.unwrap();
    assert_eq!(before[0].age_days.unwrap() + 365, after[0].age_days.unwrap());
    assert!(after[0].waz_centi < before[0].waz_centi);
    assert_eq!(hub::citizens::one(&hub.db, budi).await.unwrap().unwrap().name, "Budi S.");
    hub.assert_proved().await;
}
