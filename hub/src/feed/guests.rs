//! What was recorded of a child as a guest goes home: word of who it is, and the visits as they were written down.

use std::collections::{BTreeSet, HashSet};

use protocol::feed::{self, Item};
use protocol::{Body, Event, Frame};
use sqlx::PgConnection;
use uuid::Uuid;

use super::append::{Key, listed, logged};
use super::write::{Line, write};
use crate::growth::{Guest, is_measurement};
use crate::reference;

/// The posyandu besides its own that an event has to do with, because it is of a guest.
pub(super) fn homes(guests: &BTreeSet<Guest>, event: &Event) -> Vec<Uuid> {
    let is_clock = matches!(event.body, Body::ClockFound(_));
    let citizen = event.header.citizen.map(|citizen| citizen.0).filter(|_| is_of_growth(&event.body));
    let is_hers = |guest: &&Guest| is_clock || citizen == Some(guest.guest);
    guests.iter().filter(is_hers).map(|guest| guest.posyandu).collect()
}

/// Tells the feeds what is new in who is whose guest, where no event says so.
pub(crate) async fn tell_guests(
    db: &mut PgConnection,
    before: &BTreeSet<Guest>,
    after: &BTreeSet<Guest>,
) -> sqlx::Result<()> {
    let lines = changes(db, before, after, &HashSet::new()).await?;
    write(db, &lines).await
}

/// What the feeds at home must be told: who is no guest any more, the earlier visits of who is one now, and that she is.
/// `told` are events that the feeds get anyway.
pub(super) async fn changes(
    db: &mut PgConnection,
    before: &BTreeSet<Guest>,
    after: &BTreeSet<Guest>,
    told: &HashSet<Key>,
) -> sqlx::Result<Vec<Line>> {
    let joined: Vec<Guest> = after.difference(before).copied().collect();
    let mut lines: Vec<Line> = before.difference(after).map(|guest| word(guest, None)).collect();
    if joined.is_empty() {
        return Ok(lines);
    }
    lines.extend(visits(db, &joined, told).await?);
    lines.extend(words(db, &joined).await?.into_iter().map(|(posyandu, item)| Line::item(posyandu, &item)));
    Ok(lines)
}

/// Who those are at home, as the feeds say it.
pub(super) async fn words(db: &mut PgConnection, guests: &[Guest]) -> sqlx::Result<Vec<(Uuid, Item)>> {
    let places: Vec<Uuid> = guests.iter().map(|guest| guest.away).collect();
    let names = reference::names(db, &places).await?;
    let word = |guest: &Guest| {
        let at = names.get(&guest.away).cloned().unwrap_or_default();
        (guest.posyandu, item(guest, Some(at)))
    };
    Ok(guests.iter().map(word).collect())
}

/// What the feeds at home lack of the visits that were made as a guest, oldest first.
pub(super) async fn visits(
    db: &mut PgConnection,
    guests: &[Guest],
    told: &HashSet<Key>,
) -> sqlx::Result<Vec<Line>> {
    let column = |of: fn(&Guest) -> Uuid| guests.iter().map(of).collect::<Vec<_>>();
    let (people, feeds) = (column(|guest| guest.guest), column(|guest| guest.posyandu));
    let listed = listed(db, &feeds, &people).await?;
    let rows = sqlx::query!(
        r#"
        select event_log.received_at, node_id, incarnation, sequence, frame, feed_id as "feed_id!"
        from (select distinct * from unnest($1::uuid[], $2::uuid[]) as wanted (citizen_id, feed_id)) wanted
        join event_log on event_log.citizen_id = wanted.citizen_id
        order by event_log.received_at, node_id, incarnation, sequence
        "#,
        &people,
        &feeds
    )
    .fetch_all(db)
    .await?;
    let lines = rows.into_iter().filter_map(|row| {
        let key = (row.node_id, row.incarnation, row.sequence);
        let is_known = told.contains(&key) || listed.contains(&(row.feed_id, key));
        let is_wanted = !is_known && is_frame_of_growth(&row.frame);
        is_wanted.then(|| logged(row.feed_id, &row.frame, row.received_at, key))?
    });
    Ok(lines.collect())
}

fn word(guest: &Guest, at: Option<String>) -> Line {
    Line::item(guest.posyandu, &item(guest, at))
}

fn item(guest: &Guest, at: Option<String>) -> Item {
    Item::Guest(feed::Guest { home: guest.home.into(), guest: guest.guest.into(), at })
}

fn is_frame_of_growth(frame: &[u8]) -> bool {
    let event = Frame::from_bytes(frame).ok().and_then(|frame| frame.decode().ok());
    event.is_some_and(|event| is_of_growth(&event.body))
}

/// Whether a growth card is read from it. Who somebody is was written down at home, and nothing else goes there.
fn is_of_growth(body: &Body) -> bool {
    is_measurement(body) || matches!(body, Body::Voided(_))
}
