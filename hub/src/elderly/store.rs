//! The table `elderly_health_records`.

use sqlx::PgConnection;
use uuid::Uuid;

use super::ElderlyRow;

/// Puts a person's rows in place of those that stand.
pub(crate) async fn keep(db: &mut PgConnection, citizen: Uuid, rows: &[ElderlyRow]) -> sqlx::Result<()> {
    sqlx::query!("delete from elderly_health_records where citizen_id = $1", citizen)
        .execute(&mut *db)
        .await?;
    sqlx::query!(
        "insert into elderly_health_records
        select * from jsonb_populate_recordset(null::elderly_health_records, $1::text::jsonb)",
        serde_json::to_string(rows).map_err(|error| sqlx::Error::Encode(Box::new(error)))?
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A person's rows as they stand.
pub(crate) async fn of(db: &mut PgConnection, citizen: Uuid) -> sqlx::Result<Vec<ElderlyRow>> {
    sqlx::query_as!(
        ElderlyRow,
        "select id, posyandu_id, citizen_id, recorded_on, report_month, weight_g, height_tenth_mm, bmi_class,
            waist_tenth_mm, is_waist_wide, systolic_mmhg, diastolic_mmhg, pressure_class, is_isolated_systolic,
            glucose_mg_dl, is_fasting, glucose_class, cholesterol_mg_dl, cholesterol_class, uric_acid_tenths,
            is_uric_acid_high, notes, recorder_id
        from elderly_health_records where citizen_id = $1 order by recorded_on, posyandu_id, id",
        citizen
    )
    .fetch_all(db)
    .await
}
