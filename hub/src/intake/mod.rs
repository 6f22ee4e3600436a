//! From sealed batch to acknowledged record.
//!
//! # Why
//! A batch is acknowledged after its commit and never before, and everything a commit must agree on stands in that one
//! transaction: raw events, rows, what was received, what is set aside. So a node can be told the truth after any
//! crash by looking into the tables.

mod again;
pub(crate) mod alarm;
mod asks;
mod branch;
mod epoch;
mod gather;
mod held;
mod hello;
mod judge;
mod lost;
mod open;
mod outside;
mod own;
mod partitions;
mod place;
mod pressure;
mod reconcile;
mod runs;
mod store;
mod stories;
mod tell;
mod transaction;

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use protocol::NodeId;
use protocol::batch::BatchError;
use protocol::letter::Up;
use sqlx::PgPool;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

pub use again::{Judgement, Waiting, Which, judge_again, waiting};
pub use epoch::settle as settle_epoch;
pub(crate) use epoch::watch as watch_epoch;
pub use lost::note_lost;
pub use outside::OutsideBroker;
pub(crate) use own::take_own;
pub(crate) use partitions::keep_partitions;
pub(crate) use stories::FIRST_BRANCH;

use crate::feed;
use crate::gate::Upload;
use crate::keys::HubKeys;
use crate::nodes::{NodeKey, PublicKeys, Renewals};
use gather::Writer;
use open::{Dropped, Opened, asked, open};
use pressure::Pressure;

/// A letter on its way down to its node: a signed ack, or a sealed answer.
pub type Answer = (NodeId, Bytes);

/// Letters read at the same time; reading is computing, so more than there are cores gains nothing.
const READ_AT_ONCE: usize = 4;
/// Opened batches that may wait for the writer. Behind them the gate's own queue fills, and then nodes wait.
const WAITING: usize = 512;
/// Questions answered at the same time, and questions that may wait; nodes ask again what finds no room.
const ANSWERED_AT_ONCE: usize = 4;
const QUESTIONS_WAITING: usize = 256;

/// What intake works with.
#[derive(Debug, Clone)]
pub struct Intake {
    db: PgPool,
    keys: Arc<HubKeys>,
    nodes: PublicKeys,
    renewals: Renewals,
    pressure: Arc<Pressure>,
    clock: fn() -> DateTime<Utc>,
}

/// A letter that was proved to come from its node.
enum Proved {
    Batch(Opened),
    /// A question, and the key it was signed with.
    Ask(NodeKey),
}

impl Intake {
    /// Intake into a migrated database. `clock` tells the hub's time.
    pub fn new(db: PgPool, keys: Arc<HubKeys>, clock: fn() -> DateTime<Utc>) -> Self {
        let nodes = PublicKeys::new(db.clone());
        Self { db, keys, nodes, renewals: Renewals::default(), pressure: Arc::default(), clock }
    }

    /// The same with what is needed to renew certificates; without it nodes are told to ask a technician.
    pub(crate) fn renewing(self, renewals: Renewals) -> Self {
        Self { renewals, ..self }
    }

    /// Takes uploads until their senders are gone or `cancel` fires, and answers into `answers`. What was not committed
    /// by then is not acknowledged; its node sends it again. A database that is away is waited for.
    pub async fn run(
        self,
        uploads: mpsc::Receiver<Upload>,
        answers: mpsc::Sender<Answer>,
        cancel: CancellationToken,
    ) -> anyhow::Result<()> {
        if patiently(&cancel, || epoch::ensure(&self.db)).await.is_none() {
            return Ok(());
        }
        let (to_writer, opened) = mpsc::channel(WAITING);
        let (to_desk, questions) = mpsc::channel(QUESTIONS_WAITING);
        let writer = Writer {
            db: self.db.clone(),
            keys: Arc::clone(&self.keys),
            pressure: Arc::clone(&self.pressure),
            clock: self.clock,
            answers: answers.clone(),
        };
        tokio::join!(
            self.read_all(uploads, to_writer, to_desk, &answers, &cancel),
            writer.run(opened, cancel.clone()),
            self.answer_all(questions, &answers, &cancel),
            self.read_the_unknown_again(&cancel),
        );
        Ok(())
    }

    /// Proves letters side by side and hands them on in the order they came.
    async fn read_all(
        &self,
        uploads: mpsc::Receiver<Upload>,
        to_writer: mpsc::Sender<(Upload, Opened)>,
        to_desk: mpsc::Sender<(Upload, NodeKey)>,
        answers: &mpsc::Sender<Answer>,
        cancel: &CancellationToken,
    ) {
        let reading = ReceiverStream::new(uploads).map(|upload| self.read_one(upload, answers, cancel));
        let mut read = std::pin::pin!(reading.buffered(READ_AT_ONCE));
        loop {
            let read = tokio::select! {
                read = read.next() => read,
                () = cancel.cancelled() => return,
            };
            match read {
                Some(Some((upload, Proved::Batch(opened)))) => {
                    if to_writer.send((upload, opened)).await.is_err() {
                        return;
                    }
                }
                Some(Some((upload, Proved::Ask(key)))) => {
                    // Batches never wait for questions.
                    if let Err(full) = to_desk.try_send((upload, key)) {
                        let (upload, _) = full.into_inner();
                        tracing::warn!(node.id = %upload.node, "question not answered, too many are waiting");
                        upload.taken();
                    }
                }
                Some(None) => {}
                None => return,
            }
        }
    }

    async fn read_one(
        &self,
        upload: Upload,
        answers: &mpsc::Sender<Answer>,
        cancel: &CancellationToken,
    ) -> Option<(Upload, Proved)> {
        match patiently(cancel, || self.prove(&upload)).await? {
            Ok(proved) => Some((upload, proved)),
            Err(dropped) => {
                tracing::warn!(node.id = %upload.node, "letter dropped: {dropped}");
                if let Dropped::Batch(BatchError::UnknownKey(_)) = dropped {
                    self.send_for_keys(&upload, answers).await;
                }
                upload.taken();
                None
            }
        }
    }

    /// A batch that was sealed for a key which is no more is sealed again, once its node knows the new one.
    async fn send_for_keys(&self, upload: &Upload, answers: &mpsc::Sender<Answer>) {
        let news = feed::news_of_keys(&self.db, &self.keys, &self.nodes, upload.node, (self.clock)());
        match news.await {
            Ok(Some(letter)) => give(upload, letter, answers),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(node.id = %upload.node, "node not told of the hub's keys: {error:#}")
            }
        }
    }

    async fn prove(&self, upload: &Upload) -> sqlx::Result<Result<Proved, Dropped>> {
        match Up::read(&upload.payload) {
            Some(Up::Batch(_)) => {
                let opened = open(&self.keys, &self.nodes, upload.node, &upload.payload).await?;
                Ok(opened.map(Proved::Batch))
            }
            Some(Up::Ask(ask)) => Ok(asked(&self.nodes, upload.node, ask).await?.map(Proved::Ask)),
            None => Ok(Err(Dropped::NoLetter)),
        }
    }

    async fn answer_all(
        &self,
        questions: mpsc::Receiver<(Upload, NodeKey)>,
        answers: &mpsc::Sender<Answer>,
        cancel: &CancellationToken,
    ) {
        let answering = ReceiverStream::new(questions)
            .for_each_concurrent(ANSWERED_AT_ONCE, |(upload, key)| self.answer_one(upload, key, answers));
        tokio::select! {
            () = answering => {}
            () = cancel.cancelled() => {}
        }
    }

    async fn answer_one(&self, upload: Upload, key: NodeKey, answers: &mpsc::Sender<Answer>) {
        let node = upload.node;
        let Some(Up::Ask(ask)) = Up::read(&upload.payload) else { return };
        let letters = asks::answer(self, node, &key, ask).await.unwrap_or_else(|error| {
            tracing::warn!(node.id = %node, "question not answered, the node will ask again: {error:#}");
            Vec::new()
        });
        for letter in letters {
            give(&upload, letter, answers);
        }
        upload.taken();
    }

    /// What an older hub could not read, this one may.
    async fn read_the_unknown_again(&self, cancel: &CancellationToken) {
        let judged = patiently(cancel, || async {
            judge_again(&mut *self.db.acquire().await?, Which::Unknown, (self.clock)()).await
        });
        if let Some(Judgement { taken, still_aside }) = judged.await
            && taken > 0
        {
            tracing::info!(taken, still_aside, "events that could not be read before were taken");
        }
    }
}

/// Answers by the road a letter came on.
fn give(upload: &Upload, letter: Bytes, answers: &mpsc::Sender<Answer>) {
    let found_room = match &upload.reply {
        Some(reply) => reply.try_send(letter).is_ok(),
        None => answers.try_send((upload.node, letter)).is_ok(),
    };
    if !found_room {
        tracing::warn!(node.id = %upload.node, "answer not sent, too many are waiting");
    }
}

/// Asks the database until it answers, waiting longer each time; `None` once cancelled.
async fn patiently<T, F: Future<Output = sqlx::Result<T>>>(
    cancel: &CancellationToken,
    mut ask: impl FnMut() -> F,
) -> Option<T> {
    let mut patience = gather::Patience::default();
    loop {
        let error = tokio::select! {
            answer = ask() => match answer {
                Ok(answer) => return Some(answer),
                Err(error) => error,
            },
            () = cancel.cancelled() => return None,
        };
        if !patience.wait(cancel, &error).await {
            return None;
        }
    }
}
