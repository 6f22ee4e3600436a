//! A sealed batch is proved, opened and read, away from the threads that serve the network.

use protocol::batch::{self, BatchError, BatchHeader};
use protocol::{Chain, Frame, NodeId};

use super::judge::{Judged, judge};
use crate::keys::HubKeys;
use crate::nodes::PublicKeys;

/// A batch that was proved to come from its node.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) node: NodeId,
    pub(crate) incarnation: u32,
    pub(crate) events: Vec<Judged>,
    /// The journal's chain before each event and after the last.
    pub(crate) chains: Vec<Chain>,
}

/// Why a batch was dropped. There is nobody to answer: who sent it is not proved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Dropped {
    #[error("batch names another node than its road")]
    OtherNode,
    #[error("node is not enrolled or is revoked")]
    UnknownNode,
    #[error("batch counts beyond what a journal can hold")]
    Numbers,
    #[error(transparent)]
    Batch(#[from] BatchError),
}

/// Proves and opens a batch that came on `node`'s road. The outer error is the database's: try again.
pub(crate) async fn open(
    keys: &HubKeys,
    nodes: &PublicKeys,
    node: NodeId,
    payload: &bytes::Bytes,
) -> sqlx::Result<Result<Opened, Dropped>> {
    // A node that was just enrolled again has a new key: ask once more before its batch is called a forgery.
    for fresh in [false, true] {
        let Some(public) = nodes.key_of(node, fresh).await? else {
            if fresh {
                return Ok(Err(Dropped::UnknownNode));
            }
            continue;
        };
        let (keys, payload) = (keys.clone(), payload.clone());
        let read = tokio::task::spawn_blocking(move || {
            let (header, frames) = batch::open(&payload, &public, |id| keys.sealing(id))?;
            read(node, &header, frames)
        });
        match read.await.expect("opening never panics and is never aborted") {
            Err(Dropped::Batch(BatchError::Signature)) if !fresh => {}
            read => return Ok(read),
        }
    }
    Ok(Err(Dropped::Batch(BatchError::Signature)))
}

fn read(node: NodeId, header: &BatchHeader, frames: Vec<Frame>) -> Result<Opened, Dropped> {
    if header.node != node {
        return Err(Dropped::OtherNode);
    }
    let last = header.first.checked_add(frames.len() as u64).and_then(|end| i64::try_from(end).ok());
    if last.is_none() || i32::try_from(header.incarnation).is_err() {
        return Err(Dropped::Numbers);
    }
    let mut chains = vec![header.before];
    let mut events = Vec::with_capacity(frames.len());
    for (sequence, frame) in (header.first..).zip(frames) {
        chains.push(chains.last().expect("begins with one").after(&frame));
        events.push(judge(node, header.incarnation, sequence, frame));
    }
    Ok(Opened { node, incarnation: header.incarnation, events, chains })
}
