//! From sealed batch to acknowledged record.
//!
//! # Why
//! A batch is acknowledged after its commit and never before, and everything a commit must agree on stands in that one
//! transaction: raw events, rows, what was received, what is set aside. So a node can be told the truth after any
//! crash by looking into the tables.

mod epoch;
mod gather;
mod held;
mod judge;
mod open;
mod outside;
mod partitions;
mod place;
mod runs;
mod store;
mod transaction;

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use protocol::NodeId;
use sqlx::PgPool;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

pub use outside::OutsideBroker;
pub(crate) use partitions::keep_partitions;

use crate::gate::Upload;
use crate::keys::HubKeys;
use crate::nodes::PublicKeys;
use gather::Writer;
use open::{Opened, open};

/// A signed ack on its way down to its node.
pub type Answer = (NodeId, Bytes);

/// Batches opened at the same time; opening is computing, so more than there are cores gains nothing.
const OPENED_AT_ONCE: usize = 4;
/// Opened batches that may wait for the writer. Behind them the gate's own queue fills, and then nodes wait.
const WAITING: usize = 512;

/// What intake works with.
#[derive(Debug, Clone)]
pub struct Intake {
    db: PgPool,
    keys: Arc<HubKeys>,
    clock: fn() -> DateTime<Utc>,
}

impl Intake {
    /// Intake into a migrated database. `clock` tells the hub's time.
    pub fn new(db: PgPool, keys: Arc<HubKeys>, clock: fn() -> DateTime<Utc>) -> Self {
        Self { db, keys, clock }
    }

    /// Takes uploads until their senders are gone or `cancel` fires, and answers into `answers`. What was not committed
    /// by then is not acknowledged; its node sends it again. A database that is away is waited for.
    pub async fn run(
        self,
        uploads: mpsc::Receiver<Upload>,
        answers: mpsc::Sender<Answer>,
        cancel: CancellationToken,
    ) -> anyhow::Result<()> {
        let Some(epoch) = patiently(&cancel, || epoch::current(&self.db)).await else { return Ok(()) };
        let (to_writer, opened) = mpsc::channel(WAITING);
        let writer = Writer::new(self.db.clone(), Arc::clone(&self.keys), epoch, self.clock, answers);
        let opening = self.open_all(uploads, to_writer, cancel.clone());
        tokio::join!(opening, writer.run(opened, cancel));
        Ok(())
    }

    /// Opens batches side by side and hands them on in the order they came.
    async fn open_all(
        &self,
        uploads: mpsc::Receiver<Upload>,
        to_writer: mpsc::Sender<(Upload, Opened)>,
        cancel: CancellationToken,
    ) {
        let nodes = PublicKeys::new(self.db.clone());
        let opening = ReceiverStream::new(uploads).map(|upload| self.open_one(&nodes, upload, &cancel));
        let mut opened = std::pin::pin!(opening.buffered(OPENED_AT_ONCE));
        loop {
            tokio::select! {
                opened = opened.next() => match opened {
                    Some(Some(opened)) => if to_writer.send(opened).await.is_err() { return },
                    Some(None) => {}
                    None => return,
                },
                () = cancel.cancelled() => return,
            }
        }
    }

    async fn open_one(
        &self,
        nodes: &PublicKeys,
        upload: Upload,
        cancel: &CancellationToken,
    ) -> Option<(Upload, Opened)> {
        let node = upload.node;
        match patiently(cancel, || open(&self.keys, nodes, node, &upload.payload)).await? {
            Ok(opened) => Some((upload, opened)),
            Err(dropped) => {
                tracing::warn!(node.id = %node, "batch dropped: {dropped}");
                upload.taken();
                None
            }
        }
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
