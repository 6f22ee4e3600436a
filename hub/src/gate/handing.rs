//! A client's uploads on their way to the hub, acknowledged in order once the hub has them.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use protocol::NodeId;
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::Publish;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::PollSender;

use super::Upload;
use super::limits::Limits;

/// The hub let an upload go without taking it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotTaken;

/// One client's uploads between "heard" and "taken".
pub(super) struct Handing {
    queue: PollSender<Upload>,
    waiting: VecDeque<Upload>,
    owed: VecDeque<Owed>,
    bytes: usize,
    most: usize,
    most_bytes: usize,
}

struct Owed {
    pkid: Option<u16>,
    bytes: usize,
    taken: oneshot::Receiver<()>,
}

impl Handing {
    pub(super) fn new(queue: mpsc::Sender<Upload>, limits: &Limits) -> Self {
        Self {
            // Keeps its place in the queue while other things happen, so that talkative clients do not lose theirs.
            queue: PollSender::new(queue),
            waiting: VecDeque::new(),
            owed: VecDeque::new(),
            bytes: 0,
            most: limits.in_flight.max(1),
            most_bytes: limits.packet_bytes.saturating_mul(2),
        }
    }

    /// Whether another upload may be heard; while not, the client is not read.
    pub(super) fn has_room(&self) -> bool {
        self.owed.len() < self.most && self.bytes < self.most_bytes
    }

    pub(super) fn hand(&mut self, node: NodeId, publish: Publish) {
        let bytes = publish.payload.len();
        let pkid = (publish.qos != QoS::AtMostOnce).then_some(publish.pkid);
        let (upload, taken) = Upload::new(node, publish.payload);
        self.bytes += bytes;
        self.waiting.push_back(upload);
        self.owed.push_back(Owed { pkid, bytes, taken });
    }

    /// Resolves when the oldest upload was taken, with the id to acknowledge if the client wants that.
    /// Pends for ever when there is none. Safe to drop at any time.
    pub(super) async fn next_taken(&mut self) -> Result<Option<u16>, NotTaken> {
        poll_fn(|cx| self.poll_taken(cx)).await
    }

    fn poll_taken(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<u16>, NotTaken>> {
        self.poll_queue(cx)?;
        let Some(oldest) = self.owed.front_mut() else { return Poll::Pending };
        let taken = ready!(Pin::new(&mut oldest.taken).poll(cx));
        let pkid = oldest.pkid;
        self.bytes -= oldest.bytes;
        self.owed.pop_front();
        Poll::Ready(taken.map(|()| pkid).map_err(|_| NotTaken))
    }

    fn poll_queue(&mut self, cx: &mut Context<'_>) -> Result<(), NotTaken> {
        while !self.waiting.is_empty() {
            match self.queue.poll_reserve(cx) {
                Poll::Pending => break,
                Poll::Ready(reserved) => reserved.map_err(|_| NotTaken)?,
            }
            if let Some(upload) = self.waiting.pop_front() {
                self.queue.send_item(upload).map_err(|_| NotTaken)?;
            }
        }
        Ok(())
    }
}
