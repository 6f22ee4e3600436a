//! A node asks what comes after a place in a feed.

use protocol::NodeId;
use protocol::answer::Reply;
use protocol::ask::FeedQuestion;
use protocol::feed::{FeedId, FeedMark, Item, Page};
use sqlx::PgPool;
use uuid::Uuid;

use super::counter::{self, Head};
use super::own::own;
use super::row_of;

/// The most items of a page, whatever is asked.
const MOST_ITEMS: u32 = 2_000;
/// The most bytes of a page's items, before they are packed and sealed: a letter has room for it at the worst.
const MOST_BYTES: usize = 200 * 1024;

/// Answers with what comes after the node's place: [`Reply::Page`], or [`Reply::Refused`] for a feed that is not this
/// node's to read. A place that is not known here begins anew at 0 (`restart`).
///
/// Left out are what the node wrote itself, what a later item replaces, and observations more than 24 months older than the
/// child's newest.
pub async fn page(
    db: &PgPool,
    node: NodeId,
    incarnation: u32,
    question: &FeedQuestion,
) -> sqlx::Result<Reply> {
    let (feed, row) = (question.feed(), row_of(question.feed()));
    if !may_read(db, node, feed).await? {
        return Ok(Reply::Refused("this node is not enrolled for that posyandu".to_owned()));
    }
    let head = head(db, row).await?;
    let restart = !knows(db, &question.from).await?;
    let after = if restart { 0 } else { question.from.position };
    let limit = question.at_most.clamp(1, MOST_ITEMS);
    let own = own(db, node, incarnation, question.head).await?;
    let rows = sqlx::query_file!(
        "src/feed/page.sql",
        row,
        after as i64,
        head.position as i64,
        node.0,
        own.incarnation,
        own.before,
        i64::from(limit) + 1
    )
    .fetch_all(db)
    .await?;
    let (mut items, mut mark, mut room) = (Vec::new(), head, MOST_BYTES);
    let (mut count, mut place) = (0, Head { position: after, hash: question.from.hash });
    for line in rows {
        let item = read(feed, line.position, line.item, line.frame);
        let size = item.as_ref().map_or(0, Vec::len);
        // One item always goes, or nothing would ever go on. What is left out for once counts as seen.
        if count == limit || (size > room && !items.is_empty()) {
            mark = place;
            break;
        }
        (count, room) = (count + 1, room.saturating_sub(size));
        place = counter::head(line.position, &line.hash);
        items.extend(item);
    }
    Ok(Reply::Page(Page { feed, after, mark: mark.mark(row), head: head.position, restart, items }))
}

/// Where the feeds end that a node reads, the common one first.
pub async fn heads(db: &PgPool, node: NodeId) -> sqlx::Result<Vec<FeedMark>> {
    let rows = sqlx::query!(
        r#"
        select read.id as "id!", coalesce(position, 0) as "position!",
            coalesce(hash, '\x00000000000000000000000000000000') as "hash!"
        from (select $2::uuid as id union select posyandu_id from node_posyandu where node_id = $1) read
        left join feeds on feeds.id = read.id
        order by read.id
        "#,
        node.0,
        row_of(FeedId::Common)
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| counter::head(row.position, &row.hash).mark(row.id)).collect())
}

/// Whether this place was ever given by this database: if not, it has gone back in time, or the node read another hub's.
pub async fn knows(db: &PgPool, mark: &FeedMark) -> sqlx::Result<bool> {
    let Ok(position) = i64::try_from(mark.position) else { return Ok(false) };
    if position == 0 {
        return Ok(true);
    }
    let hash = sqlx::query_scalar!(
        "select hash from feed_items where feed_id = $1 and position = $2",
        row_of(mark.feed),
        position
    )
    .fetch_optional(db)
    .await?;
    Ok(hash.is_some_and(|hash| hash == mark.hash.0))
}

async fn may_read(db: &PgPool, node: NodeId, feed: FeedId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"
        select exists (
            select
            from nodes
            where id = $1
                and revoked_at is null
                and ($2 = $3::uuid or exists (
                    select from node_posyandu where node_id = $1 and posyandu_id = $2
                ))
        ) as "may!"
        "#,
        node.0,
        row_of(feed),
        row_of(FeedId::Common)
    )
    .fetch_one(db)
    .await
}

async fn head(db: &PgPool, row: Uuid) -> sqlx::Result<Head> {
    let head = sqlx::query!("select position, hash from feeds where id = $1", row).fetch_optional(db).await?;
    Ok(head.map_or(Head::EMPTY, |head| counter::head(head.position, &head.hash)))
}

/// What the row says, as it is stored; `None`, and a word in the log, if its event is gone.
fn read(feed: FeedId, position: i64, item: Option<Vec<u8>>, frame: Option<Vec<u8>>) -> Option<Vec<u8>> {
    let item = item.or_else(|| frame.map(|frame| Item::Event(frame).encode()));
    if item.is_none() {
        tracing::error!(?feed, position, "an item of a feed cannot be read and is left out");
    }
    item
}
