//! The one transaction in which everything that came is kept, or nothing of it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use protocol::{Ack, Event};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use uuid::Uuid;

use super::alarm::{self, Alarm};
use super::branch;
use super::held;
use super::judge::Judged;
use super::open::Opened;
use super::place::{Measure, Placed, place};
use super::pressure::{Pressure, wait_s};
use super::runs::Stretch;
use super::store;
use super::stories::Journal;
use super::tell::{self, Tone};
use crate::growth::{Entered, enter, keep_others_away};
use crate::{checkups, feed, immunization, reports, sessions};

/// Events that the tables refused, and that are therefore set aside.
pub(super) type Condemned = HashSet<(Journal, u64)>;

/// Consecutive events of one batch. A batch is one piece, until an event in it must be found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    batch: &'a Opened,
    /// Which of the uploads it came in.
    pub(super) upload: usize,
    from: usize,
    to: usize,
}

impl<'a> Piece<'a> {
    pub(super) fn whole(upload: usize, batch: &'a Opened) -> Self {
        Self { batch, upload, from: 0, to: batch.events.len() }
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

    /// Its events, in order.
    pub(super) fn events(&self) -> impl Iterator<Item = &'a Judged> + use<'a> {
        self.batch.events[self.from..self.to].iter()
    }

    /// The event with a number inside the piece.
    pub(super) fn at(&self, sequence: u64) -> &'a Judged {
        &self.batch.events[(sequence - self.batch.events[0].sequence) as usize]
    }
}

/// Does everything there is to do for these pieces, and gives the transaction, not committed yet, with what is to be said
/// once it is: for each journal what is held then. Nodes that are not enrolled any more get no answer.
pub(super) async fn prepare(
    db: &PgPool,
    pieces: &[Piece<'_>],
    condemned: &Condemned,
    pressure: &Pressure,
    now: DateTime<Utc>,
) -> sqlx::Result<(Transaction<'static, Postgres>, Vec<Ack>)> {
    let mut tx = db.begin().await?;
    let nodes: BTreeSet<Uuid> = pieces.iter().map(|piece| piece.journal().0.0).collect();
    let enrolled = store::lock_enrolled(&mut tx, &nodes.into_iter().collect::<Vec<_>>()).await?;
    let pieces: Vec<_> =
        pieces.iter().copied().filter(|piece| enrolled.contains(&piece.journal().0.0)).collect();
    let journals: BTreeSet<Journal> = pieces.iter().map(Piece::journal).collect();
    let before = held::stories(&mut tx, &journals).await?;
    let mut after = before.clone();
    let served = store::served(&mut tx, &enrolled).await?;
    let measure = Measure { served: &served, condemned, now };
    let placed = place(&mut tx, &pieces, &mut after, measure).await?;
    take(&mut tx, &placed.accepted, now).await?;
    store::set_aside(&mut tx, &placed.aside, now).await?;
    store::log(&mut tx, &placed.repeated, now).await?;
    branch::share_aside(&mut tx, &placed.begun).await?;
    held::keep_runs(&mut tx, &before, &after).await?;
    raise_alarms(&mut tx, &pieces, &placed, now).await?;
    store::heard(&mut tx, &enrolled, now).await?;
    let acks = tell::acks(&mut tx, &after, &tones(&pieces, &placed, pressure)).await?;
    Ok((tx, acks))
}

/// Raw events and rows, and a mark on every month whose figures they may change.
pub(super) async fn take(
    db: &mut PgConnection,
    accepted: &[(Journal, &Judged)],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    if accepted.is_empty() {
        return Ok(());
    }
    let today = now.date_naive();
    let entered: Vec<Entered> = accepted
        .iter()
        .filter_map(|(_, judged)| judged.event.as_ref().ok())
        .map(|event| Entered::new(Event::clone(event), today))
        .collect();
    keep_others_away(db, &entered).await?;
    store::log(db, accepted, now).await?;
    let taken = taken(accepted);
    let homes = feed::homes(db, taken.iter().map(|taken| taken.event)).await?;
    let outcome = enter(db, &entered, today).await?;
    checkups::enter(db, &entered).await?;
    sessions::enter(db, &entered).await?;
    immunization::enter(db, &entered).await?;
    feed::append(db, &taken, (&homes, &outcome.before), &outcome.guests, now).await?;
    reports::mark(db, &outcome.months).await
}

/// Accepted events as feeds take them.
fn taken<'a>(accepted: &[(Journal, &'a Judged)]) -> Vec<feed::Accepted<'a>> {
    let taken = |&((node, incarnation), judged): &(Journal, &'a Judged)| {
        let (incarnation, sequence) = (incarnation as i32, judged.sequence as i64);
        let event = judged.event.as_deref().ok()?;
        Some(feed::Accepted { node: node.0, incarnation, sequence, frame: &judged.frame, event })
    };
    accepted.iter().filter_map(taken).collect()
}

async fn raise_alarms(
    db: &mut PgConnection,
    pieces: &[Piece<'_>],
    placed: &Placed<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    for begun in &placed.begun {
        let (node, incarnation) = begun.journal;
        let (_, place) = begun.left;
        let detail =
            format!("life {incarnation} tells another story after {place}, kept under {}", begun.number);
        alarm::raise(db, node, Alarm::Fork, &detail, now).await?;
    }
    for &(node, incarnation) in &placed.torn {
        let detail = format!("two cards go on under life {incarnation}");
        alarm::raise(db, node, Alarm::Clone, &detail, now).await?;
    }
    let replaced = pieces.iter().filter(|piece| piece.batch.is_of_replaced_card);
    let again: BTreeSet<Journal> = replaced.map(Piece::journal).collect();
    for &(node, incarnation) in again.intersection(&placed.news) {
        let detail = format!("the card of life {incarnation}, which was replaced, sent new events");
        alarm::raise(db, node, Alarm::ReplacedAgain, &detail, now).await?;
    }
    Ok(())
}

/// How each journal is spoken to: of what it sent, from the first to the last number, it hears what is set aside.
fn tones(pieces: &[Piece<'_>], placed: &Placed<'_>, pressure: &Pressure) -> BTreeMap<Journal, Tone> {
    let mut tones: BTreeMap<Journal, Tone> = BTreeMap::new();
    for piece in pieces {
        let journal = piece.journal();
        let (first, last) = (piece.stretch().first, piece.stretch().last());
        let (node, standing) = (journal.0, piece.batch.standing);
        let is_refused = placed.refused.contains(&journal);
        let retry_after_s = if is_refused { wait_s(node) } else { pressure.retry_after_s(node) };
        let tone = tones.entry(journal).or_insert(Tone { standing, retry_after_s, span: None });
        let (from, to) = tone.span.unwrap_or((first, last));
        tone.span = Some((from.min(first), to.max(last)));
    }
    tones
}
