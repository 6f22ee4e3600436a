//! A sealed batch is proved, opened and read, away from the threads that serve the network.

use protocol::ask::AskError;
use protocol::batch::{self, BatchError, BatchHeader};
use protocol::{Ask, Chain, Frame, NodeId, Standing};

use super::judge::{Judged, judge};
use super::stories::FIRST_BRANCH;
use crate::keys::HubKeys;
use crate::nodes::{NodeKey, PublicKeys};

/// A batch that was proved to come from its node.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) node: NodeId,
    pub(crate) incarnation: u32,
    /// What that life is to the hub.
    pub(crate) standing: Standing,
    /// Whether it was signed by a card that has a successor.
    pub(crate) is_of_replaced_card: bool,
    pub(crate) events: Vec<Judged>,
    /// The journal's chain before each event and after the last.
    pub(crate) chains: Vec<Chain>,
}

/// Why a letter was dropped. There is nobody to answer: who sent it is not proved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Dropped {
    #[error("it is no letter of a node")]
    NoLetter,
    #[error("it names another node than its road")]
    OtherNode,
    #[error("a card that was replaced speaks for its successor")]
    OtherLife,
    #[error("node is not enrolled or is revoked")]
    UnknownNode,
    #[error("batch counts beyond what a journal can hold")]
    Numbers,
    #[error("batch does not begin where journals begin")]
    Beginning,
    #[error(transparent)]
    Batch(#[from] BatchError),
    #[error(transparent)]
    Ask(#[from] AskError),
}

impl Dropped {
    /// Whether another key may help.
    fn is_about_key(&self) -> bool {
        matches!(
            self,
            Self::Batch(BatchError::Signature) | Self::Ask(AskError::Signature) | Self::UnknownNode
        )
    }
}

/// Proves and opens a batch that came on `node`'s road. The outer error is the database's: try again.
pub(crate) async fn open(
    keys: &HubKeys,
    nodes: &PublicKeys,
    node: NodeId,
    letter: &bytes::Bytes,
) -> sqlx::Result<Result<Opened, Dropped>> {
    // A node that was just enrolled again has a new key: ask once more before its batch is called a forgery.
    let mut opened = Err(Dropped::UnknownNode);
    for fresh in [false, true] {
        let of_node = nodes.keys_of(node, fresh).await?;
        let (keys, letter) = (keys.clone(), letter.clone());
        let opening = tokio::task::spawn_blocking(move || open_with(&keys, &of_node, node, &letter[1..]));
        opened = opening.await.expect("opening never panics and is never aborted");
        if !opened.as_ref().is_err_and(Dropped::is_about_key) {
            break;
        }
    }
    Ok(opened)
}

/// Proves a question and finds the key it was signed with. The outer error is the database's: try again.
pub(crate) async fn asked(
    nodes: &PublicKeys,
    node: NodeId,
    ask: &[u8],
) -> sqlx::Result<Result<NodeKey, Dropped>> {
    let mut asked = Err(Dropped::UnknownNode);
    for fresh in [false, true] {
        asked = ask_with(&nodes.keys_of(node, fresh).await?, node, ask);
        if !asked.as_ref().is_err_and(Dropped::is_about_key) {
            break;
        }
    }
    Ok(asked)
}

fn open_with(keys: &HubKeys, of_node: &[NodeKey], node: NodeId, batch: &[u8]) -> Result<Opened, Dropped> {
    let mut opened = Err(Dropped::UnknownNode);
    for signer in of_node {
        opened = batch::open(batch, &signer.key, |id| keys.sealing(id))
            .map_err(Dropped::from)
            .and_then(|(header, frames)| read(node, signer, &header, frames));
        if !opened.as_ref().is_err_and(Dropped::is_about_key) {
            break;
        }
    }
    opened
}

fn ask_with(of_node: &[NodeKey], node: NodeId, ask: &[u8]) -> Result<NodeKey, Dropped> {
    let mut asked = Err(Dropped::UnknownNode);
    for signer in of_node {
        asked = match Ask::verify(ask, &signer.key) {
            Ok(ask) => may_speak(signer, node, (ask.node, ask.incarnation)).map(|()| *signer),
            Err(error) => Err(error.into()),
        };
        if !asked.as_ref().is_err_and(Dropped::is_about_key) {
            break;
        }
    }
    asked
}

fn may_speak(signer: &NodeKey, node: NodeId, (named, incarnation): (NodeId, u32)) -> Result<(), Dropped> {
    if named != node {
        return Err(Dropped::OtherNode);
    }
    if incarnation >= FIRST_BRANCH {
        return Err(Dropped::Numbers);
    }
    // A key speaks for its own life and those before it, never for one that has not begun.
    if incarnation > signer.incarnation {
        return Err(Dropped::OtherLife);
    }
    Ok(())
}

fn read(node: NodeId, signer: &NodeKey, header: &BatchHeader, frames: Vec<Frame>) -> Result<Opened, Dropped> {
    let incarnation = header.incarnation;
    may_speak(signer, node, (header.node, incarnation))?;
    let last = header.first.checked_add(frames.len() as u64).and_then(|end| i64::try_from(end).ok());
    if last.is_none() {
        return Err(Dropped::Numbers);
    }
    if header.first == 1 && header.before != Chain::genesis(node, incarnation) {
        return Err(Dropped::Beginning);
    }
    let mut chains = vec![header.before];
    let mut events = Vec::with_capacity(frames.len());
    for (sequence, frame) in (header.first..).zip(frames) {
        chains.push(chains.last().expect("begins with one").after(&frame));
        events.push(judge(node, incarnation, sequence, frame));
    }
    let is_of_replaced_card = signer.standing == Standing::Replaced;
    let is_over = is_of_replaced_card || incarnation < signer.incarnation;
    let standing = if is_over { Standing::Replaced } else { Standing::Current };
    Ok(Opened { node, incarnation, standing, is_of_replaced_card, events, chains })
}
