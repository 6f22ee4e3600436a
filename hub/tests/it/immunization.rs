//! What was given against diseases becomes rows, in whatever order it comes, and the rows become a schedule.

use chrono::NaiveDate;
use protocol::event::{Body, Header};
use protocol::immunization::{Dose, Immunization, NotGiven, Timing};
use protocol::service::Voided;
use sqlx::PgPool;

use crate::harness::{TestHub, mawar};
use crate::journal::{Node, child, day, id, replacing};

fn given(antigen: &str, number: u8, timing: Timing) -> Body {
    Body::Immunization(Immunization::Given(Dose {
        antigen: antigen.into(),
        number,
        batch: Some("A1".into()),
        given_by: None,
        timing,
    }))
}

fn write(node: &mut Node, on: NaiveDate, body: Body, change: impl FnOnce(&mut Header)) -> protocol::EventId {
    let mut header = node.header(id(5, 1), on);
    change(&mut header);
    node.write(header, body)
}

/// A boy of January 2026: one early dose a midwife lets count, one that was never given, one refused.
fn story() -> Node {
    let mut node = Node::new(1, mawar());
    node.register(id(5, 1), day("2026-01-10"), child("Budi", day("2026-01-10")));
    let early = write(&mut node, day("2026-03-05"), given("DPT-HB-Hib", 1, Timing::Early), |_| {});
    let wrong = write(&mut node, day("2026-03-12"), given("PCV", 1, Timing::Timely), |_| {});
    write(&mut node, day("2026-03-05"), given("DPT-HB-Hib", 1, Timing::EarlyCounts), replacing(early));
    write(&mut node, day("2026-03-12"), Body::Voided(Voided { kind: 18 }), replacing(wrong));
    let not = Immunization::NotGiven { antigen: "RV".into(), number: 1, reason: NotGiven::OutOfStock };
    write(&mut node, day("2026-03-12"), Body::Immunization(not), |_| {});
    let reaction =
        Immunization::Reaction { antigens: vec!["DPT-HB-Hib".into()], what: "demam".into(), serious: false };
    write(&mut node, day("2026-03-12"), Body::Immunization(reaction), |_| {});
    node
}

/// Both tables as text.
async fn rows(db: &PgPool) -> String {
    let mut text = String::new();
    for table in [
        "immunization_records order by citizen_id, id",
        "immunization_schedules order by citizen_id, position",
    ] {
        let rows =
            format!("select coalesce(string_agg(line::text, e'\\n'), '') from (select * from {table}) line");
        let rows: String = sqlx::query_scalar(sqlx::AssertSqlSafe(rows)).fetch_one(db).await.unwrap();
        text += &(rows + "\n\n");
    }
    text
}

async fn forget(db: &PgPool) {
    for table in [
        "event_log",
        "citizens",
        "received_runs",
        "replaced_events",
        "immunization_records",
        "immunization_schedules",
    ] {
        sqlx::query(sqlx::AssertSqlSafe(format!("truncate {table}"))).execute(db).await.unwrap();
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn replaced_and_voided_doses_fall_in_any_order_and_rows_can_be_made_again(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let node = story();
    hub.enrol(&node, &[mawar()]).await;
    let last = node.frames.len() as u64;
    let forward: Vec<u64> = (1..=last).collect();
    let backward: Vec<u64> = (1..=last).rev().collect();
    let mixed = vec![4, 7, 2, 5, 1, 3, 6];
    let mut seen = Vec::new();
    for order in [forward, backward, mixed] {
        forget(&hub.db).await;
        for &sequence in &order {
            hub.send(&node, node.sealed(sequence, sequence)).await;
        }
        seen.push(rows(&hub.db).await);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
    let count = |outcome: &'static str| {
        let db = hub.db.clone();
        async move {
            sqlx::query_scalar::<_, i64>("select count(*) from immunization_records where outcome = $1")
                .bind(outcome)
                .fetch_one(&db)
                .await
                .unwrap()
        }
    };
    assert_eq!((count("given").await, count("not_given").await, count("reaction").await), (1, 1, 1));
    sqlx::query("update immunization_schedules set scheduled_date = '2000-01-01', is_done = true")
        .execute(&hub.db)
        .await
        .unwrap();
    sqlx::query("truncate immunization_records").execute(&hub.db).await.unwrap();
    hub::immunization::rebuild(&hub.db).await.unwrap();
    assert_eq!(rows(&hub.db).await, seen[0]);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_schedule_follows_what_was_given_a_corrected_catalogue_and_the_province(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let node = story();
    hub.enrol(&node, &[mawar()]).await;
    hub.send(&node, node.sealed_whole()).await;
    let dose = |vaccine: &'static str, dose: i16| {
        let db = hub.db.clone();
        async move {
            sqlx::query_as::<_, (NaiveDate, bool)>(
                "select scheduled_date, is_done from immunization_schedules where vaccine_type = $1 and dose = $2",
            )
            .bind(vaccine)
            .bind(dose)
            .fetch_optional(&db)
            .await
            .unwrap()
        }
    };
    assert_eq!(dose("DPT-HB-Hib", 1).await, Some((day("2026-03-10"), true)));
    assert_eq!(dose("DPT-HB-Hib", 2).await, Some((day("2026-04-10"), false)));
    assert_eq!(dose("PCV", 1).await, Some((day("2026-03-10"), false)), "it was taken back");
    let set = |key: &'static str, value: &'static str| {
        let db = hub.db.clone();
        async move {
            let mut tx = db.begin().await.unwrap();
            hub::reference::set_setting(&mut tx, key, value).await?;
            tx.commit().await.unwrap();
            hub::immunization::rebuild(&db).await.unwrap();
            anyhow::Ok(())
        }
    };
    let refused = set("immunization.catalogue", "MR,1,9 bulan\nMR,satu,9 bulan").await.unwrap_err();
    assert!(format!("{refused:#}").contains("Baris 2"), "{refused:#}");
    set("immunization.catalogue", "MR,1,9 bulan,12 bulan,60 bulan").await.unwrap();
    assert_eq!(dose("PCV", 1).await, None);
    assert_eq!(dose("MR", 1).await, Some((day("2026-10-10"), false)));
}
