//! Every event that is taken becomes news for whoever keeps that child's book.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Days, NaiveDate, Utc};
use protocol::feed::Item;
use protocol::registry::Leaving;
use protocol::time::ClockSource;
use protocol::{Body, CitizenId, Event, Frame};
use sqlx::PgConnection;
use uuid::Uuid;

use super::guests;
use super::write::{Line, Pointer, write};
use super::{item, row_of};
use crate::growth::Guest;
use crate::reference;

/// An event the hub has just taken, under the numbers `event_log` keeps it by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Accepted<'a> {
    pub(crate) node: Uuid,
    pub(crate) incarnation: i32,
    pub(crate) sequence: i64,
    pub(crate) frame: &'a Frame,
    pub(crate) event: &'a Event,
}

/// Whose book somebody stood in, by person.
pub(crate) type Homes = HashMap<Uuid, Uuid>;

/// Time zones and a hub's own clock may be this far out before a date is called one of the future.
const DAYS_AHEAD: Days = Days::new(2);

/// Where those stand who are registered by these events, before that changes. To be asked before the rows are written.
pub(crate) async fn homes(
    db: &mut PgConnection,
    events: impl IntoIterator<Item = &Event>,
) -> sqlx::Result<Homes> {
    let registered: BTreeSet<Uuid> =
        events.into_iter().filter(|event| is_registration(event)).filter_map(citizen).collect();
    standing(db, registered).await
}

/// Writes accepted events into the feed of their posyandu and of the child's own, if that is another. A child that has
/// come to another posyandu brings its history along and leaves word behind; what was recorded of a guest goes home as
/// well. `before` is what [`homes`] said, and who was whose guest; the rows and `event_log` must say already what they will
/// say after the commit.
pub(crate) async fn append(
    db: &mut PgConnection,
    accepted: &[Accepted<'_>],
    before: (&Homes, &BTreeSet<Guest>),
    guests: &BTreeSet<Guest>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let (before, guests_before) = before;
    let people: BTreeSet<Uuid> = accepted.iter().filter_map(|accepted| citizen(accepted.event)).collect();
    let standing = standing(db, people).await?;
    let moves = moves(accepted, before, &standing);
    let served = served(db, accepted).await?;
    let mut lines = history(db, accepted, &moves).await?;
    for accepted in accepted {
        let home = citizen(accepted.event).and_then(|citizen| standing.get(&citizen).copied());
        let mut feeds: BTreeSet<Uuid> = [accepted.event.header.posyandu.0].into_iter().chain(home).collect();
        if matches!(accepted.event.body, Body::ClockFound(_)) {
            feeds.extend(served.get(&accepted.node).into_iter().flatten());
        }
        feeds.extend(guests::homes(guests, accepted.event));
        lines.extend(feeds.into_iter().map(|feed| line(feed, accepted, now)));
    }
    let keys = accepted.iter().map(|accepted| (accepted.node, accepted.incarnation, accepted.sequence));
    lines.extend(guests::changes(db, guests_before, guests, &keys.collect()).await?);
    let arrived: BTreeSet<(Uuid, Uuid)> = moves.iter().filter_map(Move::arrival).collect();
    for line in &mut lines {
        let back = line.registers.filter(|&citizen| arrived.contains(&(citizen, line.feed)));
        line.voids = back.map(item::leaving);
    }
    lines.extend(moves.iter().filter_map(Move::word_left_behind));
    let followed = reference::take_tasks_along(db, &arrived).await?;
    lines.extend(followed.iter().map(|(feed, item)| Line::item(row_of(*feed), item)));
    write(db, &lines).await
}

/// Somebody who now stands in another book than before, or in the first.
#[derive(Debug, Clone, Copy)]
struct Move {
    citizen: Uuid,
    from: Option<Uuid>,
    to: Uuid,
}

impl Move {
    fn arrival(&self) -> Option<(Uuid, Uuid)> {
        self.from.map(|_| (self.citizen, self.to))
    }

    fn word_left_behind(&self) -> Option<Line> {
        let left = Item::Left { citizen: CitizenId(self.citizen), leaving: Leaving::Moved };
        Some(Line::item(self.from?, &left))
    }
}

fn moves(accepted: &[Accepted<'_>], before: &Homes, now: &Homes) -> Vec<Move> {
    let registered: BTreeSet<Uuid> = accepted
        .iter()
        .filter(|accepted| is_registration(accepted.event))
        .filter_map(|accepted| citizen(accepted.event))
        .collect();
    let moved = registered.into_iter().filter_map(|citizen| {
        Some(Move { citizen, from: before.get(&citizen).copied(), to: *now.get(&citizen)? })
    });
    moved.filter(|moved| moved.from != Some(moved.to)).collect()
}

/// In whose book those stand that stand in one.
async fn standing(db: &mut PgConnection, people: BTreeSet<Uuid>) -> sqlx::Result<Homes> {
    if people.is_empty() {
        return Ok(Homes::new());
    }
    let people: Vec<Uuid> = people.into_iter().collect();
    let rows = sqlx::query!("select id, posyandu_id from citizens where id = any ($1)", &people)
        .fetch_all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.posyandu_id)).collect())
}

/// Whom the nodes serve that have found out the time: everybody who may hold an event of that power-up.
async fn served(db: &mut PgConnection, accepted: &[Accepted<'_>]) -> sqlx::Result<HashMap<Uuid, Vec<Uuid>>> {
    let told = accepted.iter().filter(|accepted| matches!(accepted.event.body, Body::ClockFound(_)));
    let nodes: Vec<Uuid> = told.map(|accepted| accepted.node).collect();
    let mut served: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    if nodes.is_empty() {
        return Ok(served);
    }
    let rows =
        sqlx::query!("select node_id, posyandu_id from node_posyandu where node_id = any ($1)", &nodes)
            .fetch_all(db)
            .await?;
    for row in rows {
        served.entry(row.node_id).or_default().push(row.posyandu_id);
    }
    Ok(served)
}

/// What was observed elsewhere of those who have come; and, so that their leaving is void, their registrations here.
async fn history(
    db: &mut PgConnection,
    accepted: &[Accepted<'_>],
    moves: &[Move],
) -> sqlx::Result<Vec<Line>> {
    if moves.is_empty() {
        return Ok(Vec::new());
    }
    let column = |of: fn(&Move) -> Uuid| moves.iter().map(of).collect::<Vec<_>>();
    let rows = sqlx::query!(
        r#"
        select event_log.received_at, node_id, incarnation, sequence, frame, feed_id as "feed_id!",
            posyandu_id = feed_id as "is_here!"
        from unnest($1::uuid[], $2::uuid[]) as arrived (citizen_id, feed_id)
        join event_log on event_log.citizen_id = arrived.citizen_id
        where posyandu_id <> feed_id or kind = 1
        order by event_log.received_at, node_id, incarnation, sequence
        "#,
        &column(|moved| moved.citizen),
        &column(|moved| moved.to)
    )
    .fetch_all(&mut *db)
    .await?;
    let now: HashSet<Key> =
        accepted.iter().map(|accepted| (accepted.node, accepted.incarnation, accepted.sequence)).collect();
    let mut earlier = rows;
    earlier.retain(|row| !now.contains(&(row.node_id, row.incarnation, row.sequence)));
    if earlier.is_empty() {
        return Ok(Vec::new());
    }
    let listed = listed(db, &column(|moved| moved.to), &column(|moved| moved.citizen)).await?;
    let lines = earlier.into_iter().filter_map(|row| {
        let key = (row.node_id, row.incarnation, row.sequence);
        let is_news = row.is_here || !listed.contains(&(row.feed_id, key));
        is_news.then(|| logged(row.feed_id, &row.frame, row.received_at, key))?
    });
    Ok(lines.collect())
}

pub(super) type Key = (Uuid, i32, i64);

/// What stands already in those feeds of those people.
pub(super) async fn listed(
    db: &mut PgConnection,
    feeds: &[Uuid],
    people: &[Uuid],
) -> sqlx::Result<HashSet<(Uuid, Key)>> {
    let rows = sqlx::query!(
        r#"
        select feed_id, node_id as "node_id!", incarnation as "incarnation!", sequence as "sequence!"
        from feed_items
        where feed_id = any ($1) and citizen_id = any ($2) and sequence is not null
        "#,
        feeds,
        people
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.feed_id, (row.node_id, row.incarnation, row.sequence))).collect())
}

fn line(feed: Uuid, accepted: &Accepted<'_>, received_at: DateTime<Utc>) -> Line {
    let &Accepted { node, incarnation, sequence, frame, event } = accepted;
    pointing(feed, frame.bytes(), event, received_at, (node, incarnation, sequence))
}

/// An event read back from the log; `None`, and a word in the log, if it cannot be read.
pub(super) fn logged(feed: Uuid, frame: &[u8], received_at: DateTime<Utc>, key: Key) -> Option<Line> {
    let event = Frame::from_bytes(frame).ok().and_then(|frame| frame.decode().ok());
    if event.is_none() {
        tracing::error!(node.id = %key.0, incarnation = key.1, sequence = key.2, "an event in the log cannot be read back");
    }
    Some(pointing(feed, frame, &event?, received_at, key))
}

fn pointing(feed: Uuid, frame: &[u8], event: &Event, received_at: DateTime<Utc>, key: Key) -> Line {
    let (node, incarnation, sequence) = key;
    let (citizen, observed_on) = (citizen(event), observed_on(event, received_at.date_naive()));
    let at = Pointer { received_at, node, incarnation, sequence, citizen, observed_on };
    Line::event(feed, frame, citizen.filter(|_| is_registration(event)), at)
}

/// The day of an observation. Whatever must be known however old it is has none, nor has what a clock got wrong.
fn observed_on(event: &Event, received_on: NaiveDate) -> Option<NaiveDate> {
    if !event.body.is_of_a_visit() {
        return None;
    }
    let latest = received_on.checked_add_days(DAYS_AHEAD)?;
    let is_clock_set = event.header.recorded_at.source != ClockSource::Unset;
    event.header.observed_on.to_naive().filter(|&day| is_clock_set && day <= latest)
}

fn citizen(event: &Event) -> Option<Uuid> {
    event.header.citizen.map(|citizen| citizen.0)
}

fn is_registration(event: &Event) -> bool {
    event.body.is_registration()
}
