//! The one transaction in which everything that came is kept, or nothing of it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use protocol::ack::{Ack, Quarantined};
use protocol::{Chain, Event};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::held;
use super::judge::Judged;
use super::open::Opened;
use super::place::{Journal, Placed, place};
use super::runs::{Runs, Stretch};
use super::store;
use crate::growth::{Entered, enter, keep_others_away};
use crate::reports;

/// Events that the tables refused, and that are therefore set aside.
pub(super) type Condemned = HashSet<(Journal, u64)>;

/// Consecutive events of one batch. A batch is one piece, until an event in it must be found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    batch: &'a Opened,
    from: usize,
    to: usize,
}

impl<'a> Piece<'a> {
    pub(super) fn whole(batch: &'a Opened) -> Self {
        Self { batch, from: 0, to: batch.events.len() }
    }

    pub(super) fn journal(&self) -> Journal {
        (self.batch.node, self.batch.incarnation)
    }

    /// Where its first event stands.
    pub(super) fn position(&self) -> (Journal, u64) {
        (self.journal(), self.stretch().first)
    }

    pub(super) fn is_single(&self) -> bool {
        self.to - self.from == 1
    }

    pub(super) fn halves(&self) -> [Self; 2] {
        let middle = self.from.midpoint(self.to);
        [Self { to: middle, ..*self }, Self { from: middle, ..*self }]
    }

    pub(super) fn stretch(&self) -> Stretch<'a> {
        let first = self.batch.events[self.from].sequence;
        Stretch { first, chains: &self.batch.chains[self.from..=self.to] }
    }

    /// The event with a number inside the piece.
    pub(super) fn at(&self, sequence: u64) -> &'a Judged {
        &self.batch.events[(sequence - self.batch.events[0].sequence) as usize]
    }
}

/// Keeps all pieces and says, for each journal, what is held now. Nodes that are not enrolled any more get no answer.
pub(super) async fn commit(
    db: &PgPool,
    epoch: Uuid,
    pieces: &[Piece<'_>],
    condemned: &Condemned,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Ack>> {
    let mut tx = db.begin().await?;
    let nodes: BTreeSet<Uuid> = pieces.iter().map(|piece| piece.journal().0.0).collect();
    let enrolled = store::lock_enrolled(&mut tx, &nodes.into_iter().collect::<Vec<_>>()).await?;
    let pieces: Vec<_> =
        pieces.iter().copied().filter(|piece| enrolled.contains(&piece.journal().0.0)).collect();
    let journals: BTreeSet<Journal> = pieces.iter().map(Piece::journal).collect();
    let before = held::runs(&mut tx, &journals).await?;
    let mut after = before.clone();
    let served = store::served(&mut tx, &enrolled).await?;
    let placed = place(&mut tx, &pieces, &mut after, &served, condemned).await?;
    take(&mut tx, &placed, now).await?;
    store::set_aside(&mut tx, &placed.aside, now).await?;
    held::keep_runs(&mut tx, &before, &after).await?;
    store::heard(&mut tx, &enrolled, now).await?;
    let aside = store::aside(&mut tx, &spans(&pieces)).await?;
    tx.commit().await?;
    Ok(acks(epoch, &after, aside))
}

/// Raw events and rows, and a mark on every month whose figures they may change.
async fn take(db: &mut PgConnection, placed: &Placed<'_>, now: DateTime<Utc>) -> sqlx::Result<()> {
    if placed.accepted.is_empty() {
        return Ok(());
    }
    let today = now.date_naive();
    let entered: Vec<Entered> = placed
        .accepted
        .iter()
        .filter_map(|(_, judged)| judged.event.as_ref().ok())
        .map(|event| Entered { event: Event::clone(event), received_on: today })
        .collect();
    keep_others_away(db, &entered).await?;
    store::log(db, &placed.accepted, now).await?;
    let changes = enter(db, &entered, today).await?;
    reports::mark(db, &changes).await
}

/// What each journal sent, from the first to the last number.
fn spans(pieces: &[Piece<'_>]) -> BTreeMap<Journal, (u64, u64)> {
    let mut spans: BTreeMap<Journal, (u64, u64)> = BTreeMap::new();
    for piece in pieces {
        let (first, last) = (piece.stretch().first, piece.stretch().last());
        let span = spans.entry(piece.journal()).or_insert((first, last));
        *span = (span.0.min(first), span.1.max(last));
    }
    spans
}

fn acks(
    epoch: Uuid,
    held: &BTreeMap<Journal, Runs>,
    mut aside: BTreeMap<Journal, Vec<Quarantined>>,
) -> Vec<Ack> {
    held.iter()
        .map(|(journal @ &(node, incarnation), runs)| {
            let (watermark, chain): (u64, Chain) = runs.watermark();
            Ack {
                node,
                incarnation,
                watermark,
                chain,
                gaps: runs.gaps(),
                hub_epoch: epoch.into_bytes(),
                quarantined: aside.remove(journal).unwrap_or_default(),
                retry_after_s: 0,
            }
        })
        .collect()
}
