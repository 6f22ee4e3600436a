//! Corrections of a child made by people who could not hear each other, and children who leave.

use protocol::registry::{Edit, Leaving, PersonEdited};
use protocol::time::Hybrid;
use protocol::{Body, EventId};
use sqlx::PgPool;
use uuid::Uuid;

use crate::harness::{TestHub, mawar, melati, state};
use crate::journal::{Node, child, day, id};

impl Node {
    fn edit(&mut self, citizen: Uuid, edit: Edit, bases: &[EventId], at_ms: i64) -> EventId {
        let at = Hybrid { ms: at_ms, count: 0 };
        let body = Body::PersonEdited(PersonEdited { edit, bases: bases.to_vec(), at });
        self.write(self.header(citizen, day("2026-11-10")), body)
    }

    fn leaves(&mut self, citizen: Uuid, on: &str, leaving: Leaving) {
        let header = self.header(citizen, day(on));
        self.write(header, Body::PersonLeft(leaving.into()));
    }
}

async fn citizen(hub: &TestHub, id: Uuid) -> hub::citizens::Citizen {
    hub::citizens::one(&hub.db, id).await.unwrap().unwrap()
}

#[sqlx::test(migrations = "../migrations")]
async fn edits_that_did_not_see_each_other_wait_for_a_person_in_whatever_order(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    let budi = id(5, 1);
    let first = node.register(budi, day("2026-05-10"), child("Budi", day("2026-01-09")));
    let one = node.edit(budi, Edit::Name("Budi Santoso".into()), &[first], 2_000);
    let other = node.edit(budi, Edit::Name("Budi Susanto".into()), &[first], 1_000);
    node.edit(budi, Edit::KiaBook(false), &[first], 500);
    let mut expected = None;
    for order in [[1, 2, 3, 4], [4, 3, 2, 1], [3, 1, 4, 2]] {
        for table in ["event_log", "citizens", "received_runs", "citizen_edits", "monthly_figures"] {
            sqlx::query(sqlx::AssertSqlSafe(format!("truncate {table}"))).execute(&hub.db).await.unwrap();
        }
        for sequence in order {
            hub.send(&node, node.sealed(sequence, sequence)).await;
        }
        let budi = citizen(&hub, budi).await;
        assert_eq!(budi.name, "Budi Santoso", "the later hybrid time stands meanwhile");
        assert!(!budi.has_kia_book);
        assert_eq!(budi.disputed_fields, "name");
        hub.count().await;
        hub.assert_proved().await;
        let state = state(&hub.db).await;
        assert_eq!(*expected.get_or_insert(state.clone()), state, "order {order:?}");
    }
    node.edit(budi, Edit::Name("Budi Susanto".into()), &[one, other], 3_000);
    hub.send(&node, node.sealed(5, 5)).await;
    let settled = citizen(&hub, budi).await;
    assert_eq!((settled.name.as_str(), settled.disputed_fields.as_str()), ("Budi Susanto", ""));
    hub.assert_proved().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_corrected_birth_date_changes_every_age(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    let budi = id(5, 1);
    let first = node.register(budi, day("2026-05-10"), child("Budi", day("2026-01-09")));
    node.visit(budi, 1, day("2026-11-10"), 8_000, 7_000);
    node.edit(budi, Edit::BirthDate(day("2025-01-09").into()), &[first], 1);
    hub.send(&node, node.sealed_whole()).await;
    let records = hub::growth::history(&hub.db, budi).await.unwrap();
    assert_eq!(records[0].age_days, Some(305 + 365));
    hub.assert_proved().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_correction_no_registration_could_hold_is_set_aside_with_a_reason(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    let budi = id(5, 1);
    let first = node.register(budi, day("2026-05-10"), child("Budi", day("2026-01-09")));
    node.edit(budi, Edit::Name("   ".into()), &[first], 1);
    let ack = hub.send(&node, node.sealed_whole()).await;
    assert_eq!((ack.watermark, ack.quarantined.len()), (2, 1));
    assert_eq!(citizen(&hub, budi).await.name, "Budi");
}

/// S of September, October and November.
async fn autumn(hub: &TestHub) -> [i32; 3] {
    let mut counts = [0; 3];
    for (count, month) in counts.iter_mut().zip([9, 10, 11]) {
        let rows = hub::reports::of_month(&hub.db, 2026 * 12 + month - 1, Some(&[mawar()])).await.unwrap();
        *count = rows[0].s;
    }
    counts
}

#[sqlx::test(migrations = "../migrations")]
async fn who_left_counts_until_then_and_nowhere_after(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar(), melati()]).await;
    let (budi, ani) = (id(5, 1), id(5, 2));
    node.register(budi, day("2026-08-10"), child("Budi", day("2026-01-09")));
    node.register(ani, day("2026-08-10"), child("Ani", day("2026-01-09")));
    node.leaves(budi, "2026-10-05", Leaving::Moved);
    node.leaves(ani, "2026-10-05", Leaving::Mistake);
    hub.send(&node, node.sealed_whole()).await;
    hub.count().await;
    assert_eq!(autumn(&hub).await, [1, 0, 0]);
    assert_eq!(citizen(&hub, budi).await.status, "pindah");
    node.leaves(budi, "2026-10-20", Leaving::Back);
    hub.send(&node, node.sealed(5, 5)).await;
    hub.count().await;
    assert_eq!(autumn(&hub).await, [1, 1, 1]);
    hub.assert_proved().await;
}
