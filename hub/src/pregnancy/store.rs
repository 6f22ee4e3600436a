//! The tables `pregnancies` and `pregnancy_records`.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{Pregnancies, PregnancyRow, VisitRow};

/// Puts a woman's rows in place of those that stand.
pub(crate) async fn keep(db: &mut PgConnection, citizen: Uuid, rows: &Pregnancies) -> sqlx::Result<()> {
    sqlx::query!("delete from pregnancies where citizen_id = $1", citizen).execute(&mut *db).await?;
    sqlx::query!("delete from pregnancy_records where citizen_id = $1", citizen).execute(&mut *db).await?;
    let json = |error| sqlx::Error::Encode(Box::new(error));
    sqlx::query!(
        "insert into pregnancies select * from jsonb_populate_recordset(null::pregnancies, $1::text::jsonb)",
        serde_json::to_string(&rows.pregnancies).map_err(json)?
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "insert into pregnancy_records
        select * from jsonb_populate_recordset(null::pregnancy_records, $1::text::jsonb)",
        serde_json::to_string(&rows.visits).map_err(json)?
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A woman's rows as they stand.
pub(crate) async fn of(db: &mut PgConnection, citizen: Uuid) -> sqlx::Result<Pregnancies> {
    let pregnancies = sqlx::query_as!(
        PregnancyRow,
        "select id, posyandu_id, citizen_id, noted_on, begun_on, due_on, gravida, para, abortus, tetanus_doses, risks,
            ended_on, outcome
        from pregnancies where citizen_id = $1 order by noted_on, id",
        citizen
    )
    .fetch_all(&mut *db)
    .await?;
    let visits = sqlx::query_as!(
        VisitRow,
        "select id, posyandu_id, citizen_id, pregnancy_id, kind, visit_date, report_month, gestational_age_weeks,
            weight_g, systolic_mmhg, diastolic_mmhg, arm_tenth_mm, fundus_tenth_mm, fetal_heart_bpm,
            haemoglobin_tenths, tablets, capsules, tetanus_dose, is_by_doctor, has_ultrasound, risks, notes,
            recorder_id, midwife_id, validated
        from pregnancy_records where citizen_id = $1 order by visit_date, posyandu_id, id",
        citizen
    )
    .fetch_all(db)
    .await?;
    Ok(Pregnancies { pregnancies, visits })
}
