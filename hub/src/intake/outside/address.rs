//! Where an outside broker is, and how it is believed.

use std::sync::Arc;

use anyhow::{Context, bail};
use rumqttc::{TlsConfiguration, Transport};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::Config;

/// Host and port of `mqtts://host:port`.
pub(super) fn parse(address: &str) -> anyhow::Result<(&str, u16)> {
    split(address).with_context(|| format!("{address:?} is no address of a broker"))
}

fn split(address: &str) -> anyhow::Result<(&str, u16)> {
    let rest = address.strip_prefix("mqtts://").context("it must begin with mqtts://")?;
    match rest.trim_end_matches('/').rsplit_once(':') {
        Some((host, port)) => {
            Ok((host.trim_matches(['[', ']']), port.parse().context("the port is no number")?))
        }
        None if rest.is_empty() => bail!("it names no host"),
        None => Ok((rest.trim_end_matches('/'), 8883)),
    }
}

/// TLS 1.3 with certificates both ways, by the authority and the hub's own certificate in the settings.
pub(super) fn transport(config: &Config) -> anyhow::Result<Transport> {
    let gate = &config.gate;
    let mut roots = rustls::RootCertStore::empty();
    for authority in CertificateDer::pem_file_iter(&gate.authority).context("cannot read the authority")? {
        roots.add(authority?)?;
    }
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(&gate.certificate).context("cannot read the certificate")?.collect();
    let key = PrivateKeyDer::from_pem_file(&gate.key).context("cannot read the key of the certificate")?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain?, key)
        .context("certificate and key do not fit")?;
    Ok(Transport::tls_with_config(TlsConfiguration::Rustls(Arc::new(tls))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_host_and_port() {
        assert_eq!(parse("mqtts://broker.example:8884").unwrap(), ("broker.example", 8884));
        assert_eq!(parse("mqtts://broker.example/").unwrap(), ("broker.example", 8883));
        assert!(parse("mqtt://broker.example:1883").is_err(), "nodes' records never travel without TLS");
    }
}
