//! What this node shows at the hub's door and whom it believes there: its certificate, the authorities, TLS over both.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use protocol::NodeId;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::clock::Clock;

/// A node's certificate with what belongs to it.
pub(super) struct Pass {
    /// TLS that shows the certificate.
    pub(super) tls: Arc<ClientConfig>,
    /// TLS that shows none: for a node whose certificate has ended.
    pub(super) bare: Arc<ClientConfig>,
    /// When the certificate begins and ends, seconds since 1970.
    pub(super) begins_s: i64,
    pub(super) ends_s: i64,
    authorities: Vec<CertificateDer<'static>>,
}

impl Pass {
    /// Reads a certificate and the authorities; an error names what is wrong.
    pub(super) fn read(
        certificate_pem: &str,
        authority_pem: &str,
        node_key_pem: &str,
        server_name: &str,
        clock: &Clock,
    ) -> anyhow::Result<Self> {
        let chain = certificates(certificate_pem).context("the node's certificate")?;
        let authorities = certificates(authority_pem).context("the authority's certificate")?;
        let (begins_s, ends_s) = validity(chain.first().context("there is no certificate")?)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let hub = Arc::new(NamedHub::new(server_name, &authorities, &provider, clock)?);
        let begin = || {
            let builder =
                ClientConfig::builder_with_details(provider.clone(), Arc::new(NodeTime(clock.clone())))
                    .with_protocol_versions(&[&rustls::version::TLS13])?;
            anyhow::Ok(builder.dangerous().with_custom_certificate_verifier(hub.clone()))
        };
        let key = PrivateKeyDer::from_pem_slice(node_key_pem.as_bytes())?;
        let tls = Arc::new(begin()?.with_client_auth_cert(chain, key)?);
        let bare = Arc::new(begin()?.with_no_client_auth());
        Ok(Self { tls, bare, begins_s, ends_s, authorities })
    }

    /// Whether a certificate may take this one's place: the node's own name and key, signed by an authority this node
    /// believes, and lasting longer.
    pub(super) fn check_successor(
        &self,
        certificate_pem: &str,
        node: NodeId,
        public_key: &[u8; 32],
        clock: &Clock,
    ) -> anyhow::Result<()> {
        let chain = certificates(certificate_pem)?;
        let certificate = chain.first().context("there is no certificate")?;
        let (begins_s, ends_s) = validity(certificate)?;
        ensure!(ends_s > self.ends_s, "it ends no later than the one in use");
        let (_, read) = X509Certificate::from_der(certificate)?;
        ensure!(read.public_key().subject_public_key.data.as_ref() == public_key, "it is for another key");
        let name = read.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
        ensure!(name == Some(node.to_string().as_str()), "it bears another name");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots(&self.authorities)?), provider)
                .build()?;
        let now = judged_at(clock, begins_s);
        verifier
            .verify_client_cert(certificate, &chain[1..], now)
            .context("no authority known here signed it")?;
        Ok(())
    }

    /// Whether a list of authorities may take the place of the known one: it goes on from it.
    pub(super) fn goes_on(&self, authority_pem: &str) -> bool {
        certificates(authority_pem)
            .is_ok_and(|list| roots(&list).is_ok() && list.iter().any(|one| self.authorities.contains(one)))
    }
}

fn certificates(pem: &str) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    Ok(CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<Vec<_>, _>>()?)
}

fn roots(authorities: &[CertificateDer<'static>]) -> anyhow::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in authorities {
        roots.add(certificate.clone())?;
    }
    Ok(roots)
}

fn validity(certificate: &CertificateDer<'_>) -> anyhow::Result<(i64, i64)> {
    let (_, certificate) = X509Certificate::from_der(certificate)?;
    let validity = certificate.validity();
    Ok((validity.not_before.timestamp(), validity.not_after.timestamp()))
}

/// The moment a certificate that begins at `begins_s` is judged by.
fn judged_at(clock: &Clock, begins_s: i64) -> UnixTime {
    let ms = clock.for_certificate(begins_s.saturating_mul(1_000));
    UnixTime::since_unix_epoch(Duration::from_millis(u64::try_from(ms).unwrap_or(0)))
}

/// The time rustls goes by where no certificate is meant.
struct NodeTime(Clock);

impl TimeProvider for NodeTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(judged_at(&self.0, 0))
    }
}

impl std::fmt::Debug for NodeTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NodeTime")
    }
}

/// Checks the hub by the name its bundle gives, whatever address it is reached at, and by what this node knows of the
/// time.
///
/// # Why
/// A hub is reached by a number, a tunnel or a name of the day; its certificate bears one name. Everything else of the
/// check is rustls' own.
struct NamedHub {
    name: ServerName<'static>,
    signatures: Arc<WebPkiServerVerifier>,
    clock: Clock,
}

impl NamedHub {
    fn new(
        name: &str,
        authorities: &[CertificateDer<'static>],
        provider: &Arc<CryptoProvider>,
        clock: &Clock,
    ) -> anyhow::Result<Self> {
        let roots = Arc::new(roots(authorities)?);
        let signatures = WebPkiServerVerifier::builder_with_provider(roots, provider.clone()).build()?;
        Ok(Self { name: ServerName::try_from(name.to_owned())?, signatures, clock: clock.clone() })
    }
}

impl std::fmt::Debug for NamedHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("NamedHub").field(&self.name).finish()
    }
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
        let now = validity(end_entity).map_or(now, |(begins_s, _)| judged_at(&self.clock, begins_s));
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
