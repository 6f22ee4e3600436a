//! What staff record about a person at the hub itself.
//!
//! # Why
//! A correction made here is an event like any other: it goes into the log, through the same fold and into the feed, and
//! nodes learn of it as they learn of each other. The hub is the nil node; its life is 0.

use chrono::{DateTime, Utc};
use protocol::event::{Author, Entry, Header, Place, Role};
use protocol::registry::{Edit, PersonEdited};
use protocol::time::{ClockSource, FURTHEST_MS, Hybrid};
use protocol::{Body, CitizenId, Event, EventId, LocalDate, Month, NodeId, PosyanduId, Stamp, UserId};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::Citizen;
use crate::intake;
use crate::staff::{self, Staff};
use crate::web::words;

/// Indonesia's western time; a day at a Puskesmas is told by it.
const OFFSET_MIN: i16 = 420;

/// Sets a field of a person, having seen those versions of it, and gives the reason for refusing if it cannot be.
pub(super) async fn edit(
    db: &PgPool,
    staff: &Staff,
    citizen: &Citizen,
    edit: Edit,
    bases: Vec<EventId>,
    now: DateTime<Utc>,
) -> sqlx::Result<Result<(), String>> {
    let mut tx = db.begin().await?;
    let now_ms = now.timestamp_millis();
    // A correction that claims to be made later than that does not push the hub's own time there.
    let at = latest(&mut tx, citizen.id, now_ms + FURTHEST_MS).await?.next(now_ms);
    let body = Body::PersonEdited(PersonEdited { edit, bases, at });
    let event = event(&mut tx, staff, citizen, body, now).await?;
    let taken = intake::take_own(&mut tx, event, now).await?;
    if taken.is_ok() {
        tx.commit().await?;
    }
    Ok(taken)
}

/// The latest hybrid time of any correction of that person the hub has seen.
async fn latest(db: &mut PgConnection, citizen: Uuid, furthest_ms: i64) -> sqlx::Result<Hybrid> {
    let corrections = crate::growth::corrections(db, citizen).await?;
    let times = corrections.iter().map(|correction| correction.version.at);
    Ok(times.filter(|at| at.ms <= furthest_ms).max().unwrap_or_default())
}

async fn event(
    db: &mut PgConnection,
    staff: &Staff,
    citizen: &Citizen,
    body: Body,
    now: DateTime<Utc>,
) -> sqlx::Result<Event> {
    let sequence = sqlx::query_scalar!(r#"select nextval('hub_journal') as "next!""#).fetch_one(db).await?;
    let today = words::today(now);
    let role = match staff.role {
        staff::Role::Bidan => Role::Bidan,
        staff::Role::Petugas => Role::Petugas,
    };
    let header = Header {
        id: EventId(Uuid::now_v7()),
        node: NodeId(Uuid::nil()),
        incarnation: 0,
        sequence: sequence as u64,
        author: Author { user: UserId(staff.user), role },
        posyandu: PosyanduId(citizen.posyandu_id),
        citizen: Some(CitizenId(citizen.id)),
        visit: None,
        observed_on: LocalDate::from(today),
        recorded_at: Stamp {
            wall_ms: now.timestamp_millis(),
            offset_min: OFFSET_MIN,
            source: ClockSource::Ntp,
            boot: [0; 16],
            monotonic_ns: 0,
        },
        report_month: Month::of(today),
        place: Place::Elsewhere,
        entry: Entry::Typed,
        instrument: None,
        replaces: None,
    };
    Ok(Event { header, body })
}
