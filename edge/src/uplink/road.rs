//! What is needed to reach the hub and be believed there, from the bundle.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use ed25519_dalek::pkcs8::DecodePrivateKey;
use ed25519_dalek::{SigningKey, VerifyingKey};
use protocol::batch::{self, HubPublicKey, Position};
use protocol::bundle::Bundle;
use protocol::rand_core::UnwrapErr;
use protocol::{Ack, NodeId, topic};
use rumqttc::{MqttOptions, TlsConfiguration, Transport};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::app::unhex;
use crate::clock::Clock;
use crate::config::UplinkSettings;
use crate::store::Outbox;

/// The largest message either way.
const MAX_PACKET: usize = 300 * 1024;
const KEEP_ALIVE: Duration = Duration::from_secs(60);

/// The way to one hub, and this node's keys for it.
pub struct Road {
    node: NodeId,
    incarnation: u32,
    host: String,
    port: u16,
    tls: Arc<ClientConfig>,
    hub_key: HubPublicKey,
    hub_verifier: VerifyingKey,
    node_key: SigningKey,
    settings: UplinkSettings,
}

impl Road {
    /// Reads addresses, certificates and keys; an error names what is wrong with the bundle or the key.
    pub fn new(
        settings: &UplinkSettings,
        bundle: &Bundle,
        node_key_pem: &str,
        clock: &Clock,
    ) -> anyhow::Result<Self> {
        let (host, port) = match &settings.address {
            Some(address) => {
                let (host, port) = address.rsplit_once(':').context("uplink.address is not host:port")?;
                (host.to_owned(), port.parse().context("uplink.address has no port number")?)
            }
            None => (bundle.hub.host.clone(), bundle.hub.port),
        };
        let hub_key = bundle.hub_keys.first().context("the bundle holds no hub key")?;
        let hub_key =
            HubPublicKey(unhex(hub_key).context("the bundle's hub key is not 64 hexadecimal digits")?);
        ensure!(
            hub_key.is_usable(&mut UnwrapErr(getrandom::SysRng)),
            "the bundle's hub key cannot be sealed for"
        );
        let verifier = unhex(&bundle.hub_verifier).context("hub_verifier is not 64 hexadecimal digits")?;
        let road = Self {
            node: bundle.node,
            incarnation: bundle.incarnation,
            host,
            port,
            tls: Arc::new(tls(bundle, node_key_pem, clock).context("cannot use the node's certificate")?),
            hub_key,
            hub_verifier: VerifyingKey::from_bytes(&verifier).context("hub_verifier is no Ed25519 key")?,
            node_key: SigningKey::from_pkcs8_pem(node_key_pem).context("node.key is no Ed25519 key")?,
            settings: settings.clone(),
        };
        ensure!(road.settings.resend_after_s > 0, "uplink.resend_after_s must be at least 1");
        Ok(road)
    }

    /// How the broker is reached. The session is a clean one: the journal knows what is still to send.
    pub(super) fn options(&self) -> MqttOptions {
        let mut options = MqttOptions::new(self.node.to_string(), &self.host, self.port);
        options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(self.tls.clone())));
        options.set_keep_alive(KEEP_ALIVE);
        options.set_max_packet_size(MAX_PACKET, MAX_PACKET);
        options.set_clean_session(true);
        options
    }

    /// Closes what waits for the hub alone.
    pub(super) fn seal(&self, outbox: &Outbox) -> Vec<u8> {
        let position = Position {
            node: self.node,
            incarnation: self.incarnation,
            first: outbox.first,
            before: outbox.before,
        };
        let mut random = UnwrapErr(getrandom::SysRng);
        batch::seal(position, &outbox.frames, self.hub_key, &self.node_key, &mut random)
    }

    /// Reads an ack, if this hub signed it.
    pub(super) fn read_ack(&self, payload: &[u8]) -> anyhow::Result<Ack> {
        Ok(Ack::verify(payload, &self.hub_verifier)?)
    }

    pub(super) fn up(&self) -> String {
        topic::up(self.node)
    }

    pub(super) fn down(&self) -> String {
        topic::down(self.node)
    }

    pub(super) fn resend_after(&self) -> Duration {
        Duration::from_secs(self.settings.resend_after_s)
    }

    pub(super) fn longest_pause(&self) -> Duration {
        Duration::from_secs(self.settings.longest_pause_s.max(1))
    }
}

fn tls(bundle: &Bundle, node_key_pem: &str, clock: &Clock) -> anyhow::Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(bundle.authority_pem.as_bytes()) {
        roots.add(certificate?)?;
    }
    let chain =
        CertificateDer::pem_slice_iter(bundle.certificate_pem.as_bytes()).collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(node_key_pem.as_bytes())?;
    let signatures =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots.clone()), provider.clone()).build()?;
    let hub = NamedHub { name: ServerName::try_from(bundle.hub.server_name.clone())?, signatures };
    let config = ClientConfig::builder_with_details(provider, Arc::new(NodeTime(clock.clone())))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(hub))
        .with_client_auth_cert(chain, key)?;
    Ok(config)
}

/// The time certificates are judged by.
struct NodeTime(Clock);

impl TimeProvider for NodeTime {
    fn current_time(&self) -> Option<UnixTime> {
        let ms = u64::try_from(self.0.for_certificates()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_millis(ms)))
    }
}

impl std::fmt::Debug for NodeTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NodeTime")
    }
}

/// Checks the hub by the name its bundle gives, whatever address it is reached at.
///
/// # Why
/// A hub is reached by a number, a tunnel or a name of the day; its certificate bears one name. Everything else of the
/// check is rustls' own.
#[derive(Debug)]
struct NamedHub {
    name: ServerName<'static>,
    signatures: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for NamedHub {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _reached_as: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, &self.name)?;
        self.signatures.verify_server_cert(end_entity, intermediates, &self.name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.signatures.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.signatures.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.signatures.supported_verify_schemes()
    }
}
