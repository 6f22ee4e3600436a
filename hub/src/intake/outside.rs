//! An outside broker instead of the gate: the same uploads and acks by another road.
//!
//! # Why
//! The broker's own acknowledgement must say what the gate's says, "the hub has it". So messages are acknowledged by
//! hand, in the order they came, after their commit; until then the broker keeps them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use protocol::batch::MAX_SEALED;
use protocol::topic;
use rumqttc::{
    AsyncClient, Event, EventLoop, Incoming, MqttOptions, Publish, QoS, TlsConfiguration, Transport,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::Answer;
use crate::config::Config;
use crate::gate::Upload;

/// Requests that may wait for the connection; acks beyond it are lost, as on any bad line.
const WAITING: usize = 4096;
/// How long to leave a broker alone that just failed.
const PAUSE: Duration = Duration::from_secs(2);
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// What MQTT adds to a batch.
const ENVELOPE: usize = 1024;

/// The connection to an outside broker.
pub struct OutsideBroker {
    client: AsyncClient,
    events: EventLoop,
}

impl OutsideBroker {
    /// Prepares the connection named in the settings; `None` if there is none.
    pub fn from_config(config: &Config) -> anyhow::Result<Option<Self>> {
        let address = &config.broker.outside;
        if address.is_empty() {
            return Ok(None);
        }
        let (host, port) =
            parse(address).with_context(|| format!("{address:?} is no address of a broker"))?;
        let mut options = MqttOptions::new(&config.broker.client_id, host, port);
        options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(Arc::new(tls(config)?))));
        Ok(Some(Self::new(options)))
    }

    /// A connection by these options; session and acknowledgement are set here.
    pub fn new(mut options: MqttOptions) -> Self {
        options
            .set_clean_session(false)
            .set_manual_acks(true)
            .set_keep_alive(KEEP_ALIVE)
            .set_max_packet_size(MAX_SEALED + ENVELOPE, MAX_SEALED + ENVELOPE);
        let (client, events) = AsyncClient::new(options, WAITING);
        Self { client, events }
    }

    /// Hears uploads and sends answers until `cancel` fires. A broker that is away is waited for.
    pub async fn run(
        self,
        uploads: mpsc::Sender<Upload>,
        mut answers: mpsc::Receiver<Answer>,
        cancel: CancellationToken,
    ) {
        let Self { client, mut events } = self;
        let mut owed = Owed::default();
        let mut waiting = VecDeque::new();
        loop {
            tokio::select! {
                event = events.poll() => match event {
                    Ok(event) => waiting.extend(hear(&client, &mut owed, event)),
                    Err(error) => {
                        owed.forget();
                        tracing::warn!("outside broker does not answer, trying again: {error}");
                        tokio::select! {
                            () = tokio::time::sleep(PAUSE) => {}
                            () = cancel.cancelled() => return,
                        }
                    }
                },
                room = uploads.reserve(), if !waiting.is_empty() => match room {
                    Ok(room) => room.send(waiting.pop_front().expect("just seen not to be empty")),
                    Err(_) => return,
                },
                publish = owed.next_taken() => if let Err(error) = client.try_ack(&publish) {
                    tracing::warn!("broker is not told that a batch was taken: {error}");
                },
                Some((node, ack)) = answers.recv() => {
                    if let Err(error) = client.try_publish(topic::down(node), QoS::AtLeastOnce, false, ack) {
                        tracing::warn!(node.id = %node, "ack not sent: {error}");
                    }
                }
                () = cancel.cancelled() => {
                    let _ = client.try_disconnect();
                    // Lets the disconnect out; whether it is heard does not matter.
                    let _ = tokio::time::timeout(PAUSE, events.poll()).await;
                    return;
                }
            }
        }
    }
}

/// Messages that were heard and are not taken yet, oldest first.
#[derive(Default)]
struct Owed(VecDeque<(Publish, oneshot::Receiver<()>)>);

impl Owed {
    /// Resolves with the oldest message once it is taken; pends while there is none. Safe to drop at any time.
    async fn next_taken(&mut self) -> Publish {
        loop {
            let Some((_, taken)) = self.0.front_mut() else { return std::future::pending().await };
            let taken = taken.await.is_ok();
            let (publish, _) = self.0.pop_front().expect("the front was just seen");
            // What was let go is delivered again in the next session.
            if taken {
                return publish;
            }
        }
    }

    /// A new connection counts its messages anew; what was not acknowledged comes again.
    fn forget(&mut self) {
        self.0.clear();
    }
}

/// Gives the upload, if it is one. How many may wait here the broker decides: by its window of unacknowledged messages.
fn hear(client: &AsyncClient, owed: &mut Owed, event: Event) -> Option<Upload> {
    match event {
        Event::Incoming(Incoming::ConnAck(_)) => {
            owed.forget();
            if let Err(error) = client.try_subscribe(topic::ALL_UP, QoS::AtLeastOnce) {
                tracing::error!("cannot subscribe at the outside broker: {error}");
            }
            None
        }
        Event::Incoming(Incoming::Publish(publish)) => {
            let Some(node) = topic::node_of_up(&publish.topic) else {
                tracing::warn!("a message came on a topic that belongs to no node");
                let _ = client.try_ack(&publish);
                return None;
            };
            let (upload, taken) = Upload::new(node, publish.payload.clone());
            owed.0.push_back((publish, taken));
            Some(upload)
        }
        Event::Incoming(_) | Event::Outgoing(_) => None,
    }
}

fn parse(address: &str) -> anyhow::Result<(&str, u16)> {
    let rest = address.strip_prefix("mqtts://").context("it must begin with mqtts://")?;
    match rest.trim_end_matches('/').rsplit_once(':') {
        Some((host, port)) => {
            Ok((host.trim_matches(['[', ']']), port.parse().context("the port is no number")?))
        }
        None if rest.is_empty() => bail!("it names no host"),
        None => Ok((rest, 8883)),
    }
}

fn tls(config: &Config) -> anyhow::Result<rustls::ClientConfig> {
    let gate = &config.gate;
    let mut roots = rustls::RootCertStore::empty();
    for authority in CertificateDer::pem_file_iter(&gate.authority).context("cannot read the authority")? {
        roots.add(authority?)?;
    }
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(&gate.certificate).context("cannot read the certificate")?.collect();
    let key = PrivateKeyDer::from_pem_file(&gate.key).context("cannot read the key of the certificate")?;
    rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain?, key)
        .context("certificate and key do not fit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_host_and_port() {
        assert_eq!(parse("mqtts://broker.example:8884").unwrap(), ("broker.example", 8884));
        assert_eq!(parse("mqtts://broker.example/").unwrap().1, 8883);
        assert!(parse("mqtt://broker.example:1883").is_err(), "nodes' records never travel without TLS");
    }
}
