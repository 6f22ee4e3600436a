//! Items get their numbers, in the writer's own transaction.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use protocol::feed::{FeedId, Item};
use sqlx::PgConnection;
use uuid::Uuid;

use super::counter::{self, Head};
use super::{item, news, row_of};

/// One item on its way into one feed.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) feed: Uuid,
    kind: i16,
    /// As the hash is made over it.
    bytes: Vec<u8>,
    subject: Option<String>,
    /// The subject whose older words it makes void.
    pub(super) voids: Option<String>,
    /// Whom it writes into the book.
    pub(super) registers: Option<Uuid>,
    event: Option<Pointer>,
}

/// Where an event stands in the log, and what decides whether it is still sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pointer {
    pub(super) received_at: DateTime<Utc>,
    pub(super) node: Uuid,
    pub(super) incarnation: i32,
    pub(super) sequence: i64,
    pub(super) citizen: Option<Uuid>,
    /// The day of an observation, if it can be believed.
    pub(super) observed_on: Option<NaiveDate>,
}

impl Line {
    pub(super) fn item(feed: Uuid, item: &Item) -> Self {
        let subject = item::subject(item);
        let (kind, voids) = (item::kind(item), subject.clone());
        Self { feed, kind, bytes: item.encode(), subject, voids, registers: None, event: None }
    }

    pub(super) fn event(feed: Uuid, frame: &[u8], registers: Option<Uuid>, at: Pointer) -> Self {
        let bytes = Item::Event(frame.to_vec()).encode();
        let kind = item::kinds::EVENT;
        Self { feed, kind, bytes, subject: None, voids: None, registers, event: Some(at) }
    }

    fn writer(&self) -> Option<Uuid> {
        self.event.map(|event| event.node)
    }
}

/// An item with its place.
struct Placed<'a> {
    line: &'a Line,
    at: Head,
}

/// Gives lines their places, each feed in the order given, and tells every hub. The feeds stay locked until the
/// transaction ends.
pub(super) async fn write(db: &mut PgConnection, lines: &[Line]) -> sqlx::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let feeds: BTreeSet<Uuid> = lines.iter().map(|line| line.feed).collect();
    let mut heads = counter::lock(db, &feeds).await?;
    let placed: Vec<Placed<'_>> = lines.iter().map(|line| place(line, &mut heads)).collect();
    insert(db, &placed).await?;
    void(db, &placed).await?;
    counter::keep(db, &heads).await?;
    news::tell(db, &writers(lines)).await
}

/// Writes those of the items that say something new: of each subject the newest item is compared.
pub(crate) async fn set(db: &mut PgConnection, wanted: &[(FeedId, Item)]) -> sqlx::Result<()> {
    let lines: Vec<Line> = wanted.iter().map(|(feed, item)| Line::item(row_of(*feed), item)).collect();
    let feeds: BTreeSet<Uuid> = lines.iter().map(|line| line.feed).collect();
    counter::lock(db, &feeds).await?;
    let said = said(db, &lines).await?;
    let is_new = |line: &Line| {
        let subject = line.subject.clone().unwrap_or_default();
        said.get(&(line.feed, subject)) != Some(&line.bytes)
    };
    let new: Vec<Line> = lines.into_iter().filter(is_new).collect();
    write(db, &new).await
}

/// The last word on each line's subject.
async fn said(db: &mut PgConnection, lines: &[Line]) -> sqlx::Result<BTreeMap<(Uuid, String), Vec<u8>>> {
    let subjects: Vec<String> = lines.iter().filter_map(|line| line.subject.clone()).collect();
    let feeds: Vec<Uuid> = lines.iter().filter(|line| line.subject.is_some()).map(|line| line.feed).collect();
    let rows = sqlx::query!(
        r#"
        select feed_id as "feed_id!", subject as "subject!", item as "item!"
        from unnest($1::text[], $2::uuid[]) as asked (subject, feed_id)
        join feed_items using (subject, feed_id)
        where replaced_by is null and item is not null
        "#,
        &subjects,
        &feeds
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| ((row.feed_id, row.subject), row.item)).collect())
}

fn place<'a>(line: &'a Line, heads: &mut BTreeMap<Uuid, Head>) -> Placed<'a> {
    let head = heads.get_mut(&line.feed).expect("every feed was locked");
    *head = head.after(&line.bytes);
    Placed { line, at: *head }
}

async fn insert(db: &mut PgConnection, placed: &[Placed<'_>]) -> sqlx::Result<()> {
    let events = || placed.iter().map(|placed| placed.line.event);
    let item = |placed: &Placed<'_>| placed.line.event.is_none().then(|| placed.line.bytes.clone());
    sqlx::query!(
        r#"
        insert into feed_items (feed_id, position, hash, kind, subject, citizen_id, observed_on, received_at, node_id,
            incarnation, sequence, item)
        select *
        from unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::smallint[], $5::text[], $6::uuid[], $7::date[],
            $8::timestamptz[], $9::uuid[], $10::integer[], $11::bigint[], $12::bytea[])
        "#,
        &placed.iter().map(|placed| placed.line.feed).collect::<Vec<_>>(),
        &placed.iter().map(|placed| placed.at.position as i64).collect::<Vec<_>>(),
        &placed.iter().map(|placed| placed.at.hash.0.to_vec()).collect::<Vec<_>>(),
        &placed.iter().map(|placed| placed.line.kind).collect::<Vec<_>>(),
        &placed.iter().map(|placed| placed.line.subject.clone()).collect::<Vec<_>>() as &[Option<String>],
        &events().map(|event| event?.citizen).collect::<Vec<_>>() as &[Option<Uuid>],
        &events().map(|event| event?.observed_on).collect::<Vec<_>>() as &[Option<NaiveDate>],
        &events().map(|event| Some(event?.received_at)).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &events().map(|event| Some(event?.node)).collect::<Vec<_>>() as &[Option<Uuid>],
        &events().map(|event| Some(event?.incarnation)).collect::<Vec<_>>() as &[Option<i32>],
        &events().map(|event| Some(event?.sequence)).collect::<Vec<_>>() as &[Option<i64>],
        &placed.iter().map(item).collect::<Vec<_>>() as &[Option<Vec<u8>>]
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes which older items are not the last word any more.
async fn void(db: &mut PgConnection, placed: &[Placed<'_>]) -> sqlx::Result<()> {
    let voiding = || placed.iter().filter_map(|placed| Some((placed, placed.line.voids.clone()?)));
    if voiding().next().is_none() {
        return Ok(());
    }
    sqlx::query!(
        r#"
        update feed_items
        set replaced_by = new.position
        from unnest($1::uuid[], $2::bigint[], $3::text[]) as new (feed_id, position, subject)
        where feed_items.feed_id = new.feed_id
            and feed_items.subject = new.subject
            and feed_items.replaced_by is null
            and feed_items.position < new.position
        "#,
        &voiding().map(|(placed, _)| placed.line.feed).collect::<Vec<_>>(),
        &voiding().map(|(placed, _)| placed.at.position as i64).collect::<Vec<_>>(),
        &voiding().map(|(_, subject)| subject).collect::<Vec<_>>()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// For each feed the only node that wrote, if there is only one.
fn writers(lines: &[Line]) -> BTreeMap<Uuid, Option<Uuid>> {
    let mut writers: BTreeMap<Uuid, Option<Uuid>> = BTreeMap::new();
    for line in lines {
        writers
            .entry(line.feed)
            .and_modify(|writer| *writer = writer.filter(|_| *writer == line.writer()))
            .or_insert(line.writer());
    }
    writers
}
