//! One certificate with its key, ready to serve with.

use std::sync::Arc;

use anyhow::Context;
use protocol::feed::WebCertificate;
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// A certificate and what it says of itself.
#[derive(Debug)]
pub(super) struct Certificate {
    /// The connections it serves; those that go on keep the one they began with.
    pub(super) config: Arc<ServerConfig>,
    /// When it ends, milliseconds since 1970 UTC.
    pub(super) until_ms: i64,
    /// The hosts it names.
    pub(super) names: Vec<String>,
}

impl Certificate {
    /// Reads what the hub gave; errs if a browser cannot be served with it.
    pub(super) fn read(given: &WebCertificate) -> anyhow::Result<Self> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(given.chain_pem.as_bytes())
            .collect::<Result<_, _>>()
            .context("the chain cannot be read")?;
        let own = chain.first().context("there is no certificate in it")?.clone();
        let key =
            PrivateKeyDer::from_pem_slice(given.key_pem.as_bytes()).context("the key cannot be read")?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .context("the key is not that of the certificate")?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let (_, own) = X509Certificate::from_der(&own).context("the certificate cannot be read")?;
        let names = own.subject_alternative_name().ok().flatten();
        let hosts = names.iter().flat_map(|names| &names.value.general_names).filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            _ => None,
        });
        let names = hosts.collect();
        let until_ms = own.validity().not_after.timestamp().saturating_mul(1_000);
        Ok(Self { config: Arc::new(config), until_ms, names })
    }

    /// Whether a browser that asks for this host takes it.
    pub(super) fn is_for(&self, host: &str) -> bool {
        let parent = host.split_once('.').map(|(_, parent)| parent);
        self.names.iter().any(|name| match name.strip_prefix("*.") {
            Some(beneath) => parent.is_some_and(|parent| parent.eq_ignore_ascii_case(beneath)),
            None => name.eq_ignore_ascii_case(host),
        })
    }
}
