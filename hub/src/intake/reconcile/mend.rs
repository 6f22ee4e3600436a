//! Events that were acknowledged and are gone from the tables are taken out of what is held, so that they come again.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use protocol::{Chain, Frame};
use sqlx::PgConnection;

use super::super::alarm::{self, Alarm};
use super::super::runs::{Run, Runs};
use super::super::stories::{Journal, Story};
use super::super::{epoch, held};

/// Cuts the runs of story `number` where `lacks` are claimed and something is missing. Everything behind the first missing
/// event of a run is sent again, because a chain cannot be followed over a hole; what of it still stands in the tables is
/// not entered twice. `false` if no run claimed any of it. The caller holds the node's row.
pub(super) async fn mend(
    db: &mut PgConnection,
    journal: Journal,
    number: u32,
    lacks: &[u64],
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let before = held::stories(db, &BTreeSet::from([journal])).await?;
    let mut after = before.clone();
    let stories = after.get_mut(&journal).expect("what was asked for was read");
    let Some(place) = stories.all.iter().position(|story| story.number == number) else { return Ok(false) };
    let Some((runs, through)) = cut(db, journal, &stories.all[place], lacks).await? else {
        return Ok(false);
    };
    stories.all[place].runs = runs;
    held::keep_runs(db, &before, &after).await?;
    note(db, journal, through, now).await?;
    let (node, _) = journal;
    let detail =
        format!("life {}: acknowledged and missing in the tables: {}", journal.1, super::words(lacks));
    alarm::raise(db, node, Alarm::Repaired, &detail, now).await?;
    // Nodes believe a lower mark only from a new epoch.
    epoch::begin_mended(db, node).await?;
    Ok(true)
}

/// The runs without what is missing, and how far rows may stand that no run claims now; `None` if nothing was claimed.
async fn cut(
    db: &mut PgConnection,
    journal: Journal,
    story: &Story,
    lacks: &[u64],
) -> sqlx::Result<Option<(Runs, u64)>> {
    let (mut kept, mut through) = (Vec::new(), 0);
    for run in story.runs.iter() {
        if !lacks.iter().any(|lack| (run.first..=run.last).contains(lack)) {
            kept.push(*run);
            continue;
        }
        let (last, chain) = whole_part(db, journal, story, run).await?;
        // A node that only says so cannot make the hub begin epochs: what is all there stays as it is.
        if (last, chain) == (run.last, run.after) {
            kept.push(*run);
            continue;
        }
        through = run.last;
        if last >= run.first {
            kept.push(Run { last, after: chain, ..*run });
        }
    }
    let genesis = Chain::genesis(journal.0, journal.1);
    Ok((through > 0).then(|| (Runs::new(genesis, kept), through)))
}

/// How far a run's frames are all there, and the chain at that place.
async fn whole_part(
    db: &mut PgConnection,
    (node, _): Journal,
    story: &Story,
    run: &Run,
) -> sqlx::Result<(u64, Chain)> {
    let numbers: Vec<u32> = story.numbers_at(0).collect();
    let held = held::frames(db, node, &numbers, run.first..=run.last).await?;
    let mut reached = (run.first - 1, run.before);
    for sequence in run.first..=run.last {
        let here = held.get(&sequence).map(Vec::as_slice).unwrap_or_default();
        let mut of_story = held::of_story(story, sequence, here);
        let Some(frame) = of_story.find_map(|held| Frame::from_bytes(&held.frame).ok()) else { break };
        reached = (sequence, reached.1.after(&frame));
    }
    Ok(reached)
}

async fn note(
    db: &mut PgConnection,
    (node, incarnation): Journal,
    through: u64,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into mended_journals (node_id, incarnation, through, mended_at)
        values ($1, $2, $3, $4)
        on conflict (node_id, incarnation) do update
        set through = greatest(mended_journals.through, excluded.through), mended_at = excluded.mended_at
        "#,
        node.0,
        incarnation as i32,
        through as i64,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}
