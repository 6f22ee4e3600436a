//! The third road: a packet somebody carries to the Puskesmas, and the receipt she brings back.

use anyhow::ensure;
use protocol::courier::{self, MAX_PACKET, PacketError, Way};
use protocol::letter::Down;

use super::mail::{Asked, Post};
use super::road;
use crate::store::StoreError;

/// Events and bytes of one batch in a packet.
const BATCH_EVENTS: usize = 500;
const BATCH_BYTES: usize = 96 * 1024;

/// What a receipt brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Events that count as received by the hub since.
    pub received: u64,
    /// Pages of the feeds.
    pub pages: usize,
    /// False if the file ends in the middle of a letter; what came before was taken.
    pub complete: bool,
}

/// Why a file was not taken. Nothing was changed by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongFile {
    /// It is no packet at all.
    #[error("not a courier packet")]
    NotAPacket,
    /// It is a packet on its way to the hub.
    #[error("a packet on its way to the hub")]
    OtherWay,
    /// It is the answer to another node.
    #[error("the receipt of another node")]
    OtherNode,
    /// It could not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Post {
    /// The name on this node's label.
    pub fn label(&self) -> &str {
        &self.road.label
    }

    /// Remembers that a packet leaves with a greeting of this nonce, which only the answer to this packet will bear.
    pub async fn set_out(&self) -> Result<u64, StoreError> {
        let greeting = road::nonce();
        self.store.note_greeting(greeting).await?;
        Ok(greeting)
    }

    /// A packet of everything the hub has not acknowledged, with what this node wants to know.
    pub fn packet(&self, greeting: u64) -> anyhow::Result<Vec<u8>> {
        let (mut letters, mut after) = (Vec::new(), self.store.safety().received);
        while let Some(outbox) = self.store.outbox(after, BATCH_EVENTS, BATCH_BYTES)? {
            after += outbox.frames.len() as u64;
            letters.push(self.batch(&outbox)?);
        }
        let mut asked = Asked::carried(greeting);
        letters.push(asked.ask_as(greeting, &self.road, self.hello()?));
        for question in self.feed_questions()? {
            letters.push(asked.ask(&self.road, question));
        }
        if self.road.wants_certificate() {
            letters.push(asked.ask(&self.road, self.road.renewal()?));
        }
        let packet = courier::write(Way::Up, self.road.node, &letters);
        ensure!(packet.len() <= MAX_PACKET, "there is more to carry than fits into one packet");
        Ok(packet)
    }

    /// Takes the hub's receipt: its letters are taken as on every other road.
    pub async fn take_receipt(&self, bytes: &[u8]) -> Result<Receipt, WrongFile> {
        let packet = courier::read(Way::Down, bytes).map_err(|error| match error {
            PacketError::OtherWay => WrongFile::OtherWay,
            PacketError::NotAPacket | PacketError::TooLarge => WrongFile::NotAPacket,
        })?;
        if packet.node != self.road.node {
            return Err(WrongFile::OtherNode);
        }
        let before = self.store.safety().received;
        let mut receipt = Receipt { complete: packet.complete, ..Receipt::default() };
        let mut asked = Asked::carried(self.store.greeting()?);
        let mut is_another_life = false;
        for letter in &packet.letters {
            let next = self.take(letter, &mut asked).await?;
            receipt.pages += usize::from(next.page);
            is_another_life |= next.greet && next.welcome.is_some();
        }
        // The hub's word went before the answer that says which life it speaks in.
        for letter in packet.letters.iter().filter(|_| is_another_life) {
            if matches!(Down::read(letter), Some(Down::Ack(_))) {
                self.take(letter, &mut asked).await?;
            }
        }
        receipt.received = self.store.safety().received.saturating_sub(before);
        Ok(receipt)
    }
}
