//! A node's `down` messages on the last stretch, from the gate to the node.

use std::future::pending;

use bytes::Bytes;
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::Publish;
use tokio::sync::mpsc;

/// How many messages a node may leave unacknowledged before it gets no more.
const UNACKNOWLEDGED: usize = 16;

/// Messages for one connected node.
pub(super) struct Mail {
    letters: mpsc::Receiver<Bytes>,
    topic: String,
    subscribed: Option<QoS>,
    unacknowledged: Vec<u16>,
    last_pkid: u16,
}

impl Mail {
    pub(super) fn new(letters: mpsc::Receiver<Bytes>, topic: String) -> Self {
        Self { letters, topic, subscribed: None, unacknowledged: Vec::new(), last_pkid: 0 }
    }

    /// From now on messages are sent with this QoS, or not at all.
    pub(super) fn subscribe(&mut self, qos: Option<QoS>) {
        self.subscribed = qos;
    }

    /// Takes a PUBACK; one nobody waits for is as good as none.
    pub(super) fn acknowledged(&mut self, pkid: u16) {
        self.unacknowledged.retain(|&waiting| waiting != pkid);
    }

    /// The next message to send. Pends while none waits or too many are unacknowledged. Safe to drop at any time.
    pub(super) async fn next(&mut self) -> Publish {
        loop {
            if self.unacknowledged.len() >= UNACKNOWLEDGED {
                return pending().await;
            }
            // The sender goes only when the seat is lost, and then the session is told to leave.
            let Some(payload) = self.letters.recv().await else { return pending().await };
            if let Some(qos) = self.subscribed {
                return self.addressed(qos, payload);
            }
        }
    }

    fn addressed(&mut self, qos: QoS, payload: Bytes) -> Publish {
        let mut publish = Publish::from_bytes(self.topic.clone(), qos, payload);
        if qos != QoS::AtMostOnce {
            publish.pkid = self.free_pkid();
            self.unacknowledged.push(publish.pkid);
        }
        publish
    }

    fn free_pkid(&mut self) -> u16 {
        loop {
            self.last_pkid = self.last_pkid.checked_add(1).unwrap_or(1);
            if !self.unacknowledged.contains(&self.last_pkid) {
                return self.last_pkid;
            }
        }
    }
}
