//! What was set aside is judged again, when a node serves another posyandu or a new hub reads more than the old one.

use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use protocol::{EventId, Frame, NodeId};
use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection, PgPool};
use uuid::Uuid;

use super::gather::is_about_content;
use super::judge::{self, Judged, judge};
use super::place::verdict;
use super::store;
use super::stories::Journal;
use super::transaction::take;

/// Events judged in one transaction.
const PORTION: usize = 500;

/// Which of the events that are set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Those of one node.
    Node(NodeId),
    /// Those nobody could read.
    Unknown,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Events that were taken now.
    pub taken: usize,
    /// Events that stay set aside.
    pub still_aside: usize,
}

/// An event that is set aside, for a technician.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its node.
    pub node: NodeId,
    /// The node's label.
    pub label: String,
    /// The life of its journal, as the node names it.
    pub incarnation: u32,
    /// Its place in the journal.
    pub sequence: u64,
    /// Its id, if it could be read.
    pub event: Option<EventId>,
    /// Why, in words a kader can read.
    pub reason: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
}

/// What is set aside, the oldest first, each event once.
pub async fn waiting(db: &PgPool, node: Option<NodeId>) -> sqlx::Result<Vec<Waiting>> {
    let rows = sqlx::query!(
        r#"
        select aside.node_id, nodes.label as "label?", aside.sequence, aside.event_id, aside.reason, aside.received_at,
            coalesce(branch.incarnation, aside.incarnation) as "incarnation!"
        from quarantined_events aside
        left join nodes on nodes.id = aside.node_id
        left join journal_branches branch on branch.node_id = aside.node_id and branch.branch = aside.incarnation
        where aside.taken_at is null
            and not aside.is_fork
            and ($1::uuid is null or aside.node_id = $1)
            and not exists (
                select
                from quarantined_events same
                where same.node_id = aside.node_id and same.frame_sha256 = aside.frame_sha256 and same.id < aside.id
            )
        order by aside.received_at, aside.id
        "#,
        node.map(|node| node.0)
    )
    .fetch_all(db)
    .await?;
    let waiting = rows.into_iter().map(|row| Waiting {
        node: NodeId(row.node_id),
        label: row.label.unwrap_or_default(),
        incarnation: row.incarnation as u32,
        sequence: row.sequence as u64,
        event: row.event_id.map(EventId),
        reason: row.reason,
        received_at: row.received_at,
    });
    Ok(waiting.collect())
}

/// Judges again; what can be taken enters exactly as if it had come now. It counted as received before and does so
/// after; only the node's list of what is set aside grows shorter.
pub async fn judge_again(db: &mut PgConnection, which: Which, now: DateTime<Utc>) -> sqlx::Result<Judgement> {
    let (mut judgement, mut after) = (Judgement::default(), 0);
    loop {
        let rows = next(db, which, after).await?;
        let Some(last) = rows.last() else { return Ok(judgement) };
        after = last.id;
        let mut groups = vec![rows];
        while let Some(rows) = groups.pop() {
            match judge_group(db, &rows, now).await {
                Ok(taken) => {
                    judgement.taken += taken;
                    judgement.still_aside += rows.len() - taken;
                }
                Err(error) if is_about_content(&error) => {
                    tracing::error!("an event was refused by the tables, looking for it: {error:#}");
                    judgement.still_aside += halve(db, rows, &mut groups).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// A row that is set aside.
#[derive(Debug)]
struct Row {
    id: i64,
    node: NodeId,
    /// What it is kept under.
    number: u32,
    /// The life its node names.
    incarnation: u32,
    sequence: u64,
    frame: Vec<u8>,
}

async fn next(db: &mut PgConnection, which: Which, after: i64) -> sqlx::Result<Vec<Row>> {
    let node = if let Which::Node(node) = which { Some(node.0) } else { None };
    let rows = sqlx::query!(
        r#"
        select aside.id, aside.node_id, aside.incarnation, aside.sequence, aside.frame,
            coalesce(branch.incarnation, aside.incarnation) as "life!"
        from quarantined_events aside
        left join journal_branches branch on branch.node_id = aside.node_id and branch.branch = aside.incarnation
        where aside.id > $1
            and aside.taken_at is null
            and not aside.is_fork
            and ($2::uuid is null or aside.node_id = $2)
            and (aside.is_unknown or not $3)
        order by aside.id
        limit $4
        "#,
        after,
        node,
        which == Which::Unknown,
        PORTION as i64
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Row {
            id: row.id,
            node: NodeId(row.node_id),
            number: row.incarnation as u32,
            incarnation: row.life as u32,
            sequence: row.sequence as u64,
            frame: row.frame,
        })
        .collect())
}

/// Judges some rows in one transaction; gives how many were taken.
async fn judge_group(db: &mut PgConnection, rows: &[Row], now: DateTime<Utc>) -> sqlx::Result<usize> {
    let mut tx = Connection::begin(db).await?;
    let nodes: BTreeSet<Uuid> = rows.iter().map(|row| row.node.0).collect();
    let nodes: Vec<Uuid> = nodes.into_iter().collect();
    store::lock(&mut tx, &nodes).await?;
    let waiting = still_waiting(&mut tx, rows).await?;
    let served = store::served(&mut tx, &nodes.iter().copied().collect()).await?;
    let rows: Vec<&Row> = rows.iter().filter(|row| waiting.contains(&row.id)).collect();
    let known = known_elsewhere(&mut tx, &rows).await?;
    let judged: Vec<(&Row, Judged)> = rows.iter().filter_map(|&row| Some((row, judged(row)?))).collect();
    let (mut accepted, mut taken, mut once) = (Vec::new(), Vec::new(), HashSet::new());
    let mut refused: Vec<(i64, String, bool)> = Vec::new();
    for (row, judged) in &judged {
        match verdict((row.node, row.incarnation), judged, &served) {
            Ok(()) => {
                taken.push(*row);
                // Two stories may hold the same event; one of them brings it in.
                if once.insert((row.node, &row.frame)) && !known.contains(&row.id) {
                    accepted.push(((row.node, row.number), judged));
                }
            }
            Err((reason, is_unknown)) => refused.push((row.id, reason, is_unknown)),
        }
    }
    take(&mut tx, &accepted as &[(Journal, &Judged)], now).await?;
    note_taken(&mut tx, &taken, now).await?;
    note_refused(&mut tx, &refused).await?;
    tx.commit().await?;
    Ok(taken.len())
}

fn judged(row: &Row) -> Option<Judged> {
    let frame = Frame::from_bytes(&row.frame).ok()?;
    Some(judge(row.node, row.incarnation, row.sequence, frame))
}

/// Halves what could not be written; a lone event is given up, and counted.
async fn halve(db: &mut PgConnection, mut rows: Vec<Row>, groups: &mut Vec<Vec<Row>>) -> sqlx::Result<usize> {
    if let [row] = &rows[..] {
        note_refused(db, &[(row.id, judge::not_kept(), false)]).await?;
        return Ok(1);
    }
    let second = rows.split_off(rows.len() / 2);
    groups.extend([second, rows]);
    Ok(0)
}

/// Those that nobody has taken since they were read.
async fn still_waiting(db: &mut PgConnection, rows: &[Row]) -> sqlx::Result<HashSet<i64>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let waiting = sqlx::query_scalar!(
        "select id from quarantined_events where id = any ($1) and taken_at is null",
        &ids
    )
    .fetch_all(db)
    .await?;
    Ok(waiting.into_iter().collect())
}

/// Those that were taken already in another story of the same journal.
async fn known_elsewhere(db: &mut PgConnection, rows: &[&Row]) -> sqlx::Result<HashSet<i64>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let known = sqlx::query_scalar!(
        r#"
        select aside.id
        from quarantined_events aside
        left join journal_branches own on own.node_id = aside.node_id and own.branch = aside.incarnation
        where aside.id = any ($1)
            and exists (
                select
                from event_log
                where event_log.node_id = aside.node_id
                    and event_log.sequence = aside.sequence
                    and event_log.frame = aside.frame
                    and event_log.incarnation in (
                        select coalesce(own.incarnation, aside.incarnation)
                        union all
                        select branch.branch
                        from journal_branches branch
                        where branch.node_id = aside.node_id
                            and branch.incarnation = coalesce(own.incarnation, aside.incarnation)
                    )
            )
        "#,
        &ids
    )
    .fetch_all(db)
    .await?;
    Ok(known.into_iter().collect())
}

async fn note_taken(db: &mut PgConnection, taken: &[&Row], now: DateTime<Utc>) -> sqlx::Result<()> {
    let nodes: Vec<Uuid> = taken.iter().map(|row| row.node.0).collect();
    let hashes: Vec<Vec<u8>> = taken.iter().map(|row| Sha256::digest(&row.frame).to_vec()).collect();
    sqlx::query!(
        r#"
        update quarantined_events
        set taken_at = $3
        from unnest($1::uuid[], $2::bytea[]) as taken (node_id, frame_sha256)
        where quarantined_events.node_id = taken.node_id
            and quarantined_events.frame_sha256 = taken.frame_sha256
            and quarantined_events.taken_at is null
        "#,
        &nodes,
        &hashes,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The reason may be another one now.
async fn note_refused(db: &mut PgConnection, refused: &[(i64, String, bool)]) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update quarantined_events
        set reason = refused.reason, is_unknown = refused.is_unknown
        from unnest($1::bigint[], $2::text[], $3::boolean[]) as refused (id, reason, is_unknown)
        where quarantined_events.id = refused.id
            and (quarantined_events.reason, quarantined_events.is_unknown) is distinct from (refused.reason, refused.is_unknown)
        "#,
        &refused.iter().map(|(id, ..)| *id).collect::<Vec<_>>(),
        &refused.iter().map(|(_, reason, _)| reason.clone()).collect::<Vec<_>>(),
        &refused.iter().map(|(.., is_unknown)| *is_unknown).collect::<Vec<_>>()
    )
    .execute(db)
    .await?;
    Ok(())
}
