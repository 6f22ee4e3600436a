//! The same visits as Postgres holds them, and whether anything is there twice.

use std::path::Path;

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use super::truth::{self, Meaning, Row};

/// A visit at the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubRow {
    /// What was observed.
    pub row: Row,
    /// What the hub says it means.
    pub meaning: Meaning,
}

#[derive(sqlx::FromRow)]
struct Stored {
    id: Uuid,
    citizen_id: Uuid,
    gender: String,
    birth_date: NaiveDate,
    observed_on: NaiveDate,
    weight_g: Option<i32>,
    length_tenth_mm: Option<i32>,
    posture: Option<String>,
    waz_centi: Option<i16>,
    lhaz_centi: Option<i16>,
    whz_centi: Option<i16>,
    baz_centi: Option<i16>,
    nutrition_status: Option<String>,
    gain: Option<String>,
}

/// The visits of one day, in the order of their ids.
pub async fn of_day(db: &mut PgConnection, posyandu: Uuid, day: NaiveDate) -> anyhow::Result<Vec<HubRow>> {
    let stored: Vec<Stored> = sqlx::query_as(
        r#"
        select record.id, citizen_id, citizens.gender, citizens.birth_date, observed_on, weight_g, length_tenth_mm,
               posture, waz_centi, lhaz_centi, whz_centi, baz_centi, nutrition_status, gain
        from child_growth_records as record
        join citizens on citizens.id = citizen_id
        where record.posyandu_id = $1 and observed_on = $2
        order by record.id
        "#,
    )
    .bind(posyandu)
    .bind(day)
    .fetch_all(db)
    .await?;
    Ok(stored.into_iter().map(HubRow::from).collect())
}

/// How many events the log holds beyond the `made` ones: kept twice, or recorded twice under two ids.
pub async fn doubled_events(db: &mut PgConnection, made: u64) -> anyhow::Result<i64> {
    let held: i64 = sqlx::query_scalar("select count(*) from event_log").fetch_one(db).await?;
    Ok((held - i64::try_from(made)?).max(0))
}

/// Everything the hub holds of a posyandu: children, and visits with a weight or a length.
pub async fn counts(db: &mut PgConnection, posyandu: Uuid) -> anyhow::Result<(i64, i64)> {
    let counted = sqlx::query_as(
        r#"
        select (select count(*) from citizens where posyandu_id = $1),
               (select count(*) from child_growth_records where posyandu_id = $1)
        "#,
    );
    Ok(counted.bind(posyandu).fetch_one(db).await?)
}

/// Writes hub.csv.
pub fn export(rows: &[HubRow], folder: &Path) -> anyhow::Result<()> {
    let mut text = format!("{},{}\n", truth::COLUMNS, truth::MEANING_COLUMNS);
    for hub in rows {
        text.push_str(&format!("{},{}\n", hub.row.line(), hub.meaning.line()));
    }
    Ok(std::fs::write(folder.join("hub.csv"), text)?)
}

impl From<Stored> for HubRow {
    fn from(stored: Stored) -> Self {
        let figure = |value: Option<i32>, write: fn(u32) -> String| {
            value.and_then(|value| u32::try_from(value).ok()).map(write).unwrap_or_default()
        };
        let z = [stored.waz_centi, stored.lhaz_centi, stored.whz_centi, stored.baz_centi];
        Self {
            row: Row {
                visit_id: stored.id.to_string(),
                child_id: stored.citizen_id.to_string(),
                sex: truth::sex_of_gender(&stored.gender),
                birth_date: stored.birth_date,
                observed_on: stored.observed_on,
                weight_kg: figure(stored.weight_g, truth::kilograms),
                lenhei_cm: figure(stored.length_tenth_mm, truth::centimetres),
                measured: stored.posture.unwrap_or_default(),
            },
            meaning: Meaning {
                z: z.map(|z| z.map(truth::z_text).unwrap_or_default()),
                status: stored.nutrition_status.unwrap_or_default(),
                gain: stored.gain.unwrap_or_default(),
            },
        }
    }
}
