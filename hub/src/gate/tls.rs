//! Certificates: which ones the gate shows, which it believes, and what a node's says about it.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use protocol::NodeId;
use rustls::RootCertStore;
use rustls::server::{NoServerSessionStorage, ServerConfig, WebPkiClientVerifier};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::GateSettings;

/// TLS 1.3 only, and only with a certificate of ours on the other side.
pub(super) fn server_config(settings: &GateSettings) -> anyhow::Result<Arc<ServerConfig>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut authorities = RootCertStore::empty();
    for certificate in certificates(&settings.authority_pem)? {
        authorities.add(certificate).context("the authority's certificate cannot be used")?;
    }
    let mut nodes = WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), Arc::clone(&provider));
    if let Some(path) = &settings.revoked_pem {
        // An authority without a list of its own (a new one, say) is still believed.
        nodes = nodes.with_crls(revoked(path)?).allow_unknown_revocation_status();
    }
    let key = PrivateKeyDer::from_pem_file(&settings.key_pem)
        .with_context(|| format!("cannot read the key {}", settings.key_pem.display()))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(nodes.build().context("the authority's certificates cannot be used")?)
        .with_single_cert(certificates(&settings.certificate_pem)?, key)
        .context("the hub's certificate and key cannot be used")?;
    // A resumed session is not checked again, neither for expiry nor for revocation.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

fn certificates(path: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("cannot read the certificates in {}", path.display()))?;
    anyhow::ensure!(!found.is_empty(), "no certificate in {}", path.display());
    Ok(found)
}

fn revoked(path: &Path) -> anyhow::Result<Vec<CertificateRevocationListDer<'static>>> {
    CertificateRevocationListDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("cannot read the revocation lists in {}", path.display()))
}

/// Who is on the other side, by the certificate the handshake has verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) node: NodeId,
    pub(super) certificate_sha256: [u8; 32],
}

impl Identity {
    /// `None` unless the certificate has exactly one common name and that is a node's id in its usual form.
    pub(super) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
        let mut names = parsed.subject().iter_common_name();
        let name = names.next()?.as_str().ok()?;
        let node: NodeId = name.parse().ok()?;
        // One spelling only, or one node could have several topics and client ids.
        let plain = names.next().is_none() && node.to_string() == name;
        plain.then(|| Self { node, certificate_sha256: Sha256::digest(certificate).into() })
    }
}
