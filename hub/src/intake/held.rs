//! What is held of each journal, in Postgres.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;

use protocol::{Chain, NodeId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::place::Journal;
use super::runs::{Run, Runs};

/// What is held of each journal.
pub(super) async fn runs(
    db: &mut PgConnection,
    journals: &BTreeSet<Journal>,
) -> sqlx::Result<BTreeMap<Journal, Runs>> {
    let (nodes, incarnations) = columns(journals.iter().copied());
    let rows = sqlx::query!(
        r#"
        select node_id as "node_id!", incarnation as "incarnation!", first_sequence, last_sequence, chain_before, chain_after
        from unnest($1::uuid[], $2::integer[]) as asked (node_id, incarnation)
        join received_runs using (node_id, incarnation)
        "#,
        &nodes,
        &incarnations
    )
    .fetch_all(db)
    .await?;
    let mut runs: BTreeMap<Journal, Vec<Run>> =
        journals.iter().map(|&journal| (journal, Vec::new())).collect();
    for row in rows {
        let journal = (NodeId(row.node_id), row.incarnation as u32);
        runs.entry(journal).or_default().push(Run {
            first: row.first_sequence as u64,
            last: row.last_sequence as u64,
            before: chain(&row.chain_before),
            after: chain(&row.chain_after),
        });
    }
    let with_genesis = |(journal, runs)| {
        let (node, incarnation) = journal;
        (journal, Runs::new(Chain::genesis(node, incarnation), runs))
    };
    Ok(runs.into_iter().map(with_genesis).collect())
}

/// Writes the runs that changed.
pub(super) async fn keep_runs(
    db: &mut PgConnection,
    before: &BTreeMap<Journal, Runs>,
    now: &BTreeMap<Journal, Runs>,
) -> sqlx::Result<()> {
    let all = |runs: &BTreeMap<Journal, Runs>| -> BTreeMap<(Journal, u64), Run> {
        runs.iter()
            .flat_map(|(&journal, runs)| runs.iter().map(move |&run| ((journal, run.first), run)))
            .collect()
    };
    let (before, now) = (all(before), all(now));
    let gone: Vec<_> = before.keys().filter(|key| !now.contains_key(key)).copied().collect();
    drop_runs(db, &gone).await?;
    let changed: Vec<_> = now.into_iter().filter(|(key, run)| before.get(key) != Some(run)).collect();
    write_runs(db, &changed).await
}

async fn drop_runs(db: &mut PgConnection, gone: &[(Journal, u64)]) -> sqlx::Result<()> {
    if !gone.is_empty() {
        let (nodes, incarnations) = columns(gone.iter().map(|&(journal, _)| journal));
        let firsts: Vec<i64> = gone.iter().map(|&(_, first)| first as i64).collect();
        sqlx::query!(
            r#"
            delete from received_runs
            using unnest($1::uuid[], $2::integer[], $3::bigint[]) as gone (node_id, incarnation, first_sequence)
            where received_runs.node_id = gone.node_id
                and received_runs.incarnation = gone.incarnation
                and received_runs.first_sequence = gone.first_sequence
            "#,
            &nodes,
            &incarnations,
            &firsts
        )
        .execute(db)
        .await?;
    }
    Ok(())
}

async fn write_runs(db: &mut PgConnection, changed: &[((Journal, u64), Run)]) -> sqlx::Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let (nodes, incarnations) = columns(changed.iter().map(|&((journal, _), _)| journal));
    let number = |of: fn(&Run) -> u64| changed.iter().map(|(_, run)| of(run) as i64).collect::<Vec<_>>();
    let hash = |of: fn(&Run) -> Chain| changed.iter().map(|(_, run)| of(run).0.to_vec()).collect::<Vec<_>>();
    sqlx::query!(
        r#"
        insert into received_runs (node_id, incarnation, first_sequence, last_sequence, chain_before, chain_after)
        select *
        from unnest($1::uuid[], $2::integer[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bytea[])
        on conflict (node_id, incarnation, first_sequence) do update
        set last_sequence = excluded.last_sequence,
            chain_before = excluded.chain_before,
            chain_after = excluded.chain_after
        "#,
        &nodes,
        &incarnations,
        &number(|run| run.first),
        &number(|run| run.last),
        &hash(|run| run.before),
        &hash(|run| run.after)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The bytes held under some numbers of a journal, taken or set aside.
pub(super) async fn frames(
    db: &mut PgConnection,
    (node, incarnation): Journal,
    range: RangeInclusive<u64>,
) -> sqlx::Result<HashMap<u64, Vec<u8>>> {
    let rows = sqlx::query!(
        r#"
        select sequence as "sequence!", frame as "frame!"
        from event_log
        where node_id = $1 and incarnation = $2 and sequence between $3 and $4
        union all
        select sequence, frame
        from quarantined_events
        where node_id = $1 and incarnation = $2 and sequence between $3 and $4 and not is_fork
        "#,
        node.0,
        incarnation as i32,
        *range.start() as i64,
        *range.end() as i64
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.sequence as u64, row.frame)).collect())
}

/// Journals as the columns of a statement.
pub(super) fn columns(journals: impl Iterator<Item = Journal>) -> (Vec<Uuid>, Vec<i32>) {
    journals.map(|(node, incarnation)| (node.0, incarnation as i32)).unzip()
}

fn chain(bytes: &[u8]) -> Chain {
    Chain(bytes.try_into().expect("the table holds 32 bytes"))
}
