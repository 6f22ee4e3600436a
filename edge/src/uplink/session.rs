//! One connection's life: send what waits, hear the hub's word, send again what it did not mention.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context, anyhow};
use rumqttc::{AsyncClient, ConnectionError, Event, EventLoop, Incoming, Publish, QoS};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Road, Status};
use crate::store::Store;

/// Batches on the road at once.
const WINDOW: usize = 8;
/// Events and bytes of one batch.
const BATCH_EVENTS: usize = 500;
const BATCH_BYTES: usize = 96 * 1024;
/// Room in the client's queue: the window and a subscription, with some to spare.
const QUEUE: usize = 4 * WINDOW;
/// How long a broker may take to greet us.
const GREETING: Duration = Duration::from_secs(20);

/// Connects and stays until the connection breaks.
pub(super) async fn hold(road: &Road, store: &Store, status: &Status) -> anyhow::Result<()> {
    let (client, eventloop) = AsyncClient::new(road.options(), QUEUE);
    let (heard, mut hears) = mpsc::channel(QUEUE);
    // ends with this function: a task set ends what it holds when it is dropped
    let mut polling = JoinSet::new();
    polling.spawn(poll(eventloop, heard));
    let mut session = Session::new(road, store, client);
    tokio::time::timeout(GREETING, session.greet(&mut hears))
        .await
        .context("the broker does not answer")??;
    status.set(true);
    session.talk(&mut hears).await
}

/// Turns the client's event loop into a stream, since polling it must never be broken off half way.
async fn poll(mut eventloop: EventLoop, heard: mpsc::Sender<Result<Incoming, ConnectionError>>) {
    loop {
        let (message, last) = match eventloop.poll().await {
            Ok(Event::Incoming(incoming)) => (Ok(incoming), false),
            Ok(Event::Outgoing(_)) => continue,
            Err(error) => (Err(error), true),
        };
        if heard.send(message).await.is_err() || last {
            return;
        }
    }
}

type Hears = mpsc::Receiver<Result<Incoming, ConnectionError>>;

struct Session<'a> {
    road: &'a Road,
    store: &'a Store,
    client: AsyncClient,
    /// Everything up to here has been handed to this connection.
    handed: u64,
    /// Batches without an ack: their last sequence and when they left.
    flying: VecDeque<(u64, Instant)>,
    /// The last sequences of what the broker has not confirmed yet, in the order it was published.
    unconfirmed: VecDeque<u64>,
    /// Not before this, the hub asked.
    hold_until: Option<Instant>,
}

impl<'a> Session<'a> {
    fn new(road: &'a Road, store: &'a Store, client: AsyncClient) -> Self {
        let handed = store.safety().received;
        Self {
            road,
            store,
            client,
            handed,
            flying: VecDeque::new(),
            unconfirmed: VecDeque::new(),
            hold_until: None,
        }
    }

    /// Waits until the broker has taken us and our subscription: acks must have a way back before anything is sent.
    async fn greet(&mut self, hears: &mut Hears) -> anyhow::Result<()> {
        loop {
            match next(hears).await? {
                Incoming::ConnAck(_) => self.client.try_subscribe(self.road.down(), QoS::AtLeastOnce)?,
                Incoming::SubAck(_) => return Ok(()),
                _ => {}
            }
        }
    }

    async fn talk(&mut self, hears: &mut Hears) -> anyhow::Result<()> {
        let mut head = self.store.watch_head();
        loop {
            self.fill()?;
            let wake = self.next_wake();
            tokio::select! {
                heard = next(hears) => self.hear(heard?).await?,
                changed = head.changed() => changed.context("the store is gone")?,
                () = tokio::time::sleep_until(wake) => self.look_again(),
            }
        }
    }

    /// Hands over as much as the window holds.
    fn fill(&mut self) -> anyhow::Result<()> {
        if self.hold_until.is_some_and(|until| Instant::now() < until) {
            return Ok(());
        }
        self.hold_until = None;
        while self.flying.len() < WINDOW {
            let Some(outbox) = self.store.outbox(self.handed, BATCH_EVENTS, BATCH_BYTES)? else { break };
            let last = self.handed + outbox.frames.len() as u64;
            self.client.try_publish(self.road.up(), QoS::AtLeastOnce, false, self.road.seal(&outbox))?;
            self.flying.push_back((last, Instant::now()));
            self.unconfirmed.push_back(last);
            self.handed = last;
        }
        Ok(())
    }

    async fn hear(&mut self, incoming: Incoming) -> anyhow::Result<()> {
        match incoming {
            Incoming::Publish(publish) if publish.topic == self.road.down() => self.hear_ack(&publish).await,
            // Only what the broker confirms has left this node; what that is worth, only the hub's ack says.
            Incoming::PubAck(_) => {
                if let Some(last) = self.unconfirmed.pop_front() {
                    self.store.note_sent(last);
                }
                Ok(())
            }
            Incoming::Disconnect => Err(anyhow!("the broker said goodbye")),
            _ => Ok(()),
        }
    }

    async fn hear_ack(&mut self, publish: &Publish) -> anyhow::Result<()> {
        let ack = match self.road.read_ack(&publish.payload) {
            Ok(ack) => ack,
            Err(error) => {
                tracing::warn!("an ack was not believed: {error:#}");
                return Ok(());
            }
        };
        let (watermark, retry_after_s) = (ack.watermark, ack.retry_after_s);
        if !self.store.take_ack(ack).await? {
            tracing::warn!(watermark, "the hub speaks of another journal than this one");
            return Ok(());
        }
        while self.flying.front().is_some_and(|(last, _)| *last <= watermark) {
            self.flying.pop_front();
        }
        // a hub that has less than it once had (a restored backup) is sent everything again from there
        if self.flying.is_empty() {
            self.handed = watermark;
        }
        self.hold_until =
            (retry_after_s > 0).then(|| Instant::now() + Duration::from_secs(u64::from(retry_after_s)));
        Ok(())
    }

    /// Without a word for too long, everything not acknowledged counts as not sent.
    fn look_again(&mut self) {
        if self.overdue().is_some_and(|overdue| overdue <= Instant::now()) {
            self.flying.clear();
            self.store.forget_sent();
            self.handed = self.store.safety().received;
        }
    }

    fn overdue(&self) -> Option<Instant> {
        self.flying.front().map(|(_, left)| *left + self.road.resend_after())
    }

    fn next_wake(&self) -> Instant {
        let idle = Instant::now() + Duration::from_secs(3600);
        [self.overdue(), self.hold_until].into_iter().flatten().min().unwrap_or(idle)
    }
}

async fn next(hears: &mut Hears) -> anyhow::Result<Incoming> {
    match hears.recv().await {
        Some(incoming) => Ok(incoming?),
        None => Err(anyhow!("the connection ended")),
    }
}
