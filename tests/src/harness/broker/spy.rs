//! Somebody who may hear everything at the broker, and writes it down.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use rumqttc::{AsyncClient, Event, EventLoop, Incoming, MqttOptions, QoS, TlsConfiguration, Transport};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio::task::JoinSet;

use super::BrokerPlace;

const GREETED_WITHIN: Duration = Duration::from_secs(20);

/// A message as the broker sees it, all encryption of the line taken off.
#[derive(Debug, Clone)]
pub struct Overheard {
    /// Its topic.
    pub topic: String,
    /// What it carries.
    pub payload: Vec<u8>,
}

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Spy {
    heard: Arc<Mutex<Vec<Overheard>>>,
    _listening: JoinSet<()>,
}

impl Spy {
    /// Listens at a broker that was told to let it ([`BrokerPlace::open_to_spies`]), with the hub's certificate.
    pub async fn at(place: &BrokerPlace) -> anyhow::Result<Self> {
        let mut options = MqttOptions::new("spy", "localhost", place.hubs.port());
        options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(tls(place)?)));
        options.set_max_packet_size(1 << 20, 1 << 20);
        let (client, mut events) = AsyncClient::new(options, 16);
        client.subscribe("#", QoS::AtLeastOnce).await?;
        tokio::time::timeout(GREETED_WITHIN, greeted(&mut events))
            .await
            .context("the spy is not let in")??;
        let heard = Arc::new(Mutex::default());
        let mut listening = JoinSet::new();
        // The client must live as long as its connection.
        listening.spawn(write_down(client, events, Arc::clone(&heard)));
        Ok(Self { heard, _listening: listening })
    }

    /// Everything so far.
    pub fn heard(&self) -> Vec<Overheard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn greeted(events: &mut EventLoop) -> anyhow::Result<()> {
    while !matches!(events.poll().await?, Event::Incoming(Incoming::SubAck(_))) {}
    Ok(())
}

async fn write_down(_client: AsyncClient, mut events: EventLoop, heard: Arc<Mutex<Vec<Overheard>>>) {
    // Whatever ends the connection ends the story, which will miss what it should have heard.
    while let Ok(event) = events.poll().await {
        if let Event::Incoming(Incoming::Publish(publish)) = event {
            let overheard = Overheard { topic: publish.topic, payload: publish.payload.into() };
            heard.lock().unwrap_or_else(PoisonError::into_inner).push(overheard);
        }
    }
}

fn tls(place: &BrokerPlace) -> anyhow::Result<Arc<ClientConfig>> {
    let hub = place.ca.join("hub");
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(place.ca.join("authority.crt"))?)?;
    let chain = vec![CertificateDer::from_pem_file(hub.join("hub.crt"))?];
    let key = PrivateKeyDer::from_pem_file(hub.join("hub.key"))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)?;
    Ok(Arc::new(config))
}
