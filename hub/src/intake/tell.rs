//! What a node is told of its journal: one ack for each story, so that whichever card listens finds the one that is its own.

use std::collections::{BTreeMap, BTreeSet};

use protocol::ack::{Ack, MAX_GAPS, Standing};
use sqlx::PgConnection;

use super::epoch;
use super::held;
use super::runs::Runs;
use super::store::{self, OfStory};
use super::stories::{Journal, Stories};

/// What an ack says besides what is held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tone {
    pub(super) standing: Standing,
    pub(super) retry_after_s: u32,
    /// What was just received, by its first and last number: what is set aside of it is named.
    pub(super) span: Option<(u64, u64)>,
}

/// The acks of those journals as the tables are now: of each the main story first, then its branches, all bearing the
/// incarnation the node names.
pub(super) async fn acks(
    db: &mut PgConnection,
    stories: &BTreeMap<Journal, Stories>,
    tones: &BTreeMap<Journal, Tone>,
) -> sqlx::Result<Vec<Ack>> {
    let epoch = epoch::current(db).await?.into_bytes();
    let mut aside = store::aside(db, &spans(stories, tones)).await?;
    let mut acks = Vec::new();
    for (journal @ &(node, _), stories) in stories {
        let Some(tone) = tones.get(journal) else { continue };
        for story in &stories.all {
            let aside = aside.remove(&(node, story.number)).unwrap_or_default();
            acks.push(ack(*journal, &story.runs, aside, *tone, epoch));
        }
    }
    Ok(acks)
}

/// The acks of one journal, nothing having come.
pub(super) async fn acks_of(db: &mut PgConnection, journal: Journal, tone: Tone) -> sqlx::Result<Vec<Ack>> {
    let stories = held::stories(db, &BTreeSet::from([journal])).await?;
    acks(db, &stories, &BTreeMap::from([(journal, tone)])).await
}

/// The span that is named of every story; an empty one where nothing came.
fn spans(
    stories: &BTreeMap<Journal, Stories>,
    tones: &BTreeMap<Journal, Tone>,
) -> BTreeMap<Journal, (u64, u64)> {
    let span = |journal: &Journal| tones.get(journal).and_then(|tone| tone.span).unwrap_or((1, 0));
    stories
        .iter()
        .flat_map(|(journal, stories)| {
            stories.all.iter().map(move |story| ((journal.0, story.number), span(journal)))
        })
        .collect()
}

fn ack((node, incarnation): Journal, runs: &Runs, aside: OfStory, tone: Tone, hub_epoch: [u8; 16]) -> Ack {
    let (watermark, chain) = runs.watermark();
    Ack {
        node,
        incarnation,
        watermark,
        chain,
        gaps: runs.gaps(MAX_GAPS),
        hub_epoch,
        quarantined: aside.named,
        quarantined_total: aside.total,
        retry_after_s: tone.retry_after_s,
        standing: tone.standing,
    }
}
