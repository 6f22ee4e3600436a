//! The tables of this slice.

use std::collections::HashMap;

use chrono::NaiveDate;
use protocol::immunization::Immunization;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::fold::{Planned, Record, reason, timing};

/// What the schedule of a citizen follows from.
pub(super) struct Birth {
    pub(super) born: NaiveDate,
    pub(super) is_girl: bool,
    pub(super) is_child: bool,
    pub(super) posyandu: Uuid,
}

/// A planned dose of a citizen.
pub(super) struct Plan {
    pub(super) citizen: Uuid,
    pub(super) posyandu: Uuid,
    /// Its place in the catalogue.
    pub(super) position: i16,
    pub(super) line: Planned,
}

/// The next citizens, by id.
pub(super) async fn next(db: &mut PgConnection, after: Uuid, at_most: i64) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"
        select id as "id!"
        from (
            select id from citizens where id > $1
            union
            select citizen_id from event_log where citizen_id > $1 and kind = 18
        ) every
        order by id
        limit $2
        "#,
        after,
        at_most
    )
    .fetch_all(db)
    .await
}

pub(super) async fn settings(db: &mut PgConnection, keys: &[&str]) -> sqlx::Result<HashMap<String, String>> {
    let keys: Vec<String> = keys.iter().map(|&key| key.to_owned()).collect();
    let rows =
        sqlx::query!("select key, value from settings where key = any ($1)", &keys).fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.key, row.value)).collect())
}

pub(super) async fn births(db: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<HashMap<Uuid, Birth>> {
    let rows = sqlx::query!(
        "select id, birth_date, gender, category, posyandu_id from citizens where id = any ($1)",
        ids
    )
    .fetch_all(db)
    .await?;
    let birth = |born, gender: &str, category: &str, posyandu| Birth {
        born,
        is_girl: gender == "P",
        is_child: category == "balita",
        posyandu,
    };
    let births = rows.into_iter();
    Ok(births
        .map(|row| (row.id, birth(row.birth_date, &row.gender, &row.category, row.posyandu_id)))
        .collect())
}

/// What both tables say of each of these citizens, as one number a citizen.
pub(super) async fn digests(db: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<HashMap<Uuid, String>> {
    let rows = sqlx::query!(
        r#"
        select citizen_id as "citizen_id!", md5(string_agg(line, e'\n' order by line)) as "digest!"
        from (
            select citizen_id, record::text as line
            from immunization_records record
            where citizen_id = any ($1)
            union all
            select citizen_id, planned::text
            from immunization_schedules planned
            where citizen_id = any ($1)
        ) kept
        group by citizen_id
        "#,
        ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.citizen_id, row.digest)).collect())
}

/// Puts these records in place of what the table says of these citizens.
pub(super) async fn keep_records(
    db: &mut PgConnection,
    ids: &[Uuid],
    records: &[(Uuid, Vec<Record>)],
) -> sqlx::Result<()> {
    sqlx::query!("delete from immunization_records where citizen_id = any ($1)", ids)
        .execute(&mut *db)
        .await?;
    for (citizen, record) in each(records) {
        let row = Columns::of(&record.what);
        sqlx::query!(
            r#"
            insert into immunization_records (
                id, citizen_id, posyandu_id, outcome, vaccine_type, dose, immunization_date, batch_number, officer_id,
                given_by, timing, reason, is_serious, notes, entry
            )
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            "#,
            record.id,
            citizen,
            record.posyandu_id,
            row.outcome,
            row.vaccine_type,
            row.dose,
            record.on,
            row.batch_number,
            record.officer_id,
            row.given_by,
            row.timing,
            row.reason,
            row.is_serious,
            row.notes,
            record.entry
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// Every record with its citizen.
fn each(records: &[(Uuid, Vec<Record>)]) -> Vec<(Uuid, &Record)> {
    let mut all = Vec::new();
    for (citizen, records) in records {
        all.extend(records.iter().map(|record| (*citizen, record)));
    }
    all
}

/// What differs between doses, doses not given, and reactions.
#[derive(Default)]
struct Columns {
    outcome: &'static str,
    vaccine_type: String,
    dose: Option<i16>,
    batch_number: Option<String>,
    given_by: Option<String>,
    timing: Option<&'static str>,
    reason: Option<&'static str>,
    is_serious: bool,
    notes: Option<String>,
}

impl Columns {
    fn of(what: &Immunization) -> Self {
        match what {
            Immunization::Given(dose) => Self {
                outcome: "given",
                vaccine_type: dose.antigen.clone(),
                dose: Some(dose.number.into()),
                batch_number: dose.batch.clone(),
                given_by: dose.given_by.clone(),
                timing: Some(timing(dose.timing)),
                ..Self::default()
            },
            Immunization::NotGiven { antigen, number, reason: why } => Self {
                outcome: "not_given",
                vaccine_type: antigen.clone(),
                dose: Some((*number).max(1).into()),
                reason: Some(reason(*why)),
                ..Self::default()
            },
            Immunization::Reaction { antigens, what, serious } => Self {
                outcome: "reaction",
                vaccine_type: antigens.join(", "),
                is_serious: *serious,
                notes: Some(what.clone()),
                ..Self::default()
            },
        }
    }
}

/// Puts these plans in place of what the table says of these citizens. What was sent to remind of a dose stays with it.
pub(super) async fn keep_plans(db: &mut PgConnection, ids: &[Uuid], plans: &[Plan]) -> sqlx::Result<()> {
    let missed: Vec<Option<NaiveDate>> = plans.iter().map(|plan| plan.line.missed_from).collect();
    let closed: Vec<Option<NaiveDate>> = plans.iter().map(|plan| plan.line.closed_from).collect();
    let vaccines: Vec<String> = plans.iter().map(|plan| plan.line.vaccine_type.clone()).collect();
    let doses: Vec<i16> = plans.iter().map(|plan| plan.line.dose.into()).collect();
    let citizens: Vec<Uuid> = plans.iter().map(|plan| plan.citizen).collect();
    sqlx::query!(
        r#"
        delete from immunization_schedules kept
        where citizen_id = any ($1)
            and not exists (
                select
                from unnest($2::uuid[], $3::text[], $4::smallint[]) as made (citizen_id, vaccine_type, dose)
                where made.citizen_id = kept.citizen_id
                    and made.vaccine_type = kept.vaccine_type
                    and made.dose = kept.dose
            )
        "#,
        ids,
        &citizens,
        &vaccines,
        &doses
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        r#"
        insert into immunization_schedules (
            citizen_id, posyandu_id, vaccine_type, dose, position, scheduled_date, missed_from, closed_from, record_id,
            is_done, is_early
        )
        select *
        from unnest(
            $1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::smallint[], $6::date[], $7::date[], $8::date[],
            $9::uuid[], $10::boolean[], $11::boolean[]
        )
        on conflict (citizen_id, vaccine_type, dose) do update
        set posyandu_id = excluded.posyandu_id,
            position = excluded.position,
            scheduled_date = excluded.scheduled_date,
            missed_from = excluded.missed_from,
            closed_from = excluded.closed_from,
            record_id = excluded.record_id,
            is_done = excluded.is_done,
            is_early = excluded.is_early
        "#,
        &citizens,
        &plans.iter().map(|plan| plan.posyandu).collect::<Vec<_>>(),
        &vaccines,
        &doses,
        &plans.iter().map(|plan| plan.position).collect::<Vec<_>>(),
        &plans.iter().map(|plan| plan.line.scheduled_date).collect::<Vec<_>>(),
        &missed as &[Option<NaiveDate>],
        &closed as &[Option<NaiveDate>],
        &plans.iter().map(|plan| plan.line.record_id).collect::<Vec<_>>() as &[Option<Uuid>],
        &plans.iter().map(|plan| plan.line.is_done).collect::<Vec<_>>(),
        &plans.iter().map(|plan| plan.line.is_early).collect::<Vec<_>>()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A planned dose with what was given.
pub(super) struct Dose {
    pub(super) vaccine_type: String,
    pub(super) dose: i16,
    pub(super) scheduled_date: NaiveDate,
    pub(super) missed_from: Option<NaiveDate>,
    pub(super) closed_from: Option<NaiveDate>,
    pub(super) is_done: bool,
    pub(super) is_early: bool,
    pub(super) given_on: Option<NaiveDate>,
    pub(super) batch_number: Option<String>,
    pub(super) officer: Option<String>,
}

/// A child's schedule, in the order of the catalogue.
pub(super) async fn schedule_of(db: &PgPool, citizen: Uuid) -> sqlx::Result<Vec<Dose>> {
    sqlx::query_as!(
        Dose,
        r#"
        select planned.vaccine_type, planned.dose, planned.scheduled_date, planned.missed_from, planned.closed_from,
            planned.is_done, planned.is_early, given.immunization_date as "given_on?", given.batch_number,
            coalesce(given.given_by, users.name) as officer
        from immunization_schedules planned
        left join immunization_records given on given.citizen_id = planned.citizen_id and given.id = planned.record_id
        left join users on users.id = given.officer_id
        where planned.citizen_id = $1
        order by planned.position
        "#,
        citizen
    )
    .fetch_all(db)
    .await
}

/// Something else that was recorded of a child's vaccines.
pub(super) struct Remark {
    pub(super) outcome: String,
    pub(super) vaccine_type: String,
    pub(super) dose: Option<i16>,
    pub(super) immunization_date: NaiveDate,
    pub(super) reason: Option<String>,
    pub(super) notes: Option<String>,
    pub(super) is_serious: bool,
}

/// Doses not given, reactions, and doses the schedule has no line for; newest first.
pub(super) async fn remarks_of(db: &PgPool, citizen: Uuid) -> sqlx::Result<Vec<Remark>> {
    sqlx::query_as!(
        Remark,
        r#"
        select outcome, vaccine_type, dose, immunization_date, reason, notes, is_serious
        from immunization_records record
        where citizen_id = $1
            and not exists (
                select
                from immunization_schedules planned
                where planned.citizen_id = record.citizen_id and planned.record_id = record.id
            )
        order by immunization_date desc, id
        "#,
        citizen
    )
    .fetch_all(db)
    .await
}

/// A child that has missed something.
pub(super) struct Missed {
    pub(super) citizen_id: Uuid,
    pub(super) name: String,
    pub(super) guardian_name: String,
    pub(super) birth_date: NaiveDate,
    pub(super) doses: String,
    pub(super) since: NaiveDate,
}

/// The children of a posyandu who have missed doses that are still given, the longest wait first.
pub(super) async fn missed(db: &PgPool, posyandu: Uuid, today: NaiveDate) -> sqlx::Result<Vec<Missed>> {
    sqlx::query_as!(
        Missed,
        r#"
        select citizens.id as citizen_id, citizens.name, citizens.guardian_name, citizens.birth_date,
            string_agg(planned.vaccine_type || ' ' || planned.dose, ', ' order by planned.position) as "doses!",
            min(planned.missed_from) as "since!"
        from immunization_schedules planned
        join citizens on citizens.id = planned.citizen_id
        where planned.posyandu_id = $1
            and not planned.is_done
            and not planned.is_early
            and planned.missed_from <= $2
            and (planned.closed_from is null or planned.closed_from > $2)
            and citizens.status = 'aktif'
        group by citizens.id
        order by "since!", citizens.name
        "#,
        posyandu,
        today
    )
    .fetch_all(db)
    .await
}
