//! Nodes that can hear are told at once that a feed has gone on; the others ask when they are back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use protocol::answer::{Answer, Reply};
use protocol::feed::{FeedId, FeedMark};
use protocol::letter::Down;
use protocol::rand_core::UnwrapErr;
use protocol::{NodeId, Standing};
use sqlx::postgres::PgListener;
use sqlx::{PgConnection, PgPool};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::counter;
use crate::keys::HubKeys;
use crate::nodes::PublicKeys;

const CHANNEL: &str = "simpul_feed";
/// A node is told at most once in this time.
const BETWEEN: Duration = Duration::from_secs(1);
/// How long to gather what is written at the same time.
const GATHERING: Duration = Duration::from_millis(50);
/// How long to leave a database alone that just failed to answer.
const PAUSE: Duration = Duration::from_secs(1);
/// A node that was not heard for so long is not there, and asks by itself when it is.
const GONE_AFTER: chrono::TimeDelta = chrono::TimeDelta::minutes(30);

/// A letter for a node.
type Letter = (NodeId, Bytes);

/// Feeds that have gone on, and for each the only node that wrote, if there was only one: it knows already.
type Pending = BTreeMap<Uuid, Option<Uuid>>;

/// Tells every hub, once the caller's transaction is committed, that those feeds have gone on, and by whom.
pub(super) async fn tell(db: &mut PgConnection, writers: &BTreeMap<Uuid, Option<Uuid>>) -> sqlx::Result<()> {
    let words: Vec<String> =
        writers.iter().map(|(feed, writer)| format!("{feed} {}", writer.unwrap_or_default())).collect();
    sqlx::query!("select pg_notify($1, word) from unnest($2::text[]) as words (word)", CHANNEL, &words)
        .execute(db)
        .await?;
    Ok(())
}

/// What is needed to tell nodes something.
struct Messenger {
    db: PgPool,
    keys: Arc<HubKeys>,
    nodes: PublicKeys,
    clock: fn() -> DateTime<Utc>,
    letters: mpsc::Sender<Letter>,
}

/// Hears which feeds go on, whichever hub wrote, and tells those nodes this hub `reaches`; until `cancel` fires. While the
/// database is away nobody is told; nodes also ask from time to time.
pub async fn listen(
    db: PgPool,
    keys: Arc<HubKeys>,
    clock: fn() -> DateTime<Utc>,
    letters: mpsc::Sender<Letter>,
    reaches: impl Fn(NodeId) -> bool,
    cancel: CancellationToken,
) {
    let nodes = PublicKeys::new(db.clone());
    let messenger = Messenger { db, keys, nodes, clock, letters };
    loop {
        let error = tokio::select! {
            Err(error) = messenger.hear(&reaches) => error,
            () = cancel.cancelled() => return,
        };
        tracing::warn!("news of feeds is not heard, trying again: {error:#}");
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = cancel.cancelled() => return,
        }
    }
}

/// A letter that sends a node to the common feed, where the hub's keys are: for one that sealed for a key that is no more.
/// `None` if nothing can be closed for this node.
pub(crate) async fn news_of_keys(
    db: &PgPool,
    keys: &HubKeys,
    nodes: &PublicKeys,
    node: NodeId,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<Bytes>> {
    let Some(mark) = marks(db, &[Uuid::nil()]).await?.remove(&Uuid::nil()) else { return Ok(None) };
    seal(keys, nodes, node, vec![mark], now).await
}

impl Messenger {
    async fn hear(&self, reaches: &impl Fn(NodeId) -> bool) -> sqlx::Result<std::convert::Infallible> {
        let mut listener = PgListener::connect_with(&self.db).await?;
        listener.listen(CHANNEL).await?;
        let mut pending = Pending::new();
        loop {
            take(&mut pending, listener.recv().await?.payload());
            // What comes together is told together.
            let gathered = Instant::now() + GATHERING;
            while let Ok(told) = tokio::time::timeout_at(gathered, listener.recv()).await {
                take(&mut pending, told?.payload());
            }
            self.tell(std::mem::take(&mut pending), reaches).await?;
            tokio::time::sleep(BETWEEN).await;
        }
    }

    async fn tell(&self, pending: Pending, reaches: &impl Fn(NodeId) -> bool) -> sqlx::Result<()> {
        let feeds: Vec<Uuid> = pending.keys().copied().collect();
        let now = (self.clock)();
        let readers = readers(&self.db, &feeds, now - GONE_AFTER).await?;
        let marks = marks(&self.db, &feeds).await?;
        for (node, feeds) in readers {
            let is_news = |feed: &&Uuid| pending.get(feed).is_some_and(|writer| *writer != Some(node.0));
            let news: Vec<FeedMark> =
                feeds.iter().filter(is_news).filter_map(|feed| marks.get(feed).copied()).collect();
            if news.is_empty() || !reaches(node) {
                continue;
            }
            let Some(letter) = seal(&self.keys, &self.nodes, node, news, now).await? else { continue };
            // News that finds no room is lost as on any bad line: the node asks from time to time.
            if self.letters.try_send((node, letter)).is_err() {
                tracing::debug!(node.id = %node, "news not sent, too much is waiting");
            }
        }
        Ok(())
    }
}

/// Adds one telling. Where several wrote, everybody is told.
fn take(pending: &mut Pending, payload: &str) {
    let Some((feed, writer)) = payload.split_once(' ') else { return };
    let (Ok(feed), Ok(writer)) = (feed.parse::<Uuid>(), writer.parse::<Uuid>()) else { return };
    let writer = Some(writer).filter(|writer| !writer.is_nil());
    pending.entry(feed).and_modify(|known| *known = known.filter(|_| *known == writer)).or_insert(writer);
}

/// The nodes that read those feeds and were heard since then.
async fn readers(
    db: &PgPool,
    feeds: &[Uuid],
    since: DateTime<Utc>,
) -> sqlx::Result<BTreeMap<NodeId, BTreeSet<Uuid>>> {
    let rows = sqlx::query!(
        r#"
        select nodes.id as "node!", feed_id as "feed!"
        from unnest($1::uuid[]) as told (feed_id)
        join node_posyandu on posyandu_id = feed_id
        join nodes on nodes.id = node_id
        where revoked_at is null and last_heard_at > $2
        union all
        select id, $3
        from nodes
        where $3 = any ($1) and revoked_at is null and last_heard_at > $2
        "#,
        feeds,
        since,
        super::row_of(FeedId::Common)
    )
    .fetch_all(db)
    .await?;
    let mut readers: BTreeMap<NodeId, BTreeSet<Uuid>> = BTreeMap::new();
    for row in rows {
        readers.entry(NodeId(row.node)).or_default().insert(row.feed);
    }
    Ok(readers)
}

async fn marks(db: &PgPool, feeds: &[Uuid]) -> sqlx::Result<BTreeMap<Uuid, FeedMark>> {
    let rows =
        sqlx::query!("select id, position, hash from feeds where id = any ($1)", feeds).fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, counter::head(row.position, &row.hash).mark(row.id))).collect())
}

/// The letter for the card that is in use.
async fn seal(
    keys: &HubKeys,
    nodes: &PublicKeys,
    node: NodeId,
    news: Vec<FeedMark>,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<Bytes>> {
    let known = nodes.keys_of(node, false).await?;
    let Some(card) = known.iter().find(|card| card.standing == Standing::Current) else { return Ok(None) };
    let answer = Answer { node, nonce: 0, hub_time_ms: now.timestamp_millis(), reply: Reply::News(news) };
    let sealed = answer.seal(&card.key, &keys.signing, &mut UnwrapErr(getrandom::SysRng));
    Ok(sealed.map(|sealed| Down::Answer(&sealed).write().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_two_nodes_wrote_is_news_to_both() {
        let (feed, one, other) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let mut pending = Pending::new();
        take(&mut pending, &format!("{feed} {one}"));
        assert_eq!(pending[&feed], Some(one));
        take(&mut pending, &format!("{feed} {one}"));
        assert_eq!(pending[&feed], Some(one), "one node wrote twice");
        take(&mut pending, &format!("{feed} {other}"));
        assert_eq!(pending[&feed], None);
        take(&mut pending, &format!("{feed} {one}"));
        assert_eq!(pending[&feed], None, "and it stays so");
    }
}
