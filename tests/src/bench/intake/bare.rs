//! The least any hub could do: the same rows into tables of the same shape, many a statement, one commit a statement.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::{Connection, PgConnection, Row as _};
use uuid::Uuid;

use crate::harness::Postgres;

/// Rows of one statement and commit.
const TOGETHER: usize = 1000;

/// Events a second of bare inserts of everything the run left in the log and in the growth records.
pub(super) async fn insert(postgres: &Postgres, events: f64) -> anyhow::Result<f64> {
    let mut db = postgres.connect("simpul").await?;
    for table in ["event_log", "child_growth_records"] {
        let made = format!("create table bare_{table} (like {table} including all)");
        sqlx::query(sqlx::AssertSqlSafe(made)).execute(&mut db).await?;
    }
    let took = log(&mut db).await? + records(&mut db).await?;
    Ok(events / took.as_secs_f64())
}

async fn log(db: &mut PgConnection) -> anyhow::Result<Duration> {
    let rows = sqlx::query(
        "select received_at, posyandu_id, node_id, incarnation, sequence, event_id, kind, version, frame, citizen_id
         from event_log where kind in (2, 3) order by node_id, sequence",
    )
    .fetch_all(&mut *db)
    .await?;
    let mut took = Duration::ZERO;
    for rows in rows.chunks(TOGETHER) {
        macro_rules! column {
            ($at:literal, $of:ty) => {
                rows.iter().map(|row| row.get::<$of, _>($at)).collect::<Vec<$of>>()
            };
        }
        let query = sqlx::query(
            "insert into bare_event_log
                 (received_at, posyandu_id, node_id, incarnation, sequence, event_id, kind, version, frame, citizen_id)
             select * from unnest($1::timestamptz[], $2::uuid[], $3::uuid[], $4::int[], $5::bigint[], $6::uuid[],
                                  $7::smallint[], $8::smallint[], $9::bytea[], $10::uuid[])",
        )
        .bind(column!(0, DateTime<Utc>))
        .bind(column!(1, Uuid))
        .bind(column!(2, Uuid))
        .bind(column!(3, i32))
        .bind(column!(4, i64))
        .bind(column!(5, Uuid))
        .bind(column!(6, i16))
        .bind(column!(7, i16))
        .bind(column!(8, Vec<u8>))
        .bind(column!(9, Option<Uuid>));
        took += committed(db, query).await?;
    }
    Ok(took)
}

async fn records(db: &mut PgConnection) -> anyhow::Result<Duration> {
    let rows: Vec<String> =
        sqlx::query_scalar("select r::text from child_growth_records r").fetch_all(&mut *db).await?;
    let mut took = Duration::ZERO;
    for rows in rows.chunks(TOGETHER) {
        let query = sqlx::query(
            "insert into bare_child_growth_records
             select (r).* from (select x::bare_child_growth_records as r from unnest($1::text[]) x offset 0) s",
        )
        .bind(rows.to_vec());
        took += committed(db, query).await?;
    }
    Ok(took)
}

async fn committed(
    db: &mut PgConnection,
    query: sqlx::query::Query<'_, sqlx::Postgres, sqlx::postgres::PgArguments>,
) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let mut transaction = db.begin().await?;
    query.execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(started.elapsed())
}
