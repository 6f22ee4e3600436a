//! A node greets and says what it remembers; the hub says how things stand, and sees from it whether it went back in time
//! itself.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use protocol::answer::Welcome;
use protocol::ask::{Heard, Hello};
use protocol::feed::{FeedId, FeedMark};
use protocol::{Ack, NodeId, Reply, Standing, sum::Sum};
use sqlx::{Connection, PgConnection, PgPool};
use uuid::Uuid;

use super::asks::Said;
use super::epoch::{self, Reason};
use super::held;
use super::reconcile::Account;
use super::stories::{Journal, Stories, Story};
use super::tell::{self, Tone};
use crate::feed;

/// A node reads its posyandu's feeds and the common one.
const MOST_FEEDS: usize = 64;
/// Characters of a version that are kept.
const LONGEST_VERSION: usize = 40;

/// Answers a greeting: acks, and how the node stands.
pub(super) async fn greet(
    pool: &PgPool,
    journal: Journal,
    tone: Tone,
    hello: &Hello,
    now: DateTime<Utc>,
) -> sqlx::Result<Said> {
    let (node, _) = journal;
    let feeds = feed::heads(pool, node).await?;
    let doubted = doubted(pool, &feeds, hello).await?;
    let mut db = pool.acquire().await?;
    note_greeting(&mut db, node, tone.standing, hello, now).await?;
    let held = held::stories(&mut db, &BTreeSet::from([journal])).await?;
    let mut acks = tell::acks(&mut db, &held, &BTreeMap::from([(journal, tone)])).await?;
    let stories = held.get(&journal).expect("what was asked for was read");
    let compared = match &hello.heard {
        Some(heard) => Some(compare(&mut db, journal, stories, heard, &hello.sum).await?),
        None => None,
    };
    let is_feed_news = note_doubted(&mut db, node, &doubted).await?;
    let current = epoch::current(&mut db).await?;
    if let Some((reason, lost)) = evidence(&mut db, current, hello.heard, compared, is_feed_news).await? {
        let spoken = begin(&mut db, current, reason, node, lost).await?;
        acks.iter_mut().for_each(|ack| ack.hub_epoch = spoken.into_bytes());
    }
    let story = compared.and_then(|compared| compared.story).unwrap_or(0);
    let aside = acks.get(story).map_or(0, |ack: &Ack| ack.quarantined_total);
    let differs = compared.is_some_and(|compared| compared.differs);
    let hub_epoch = acks.first().map_or(current.into_bytes(), |ack| ack.hub_epoch);
    let welcome = Welcome { hub_epoch, standing: tone.standing, differs, aside, feeds };
    Ok(Said { acks, reply: Reply::Welcome(welcome) })
}

/// What the tables say to an ack a node remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Compared {
    /// The story it was an ack of, by its place among the stories; `None` if none that is held can be.
    story: Option<usize>,
    /// Whether the events up to there are not the same on both sides.
    differs: bool,
}

/// Finds the story that holds what was acknowledged.
async fn compare(
    db: &mut PgConnection,
    journal: Journal,
    stories: &Stories,
    heard: &Heard,
    theirs: &Sum,
) -> sqlx::Result<Compared> {
    for (place, story) in stories.all.iter().enumerate() {
        if story.runs.watermark().0 < heard.watermark {
            continue;
        }
        let ours = Account::of(journal, story).sum(db, heard.watermark).await?;
        if ours == *theirs {
            return Ok(Compared { story: Some(place), differs: false });
        }
        if is_chain(db, journal.0, story, heard).await? {
            return Ok(Compared { story: Some(place), differs: true });
        }
    }
    Ok(Compared { story: None, differs: false })
}

/// Whether a story's chain at the place of the ack is the ack's. Where rows are missing nobody can tell, and it is taken
/// for the same: a comparison day by day will find out.
async fn is_chain(db: &mut PgConnection, node: NodeId, story: &Story, heard: &Heard) -> sqlx::Result<bool> {
    if let Some(chain) = story.runs.edge(heard.watermark) {
        return Ok(chain == heard.chain);
    }
    let Some(run) = story.runs.run_over(heard.watermark) else { return Ok(false) };
    let chain = held::chain_inside(db, node, story, run, heard.watermark).await?;
    Ok(chain.is_none_or(|chain| chain == heard.chain))
}

/// What shows that this database went back in time, if anything does; with the epoch it has forgotten.
async fn evidence(
    db: &mut PgConnection,
    current: Uuid,
    heard: Option<Heard>,
    compared: Option<Compared>,
    is_feed_doubted: bool,
) -> sqlx::Result<Option<(Reason, Option<Uuid>)>> {
    let (Some(heard), Some(compared)) = (heard, compared) else { return Ok(None) };
    let theirs = Uuid::from_bytes(heard.hub_epoch);
    Ok(if theirs != current {
        // An epoch that is known and over has been answered by the one that followed it.
        (!epoch::is_known(db, theirs).await?).then_some((Reason::UnknownEpoch, Some(theirs)))
    } else if compared.story.is_none() {
        Some((Reason::AckBeyond, None))
    } else {
        is_feed_doubted.then_some((Reason::FeedBeyond, None))
    })
}

/// Begins a new epoch, unless that was done a moment ago; gives the one that is spoken now.
async fn begin(
    db: &mut PgConnection,
    current: Uuid,
    reason: Reason,
    node: NodeId,
    lost: Option<Uuid>,
) -> sqlx::Result<Uuid> {
    let mut tx = db.begin().await?;
    let begun = epoch::begin_by_comparison(&mut tx, current, reason, node, lost).await?;
    let spoken = match begun {
        Some(epoch) => epoch,
        None => epoch::current(&mut tx).await?,
    };
    tx.commit().await?;
    Ok(spoken)
}

/// The places the node has read its feeds to that this database does not know.
async fn doubted(pool: &PgPool, heads: &[FeedMark], hello: &Hello) -> sqlx::Result<Vec<FeedMark>> {
    let mut doubted = Vec::new();
    for mark in hello.feeds.iter().take(MOST_FEEDS) {
        // What is no feed of this node's is no evidence.
        let is_read = heads.iter().any(|head| head.feed == mark.feed);
        if is_read && !feed::knows(pool, mark).await? {
            doubted.push(*mark);
        }
    }
    Ok(doubted)
}

/// Whether any of these places is news. One from before the current epoch is written down as well, so that it is no news
/// once the node speaks of the current one.
async fn note_doubted(db: &mut PgConnection, node: NodeId, doubted: &[FeedMark]) -> sqlx::Result<bool> {
    let mut is_news = false;
    for mark in doubted {
        let feed = match mark.feed {
            FeedId::Common => "common".to_owned(),
            FeedId::Posyandu(posyandu) => posyandu.to_string(),
        };
        let done = sqlx::query!(
            r#"
            insert into doubted_marks (node_id, feed, position, hash)
            values ($1, $2, $3, $4)
            on conflict (node_id, feed) do update
            set position = excluded.position, hash = excluded.hash, noted_at = now()
            where (doubted_marks.position, doubted_marks.hash) <> (excluded.position, excluded.hash)
            "#,
            node.0,
            feed,
            i64::try_from(mark.position).unwrap_or(i64::MAX),
            &mark.hash.0
        )
        .execute(&mut *db)
        .await?;
        is_news |= done.rows_affected() == 1;
    }
    Ok(is_news)
}

/// Notes what the card in use says of itself.
async fn note_greeting(
    db: &mut PgConnection,
    node: NodeId,
    standing: Standing,
    hello: &Hello,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    if standing != Standing::Current {
        return Ok(());
    }
    let program: String =
        hello.version.chars().filter(|letter| !letter.is_control()).take(LONGEST_VERSION).collect();
    sqlx::query!(
        r#"
        update nodes
        set program = $2,
            certificate_until = $3,
            last_heard_at = $4
        where id = $1
            and ((program, certificate_until) is distinct from ($2, $3::timestamptz)
                or last_heard_at is null
                or last_heard_at < $4::timestamptz - interval '1 minute')
        "#,
        node.0,
        program,
        DateTime::from_timestamp(hello.certificate_until_s, 0),
        now
    )
    .execute(db)
    .await?;
    Ok(())
}
