//! Certificates: which ones the gate shows, which it believes, and what a node's says about it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use protocol::NodeId;
use rustls::RootCertStore;
use rustls::server::{NoServerSessionStorage, ServerConfig, WebPkiClientVerifier};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::GateSettings;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(20);

/// Who may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visitors {
    /// Only who shows a certificate of ours.
    Nodes,
    /// Also who shows none: a node whose certificate has expired comes to have it renewed.
    Anyone,
}

/// The TLS configuration as the files say it now, read again when one of them changes.
pub(crate) struct LiveConfig {
    settings: GateSettings,
    visitors: Visitors,
    current: RwLock<Arc<ServerConfig>>,
    stamps: Mutex<Vec<Option<SystemTime>>>,
}

impl LiveConfig {
    /// Reads the files; errs if one cannot be used.
    pub(crate) fn read(settings: GateSettings, visitors: Visitors) -> anyhow::Result<Self> {
        let stamps = Mutex::new(stamps(&settings));
        let current = RwLock::new(server_config(&settings, visitors)?);
        Ok(Self { settings, visitors, current, stamps })
    }

    /// What the next connection is served with.
    pub(crate) fn current(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the files again if one has changed. Files that cannot be used leave everything as it was.
    fn refresh(&self) {
        let seen = stamps(&self.settings);
        let mut known = self.stamps.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == seen {
            return;
        }
        match server_config(&self.settings, self.visitors) {
            Ok(config) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = config;
                *known = seen;
                tracing::info!("certificates and revocation lists were read again");
            }
            Err(error) => tracing::error!("certificates have changed and cannot be used: {error:#}"),
        }
    }
}

/// Looks at the files from time to time until `stop` fires.
pub(crate) async fn keep_fresh(config: Arc<LiveConfig>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_some() {
        config.refresh();
    }
}

fn stamps(settings: &GateSettings) -> Vec<Option<SystemTime>> {
    let files = [&settings.certificate_pem, &settings.key_pem, &settings.authority_pem];
    let modified = |path: &PathBuf| std::fs::metadata(path).and_then(|file| file.modified()).ok();
    files.into_iter().chain(&settings.revoked_pem).map(modified).collect()
}

/// TLS 1.3 only.
fn server_config(settings: &GateSettings, visitors: Visitors) -> anyhow::Result<Arc<ServerConfig>> {
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
    if visitors == Visitors::Anyone {
        nodes = nodes.allow_unauthenticated();
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
pub(crate) struct Identity {
    pub(crate) node: NodeId,
    pub(crate) certificate_sha256: [u8; 32],
}

impl Identity {
    /// `None` unless the certificate has exactly one common name and that is a node's id in its usual form.
    pub(crate) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
        let mut names = parsed.subject().iter_common_name();
        let name = names.next()?.as_str().ok()?;
        let node: NodeId = name.parse().ok()?;
        // One spelling only, or one node could have several topics and client ids.
        let plain = names.next().is_none() && node.to_string() == name;
        plain.then(|| Self { node, certificate_sha256: Sha256::digest(certificate).into() })
    }
}
