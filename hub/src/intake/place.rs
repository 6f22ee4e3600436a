//! Where the events of a batch belong: new, known, set aside, or part of another story.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::RangeInclusive;

use protocol::NodeId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::held;
use super::judge::{self, Judged};
use super::runs::{Fit, Runs};
use super::transaction::{Condemned, Piece};

/// One life of one node's journal.
pub(super) type Journal = (NodeId, u32);

/// An event that is set aside, and why.
#[derive(Debug)]
pub(super) struct Aside<'a> {
    pub(super) journal: Journal,
    pub(super) judged: &'a Judged,
    pub(super) reason: String,
    pub(super) is_fork: bool,
}

/// All events of a commit, sorted out.
#[derive(Debug, Default)]
pub(super) struct Placed<'a> {
    pub(super) accepted: Vec<(Journal, &'a Judged)>,
    pub(super) aside: Vec<Aside<'a>>,
}

/// Sorts the events of all pieces, and brings the runs up to what will be held. Pieces of one journal may repeat each
/// other.
pub(super) async fn place<'a>(
    db: &mut PgConnection,
    pieces: &[Piece<'a>],
    runs: &mut BTreeMap<Journal, Runs>,
    served: &HashSet<(Uuid, Uuid)>,
    condemned: &Condemned,
) -> sqlx::Result<Placed<'a>> {
    let mut placed = Placed::default();
    let mut now_held = NowHeld::new();
    for piece in pieces {
        let journal = piece.journal();
        let runs = runs.get_mut(&journal).expect("every journal of the group was read");
        let stretch = piece.stretch();
        let new = match runs.fit(stretch) {
            Fit::Fits { new, unproved } if same_bytes(db, piece, &unproved, &now_held).await? => new,
            Fit::Fits { .. } | Fit::Forks => {
                tracing::error!(node.id = %journal.0, incarnation = journal.1, first = stretch.first,
                    "journal forked: this card was copied or restored");
                placed.aside.extend(fork(db, piece, &now_held).await?);
                continue;
            }
        };
        runs.add(stretch, &new);
        for judged in new.iter().cloned().flatten().map(|sequence| piece.at(sequence)) {
            now_held.insert((journal, judged.sequence), judged.frame.bytes());
            match verdict(journal, judged, served, condemned) {
                Ok(()) => placed.accepted.push((journal, judged)),
                Err(reason) => placed.aside.push(Aside { journal, judged, reason, is_fork: false }),
            }
        }
    }
    Ok(placed)
}

fn verdict(
    journal: Journal,
    judged: &Judged,
    served: &HashSet<(Uuid, Uuid)>,
    condemned: &Condemned,
) -> Result<(), String> {
    let event = judged.event.as_ref().map_err(Clone::clone)?;
    if !served.contains(&(journal.0.0, event.header.posyandu.0)) {
        return Err(judge::not_served());
    }
    if condemned.contains(&(journal, judged.sequence)) {
        return Err(judge::not_kept());
    }
    Ok(())
}

/// Whether what is held under these numbers is byte for byte what came now.
async fn same_bytes(
    db: &mut PgConnection,
    piece: &Piece<'_>,
    sequences: &[u64],
    now_held: &NowHeld<'_>,
) -> sqlx::Result<bool> {
    let (Some(&first), Some(&last)) = (sequences.first(), sequences.last()) else { return Ok(true) };
    let held = Held::read(db, piece, first..=last, now_held).await?;
    let same =
        |&sequence: &u64| held.frame(sequence).is_none_or(|frame| frame == piece.at(sequence).frame.bytes());
    Ok(sequences.iter().all(same))
}

/// What a forked batch tells otherwise, or beyond what is held. What is the same in both stories stays known.
async fn fork<'a>(
    db: &mut PgConnection,
    piece: &Piece<'a>,
    now_held: &NowHeld<'_>,
) -> sqlx::Result<Vec<Aside<'a>>> {
    let range = piece.stretch().first..=piece.stretch().last();
    let held = Held::read(db, piece, range.clone(), now_held).await?;
    let others = range
        .map(|sequence| piece.at(sequence))
        .filter(|judged| held.frame(judged.sequence) != Some(judged.frame.bytes()));
    let aside = |judged| Aside { journal: piece.journal(), judged, reason: judge::forked(), is_fork: true };
    Ok(others.map(aside).collect())
}

/// Frames accepted earlier in the same commit.
type NowHeld<'a> = HashMap<(Journal, u64), &'a [u8]>;

/// What is held under some numbers of a journal, committed or about to be.
struct Held<'m, 'a> {
    journal: Journal,
    committed: HashMap<u64, Vec<u8>>,
    now: &'m NowHeld<'a>,
}

impl<'m, 'a> Held<'m, 'a> {
    async fn read(
        db: &mut PgConnection,
        piece: &Piece<'_>,
        range: RangeInclusive<u64>,
        now: &'m NowHeld<'a>,
    ) -> sqlx::Result<Self> {
        let journal = piece.journal();
        Ok(Self { journal, committed: held::frames(db, journal, range).await?, now })
    }

    fn frame(&self, sequence: u64) -> Option<&[u8]> {
        let committed = self.committed.get(&sequence).map(Vec::as_slice);
        committed.or_else(|| self.now.get(&(self.journal, sequence)).copied())
    }
}
