//! An outside broker instead of the gate: the same letters up and down by another road.
//!
//! # Why
//! The broker is asked to keep nothing. Sessions are clean ones: what it held for a hub that is away would be held by
//! the nodes as well, which send again whatever the hub has not acknowledged; a queue of such repeats is no help to a hub
//! that comes back, and a hub that never does would leave one behind for ever. Within a connection messages are
//! acknowledged by hand, in the order they came, once the hub has them: so the broker's window, and not our memory,
//! holds back what a slow hub cannot take yet.

mod address;
mod connection;
mod owed;

use std::time::Duration;

use protocol::letter::MAX_LETTER;
use rumqttc::MqttOptions;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Answer;
use crate::config::Config;
use crate::gate::Upload;
use crate::shards::Shards;

/// How long to leave a broker alone that just failed.
const PAUSE: Duration = Duration::from_secs(2);
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// What MQTT adds to a letter.
const ENVELOPE: usize = 1024;
/// Letters down that the broker has not confirmed yet.
const UNCONFIRMED: u16 = 1000;

/// The way to an outside broker.
pub struct OutsideBroker {
    options: MqttOptions,
}

impl OutsideBroker {
    /// Prepares the way named in the settings; `None` if there is none. `process` is this hub process's own name, so that
    /// two of them never take each other's place at the broker.
    pub fn from_config(config: &Config, process: Uuid) -> anyhow::Result<Option<Self>> {
        if config.broker.outside.is_empty() {
            return Ok(None);
        }
        let (host, port) = address::parse(&config.broker.outside)?;
        let name = format!("{}-{}", config.broker.client_id, process.simple());
        let mut options = MqttOptions::new(name, host, port);
        options.set_transport(address::transport(config)?);
        Ok(Some(Self::new(options)))
    }

    /// A way by these options; session and acknowledgement are set here.
    pub fn new(mut options: MqttOptions) -> Self {
        options
            .set_clean_session(true)
            .set_manual_acks(true)
            .set_keep_alive(KEEP_ALIVE)
            .set_inflight(UNCONFIRMED)
            .set_max_packet_size(MAX_LETTER + ENVELOPE, MAX_LETTER + ENVELOPE);
        Self { options }
    }

    /// Hears the uploads of `shards` and sends answers until `cancel` fires. A broker that is away is waited for; answers
    /// meanwhile are lost, as on any bad line, and their nodes ask again.
    pub async fn run(
        self,
        uploads: mpsc::Sender<Upload>,
        mut answers: mpsc::Receiver<Answer>,
        mut shards: watch::Receiver<Shards>,
        cancel: CancellationToken,
    ) {
        while !cancel.is_cancelled() {
            let options = self.options.clone();
            match connection::hold(options, &uploads, &mut answers, &mut shards, &cancel).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!("outside broker does not answer, trying again: {error:#}");
                }
            }
            let pause = tokio::time::sleep(PAUSE);
            tokio::pin!(pause);
            loop {
                tokio::select! {
                    () = &mut pause => break,
                    () = cancel.cancelled() => return,
                    Some(_) = answers.recv() => {}
                }
            }
        }
    }
}
