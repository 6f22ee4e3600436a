//! Everything the hub's database has, read at the end.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use protocol::growth::Taken;
use protocol::time::ClockSource;
use protocol::{Body, Frame};
use sqlx::PgConnection;
use uuid::Uuid;

use super::compare::{HubSide, Logged, Typed};
use super::ledger::What;

/// The mark of a record whose node had no clock, as `child_growth_records.flags` has it.
const CLOCK_UNSET: i16 = 1024;

/// Reads it all.
pub async fn read(db: &mut PgConnection) -> anyhow::Result<HubSide> {
    let aside: Vec<(Uuid, String)> = sqlx::query_as(
        "select event_id, reason from quarantined_events where event_id is not null order by id",
    )
    .fetch_all(&mut *db)
    .await?;
    Ok(HubSide { log: log(db).await?, typed: typed(db).await?, aside: aside.into_iter().collect() })
}

/// How many events the hub holds, however they are held: stands still when nothing more arrives.
pub async fn held(db: &mut PgConnection) -> anyhow::Result<(i64, i64)> {
    let counted =
        sqlx::query_as("select (select count(*) from event_log), (select count(*) from quarantined_events)");
    Ok(counted.fetch_one(db).await?)
}

/// Which of these children the hub does not know.
pub async fn unknown_children(db: &mut PgConnection, children: &[Uuid]) -> anyhow::Result<Vec<Uuid>> {
    let unknown = sqlx::query_scalar(
        r#"
        select child
        from unnest($1::uuid[]) as asked (child)
        where not exists (select from citizens where citizens.id = child)
        "#,
    );
    Ok(unknown.bind(children).fetch_all(db).await?)
}

async fn log(db: &mut PgConnection) -> anyhow::Result<Vec<Logged>> {
    let rows: Vec<(Uuid, Vec<u8>)> =
        sqlx::query_as("select event_id, frame from event_log order by node_id, incarnation, sequence")
            .fetch_all(db)
            .await?;
    rows.into_iter().map(|(event, frame)| logged(event, &frame)).collect()
}

fn logged(event: Uuid, frame: &[u8]) -> anyhow::Result<Logged> {
    let read = Frame::from_bytes(frame)?.decode()?;
    anyhow::ensure!(read.header.id.0 == event, "the log calls {} {event}", read.header.id);
    let (what, value) = match read.body {
        Body::Weighed(weighed) => (Some(What::Weighed), figure(weighed.mass_g)),
        Body::LengthTaken(length) => (Some(What::LengthTaken), figure(length.length_tenth_mm)),
        _ => (None, None),
    };
    let known = read.header.recorded_at.source != ClockSource::Unset;
    let date = read.header.observed_on.to_naive().filter(|_| known);
    Ok(Logged { event, what, child: read.header.citizen.map(|child| child.0), value, date })
}

fn figure(taken: Taken<u32>) -> Option<u32> {
    taken.value()
}

#[derive(sqlx::FromRow)]
struct Row {
    citizen_id: Uuid,
    observed_on: NaiveDate,
    flags: i16,
    weight_event_id: Option<Uuid>,
    weight_g: Option<i32>,
    length_event_id: Option<Uuid>,
    length_tenth_mm: Option<i32>,
}

async fn typed(db: &mut PgConnection) -> anyhow::Result<Vec<Typed>> {
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        select citizen_id, observed_on, flags, weight_event_id, weight_g, length_event_id, length_tenth_mm
        from child_growth_records
        "#,
    )
    .fetch_all(&mut *db)
    .await?;
    // The newest event of a visit gives the row its date: the one its own place in the journal names.
    let newest: Vec<Uuid> = sqlx::query_scalar(
        r#"
        select event_log.event_id
        from child_growth_records as record
        join event_log using (node_id, incarnation, sequence)
        "#,
    )
    .fetch_all(db)
    .await?;
    let newest: BTreeSet<Uuid> = newest.into_iter().collect();
    Ok(rows.iter().flat_map(readings).map(|typed| dating(typed, &newest)).collect())
}

fn readings(row: &Row) -> Vec<Typed> {
    let date = (row.flags & CLOCK_UNSET == 0).then_some(row.observed_on);
    let reading = |event: Option<Uuid>, what, value: Option<i32>| {
        let value = value.and_then(|value| u32::try_from(value).ok());
        Some(Typed { event: event?, what, child: row.citizen_id, value, date, dates_the_row: false })
    };
    let weight = reading(row.weight_event_id, What::Weighed, row.weight_g);
    let length = reading(row.length_event_id, What::LengthTaken, row.length_tenth_mm);
    weight.into_iter().chain(length).collect()
}

fn dating(typed: Typed, newest: &BTreeSet<Uuid>) -> Typed {
    Typed { dates_the_row: newest.contains(&typed.event), ..typed }
}

/// The readings of both tables by event, for `hub.csv`: what the log says, dated as the reading's row is.
pub fn by_event(hub: &HubSide) -> BTreeMap<Uuid, (&Logged, Option<NaiveDate>)> {
    let dated: BTreeMap<Uuid, Option<NaiveDate>> =
        hub.typed.iter().map(|typed| (typed.event, typed.date)).collect();
    let date = |logged: &Logged| logged.date.or(dated.get(&logged.event).copied().flatten());
    hub.log
        .iter()
        .filter(|logged| logged.what.is_some())
        .map(|logged| (logged.event, (logged, date(logged))))
        .collect()
}
