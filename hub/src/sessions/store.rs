//! Meetings in Postgres.

use std::collections::HashMap;

use care::f1::{Figures, Group, Sex};
use protocol::registry;
use protocol::session::{Row, SessionOpened};
use protocol::{Event, Frame, Month};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{Meeting, Reported, counts};

/// The posyandu that ever told of a meeting.
pub(super) async fn with_meetings(db: &PgPool) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select distinct posyandu_id from event_log where kind in (9, 10) order by posyandu_id"
    )
    .fetch_all(db)
    .await
}

/// Everything that is told of a posyandu's meetings, in order, each event once.
pub(super) async fn events_of(db: &mut PgConnection, posyandu: Uuid) -> sqlx::Result<Vec<Event>> {
    let frames = sqlx::query_scalar!(
        r#"select frame as "frame!" from event_log where posyandu_id = $1 and kind in (9, 10)"#,
        posyandu
    )
    .fetch_all(db)
    .await?;
    let read = |frame: &Vec<u8>| Frame::from_bytes(frame).ok()?.decode().ok();
    let mut events: Vec<Event> = frames.iter().filter_map(read).collect();
    events.sort_by_key(|event| (event.header.incarnation, event.header.sequence, event.header.node));
    events.dedup_by_key(|event| event.header.id);
    Ok(events)
}

/// Keeps a meeting as it stands.
pub(super) async fn keep(
    db: &mut PgConnection,
    event: &Event,
    opened: &SessionOpened,
    closed: Option<(Uuid, &[Row])>,
) -> sqlx::Result<()> {
    let day = event.header.observed_on.to_naive().expect("judged before it was let in");
    sqlx::query!(
        r#"
        insert into held_events (id, posyandu_id, title, event_date, description, report_month, opened_by, present_count,
            closed_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (id) do update
        set (posyandu_id, title, event_date, description, report_month, opened_by, present_count, closed_by) = (
            excluded.posyandu_id, excluded.title, excluded.event_date, excluded.description, excluded.report_month,
            excluded.opened_by, excluded.present_count, excluded.closed_by
        )
        "#,
        opened.session.0,
        event.header.posyandu.0,
        opened.title,
        day,
        opened.description,
        event.header.report_month.0,
        event.header.author.user.0,
        i32::try_from(opened.present.len()).unwrap_or(i32::MAX),
        closed.map(|(by, _)| by)
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!("delete from held_event_figures where event_id = $1", opened.session.0)
        .execute(&mut *db)
        .await?;
    for row in closed.map(|(_, rows)| rows).unwrap_or_default() {
        let [s, k, d, n, t, o, b, two_t, bgm] = counts(row);
        sqlx::query!(
            r#"
            insert into held_event_figures (event_id, gender, from_month, to_month, s, k, d, n, t, o, b, two_t, bgm)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            on conflict do nothing
            "#,
            opened.session.0,
            if row.sex == registry::Sex::Male { "L" } else { "P" },
            i16::from(row.from_month),
            i16::from(row.to_month),
            s,
            k,
            d,
            n,
            t,
            o,
            b,
            two_t,
            bgm
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// The meetings of a month, by day.
pub(super) async fn of_month(db: &PgPool, posyandu: Uuid, month: Month) -> sqlx::Result<Vec<Meeting>> {
    let rows = sqlx::query!(
        r#"
        select id, title, event_date, description, present_count, closed_by
        from held_events
        where posyandu_id = $1 and report_month = $2
        order by event_date, id
        "#,
        posyandu,
        month.0
    )
    .fetch_all(db)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut reported = reported(db, &ids).await?;
    Ok(rows
        .into_iter()
        .map(|row| Meeting {
            reported: row.closed_by.map(|_| reported.remove(&row.id).unwrap_or_default()),
            id: row.id,
            title: row.title,
            event_date: row.event_date,
            description: row.description,
            present_count: row.present_count,
        })
        .collect())
}

async fn reported(db: &PgPool, ids: &[Uuid]) -> sqlx::Result<HashMap<Uuid, Vec<Reported>>> {
    let rows = sqlx::query!(
        r#"
        select event_id, gender, from_month, s, k, d, n, t, o, b, two_t, bgm
        from held_event_figures
        where event_id = any ($1)
        order by event_id, gender, from_month
        "#,
        ids
    )
    .fetch_all(db)
    .await?;
    let mut reported: HashMap<Uuid, Vec<Reported>> = HashMap::new();
    for row in rows {
        let Some(group) = Group::of(row.from_month.into()) else { continue };
        let counts = [row.s, row.k, row.d, row.n, row.t, row.o, row.b, row.two_t, row.bgm];
        reported.entry(row.event_id).or_default().push(Reported {
            sex: if row.gender == "L" { Sex::Male } else { Sex::Female },
            group,
            figures: Figures::from_counts(counts.map(i32::cast_unsigned)),
        });
    }
    Ok(reported)
}
