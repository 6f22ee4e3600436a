//! What intake reads and writes besides the children's own tables. Every statement covers the whole commit.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use protocol::ack::MAX_ASIDE;
use protocol::{EventId, NodeId, Quarantined};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::held::columns;
use super::judge::Judged;
use super::place::Aside;
use super::stories::Journal;

/// Locks the nodes against other hubs; gives those that are enrolled and not revoked. `nodes` come sorted.
pub(super) async fn lock_enrolled(db: &mut PgConnection, nodes: &[Uuid]) -> sqlx::Result<HashSet<Uuid>> {
    let enrolled = sqlx::query_scalar!(
        "select id from nodes where id = any ($1) and revoked_at is null order by id for no key update",
        nodes
    )
    .fetch_all(db)
    .await?;
    Ok(enrolled.into_iter().collect())
}

/// Locks nodes against other hubs, whatever became of them. `nodes` come sorted.
pub(super) async fn lock(db: &mut PgConnection, nodes: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!("select id from nodes where id = any ($1) order by id for no key update", nodes)
        .fetch_all(db)
        .await?;
    Ok(())
}

/// Which node serves which posyandu.
pub(super) async fn served(
    db: &mut PgConnection,
    nodes: &HashSet<Uuid>,
) -> sqlx::Result<HashSet<(Uuid, Uuid)>> {
    let nodes: Vec<Uuid> = nodes.iter().copied().collect();
    let rows =
        sqlx::query!("select node_id, posyandu_id from node_posyandu where node_id = any ($1)", &nodes)
            .fetch_all(db)
            .await?;
    Ok(rows.into_iter().map(|row| (row.node_id, row.posyandu_id)).collect())
}

/// Keeps raw events as they came.
pub(super) async fn log(
    db: &mut PgConnection,
    accepted: &[(Journal, &Judged)],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    if accepted.is_empty() {
        return Ok(());
    }
    let (nodes, incarnations) = columns(accepted.iter().map(|&(journal, _)| journal));
    let headers = || accepted.iter().filter_map(|(_, judged)| Some(&judged.event.as_ref().ok()?.header));
    let kinds: Vec<(u16, u16)> = accepted.iter().map(|(_, judged)| judged.frame.kind()).collect();
    sqlx::query!(
        r#"
        insert into event_log (received_at, posyandu_id, node_id, incarnation, sequence, event_id, citizen_id, kind,
            version, frame, observed_on)
        select $1, *
        from unnest($2::uuid[], $3::uuid[], $4::integer[], $5::bigint[], $6::uuid[], $7::uuid[], $8::smallint[],
            $9::smallint[], $10::bytea[], $11::date[])
        "#,
        now,
        &headers().map(|header| header.posyandu.0).collect::<Vec<_>>(),
        &nodes,
        &incarnations,
        &accepted.iter().map(|(_, judged)| judged.sequence as i64).collect::<Vec<_>>(),
        &headers().map(|header| header.id.0).collect::<Vec<_>>(),
        &headers().map(|header| header.citizen.map(|citizen| citizen.0)).collect::<Vec<_>>() as &[Option<Uuid>],
        &kinds.iter().map(|&(kind, _)| kind as i16).collect::<Vec<_>>(),
        &kinds.iter().map(|&(_, version)| version as i16).collect::<Vec<_>>(),
        &accepted.iter().map(|(_, judged)| judged.frame.bytes().to_vec()).collect::<Vec<_>>(),
        &accepted.iter().map(|(_, judged)| judged.observed_on).collect::<Vec<_>>() as &[Option<NaiveDate>]
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Keeps what cannot be taken, each distinct frame once.
pub(super) async fn set_aside(
    db: &mut PgConnection,
    aside: &[Aside<'_>],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    if aside.is_empty() {
        return Ok(());
    }
    let (nodes, incarnations) = columns(aside.iter().map(|aside| aside.journal));
    let hash = |aside: &Aside<'_>| Sha256::digest(aside.judged.frame.bytes()).to_vec();
    sqlx::query!(
        r#"
        insert into quarantined_events (received_at, node_id, incarnation, sequence, event_id, reason, is_unknown, frame,
            frame_sha256, observed_on)
        select $1, *
        from unnest($2::uuid[], $3::integer[], $4::bigint[], $5::uuid[], $6::text[], $7::boolean[], $8::bytea[],
            $9::bytea[], $10::date[])
        on conflict do nothing
        "#,
        now,
        &nodes,
        &incarnations,
        &aside.iter().map(|aside| aside.judged.sequence as i64).collect::<Vec<_>>(),
        &aside.iter().map(|aside| aside.judged.event_id).collect::<Vec<_>>() as &[Option<Uuid>],
        &aside.iter().map(|aside| aside.reason.clone()).collect::<Vec<_>>(),
        &aside.iter().map(|aside| aside.is_unknown).collect::<Vec<_>>(),
        &aside.iter().map(|aside| aside.judged.frame.bytes().to_vec()).collect::<Vec<_>>(),
        &aside.iter().map(hash).collect::<Vec<_>>(),
        &aside.iter().map(|aside| aside.judged.observed_on).collect::<Vec<_>>() as &[Option<NaiveDate>]
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What is set aside of one story.
#[derive(Debug, Clone, Default)]
pub(super) struct OfStory {
    /// Those of a span, at most as many as an ack names.
    pub(super) named: Vec<Quarantined>,
    /// All of them.
    pub(super) total: u32,
}

/// What is set aside of each story; by name only what lies between those numbers.
pub(super) async fn aside(
    db: &mut PgConnection,
    spans: &BTreeMap<Journal, (u64, u64)>,
) -> sqlx::Result<BTreeMap<Journal, OfStory>> {
    let (nodes, incarnations) = columns(spans.keys().copied());
    let rows = sqlx::query!(
        r#"
        select told.node_id as "node_id!", told.incarnation as "incarnation!", waiting.total as "total!",
            aside.sequence as "sequence?", aside.event_id as "event_id?", aside.reason as "reason?"
        from unnest($1::uuid[], $2::integer[], $3::bigint[], $4::bigint[]) as told (node_id, incarnation, first, last)
        cross join lateral (
            select count(*) as total
            from quarantined_events waiting
            where waiting.node_id = told.node_id
                and waiting.incarnation = told.incarnation
                and waiting.taken_at is null
                and not waiting.is_fork
        ) waiting
        left join lateral (
            select *
            from quarantined_events aside
            where aside.node_id = told.node_id
                and aside.incarnation = told.incarnation
                and aside.sequence between told.first and told.last
                and aside.taken_at is null
                and not aside.is_fork
            order by aside.sequence, aside.id
            limit $5
        ) aside on true
        where waiting.total > 0
        "#,
        &nodes,
        &incarnations,
        &spans.values().map(|&(first, _)| first as i64).collect::<Vec<_>>(),
        &spans.values().map(|&(_, last)| last as i64).collect::<Vec<_>>(),
        MAX_ASIDE as i64
    )
    .fetch_all(db)
    .await?;
    let mut aside: BTreeMap<Journal, OfStory> = BTreeMap::new();
    for row in rows {
        let of_story = aside.entry((NodeId(row.node_id), row.incarnation as u32)).or_default();
        of_story.total = u32::try_from(row.total).unwrap_or(u32::MAX);
        if let (Some(sequence), Some(reason)) = (row.sequence, row.reason) {
            let event = row.event_id.map(EventId);
            of_story.named.push(Quarantined { sequence: sequence as u64, event, reason });
        }
    }
    Ok(aside)
}

/// Notes that those nodes were heard, to the minute.
pub(super) async fn heard(
    db: &mut PgConnection,
    nodes: &HashSet<Uuid>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let nodes: Vec<Uuid> = nodes.iter().copied().collect();
    sqlx::query!(
        r#"
        update nodes
        set last_heard_at = $2
        where id = any ($1) and (last_heard_at is null or last_heard_at < $2::timestamptz - interval '1 minute')
        "#,
        &nodes,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}
