//! Visits in Postgres, and the way back from a child's events.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use protocol::growth::Carried;
use protocol::{Body, Frame};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Entered;
use super::clocks;
use super::record::{Key, RecordRow};

/// A child at a posyandu, and the report months it was touched in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Touched {
    pub(super) posyandu: Uuid,
    pub(super) citizen: Uuid,
    pub(super) first_month: i32,
    pub(super) last_month: i32,
}

/// The records that measurements in those months touch or are judged by.
pub(super) async fn near(
    db: &mut PgConnection,
    touched: &[Touched],
) -> sqlx::Result<BTreeMap<Key, RecordRow>> {
    let column = |of: fn(&Touched) -> Uuid| touched.iter().map(of).collect::<Vec<_>>();
    let month = |of: fn(&Touched) -> i32| touched.iter().map(of).collect::<Vec<_>>();
    let rows = sqlx::query_file_as!(
        RecordRow,
        "src/growth/near_records.sql",
        &column(|touched| touched.posyandu),
        &column(|touched| touched.citizen),
        &month(|touched| touched.first_month),
        &month(|touched| touched.last_month)
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.key(), row)).collect())
}

/// Those of the visits named by posyandu, citizen and visit that have a record.
pub(super) async fn of_visits(db: &mut PgConnection, keys: &[Key]) -> sqlx::Result<BTreeMap<Key, RecordRow>> {
    let (mut posyandu, mut citizens, mut visits) = (Vec::new(), Vec::new(), Vec::new());
    for &(at, citizen, visit) in keys {
        posyandu.push(at);
        citizens.push(citizen);
        visits.push(visit);
    }
    let rows = sqlx::query_as!(
        RecordRow,
        r#"
        select
            id as "id!", posyandu_id as "posyandu_id!", citizen_id as "citizen_id!", node_id, incarnation, sequence, observed_on, report_month, place,
            recorder_id, weight_event_id, weight_g, weight_reason, weight_entry, weight_insisted, oedema,
            length_event_id, length_tenth_mm, length_reason, length_entry, length_insisted, posture, flags,
            age_days, waz_centi, lhaz_centi, whz_centi, baz_centi, weight_for_age, length_for_age,
            weight_for_length, bmi_for_age, nutrition_status, gain, two_t, below_red_line, weight_oedema,
            oedema_noted, arm_event_id, arm_tenth_mm, head_event_id, head_tenth_mm, hcz_centi, head_for_age
        from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as asked (posyandu_id, citizen_id, id)
        join child_growth_records using (posyandu_id, citizen_id, id)
        "#,
        &posyandu,
        &citizens,
        &visits
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.key(), row)).collect())
}

/// All records of those children.
pub(super) async fn of_children(
    db: &mut PgConnection,
    ids: &[Uuid],
) -> sqlx::Result<BTreeMap<Key, RecordRow>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = sqlx::query_as!(
        RecordRow,
        r#"
        select
            id, posyandu_id, citizen_id, node_id, incarnation, sequence, observed_on, report_month, place,
            recorder_id, weight_event_id, weight_g, weight_reason, weight_entry, weight_insisted, oedema,
            length_event_id, length_tenth_mm, length_reason, length_entry, length_insisted, posture, flags,
            age_days, waz_centi, lhaz_centi, whz_centi, baz_centi, weight_for_age, length_for_age,
            weight_for_length, bmi_for_age, nutrition_status, gain, two_t, below_red_line, weight_oedema,
            oedema_noted, arm_event_id, arm_tenth_mm, head_event_id, head_tenth_mm, hcz_centi, head_for_age
        from child_growth_records
        where citizen_id = any ($1)
        "#,
        ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.key(), row)).collect())
}

/// A child's records, oldest first.
pub(super) async fn history(db: &sqlx::PgPool, citizen: Uuid) -> sqlx::Result<Vec<RecordRow>> {
    sqlx::query_as!(
        RecordRow,
        r#"
        select
            id, posyandu_id, citizen_id, node_id, incarnation, sequence, observed_on, report_month, place,
            recorder_id, weight_event_id, weight_g, weight_reason, weight_entry, weight_insisted, oedema,
            length_event_id, length_tenth_mm, length_reason, length_entry, length_insisted, posture, flags,
            age_days, waz_centi, lhaz_centi, whz_centi, baz_centi, weight_for_age, length_for_age,
            weight_for_length, bmi_for_age, nutrition_status, gain, two_t, below_red_line, weight_oedema,
            oedema_noted, arm_event_id, arm_tenth_mm, head_event_id, head_tenth_mm, hcz_centi, head_for_age
        from child_growth_records
        where citizen_id = $1
        order by observed_on, incarnation, sequence, node_id, id
        "#,
        citizen
    )
    .fetch_all(db)
    .await
}

/// The two readings of every weighing of a child in somebody's arms, by the event that gave them. The second version of
/// a weighing is that of a carried child.
pub(super) async fn carried(db: &sqlx::PgPool, citizen: Uuid) -> sqlx::Result<HashMap<Uuid, Carried>> {
    let rows = sqlx::query!(
        "select event_id, frame from event_log where citizen_id = $1 and kind = 2 and version = 2",
        citizen
    )
    .fetch_all(db)
    .await?;
    let read = |frame: &[u8]| match Frame::from_bytes(frame).ok()?.decode().ok()?.body {
        Body::Weighed(weighed) => weighed.carried,
        _ => None,
    };
    Ok(rows.into_iter().filter_map(|row| Some((row.event_id, read(&row.frame)?))).collect())
}

/// Writes records, new ones and changed ones. `rows` come sorted by key, each once.
pub(super) async fn keep(db: &mut PgConnection, rows: &[&RecordRow]) -> sqlx::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    macro_rules! column {
        ($field:ident) => {
            rows.iter().map(|row| row.$field.clone()).collect::<Vec<_>>()
        };
    }
    sqlx::query_file!(
        "src/growth/keep_records.sql",
        &column!(id),
        &column!(posyandu_id),
        &column!(citizen_id),
        &column!(node_id),
        &column!(incarnation),
        &column!(sequence),
        &column!(observed_on),
        &column!(report_month),
        &column!(place),
        &column!(recorder_id),
        &column!(weight_event_id) as &[Option<Uuid>],
        &column!(weight_g) as &[Option<i32>],
        &column!(weight_reason) as &[Option<String>],
        &column!(weight_entry) as &[Option<String>],
        &column!(weight_insisted) as &[Option<Vec<u8>>],
        &column!(oedema),
        &column!(length_event_id) as &[Option<Uuid>],
        &column!(length_tenth_mm) as &[Option<i32>],
        &column!(length_reason) as &[Option<String>],
        &column!(length_entry) as &[Option<String>],
        &column!(length_insisted) as &[Option<Vec<u8>>],
        &column!(posture) as &[Option<String>],
        &column!(flags),
        &column!(age_days) as &[Option<i32>],
        &column!(waz_centi) as &[Option<i16>],
        &column!(lhaz_centi) as &[Option<i16>],
        &column!(whz_centi) as &[Option<i16>],
        &column!(baz_centi) as &[Option<i16>],
        &column!(weight_for_age) as &[Option<String>],
        &column!(length_for_age) as &[Option<String>],
        &column!(weight_for_length) as &[Option<String>],
        &column!(bmi_for_age) as &[Option<String>],
        &column!(nutrition_status) as &[Option<String>],
        &column!(gain) as &[Option<String>],
        &column!(two_t),
        &column!(below_red_line),
        &column!(weight_oedema),
        &column!(oedema_noted) as &[Option<bool>],
        &column!(arm_event_id) as &[Option<Uuid>],
        &column!(arm_tenth_mm) as &[Option<i32>],
        &column!(head_event_id) as &[Option<Uuid>],
        &column!(head_tenth_mm) as &[Option<i32>],
        &column!(hcz_centi) as &[Option<i16>],
        &column!(head_for_age) as &[Option<String>]
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes away records that no standing event speaks of any more.
pub(super) async fn drop_records(db: &mut PgConnection, keys: &[Key]) -> sqlx::Result<()> {
    for (posyandu, citizen, visit) in keys {
        sqlx::query!(
            "delete from child_growth_records where posyandu_id = $1 and citizen_id = $2 and id = $3",
            posyandu,
            citizen,
            visit
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// Those of `ids` of whom anything is known that only a fold of all events can decide: corrections, leavings, visits at
/// another posyandu than their own.
pub(super) async fn corrected(db: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<BTreeSet<Uuid>> {
    let corrected = sqlx::query_scalar!(
        r#"
        select citizen_id as "citizen_id!" from replaced_events where citizen_id = any ($1)
        union
        select citizen_id from citizen_edits where citizen_id = any ($1)
        union
        select citizen_id from citizen_leavings where citizen_id = any ($1)
        union
        select id
        from citizens
        where id = any ($1)
            and (exists (
                select from child_growth_records away where citizen_id = citizens.id and away.posyandu_id < citizens.posyandu_id
            ) or exists (
                select from child_growth_records away where citizen_id = citizens.id and away.posyandu_id > citizens.posyandu_id
            ))
        "#,
        ids
    )
    .fetch_all(db)
    .await?;
    Ok(corrected.into_iter().collect())
}

/// Remembers what a correction replaces.
pub(super) async fn keep_correction(db: &mut PgConnection, entered: &Entered) -> sqlx::Result<()> {
    let Some(replaces) = &entered.event.header.replaces else { return Ok(()) };
    sqlx::query!(
        r#"
        insert into replaced_events (citizen_id, event_id, replaced_by, reason)
        values ($1, $2, $3, $4)
        on conflict do nothing
        "#,
        entered.citizen(),
        replaces.event.0,
        entered.event_id(),
        replaces.reason
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Every event the hub ever took of those children.
pub(crate) async fn events_of(
    db: &mut PgConnection,
    ids: &[Uuid],
) -> sqlx::Result<HashMap<Uuid, Vec<Entered>>> {
    let mut events: HashMap<Uuid, Vec<Entered>> = HashMap::new();
    if ids.is_empty() {
        return Ok(events);
    }
    let rows = sqlx::query!(
        r#"select citizen_id as "citizen_id!", received_at, frame from event_log where citizen_id = any ($1)"#,
        ids
    )
    .fetch_all(&mut *db)
    .await?;
    for row in rows {
        match read(&row.frame, row.received_at) {
            Some(entered) => events.entry(row.citizen_id).or_default().push(entered),
            None => tracing::error!(citizen.id = %row.citizen_id, "an event in the log cannot be read back"),
        }
    }
    clocks::date(db, events.values_mut().flatten()).await?;
    Ok(events)
}

fn read(frame: &[u8], received_at: DateTime<Utc>) -> Option<Entered> {
    let event = Frame::from_bytes(frame).ok()?.decode().ok()?;
    Some(Entered::new(event, received_at.date_naive()))
}
