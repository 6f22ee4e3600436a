//! The three certificates there are: the authority's own, the hub's, a node's.

use std::time::{Duration, SystemTime};

use anyhow::Context;
use protocol::NodeId;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyUsagePurpose, SerialNumber,
};

/// Clocks in the field are off by minutes; a certificate is good from a little before it was made.
const CLOCKS_MAY_DIFFER: Duration = Duration::from_secs(60 * 60);

/// The hub's common name, by which an outside broker knows it; no node's, for those are UUIDs.
const HUB: &str = "simpul-hub";

/// The authority: signs certificates and nothing else, and no authority below it.
pub(super) fn authority(now: SystemTime) -> anyhow::Result<CertificateParams> {
    let mut params = named("Simpul authority", now, 3650)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

/// The hub, under the names and addresses nodes reach it by.
pub(super) fn hub(names: &[String], now: SystemTime) -> anyhow::Result<CertificateParams> {
    anyhow::ensure!(!names.is_empty(), "the hub needs at least one name");
    let mut params = named(HUB, now, 730)?;
    params.subject_alt_names = CertificateParams::new(names)
        .with_context(|| format!("the hub cannot be called {}", names.join(", ")))?
        .subject_alt_names;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    // Towards an outside broker the hub is a client itself.
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// A node, under its id.
pub(super) fn node(id: NodeId, now: SystemTime, days: u32) -> anyhow::Result<CertificateParams> {
    let mut params = named(&id.to_string(), now, days)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn named(common_name: &str, now: SystemTime, days: u32) -> anyhow::Result<CertificateParams> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = (now - CLOCKS_MAY_DIFFER).into();
    params.not_after = (now + Duration::from_secs(u64::from(days) * 24 * 60 * 60)).into();
    params.serial_number = Some(serial()?);
    Ok(params)
}

/// Random, so that a renewed certificate differs from the one it follows and can be revoked alone.
fn serial() -> anyhow::Result<SerialNumber> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
    bytes[0] &= 0x7f; // a serial number is positive
    Ok(SerialNumber::from_slice(&bytes))
}
