//! Tapes, swollen feet and services: in whatever order they come, the hub judges as the node did.

use protocol::growth::Taken;
use protocol::measured::{Measure, Measured};
use protocol::registry::{AdultRegistered, Sex};
use protocol::service::{Capsule, Noted, Served, Voided};
use protocol::{Body, EventId};
use sqlx::PgPool;
use uuid::Uuid;

use crate::harness::{TestHub, count, mawar, state};
use crate::journal::{Node, child, day, id, replacing, visit_of};

fn arm(tenth_mm: u32) -> Body {
    let measure = Measure::Arm(Taken::Value(tenth_mm));
    Body::Measured(Measured { measure, repeat: 1, window: None, insisted: Vec::new() })
}

fn head(tenth_mm: u32) -> Body {
    let measure = Measure::Head(Taken::Value(tenth_mm));
    Body::Measured(Measured { measure, repeat: 1, window: None, insisted: Vec::new() })
}

fn void(node: &mut Node, citizen: Uuid, kind: u16, event: EventId, on: &str) {
    let mut header = node.header(citizen, day(on));
    replacing(event)(&mut header);
    node.write(header, Body::Voided(Voided { kind }));
}

/// Every event alone, in that order, on empty tables; gives what the hub concluded.
async fn state_after(hub: &mut TestHub, node: &Node, order: &[u64]) -> String {
    for table in [
        "event_log",
        "citizens",
        "child_growth_records",
        "child_services",
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

/// Some orders of so many events: forward, backward, and each one before all others.
fn orders(count: u64) -> Vec<Vec<u64>> {
    let forward: Vec<u64> = (1..=count).collect();
    let mut orders = vec![forward.clone(), forward.iter().rev().copied().collect()];
    for first in 2..=count {
        let others = forward.iter().copied().filter(|event| *event != first);
        orders.push(std::iter::once(first).chain(others).collect());
    }
    orders
}

#[sqlx::test(migrations = "../migrations")]
async fn tape_and_feet_decide_with_weight_and_length_in_any_order(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    let (budi, on) = (id(5, 1), "2026-09-10");
    node.register(budi, day(on), child("Budi", day("2026-01-09")));
    node.visit(budi, 1, day(on), 8_900, 7_300);
    node.at_visit(budi, 1, day(on), arm(1_240));
    node.at_visit(budi, 1, day(on), head(4_480));
    node.visit(budi, 2, day("2026-10-10"), 9_100, 7_400);
    let wrong = node.at_visit(budi, 2, day("2026-10-10"), arm(1_149));
    node.at_visit(budi, 2, day("2026-10-10"), Body::Noted(Noted::Oedema(false)));
    let swollen = node.at_visit(budi, 3, day("2026-10-20"), Body::Noted(Noted::Oedema(true)));
    state_after(&mut hub, &node, &(1..=10).collect::<Vec<_>>()).await;
    let records = hub::growth::history(&hub.db, budi).await.unwrap();
    let statuses: Vec<_> = records.iter().map(|record| record.nutrition_status.as_deref()).collect();
    assert_eq!(statuses, [Some("gizi_kurang"), Some("gizi_buruk"), Some("gizi_buruk")]);
    assert_eq!((records[0].arm_tenth_mm, records[0].head_tenth_mm), (Some(1_240), Some(4_480)));
    assert_eq!(records[0].head_for_age.as_deref(), Some("normal"));
    assert!(records[0].hcz_centi.is_some() && records[1].hcz_centi.is_none());
    assert_eq!((records[1].oedema, records[2].oedema), (false, true));

    // what is taken back decides nothing any more
    void(&mut node, budi, 11, wrong, "2026-10-10");
    void(&mut node, budi, 12, swollen, "2026-10-20");
    let expected = state_after(&mut hub, &node, &(1..=12).collect::<Vec<_>>()).await;
    let records = hub::growth::history(&hub.db, budi).await.unwrap();
    let statuses: Vec<_> = records.iter().map(|record| record.nutrition_status.as_deref()).collect();
    assert_eq!(statuses, [Some("gizi_kurang"), Some("gizi_baik")]);
    for order in orders(12) {
        assert_eq!(state_after(&mut hub, &node, &order).await, expected, "order {order:?}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn the_tape_round_a_mothers_arm_is_no_childs_growth(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    let ibu = id(5, 2);
    let registered = AdultRegistered {
        name: "Ibu Yanti".into(),
        nik: None,
        birth_date: day("1998-04-02").into(),
        is_birth_estimated: false,
        sex: Sex::Female,
    };
    node.write(node.header(ibu, day("2026-11-01")), Body::AdultRegistered(registered));
    node.at_visit(ibu, 1, day("2026-11-10"), arm(2_300));
    node.at_visit(ibu, 1, day("2026-11-10"), Body::Noted(Noted::Oedema(true)));
    let mut expected = None;
    for order in [[1, 2, 3], [3, 2, 1], [2, 1, 3], [3, 1, 2]] {
        let state = state_after(&mut hub, &node, &order).await;
        assert_eq!(count(&hub.db, "child_growth_records").await, 0, "order {order:?}");
        assert_eq!(*expected.get_or_insert(state.clone()), state, "order {order:?}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn services_stand_until_they_are_taken_back_in_any_order(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    let (budi, on) = (id(5, 1), "2026-08-10");
    node.register(budi, day(on), child("Budi", day("2025-01-09")));
    node.at_visit(budi, 1, day(on), Body::Served(Served::VitaminA(Capsule::Red)));
    let product = "albendazol".to_owned();
    let wrong = node.at_visit(
        budi,
        1,
        day(on),
        Body::Served(Served::Deworming { product: product.clone(), dose_mg: 400 }),
    );
    let mut header = node.header(budi, day(on));
    header.visit = visit_of(1);
    replacing(wrong)(&mut header);
    node.write(header, Body::Served(Served::Deworming { product, dose_mg: 200 }));
    let milk = node.at_visit(budi, 1, day(on), Body::Noted(Noted::ExclusiveBreastfeeding(true)));
    void(&mut node, budi, 12, milk, on);
    let expected = state_after(&mut hub, &node, &[1, 2, 3, 4, 5, 6]).await;
    let stand = |services: Vec<hub::growth::ServiceRow>| {
        let mut said: Vec<_> = services.into_iter().map(|row| (row.service, row.value)).collect();
        said.sort();
        said
    };
    let services = hub::growth::services_of(&hub.db, budi).await.unwrap();
    let expected_services = [("deworming", "albendazol 200 mg"), ("vitamin_a", "merah")]
        .map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(stand(services), expected_services);
    for order in orders(6) {
        assert_eq!(state_after(&mut hub, &node, &order).await, expected, "order {order:?}");
    }

    // a row somebody changed by hand is found out and made again
    sqlx::query("update child_services set value = 'biru' where service = 'vitamin_a'")
        .execute(&hub.db)
        .await
        .unwrap();
    assert_eq!(hub::growth::recount(&hub.db).await.unwrap().1.len(), 1);
    hub::growth::rebuild(&hub.db).await.unwrap();
    hub.assert_proved().await;
    assert_eq!(state(&hub.db).await, expected);
}
