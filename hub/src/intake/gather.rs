//! Many batches share one commit, and one bad event never costs the others theirs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use protocol::Ack;
use protocol::letter::Down;
use sqlx::PgPool;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Answer;
use super::open::Opened;
use super::pressure::Pressure;
use super::transaction::{Condemned, Piece, prepare};
use crate::gate::Upload;
use crate::keys::HubKeys;

/// A commit gathers at most so many batches, or so many events.
const MOST_BATCHES: usize = 256;
const MOST_EVENTS: usize = 2_000;
/// How long a commit under way may take once the hub was told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Writes opened batches, in the order they come.
pub(super) struct Writer {
    pub(super) db: PgPool,
    pub(super) keys: Arc<HubKeys>,
    pub(super) pressure: Arc<Pressure>,
    pub(super) clock: fn() -> DateTime<Utc>,
    pub(super) answers: mpsc::Sender<Answer>,
}

impl Writer {
    /// Takes what is waiting, as much as one commit should hold, and never waits for more: while one commit is under
    /// way the next gathers by itself.
    pub(super) async fn run(&self, mut opened: mpsc::Receiver<(Upload, Opened)>, cancel: CancellationToken) {
        loop {
            let first = tokio::select! {
                first = opened.recv() => first,
                () = cancel.cancelled() => None,
            };
            let Some(first) = first else { return };
            let (mut uploads, mut batches) = (vec![first.0], vec![first.1]);
            let mut events = batches[0].events.len();
            while batches.len() < MOST_BATCHES && events < MOST_EVENTS {
                let Ok((upload, batch)) = opened.try_recv() else { break };
                events += batch.events.len();
                uploads.push(upload);
                batches.push(batch);
            }
            let began = Instant::now();
            if !self.write(&uploads, &batches, &cancel).await {
                return;
            }
            self.pressure.note(opened.len(), opened.max_capacity(), began.elapsed());
            uploads.into_iter().for_each(Upload::taken);
        }
    }

    /// Writes all batches and answers their nodes; `false` if it was cancelled before all were committed.
    async fn write(&self, uploads: &[Upload], batches: &[Opened], cancel: &CancellationToken) -> bool {
        let mut condemned = Condemned::default();
        let mut patience = Patience::default();
        let whole = batches.iter().enumerate().map(|(upload, batch)| Piece::whole(upload, batch));
        let mut groups = vec![whole.collect::<Vec<_>>()];
        while let Some(pieces) = groups.pop() {
            let writing = self.commit(uploads, &pieces, &condemned);
            let Some(written) = unless_cancelled(writing, cancel).await else { return false };
            match written {
                Ok(acks) => self.tell(uploads, &pieces, &acks),
                Err(error) if is_about_content(&error) && split(&pieces, &mut condemned, &mut groups) => {
                    tracing::error!("an event was refused by the tables, looking for it: {error:#}");
                }
                Err(error) => {
                    groups.push(pieces);
                    if !patience.wait(cancel, &error).await {
                        return false;
                    }
                }
            }
        }
        true
    }

    async fn commit(
        &self,
        _uploads: &[Upload],
        pieces: &[Piece<'_>],
        condemned: &Condemned,
    ) -> sqlx::Result<Vec<Ack>> {
        let (tx, acks) = prepare(&self.db, pieces, condemned, &self.pressure, (self.clock)()).await?;
        #[cfg(feature = "planted-ack-before-commit")]
        self.tell(_uploads, pieces, &acks);
        tx.commit().await?;
        Ok(acks)
    }

    /// Sends each ack to whoever sent something of its journal: by the road it came, or down to the node.
    fn tell(&self, uploads: &[Upload], pieces: &[Piece<'_>], acks: &[Ack]) {
        for ack in acks {
            let letter = letter(ack, &self.keys);
            let senders = pieces.iter().filter(|piece| piece.journal() == (ack.node, ack.incarnation));
            for reply in roads(senders.map(|piece| &uploads[piece.upload])) {
                let found_room = match reply {
                    Some(reply) => reply.try_send(letter.clone()).is_ok(),
                    None => self.answers.try_send((ack.node, letter.clone())).is_ok(),
                };
                if !found_room {
                    // Lost as on any bad line: the node asks again by sending again.
                    tracing::warn!(node.id = %ack.node, "ack not sent, too many are waiting");
                }
            }
        }
    }
}

/// The roads some uploads came by, each once; `None` is the one down to the node.
fn roads<'a>(uploads: impl Iterator<Item = &'a Upload>) -> Vec<Option<&'a mpsc::Sender<Bytes>>> {
    let mut roads: Vec<Option<&mpsc::Sender<Bytes>>> = Vec::new();
    for upload in uploads {
        let is_known = roads.iter().any(|road| match (road, &upload.reply) {
            (Some(known), Some(reply)) => known.same_channel(reply),
            (None, None) => true,
            _ => false,
        });
        if !is_known {
            roads.push(upload.reply.as_ref());
        }
    }
    roads
}

/// An ack as it is sent.
pub(super) fn letter(ack: &Ack, keys: &HubKeys) -> Bytes {
    Down::Ack(&ack.sign(&keys.signing)).write().into()
}

/// Lets a commit that is under way end when it can; `None` if it could not.
async fn unless_cancelled<T>(writing: impl Future<Output = T>, cancel: &CancellationToken) -> Option<T> {
    let mut writing = std::pin::pin!(writing);
    tokio::select! {
        biased;
        written = &mut writing => Some(written),
        () = cancel.cancelled() => tokio::time::timeout(GRACE, writing).await.ok(),
    }
}

/// Halves what could not be written, so that the culprit is found in few steps; a lone event is condemned. `false` if
/// there is nothing left to try.
fn split<'a>(pieces: &[Piece<'a>], condemned: &mut Condemned, groups: &mut Vec<Vec<Piece<'a>>>) -> bool {
    match pieces {
        [piece] if piece.is_single() => {
            if !condemned.insert(piece.position()) {
                return false;
            }
            groups.push(vec![*piece]);
        }
        // The part that came first is written first.
        [piece] => groups.extend(piece.halves().into_iter().rev().map(|half| vec![half])),
        pieces => {
            let (first, second) = pieces.split_at(pieces.len() / 2);
            groups.extend([second.to_vec(), first.to_vec()]);
        }
    }
    true
}

/// Whether Postgres refused a value or a rule of the tables was broken: waiting would not help.
pub(super) fn is_about_content(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code.starts_with("22") || code.starts_with("23"))
}

/// Waiting for a database that is away: longer each time, up to half a minute.
#[derive(Debug)]
pub(super) struct Patience(Duration);

impl Default for Patience {
    fn default() -> Self {
        Self(Duration::from_millis(50))
    }
}

impl Patience {
    const LONGEST: Duration = Duration::from_secs(30);

    /// Says why and waits; `false` once cancelled.
    pub(super) async fn wait(&mut self, cancel: &CancellationToken, error: &sqlx::Error) -> bool {
        let Self(pause) = *self;
        tracing::warn!(
            pause_ms = pause.as_millis() as u64,
            "database does not take it, trying again: {error:#}"
        );
        self.0 = (pause * 2).min(Self::LONGEST);
        tokio::select! {
            () = tokio::time::sleep(pause) => true,
            () = cancel.cancelled() => false,
        }
    }
}
