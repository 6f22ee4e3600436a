//! The days a posyandu meets.

use anyhow::Context;
use chrono::NaiveDate;
use protocol::LocalDate;
use protocol::feed::{FeedId, Item, Session};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::feed;

/// What the pages call a day on which a posyandu meets.
const TITLE: &str = "Hari buka posyandu";

/// A day a posyandu will meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Which posyandu.
    pub posyandu: Uuid,
    /// The local day.
    pub day: NaiveDate,
    /// First minute of the day, from 0 to 1439.
    pub from_min: u16,
    /// Where, if not at the usual place; else empty.
    pub place: String,
}

/// Writes a meeting into the calendar and tells the nodes; gives its id.
pub async fn add_meeting(db: &mut PgConnection, meeting: &Meeting) -> anyhow::Result<Uuid> {
    let id = Uuid::now_v7();
    let from_min = i16::try_from(meeting.from_min).context("a day has 1440 minutes")?;
    sqlx::query!(
        r#"
        insert into events (id, posyandu_id, title, event_date, from_min, place)
        values ($1, $2, $3, $4, $5, $6)
        "#,
        id,
        meeting.posyandu,
        TITLE,
        meeting.day,
        from_min,
        meeting.place
    )
    .execute(&mut *db)
    .await
    .context("the meeting cannot be kept: is the posyandu known, is the time one of a day?")?;
    let session = session(id, meeting.day, from_min, meeting.place.clone(), false);
    feed::set(db, &[(FeedId::Posyandu(meeting.posyandu.into()), session)]).await?;
    Ok(id)
}

/// Calls a meeting off and tells the nodes; a repeat changes nothing.
pub async fn cancel_meeting(db: &mut PgConnection, id: Uuid) -> anyhow::Result<()> {
    let meeting = sqlx::query!(
        r#"
        update events
        set cancelled_at = coalesce(cancelled_at, now())
        where id = $1
        returning posyandu_id, event_date, from_min, place
        "#,
        id
    )
    .fetch_optional(&mut *db)
    .await?;
    let meeting = meeting.with_context(|| format!("no meeting {id} is known"))?;
    let session = session(id, meeting.event_date, meeting.from_min, meeting.place, true);
    feed::set(db, &[(FeedId::Posyandu(meeting.posyandu_id.into()), session)]).await?;
    Ok(())
}

/// The calendar of a posyandu as its nodes know it.
pub(super) async fn of_posyandu(db: &mut PgConnection, posyandu: Uuid) -> sqlx::Result<Vec<Item>> {
    let rows = sqlx::query!(
        r#"
        select id, event_date, from_min, place, cancelled_at is not null as "cancelled!"
        from events
        where posyandu_id = $1
        order by event_date, id
        "#,
        posyandu
    )
    .fetch_all(db)
    .await?;
    let item = |id, day, from_min, place, cancelled| session(id, day, from_min, place, cancelled);
    Ok(rows
        .into_iter()
        .map(|row| item(row.id, row.event_date, row.from_min, row.place, row.cancelled))
        .collect())
}

fn session(id: Uuid, day: NaiveDate, from_min: i16, place: String, cancelled: bool) -> Item {
    let from_min = u16::try_from(from_min).expect("the table holds minutes of a day");
    Item::Session(Session { id, day: LocalDate::from(day), from_min, place, cancelled })
}
