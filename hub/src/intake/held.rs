//! What is held of each journal, in Postgres.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;

use protocol::{Chain, Frame, NodeId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::runs::{Run, Runs};
use super::stories::{Journal, Stories, Story, all_runs};

/// Frames read at a time while a chain is computed again.
const PORTION: u64 = 2_000;

/// What is held of each journal, in all its stories.
pub(super) async fn stories(
    db: &mut PgConnection,
    journals: &BTreeSet<Journal>,
) -> sqlx::Result<BTreeMap<Journal, Stories>> {
    let (nodes, incarnations) = columns(journals.iter().copied());
    let rows = sqlx::query_file!("src/intake/stories.sql", &nodes, &incarnations).fetch_all(db).await?;
    let mut read: BTreeMap<Journal, Reading> =
        journals.iter().map(|&journal| (journal, Reading::default())).collect();
    for row in rows {
        let reading = read.entry((NodeId(row.node_id), row.incarnation as u32)).or_default();
        let (first, last) = (row.first_sequence as u64, row.last_sequence as u64);
        match (row.what.as_str(), row.chain_before, row.chain_after) {
            ("run", Some(before), Some(after)) => {
                let run = Run { first, last, before: chain(&before), after: chain(&after) };
                reading.runs.entry(row.number as u32).or_default().push(run);
            }
            ("branch", ..) => {
                reading.runs.entry(row.number as u32).or_default();
                reading.parents.insert(row.number as u32, (last as u32, first - 1));
            }
            ("lost", ..) => reading.lost.push(first..=last),
            _ => reading.mended_through = last,
        }
    }
    Ok(read.into_iter().map(|(journal, reading)| (journal, reading.stories(journal))).collect())
}

/// What the rows say of one journal.
#[derive(Default)]
struct Reading {
    runs: BTreeMap<u32, Vec<Run>>,
    /// Of each branch the story it left, and the last place common to both.
    parents: BTreeMap<u32, (u32, u64)>,
    lost: Vec<RangeInclusive<u64>>,
    mended_through: u64,
}

impl Reading {
    fn stories(mut self, (node, incarnation): Journal) -> Stories {
        self.runs.entry(incarnation).or_default();
        let genesis = Chain::genesis(node, incarnation);
        let numbers = self.runs.keys().copied().collect();
        // Branches have higher numbers than any life, so the main story comes first.
        let all = std::mem::take(&mut self.runs)
            .into_iter()
            .map(|(number, runs)| Story {
                number,
                runs: Runs::new(genesis, runs).with_lost(self.lost.clone()),
                left: self.left(number),
            })
            .collect();
        Stories { all, numbers, mended_through: self.mended_through }
    }

    fn left(&self, number: u32) -> Vec<(u32, u64)> {
        let first = self.parents.get(&number).copied();
        std::iter::successors(first, |(parent, common)| {
            let (next, shared) = self.parents.get(parent)?;
            Some((*next, *shared.min(common)))
        })
        .collect()
    }
}

/// Writes the runs that changed.
pub(super) async fn keep_runs(
    db: &mut PgConnection,
    before: &BTreeMap<Journal, Stories>,
    now: &BTreeMap<Journal, Stories>,
) -> sqlx::Result<()> {
    let all = |stories| -> BTreeMap<(Journal, u64), Run> {
        let of_one = |(journal, runs): (Journal, &'_ Runs)| {
            runs.iter().map(|&run| ((journal, run.first), run)).collect::<Vec<_>>()
        };
        all_runs(stories).into_iter().flat_map(of_one).collect()
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

/// An event that is held, taken or set aside.
#[derive(Debug)]
pub(super) struct HeldFrame {
    /// What it is kept under.
    pub(super) number: u32,
    /// Taken; otherwise set aside.
    pub(super) is_taken: bool,
    pub(super) frame: Vec<u8>,
}

/// The events held under some sequences of a journal, in any of its stories.
pub(super) async fn frames(
    db: &mut PgConnection,
    node: NodeId,
    numbers: &[u32],
    range: RangeInclusive<u64>,
) -> sqlx::Result<HashMap<u64, Vec<HeldFrame>>> {
    let rows = sqlx::query!(
        r#"
        select incarnation as "number!", sequence as "sequence!", frame as "frame!", true as "is_taken!"
        from event_log
        where node_id = $1 and incarnation = any ($2) and sequence between $3 and $4
        union all
        select incarnation, sequence, frame, false
        from quarantined_events
        where node_id = $1
            and incarnation = any ($2)
            and sequence between $3 and $4
            and taken_at is null
            and not is_fork
        "#,
        node.0,
        &numbers.iter().map(|&number| number as i32).collect::<Vec<_>>(),
        *range.start() as i64,
        *range.end() as i64
    )
    .fetch_all(db)
    .await?;
    let mut frames: HashMap<u64, Vec<HeldFrame>> = HashMap::new();
    for row in rows {
        let (number, is_taken) = (row.number as u32, row.is_taken);
        frames.entry(row.sequence as u64).or_default().push(HeldFrame { number, is_taken, frame: row.frame });
    }
    Ok(frames)
}

/// The events a story holds at a place, among all that are held there.
pub(super) fn of_story<'h>(
    story: &Story,
    place: u64,
    here: &'h [HeldFrame],
) -> impl Iterator<Item = &'h HeldFrame> + use<'h> {
    let number = story.numbers_at(place).find(|&number| here.iter().any(|held| held.number == number));
    here.iter().filter(move |held| Some(held.number) == number)
}

/// The chain of a story after a place inside one of its runs, computed again from what is held; `None` if that is not
/// all there.
pub(super) async fn chain_inside(
    db: &mut PgConnection,
    node: NodeId,
    story: &Story,
    run: &Run,
    place: u64,
) -> sqlx::Result<Option<Chain>> {
    let numbers: Vec<u32> = story.numbers_at(0).collect();
    let (mut chain, mut next) = (run.before, run.first);
    while next <= place {
        let last = place.min(next + PORTION - 1);
        let held = frames(db, node, &numbers, next..=last).await?;
        for sequence in next..=last {
            let here = held.get(&sequence).map(Vec::as_slice).unwrap_or_default();
            let mut of_story = of_story(story, sequence, here);
            let Some(frame) = of_story.find_map(|held| Frame::from_bytes(&held.frame).ok()) else {
                return Ok(None);
            };
            chain = chain.after(&frame);
        }
        next = last + 1;
    }
    Ok(Some(chain))
}

/// Journals as the columns of a statement.
pub(super) fn columns(journals: impl Iterator<Item = Journal>) -> (Vec<Uuid>, Vec<i32>) {
    journals.map(|(node, incarnation)| (node.0, incarnation as i32)).unzip()
}

fn chain(bytes: &[u8]) -> Chain {
    Chain(bytes.try_into().expect("the table holds 32 bytes"))
}
