//! The authority's list of certificates it no longer vouches for, as brokers read it.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use protocol::bundle::Bundle;
use rcgen::{
    CertificateRevocationListParams, KeyIdMethod, RevocationReason, RevokedCertParams, SerialNumber,
};
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use super::Files;
use super::sign::issuer;
use crate::keep;

/// How long brokers believe a list before they want a newer one: as long as the longest certificate.
const LASTS: Duration = Duration::from_secs(825 * 24 * 60 * 60);

/// What became of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Where it is.
    pub file: PathBuf,
    /// How many certificates it names.
    pub revoked: usize,
}

struct Revoked {
    serial: Vec<u8>,
    since: SystemTime,
}

/// Adds the certificates in `files` (bundles, or PEM) to the list in the authority's directory, and signs it anew. What
/// was revoked stays so.
pub fn revoke(dir: &Path, files: &[PathBuf], now: SystemTime) -> anyhow::Result<List> {
    let paths = Files::of(dir);
    let (mut revoked, number) = read_list(&paths.revoked())?;
    for file in files {
        let serial = serial_of(file)?;
        if !revoked.iter().any(|known| known.serial == serial) {
            revoked.push(Revoked { serial, since: now });
        }
    }
    let entry = |revoked: &Revoked| RevokedCertParams {
        serial_number: SerialNumber::from_slice(&revoked.serial),
        revocation_time: revoked.since.into(),
        reason_code: Some(RevocationReason::CessationOfOperation),
        invalidity_date: None,
    };
    let params = CertificateRevocationListParams {
        this_update: now.into(),
        next_update: (now + LASTS).into(),
        crl_number: SerialNumber::from(number + 1),
        issuing_distribution_point: None,
        revoked_certs: revoked.iter().map(entry).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let list = params
        .signed_by(&issuer(&keep::read(&paths.certificate())?, &keep::read(&paths.key())?)?)
        .and_then(|list| list.pem())
        .context("cannot sign the revocation list")?;
    replace(&paths.revoked(), list.as_bytes())?;
    Ok(List { file: paths.revoked(), revoked: revoked.len() })
}

/// What the list says now, and its number; nothing and 0 before the first.
fn read_list(path: &Path) -> anyhow::Result<(Vec<Revoked>, u64)> {
    if !path.try_exists()? {
        return Ok((Vec::new(), 0));
    }
    let unreadable = || format!("{} is no revocation list", path.display());
    let text = keep::read(path)?;
    let (_, pem) = parse_x509_pem(text.as_bytes()).with_context(unreadable)?;
    let (_, list) = CertificateRevocationList::from_der(&pem.contents).with_context(unreadable)?;
    let revoked = list.iter_revoked_certificates().map(|entry| {
        let since = u64::try_from(entry.revocation_date.timestamp()).unwrap_or_default();
        Revoked {
            serial: entry.raw_serial().to_vec(),
            since: SystemTime::UNIX_EPOCH + Duration::from_secs(since),
        }
    });
    let number = list.crl_number().and_then(|number| number.to_u64_digits().first().copied());
    Ok((revoked.collect(), number.unwrap_or_default()))
}

/// The serial number of the certificate in a bundle or a PEM file.
fn serial_of(file: &Path) -> anyhow::Result<Vec<u8>> {
    let text = keep::read(file)?;
    let pem = serde_json::from_str::<Bundle>(&text).map_or(text, |bundle| bundle.certificate_pem);
    let unreadable = || format!("{} holds no certificate", file.display());
    let (_, pem) = parse_x509_pem(pem.as_bytes()).with_context(unreadable)?;
    let certificate = pem.parse_x509().with_context(unreadable)?;
    Ok(certificate.raw_serial().to_vec())
}

/// The list is the one file here that changes: written beside and moved over, so that a reader never meets half of it.
fn replace(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let beside = path.with_extension("new");
    let _ = std::fs::remove_file(&beside); // of a run that was stopped half way
    keep::file(&beside, keep::Readers::Anyone, content)?;
    std::fs::rename(&beside, path).with_context(|| format!("cannot write {}", path.display()))
}
