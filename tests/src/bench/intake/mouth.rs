//! One node's connection: publishes what is sealed, with a bounded number on the road, and waits for the hub's word.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use ed25519_dalek::VerifyingKey;
use protocol::letter::{Down, Up};
use protocol::{Ack, topic};
use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, Incoming, MqttOptions, QoS, TlsConfiguration, Transport,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::super::village::Sender;
use super::letters::Letter;

/// Envelopes on the road without an ack.
const WINDOW: usize = 64;
/// The longest silence that is still patience.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connected node.
pub(super) struct Mouth {
    client: AsyncClient,
    hears: mpsc::Receiver<Result<Incoming, ConnectionError>>,
    up: String,
    hub: VerifyingKey,
    _polling: JoinSet<()>,
}

impl Mouth {
    pub(super) async fn open(sender: &Sender) -> anyhow::Result<Self> {
        let bundle = &sender.bundle;
        let mut options = MqttOptions::new(bundle.node.to_string(), &bundle.hub.server_name, bundle.hub.port);
        options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(tls(sender)?)));
        options.set_max_packet_size(300 * 1024, 300 * 1024);
        options.set_inflight(WINDOW as u16);
        let (client, eventloop) = AsyncClient::new(options, 2 * WINDOW);
        let (heard, hears) = mpsc::channel(2 * WINDOW);
        let mut polling = JoinSet::new();
        polling.spawn(poll(eventloop, heard));
        let mut hub = [0; 32];
        for (byte, digits) in hub.iter_mut().zip(bundle.hub_verifier.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits)?, 16)?;
        }
        client.subscribe(topic::down(bundle.node), QoS::AtLeastOnce).await?;
        let hub = VerifyingKey::from_bytes(&hub)?;
        let mut mouth = Self { client, hears, up: topic::up(bundle.node), hub, _polling: polling };
        while !matches!(mouth.next().await?, Incoming::SubAck(_)) {}
        Ok(mouth)
    }

    /// Sends the letters, none any more after `until`, and returns once the hub has acknowledged what was sent. Gives how
    /// many that were.
    pub(super) async fn send(&mut self, letters: &[Letter], until: Option<Instant>) -> anyhow::Result<usize> {
        let (mut sent, mut acked) = (0, 0);
        let goes_on = |sent| sent < letters.len() && until.is_none_or(|until| Instant::now() < until);
        loop {
            while sent - acked < WINDOW && goes_on(sent) {
                let letter = Up::Batch(&letters[sent].sealed).write();
                self.client.publish(&self.up, QoS::AtLeastOnce, false, letter).await?;
                sent += 1;
            }
            if acked == sent {
                return Ok(sent);
            }
            let watermark = self.next_ack().await?.watermark;
            while acked < sent && letters[acked].last <= watermark {
                acked += 1;
            }
        }
    }

    async fn next_ack(&mut self) -> anyhow::Result<Ack> {
        loop {
            // News of the feed may come as well.
            if let Incoming::Publish(publish) = self.next().await?
                && let Some(Down::Ack(ack)) = Down::read(&publish.payload)
            {
                let ack = Ack::verify(ack, &self.hub)?;
                anyhow::ensure!(
                    ack.quarantined.is_empty(),
                    "the hub set aside {:?}",
                    ack.quarantined.first()
                );
                return Ok(ack);
            }
        }
    }

    async fn next(&mut self) -> anyhow::Result<Incoming> {
        let heard = tokio::time::timeout(PATIENCE, self.hears.recv()).await.context("the hub fell silent")?;
        Ok(heard.ok_or_else(|| anyhow!("the connection ended"))??)
    }
}

async fn poll(mut eventloop: EventLoop, heard: mpsc::Sender<Result<Incoming, ConnectionError>>) {
    loop {
        let message = match eventloop.poll().await {
            Ok(Event::Incoming(incoming)) => Ok(incoming),
            Ok(Event::Outgoing(_)) => continue,
            Err(error) => Err(error),
        };
        let last = message.is_err();
        if heard.send(message).await.is_err() || last {
            return;
        }
    }
}

fn tls(sender: &Sender) -> anyhow::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(sender.bundle.authority_pem.as_bytes())?)?;
    let chain = vec![CertificateDer::from_pem_slice(sender.bundle.certificate_pem.as_bytes())?];
    let key = PrivateKeyDer::from_pem_slice(sender.key_pem.as_bytes())?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)?;
    Ok(Arc::new(config))
}
