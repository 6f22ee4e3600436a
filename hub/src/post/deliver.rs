//! A packet is handed in letter by letter, and what comes back is gathered.

use std::time::Duration;

use bytes::Bytes;
use protocol::NodeId;
use protocol::letter::Up;
use tokio::sync::{mpsc, oneshot};

use crate::gate::Upload;

/// Letters of one packet under way at once.
const AT_ONCE: usize = 16;
/// A node asks for a greeting, its feeds and a certificate; who asks more often in one packet is not heard.
const MOST_QUESTIONS: usize = 64;
/// Bytes of answers gathered for one packet; what is beyond is asked for again.
const MOST_ANSWERED: usize = 16 * 1024 * 1024;
/// Answers of one packet that may wait to be gathered.
const ANSWERS: usize = 64;
/// How long one letter may take: a database that is away is not waited for here, the node or the courier comes again.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where packets are handed in; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Counter {
    uploads: mpsc::Sender<Upload>,
}

/// Some letters were not taken; those that were stay taken, and all may be handed in again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hub could not take every letter")]
pub(crate) struct Undelivered;

impl Counter {
    pub(crate) fn new(uploads: mpsc::Sender<Upload>) -> Self {
        Self { uploads }
    }

    /// A counter at which nothing can be handed in, for pages without an intake behind them.
    pub(crate) fn closed() -> Self {
        Self::new(mpsc::channel(1).0)
    }

    /// Hands in the letters of one node in order, and gives the letters that answer them.
    pub(crate) async fn deliver(
        &self,
        node: NodeId,
        letters: Vec<Vec<u8>>,
    ) -> Result<Vec<Bytes>, Undelivered> {
        let (reply, mut replies) = mpsc::channel(ANSWERS);
        let handing = self.hand_in(node, letters, reply);
        let gathering = async {
            let (mut gathered, mut bytes) = (Vec::new(), 0);
            while let Some(letter) = replies.recv().await {
                bytes += letter.len();
                if bytes <= MOST_ANSWERED {
                    gathered.push(letter);
                }
            }
            gathered
        };
        let (handed, gathered) = tokio::join!(handing, gathering);
        handed.map(|()| gathered)
    }

    async fn hand_in(
        &self,
        node: NodeId,
        letters: Vec<Vec<u8>>,
        reply: mpsc::Sender<Bytes>,
    ) -> Result<(), Undelivered> {
        let mut questions = 0;
        let is_heard = |letter: &Vec<u8>| match Up::read(letter) {
            Some(Up::Batch(_)) => true,
            other => {
                questions += usize::from(other.is_some());
                questions <= MOST_QUESTIONS
            }
        };
        let letters = letters.into_iter().filter(|letter| !letter.is_empty());
        let mut letters = letters.filter(is_heard).peekable();
        while letters.peek().is_some() {
            let mut waiting = Vec::with_capacity(AT_ONCE);
            for letter in letters.by_ref().take(AT_ONCE) {
                let (upload, taken) = Upload::with_reply(node, letter.into(), reply.clone());
                self.uploads.send(upload).await.map_err(|_| Undelivered)?;
                waiting.push(taken);
            }
            for taken in waiting {
                in_time(taken).await?;
            }
        }
        Ok(())
    }
}

async fn in_time(taken: oneshot::Receiver<()>) -> Result<(), Undelivered> {
    tokio::time::timeout(PATIENCE, taken).await.map_err(|_| Undelivered)?.map_err(|_| Undelivered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_come_back_to_whoever_handed_the_letters_in() {
        let (uploads, mut taken) = mpsc::channel::<Upload>(2);
        tokio::spawn(async move {
            while let Some(upload) = taken.recv().await {
                let reply = upload.reply.clone().unwrap();
                reply.send(Bytes::from([b"to ", upload.payload.as_ref()].concat())).await.unwrap();
                upload.taken();
            }
        });
        let letters: Vec<Vec<u8>> = (0..100).map(|nth: u8| vec![1, nth]).collect();
        let node = NodeId(uuid::Uuid::from_u128(1));
        let answers = Counter::new(uploads).deliver(node, letters).await.unwrap();
        assert_eq!(answers.len(), 100);
        assert_eq!(answers[7].as_ref(), b"to \x01\x07");
    }

    #[tokio::test]
    async fn a_letter_that_is_let_go_is_said_to_be_undelivered() {
        let (uploads, mut taken) = mpsc::channel::<Upload>(2);
        tokio::spawn(async move { drop(taken.recv().await) });
        let node = NodeId(uuid::Uuid::from_u128(1));
        assert_eq!(Counter::new(uploads).deliver(node, vec![vec![1, 1]]).await, Err(Undelivered));
        assert_eq!(Counter::closed().deliver(node, vec![vec![1, 1]]).await, Err(Undelivered));
    }
}
