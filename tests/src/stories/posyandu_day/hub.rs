//! The same day as the hub holds it.

use std::time::Duration;

use anyhow::Context;
use growth::Month;
use sqlx::PgConnection;
use uuid::Uuid;

use super::bidan::{Pressure, Seen};
use super::sums::Form;
use super::tables::Guest;
use crate::demo::compare::{Expected, compare as compare_children};
use crate::demo::hub_rows;
use crate::harness::{World, until};

/// How long the hub may take to count a month.
const HUB_WITHIN: Duration = Duration::from_secs(60);

/// What became of what was saved.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) rows: usize,
    pub(super) lost: usize,
    pub(super) doubled: usize,
    pub(super) wrong: usize,
}

/// Compares everything; a number of the form that differs is an error, with its name.
pub(super) async fn compare(
    world: &World,
    guests: &[Guest],
    seen: &Seen,
    counted: &Form,
) -> anyhow::Result<Verdict> {
    let mut db = world.database().await?;
    let (posyandu, day) = (world.staff.posyandu, world.village.day);
    let saved: Vec<Expected> = guests.iter().filter_map(|guest| guest.expected.clone()).collect();
    let (measured, unmeasured): (Vec<_>, Vec<_>) = hub_rows::of_day(&mut db, posyandu, day)
        .await?
        .into_iter()
        .partition(|hub| !hub.row.weight_kg.is_empty() || !hub.row.lenhei_cm.is_empty());
    let cried: Vec<String> =
        guests.iter().filter(|guest| guest.coming.is_none()).map(|guest| guest.visit.to_string()).collect();
    let held: Vec<String> = unmeasured.into_iter().map(|hub| hub.row.visit_id).collect();
    anyhow::ensure!(held == cried, "came without a number: {cried:?}, at the hub {held:?}");
    let children = compare_children(&saved, &measured);
    let mut verdict = Verdict {
        rows: children.received,
        lost: children.lost,
        doubled: children.doubled,
        wrong: children.wrong,
    };
    let mothers = "select citizen_id, systolic_mmhg::int, diastolic_mmhg::int from pregnancy_records \
                   where visit_date = $1 and validated order by 1";
    verdict.add(&seen.mothers, &pressures(&mut db, mothers, day).await?);
    let adults = "select citizen_id, systolic_mmhg::int, diastolic_mmhg::int from elderly_health_records \
                  where recorded_on = $1 order by 1";
    verdict.add(&seen.adults, &pressures(&mut db, adults, day).await?);
    let given: Vec<(Uuid, String)> = sqlx::query_as(
        "select citizen_id, batch_number from immunization_records where immunization_date = $1 and outcome = 'given'",
    )
    .bind(day)
    .fetch_all(&mut db)
    .await?;
    let vaccinated: Vec<(Uuid, String)> =
        seen.vaccinated.iter().map(|(child, batch)| (child.0, batch.clone())).collect();
    verdict.add(&vaccinated, &given);
    told_once(&mut db, guests).await?;
    same_form(&mut db, posyandu, counted).await.context("what the closing told the hub")?;
    same_month(&mut db, posyandu, Month::of(day).0, counted).await?;
    let (events, different): (i64, i64) =
        sqlx::query_as("select count(*), count(distinct event_id) from event_log").fetch_one(&mut db).await?;
    verdict.doubled += usize::try_from(events - different)?;
    let clean = verdict.lost + verdict.doubled + verdict.wrong == 0;
    anyhow::ensure!(clean, "{verdict:?}");
    Ok(verdict)
}

/// The kind of an event that says that something was done for somebody.
const SERVED: i16 = 13;

impl Verdict {
    fn add<T: PartialEq + std::fmt::Debug>(&mut self, saved: &[T], held: &[T]) {
        let lost = saved.iter().filter(|one| !held.contains(one)).count();
        if lost > 0 {
            tracing::error!("saved {saved:?}, at the hub {held:?}");
        }
        self.rows += saved.len() - lost;
        self.lost += lost;
        self.doubled += held.len().saturating_sub(saved.len() - lost);
    }
}

async fn pressures(
    db: &mut PgConnection,
    query: &'static str,
    day: chrono::NaiveDate,
) -> anyhow::Result<Vec<Pressure>> {
    let rows: Vec<(Uuid, i32, i32)> = sqlx::query_as(query).bind(day).fetch_all(db).await?;
    let pressure = |(who, above, below): (Uuid, i32, i32)| {
        Ok((protocol::CitizenId(who), u32::try_from(above)?, u32::try_from(below)?))
    };
    rows.into_iter().map(pressure).collect()
}

/// Every mother was told one card.
async fn told_once(db: &mut PgConnection, guests: &[Guest]) -> anyhow::Result<()> {
    let children: Vec<Uuid> = guests.iter().map(|guest| guest.child.id.0).collect();
    let query = "select count(*) from event_log where citizen_id = any($1) and kind = $2";
    let told: i64 = sqlx::query_scalar(query).bind(&children).bind(SERVED).fetch_one(db).await?;
    anyhow::ensure!(
        told == children.len() as i64,
        "{told} of {} mothers were told something",
        children.len()
    );
    Ok(())
}

/// What the hub counts by itself, from the events alone; it does so after a while.
async fn same_month(db: &mut PgConnection, posyandu: Uuid, month: i32, counted: &Form) -> anyhow::Result<()> {
    let own = counted.total().figures().map(|(_, count)| i64::from(count));
    let mut held = Vec::new();
    let same = until(HUB_WITHIN, async || {
        let query = "select array[s, k, d, n, t, o, b, two_t, bgm]::bigint[] from monthly_figures \
                     where posyandu_id = $1 and report_month = $2";
        let row: Option<Vec<i64>> =
            sqlx::query_scalar(query).bind(posyandu).bind(month).fetch_optional(&mut *db).await?;
        held = row.unwrap_or_default();
        Ok((held == own).then_some(()))
    });
    same.await?.with_context(|| format!("counted {own:?}, the hub's month says {held:?}"))
}

/// The form as it stood when the posyandu was closed.
async fn same_form(db: &mut PgConnection, posyandu: Uuid, counted: &Form) -> anyhow::Result<()> {
    type Figures = (String, i16, i32, i32, i32, i32, i32, i32, i32, i32, i32);
    let told: Vec<Figures> = sqlx::query_as(
        "select gender, from_month, s, k, d, n, t, o, b, two_t, bgm from held_event_figures \
         join held_events on id = event_id where posyandu_id = $1",
    )
    .bind(posyandu)
    .fetch_all(db)
    .await?;
    let mut rows = 0;
    for ((sex, from), row) in counted.rows() {
        let found = told.iter().find(|told| told.0 == sex.to_string() && i32::from(told.1) == from);
        let Some((_, _, s, k, d, n, t, o, b, two_t, bgm)) = found else {
            anyhow::ensure!(row.s == 0, "there is no row {sex} {from}, of {row:?}");
            continue;
        };
        let held = [s, k, d, n, t, o, b, two_t, bgm].map(|count| u32::try_from(*count).unwrap_or(u32::MAX));
        let own = row.figures().map(|(_, count)| count);
        anyhow::ensure!(held == own, "{sex} {from}: counted {own:?}, at the hub {held:?}");
        rows += 1;
    }
    anyhow::ensure!(rows > 0 && rows == told.len(), "{rows} rows of {}", told.len());
    Ok(())
}
