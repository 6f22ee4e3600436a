//! A certificate is renewed at two thirds of its life, or after any time offline, without a visit.
//!
//! # Why
//! The key is what makes the node the node; the certificate only says so for ninety days. Whoever holds the key may ask
//! for the next one, even when the last has long ended: then by a road that asks to see none.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::time::Duration;

use anyhow::{Context, ensure};
use protocol::ask::Question;
use protocol::courier::{self, Way};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ED25519};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;

use super::Road;
use super::mail::{Asked, Post};
use super::pass::Pass;

/// No certificate is longer.
const LONGEST_ANSWER: usize = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(60);

impl Road {
    /// Whether it is time for the next certificate.
    pub(super) fn wants_certificate(&self) -> bool {
        let pass = self.pass();
        self.surely_s() >= pass.begins_s + (pass.ends_s - pass.begins_s) / 3 * 2
    }

    /// Whether the certificate may have ended: it has, or nobody here knows what day it is.
    pub(super) fn may_have_ended(&self) -> bool {
        let unsure = self.clock.now().stamp.source < protocol::time::ClockSource::Hub;
        unsure || self.surely_s() >= self.pass().ends_s
    }

    /// It is at least this late, seconds since 1970.
    fn surely_s(&self) -> i64 {
        self.clock.for_certificate(0) / 1_000
    }

    /// Asks for a certificate for the same key.
    pub(super) fn renewal(&self) -> anyhow::Result<Question> {
        let key = PrivatePkcs8KeyDer::from_pem_slice(self.node_key_pem.as_bytes())?;
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&key, &PKCS_ED25519)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, self.node.to_string());
        let csr_pem = params.serialize_request(&key).and_then(|request| request.pem())?;
        Ok(Question::Renew { csr_pem })
    }

    /// Takes a certificate: checks it, keeps it beside the old one, and shows it from the next connection on.
    pub(super) fn take_certificate(&self, certificate_pem: &str, authority_pem: &str) -> anyhow::Result<()> {
        let pass = self.pass();
        let public_key = self.node_key.verifying_key().to_bytes();
        pass.check_successor(certificate_pem, self.node, &public_key, &self.clock)?;
        let known = self.folder.bundle()?.authority_pem;
        let authorities = if pass.goes_on(authority_pem) { authority_pem } else { &known };
        let next =
            Pass::read(certificate_pem, authorities, &self.node_key_pem, &self.server_name, &self.clock)?;
        // On a full card it is used all the same; after the next start it is asked for again.
        if let Err(error) = self.keep_in_bundle(certificate_pem, authorities) {
            tracing::error!("the new certificate could not be kept: {error:#}");
        }
        tracing::info!(until_s = next.ends_s, "the certificate was renewed");
        self.use_pass(next);
        Ok(())
    }

    /// The bundle is there, whole, at every moment: the old one or the new one.
    fn keep_in_bundle(&self, certificate_pem: &str, authority_pem: &str) -> anyhow::Result<()> {
        let folder = &self.folder.0;
        let path = folder.join("bundle.json");
        let old = fs::read(&path)?;
        let mut bundle: serde_json::Value = serde_json::from_slice(&old)?;
        bundle["certificate_pem"] = certificate_pem.into();
        bundle["authority_pem"] = authority_pem.into();
        let new = folder.join("bundle.json.new");
        write(&folder.join("bundle.json.old"), &old)?;
        write(&new, &serde_json::to_vec_pretty(&bundle)?)?;
        fs::rename(&new, &path)?;
        File::open(folder)?.sync_all()?;
        Ok(())
    }
}

/// For the owner alone: a bundle holds PIN verifiers.
fn write(path: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Asks for a certificate by the road that asks to see none.
pub(super) async fn renew_without_certificate(post: &Post) -> anyhow::Result<()> {
    let road = &post.road;
    let https = road.https.as_ref().context("there is no HTTPS road to ask for a certificate by")?;
    let client = super::https::client(&road.pass().bare, PATIENCE)?;
    let url = format!("https://{}:{}/api/v1/nodes/{}/renewal", https.host, https.port, road.node);
    let mut asked = Asked::default();
    let letter = asked.ask(road, road.renewal()?);
    let response = client.post(url).body(letter).send().await?.error_for_status()?;
    let answer = super::https::body(response, LONGEST_ANSWER).await?;
    let ends_s = road.pass().ends_s;
    // a packet like every answer by this road, or the one letter alone
    let letters = courier::read(Way::Down, &answer).map_or_else(|_| vec![answer], |packet| packet.letters);
    for letter in letters {
        post.take(&letter, &mut asked).await?;
    }
    ensure!(road.pass().ends_s > ends_s, "the hub gave no certificate");
    Ok(())
}
