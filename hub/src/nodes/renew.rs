//! A certificate is renewed for the key it was made for: whoever proves the key is the node, however long it was away.
//!
//! # Why
//! A node that lay in a cupboard for four months has an expired certificate and nothing else wrong with it. Its question
//! is signed with the key the hub knows, so no person has to travel.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use protocol::{NodeId, Reply};
use rcgen::{
    CertificateParams, CertificateSigningRequestParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    Issuer, KeyPair, KeyUsagePurpose, PublicKey, PublicKeyData, SerialNumber,
};
use sha2::{Digest, Sha256};
use sqlx::PgPool;

use super::enrol::note_certificate;
use super::keys::NodeKey;
use crate::config;

/// Clocks in the field are off by minutes; a certificate is good from a little before it was made.
const CLOCKS_MAY_DIFFER: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What is needed to renew, from the settings; by default nothing. Cheap to clone; never shown by `Debug`.
#[derive(Clone, Default)]
pub(crate) struct Renewals(Option<Arc<Authority>>);

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate_pem: String,
    days: u32,
}

impl std::fmt::Debug for Renewals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Renewals(hidden)" } else { "Renewals(none)" })
    }
}

impl Renewals {
    /// Reads the authority's key if the settings name one; without it nodes are told to ask a technician.
    pub(crate) fn from_config(gate: &config::Gate) -> anyhow::Result<Self> {
        if gate.authority_key.as_os_str().is_empty() {
            return Ok(Self(None));
        }
        let certificate_pem = read(&gate.authority)?;
        let key =
            KeyPair::from_pem(&read(&gate.authority_key)?).context("the authority's key cannot be read")?;
        let issuer = Issuer::from_ca_cert_pem(&certificate_pem, key)
            .context("the authority's certificate cannot be read")?;
        ensure!(gate.certificate_days > 0, "gate.certificate_days must be at least 1");
        Ok(Self(Some(Arc::new(Authority { issuer, certificate_pem, days: gate.certificate_days }))))
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Answers a request that came in a question signed with `key`. The outer error is the database's: try again.
pub(crate) async fn renew(
    db: &PgPool,
    renewals: &Renewals,
    node: NodeId,
    key: &NodeKey,
    csr_pem: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<Reply> {
    let Renewals(Some(authority)) = renewals else {
        return Ok(Reply::Refused(
            "Hub ini tidak memperpanjang sertifikat. Hubungi teknisi Puskesmas.".into(),
        ));
    };
    let issued = public_key_of(csr_pem, key).and_then(|key| authority.issue(node, &key, now));
    let issued = match issued {
        Ok(issued) => issued,
        Err(error) => {
            tracing::warn!(node.id = %node, "certificate not renewed: {error:#}");
            return Ok(Reply::Refused("Permintaan sertifikat tidak bisa dibaca.".into()));
        }
    };
    let mut db = db.acquire().await?;
    let sha256: [u8; 32] = Sha256::digest(issued.certificate.der()).into();
    note_certificate(&mut db, node.0, key.incarnation as i32, &sha256, Some(issued.until)).await?;
    tracing::info!(node.id = %node, "certificate renewed");
    Ok(Reply::Certificate {
        certificate_pem: issued.certificate.pem(),
        authority_pem: authority.certificate_pem.clone(),
    })
}

/// The key of the request, if it is the very key the question was signed with.
fn public_key_of(csr_pem: &str, key: &NodeKey) -> anyhow::Result<PublicKey> {
    let csr = CertificateSigningRequestParams::from_pem(csr_pem).context("the request cannot be read")?;
    ensure!(
        csr.public_key.der_bytes() == key.key.as_bytes(),
        "the request is for another key than the one that signed it"
    );
    Ok(csr.public_key)
}

struct Issued {
    certificate: rcgen::Certificate,
    until: DateTime<Utc>,
}

impl Authority {
    fn issue(&self, node: NodeId, key: &PublicKey, now: DateTime<Utc>) -> anyhow::Result<Issued> {
        let until = now + DAY * self.days;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, node.to_string());
        params.not_before = std::time::SystemTime::from(now - CLOCKS_MAY_DIFFER).into();
        params.not_after = std::time::SystemTime::from(until).into();
        params.serial_number = Some(serial()?);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(key, &self.issuer).context("cannot sign the certificate")?;
        Ok(Issued { certificate, until })
    }
}

/// Random, so that a renewed certificate differs from the one it follows and can be revoked alone.
fn serial() -> anyhow::Result<SerialNumber> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
    bytes[0] &= 0x7f; // a serial number is positive
    Ok(SerialNumber::from_slice(&bytes))
}
