//! Events of a power-up whose clock nobody had set get their day once it is found out (G8).

use chrono::NaiveDate;
use protocol::Body;
use protocol::immunization::{Dose, Immunization, Timing};
use protocol::time::{ClockFound, ClockSource};
use protocol::{EventId, LocalDate, Stamp};
use sqlx::PgPool;
use uuid::Uuid;

use crate::harness::{TestHub, mawar, melati, state};
use crate::journal::{Node, child, day, id, visit_of, weighed};
use protocol::growth::Taken;

const BOOT: [u8; 16] = [7; 16];
const MINUTE_NS: u64 = 60_000_000_000;
/// 24 November 2026, 08:00 in western Indonesia.
const EIGHT_O_CLOCK_MS: i64 = 1_795_482_000_000;

fn unset(monotonic_ns: u64) -> Stamp {
    Stamp { wall_ms: 0, offset_min: 420, source: ClockSource::Unset, boot: BOOT, monotonic_ns }
}

impl Node {
    /// Weighs while nobody has set the clock.
    fn weigh_undated(&mut self, citizen: Uuid, visit: u64, mass_g: u32, monotonic_ns: u64) {
        let mut header = self.header(citizen, day("1970-01-01"));
        header.visit = visit_of(visit);
        header.recorded_at = unset(monotonic_ns);
        self.write(header, weighed(Taken::Value(mass_g)));
    }

    fn find_clock(&mut self, wall_ms: i64, monotonic_ns: u64, source: ClockSource) -> EventId {
        let mut header = self.header(Uuid::nil(), day("2026-11-24"));
        header.citizen = None;
        let found = ClockFound { boot: BOOT, monotonic_ns, wall_ms, offset_min: 420, source };
        self.write(header, Body::ClockFound(found))
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn what_nobody_could_date_is_dated_when_the_clock_is_found_in_any_order(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    let budi = id(5, 1);
    node.register(budi, day("2026-10-10"), child("Budi", day("2026-01-09")));
    node.weigh_undated(budi, 1, 8_000, 10 * MINUTE_NS);
    node.find_clock(EIGHT_O_CLOCK_MS, 40 * MINUTE_NS, ClockSource::Phone);
    node.weigh(budi, 2, day("2026-10-10"), 7_400);
    let mut expected = None;
    for order in [[1, 2, 3, 4], [3, 2, 1, 4], [2, 3, 4, 1], [4, 1, 3, 2]] {
        for table in [
            "event_log",
            "citizens",
            "child_growth_records",
            "received_runs",
            "monthly_figures",
            "found_clocks",
            "undated_children",
        ] {
            sqlx::query(sqlx::AssertSqlSafe(format!("truncate {table}"))).execute(&hub.db).await.unwrap();
        }
        for sequence in order {
            hub.send(&node, node.sealed(sequence, sequence)).await;
        }
        hub.count().await;
        hub.assert_proved().await;
        let records = hub::growth::history(&hub.db, budi).await.unwrap();
        let dated = records.iter().find(|record| record.weight_g == Some(8_000)).unwrap();
        assert_eq!((dated.observed_on, dated.flags), (day("2026-11-24"), 0), "order {order:?}");
        assert_eq!(dated.age_days, Some(319));
        assert_eq!(dated.gain.as_deref(), Some("N"), "it is judged like any other weighing");
        let state = state(&hub.db).await;
        assert_eq!(*expected.get_or_insert(state.clone()), state, "order {order:?}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_dose_nobody_could_date_gets_its_day_with_the_clock_and_makes_the_next_one_due(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    let budi = id(5, 1);
    node.register(budi, day("2026-10-10"), child("Budi", day("2026-09-20")));
    let dose = Dose {
        antigen: "DPT-HB-Hib".into(),
        number: 1,
        batch: Some("B1".into()),
        given_by: None,
        timing: Timing::Timely,
    };
    let mut header = node.header(budi, day("1970-01-01"));
    (header.visit, header.recorded_at) = (visit_of(1), unset(10 * MINUTE_NS));
    node.write(header, Body::Immunization(Immunization::Given(dose)));
    node.find_clock(EIGHT_O_CLOCK_MS, 40 * MINUTE_NS, ClockSource::Phone);
    for sequence in 1..=3 {
        hub.send(&node, node.sealed(sequence, sequence)).await;
    }
    let given: NaiveDate = sqlx::query_scalar("select immunization_date from immunization_records")
        .fetch_one(&hub.db)
        .await
        .unwrap();
    let next: NaiveDate = sqlx::query_scalar(
        "select scheduled_date from immunization_schedules where vaccine_type = 'DPT-HB-Hib' and dose = 2",
    )
    .fetch_one(&hub.db)
    .await
    .unwrap();
    assert_eq!((given, next), (day("2026-11-24"), day("2026-12-24")));
    hub.assert_proved().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn another_power_up_stays_undated_and_a_better_source_corrects_the_phone(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar(), melati()]).await;
    let budi = id(5, 1);
    node.register(budi, day("2026-10-10"), child("Budi", day("2026-01-09")));
    node.weigh_undated(budi, 1, 8_000, 10 * MINUTE_NS);
    let mut header = node.header(budi, day("1970-01-01"));
    (header.visit, header.recorded_at) = (visit_of(9), Stamp { boot: [8; 16], ..unset(0) });
    node.write(header, weighed(Taken::Value(8_100)));
    // A phone two days behind, then the network's word on the same power-up.
    node.find_clock(EIGHT_O_CLOCK_MS - 2 * 86_400_000, 40 * MINUTE_NS, ClockSource::Phone);
    hub.send(&node, node.sealed(1, 4)).await;
    let of = |records: &[hub::growth::RecordRow], mass_g| {
        let record = records.iter().find(|record| record.weight_g == Some(mass_g)).unwrap();
        (record.observed_on, record.flags)
    };
    let records = hub::growth::history(&hub.db, budi).await.unwrap();
    assert_eq!(of(&records, 8_000), (day("2026-11-22"), 0));
    assert_eq!(
        of(&records, 8_100),
        (day("1970-01-01"), hub::growth::marks::CLOCK_UNSET | hub::growth::marks::BEFORE_BIRTH)
    );
    node.find_clock(EIGHT_O_CLOCK_MS, 40 * MINUTE_NS, ClockSource::Ntp);
    hub.send(&node, node.sealed(5, 5)).await;
    let records = hub::growth::history(&hub.db, budi).await.unwrap();
    assert_eq!(of(&records, 8_000), (day("2026-11-24"), 0));
    hub.assert_proved().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_day_a_person_gave_is_not_touched_by_a_clock(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    let budi = id(5, 1);
    node.register(budi, day("2026-10-10"), child("Budi", day("2026-01-09")));
    let mut header = node.header(budi, day("2026-09-05"));
    (header.visit, header.recorded_at) = (visit_of(1), unset(10 * MINUTE_NS));
    assert_ne!(header.recorded_at.local_date(), Some(LocalDate::from(day("2026-09-05"))));
    node.write(header, weighed(Taken::Value(7_500)));
    node.find_clock(EIGHT_O_CLOCK_MS, 40 * MINUTE_NS, ClockSource::Hub);
    hub.send(&node, node.sealed_whole()).await;
    let records = hub::growth::history(&hub.db, budi).await.unwrap();
    assert_eq!((records[0].observed_on, records[0].flags), (day("2026-09-05"), 0));
    hub.assert_proved().await;
}
