//! One connection to an outside broker, from greeting to end.

use std::collections::VecDeque;

use anyhow::{Context, anyhow};
use protocol::topic;
use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, Incoming, MqttOptions, Publish, QoS, SubscribeFilter,
    SubscribeReasonCode,
};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::owed::Owed;
use super::{Answer, PAUSE, Upload};
use crate::shards::Shards;

/// Requests that may wait for the connection; answers beyond it are lost, as on any bad line.
const WAITING: usize = 4096;

/// Connects and stays until the connection breaks, which is an error, or `cancel` fires.
pub(super) async fn hold(
    options: MqttOptions,
    uploads: &mpsc::Sender<Upload>,
    answers: &mut mpsc::Receiver<Answer>,
    shards: &mut watch::Receiver<Shards>,
    cancel: &CancellationToken,
) -> anyhow::Result<()> {
    let (client, eventloop) = AsyncClient::new(options, WAITING);
    // Not bounded here: how much may come unacknowledged, the broker's window says.
    let (heard, mut hears) = mpsc::unbounded_channel();
    // Ends with this function: a task set ends what it holds when it is dropped.
    let mut polling = JoinSet::new();
    polling.spawn(poll(eventloop, heard));
    let mut connection = Connection::new(client);
    loop {
        tokio::select! {
            incoming = hears.recv() => {
                let incoming = incoming.ok_or_else(|| anyhow!("the connection ended"))??;
                connection.hear(incoming, *shards.borrow())?;
            }
            room = uploads.reserve(), if !connection.waiting.is_empty() => match room {
                Ok(room) => room.send(connection.waiting.pop_front().expect("just seen not to be empty")),
                Err(_) => return Ok(()),
            },
            // A broker that is not told would soon send nothing more: better to begin anew.
            publish = connection.owed.next() => connection.client.try_ack(&publish).context("acks pile up")?,
            Some(answer) = answers.recv() => connection.answer(answer),
            Ok(()) = shards.changed() => {
                let now = *shards.borrow_and_update();
                connection.listen_to(now)?;
            }
            () = cancel.cancelled() => {
                let _ = connection.client.try_disconnect();
                // Lets the goodbye out; whether it is heard does not matter.
                let _ = tokio::time::timeout(PAUSE, polling.join_next()).await;
                return Ok(());
            }
        }
    }
}

/// Turns the client's event loop into a stream, since polling it must never be broken off half way.
async fn poll(mut eventloop: EventLoop, heard: mpsc::UnboundedSender<Result<Incoming, ConnectionError>>) {
    loop {
        let (message, last) = match eventloop.poll().await {
            Ok(Event::Incoming(incoming)) => (Ok(incoming), false),
            Ok(Event::Outgoing(_)) => continue,
            Err(error) => (Err(error), true),
        };
        if heard.send(message).is_err() || last {
            return;
        }
    }
}

struct Connection {
    client: AsyncClient,
    greeted: bool,
    /// What is subscribed to.
    hears: Shards,
    /// Heard, and waiting for room in intake.
    waiting: VecDeque<Upload>,
    owed: Owed,
}

impl Connection {
    fn new(client: AsyncClient) -> Self {
        Self { client, greeted: false, hears: Shards::NONE, waiting: VecDeque::new(), owed: Owed::default() }
    }

    fn hear(&mut self, incoming: Incoming, shards: Shards) -> anyhow::Result<()> {
        match incoming {
            Incoming::ConnAck(_) => {
                tracing::info!("connected to the outside broker");
                self.greeted = true;
                self.listen_to(shards)
            }
            Incoming::SubAck(answer) => {
                let refused =
                    answer.return_codes.iter().filter(|code| **code == SubscribeReasonCode::Failure);
                match refused.count() {
                    0 => Ok(()),
                    count => {
                        Err(anyhow!("it refuses {count} subscriptions; does its access list know the hub?"))
                    }
                }
            }
            Incoming::Publish(publish) => self.take(publish),
            _ => Ok(()),
        }
    }

    fn take(&mut self, publish: Publish) -> anyhow::Result<()> {
        if self.owed.holds(&publish) {
            return Ok(());
        }
        match topic::node_of_up(&publish.topic) {
            Some(node) => {
                let (upload, done) = Upload::new(node, publish.payload.clone());
                self.owed.add(publish, done);
                self.waiting.push_back(upload);
                Ok(())
            }
            None => {
                tracing::warn!("a message came on a topic that belongs to no node");
                self.client.try_ack(&publish).context("acks pile up")
            }
        }
    }

    /// Subscribes and unsubscribes so that exactly these shards are heard. What was heard of others is still taken.
    fn listen_to(&mut self, shards: Shards) -> anyhow::Result<()> {
        if !self.greeted {
            return Ok(());
        }
        let new = shards.without(self.hears);
        if !new.is_empty() {
            let filters = new.iter().map(|shard| SubscribeFilter::new(filter(shard), QoS::AtLeastOnce));
            self.client.try_subscribe_many(filters)?;
        }
        for shard in self.hears.without(shards).iter() {
            self.client.try_unsubscribe(filter(shard))?;
        }
        self.hears = shards;
        Ok(())
    }

    fn answer(&self, (node, letter): Answer) {
        if let Err(error) = self.client.try_publish(topic::down(node), QoS::AtLeastOnce, false, letter) {
            tracing::warn!(node.id = %node, "answer not sent: {error}");
        }
    }
}

/// The filter by which a hub hears one shard.
fn filter(shard: u8) -> String {
    format!("simpul/v1/up/{shard:02x}/+")
}

#[cfg(test)]
mod tests {
    use protocol::NodeId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_shard_filter_hears_the_nodes_of_that_shard_alone() {
        for byte in 0..=255_u128 {
            let node = NodeId(Uuid::from_u128((7 << 76) + byte));
            let up = topic::up(node);
            let heard =
                (0..topic::SHARDS).filter(|shard| up.starts_with(filter(*shard).trim_end_matches('+')));
            assert_eq!(heard.collect::<Vec<_>>(), [topic::shard(node)], "{up}");
        }
    }
}
