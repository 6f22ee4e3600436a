//! A node's request becomes a certificate, a bundle for the node and an enrolment for the hub.

use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::Context;
use protocol::NodeId;
use protocol::batch::HubPrivateKey;
use protocol::bundle::{Bundle, Enrolment, HubAddress, NodeRequest, Roster};
use rcgen::{
    CertificateSigningRequestParams, DnType, DnValue, Issuer, KeyPair, PKCS_ED25519, PublicKey, PublicKeyData,
};
use sha2::{Digest, Sha256};
use x509_parser::extensions::GeneralName;
use x509_parser::pem::parse_x509_pem;

use super::{Files, certificates};
use crate::hex;
use crate::keep::{self, Readers};

/// What is asked of the authority.
#[derive(Debug, Clone)]
pub struct Signing {
    /// The authority's directory.
    pub dir: PathBuf,
    /// The node's `request.json`.
    pub request: PathBuf,
    /// The roster the hub printed (`simpul-hub reference export`).
    pub roster: PathBuf,
    /// Where the node reaches the hub, and the name the hub's certificate bears there.
    pub hub: HubAddress,
    /// Local offset from UTC in minutes: 420 WIB, 480 WITA, 540 WIT.
    pub offset_min: i16,
    /// How long the certificate lasts.
    pub days: u32,
    /// Which life of the node's journal begins; 1 for a new node.
    pub incarnation: u32,
    /// Where the bundle goes.
    pub out: PathBuf,
    /// Where the enrolment goes.
    pub enrolment: PathBuf,
}

/// Checks the request, signs a certificate and writes both files. Gives the node's id.
///
/// A request that is not signed by its own key, or that names another node, is refused.
pub fn sign(asked: &Signing, now: SystemTime) -> anyhow::Result<NodeId> {
    let files = Files::of(&asked.dir);
    let request: NodeRequest = keep::read_json(&asked.request, "node request")?;
    let roster: Roster = keep::read_json(&asked.roster, "roster")?;
    anyhow::ensure!(
        !roster.posyandu.is_empty(),
        "the roster names no posyandu, so the node would serve nobody"
    );
    let key = public_key(&request)?;
    let authority_pem = keep::read(&files.certificate())?;
    bears_name(&keep::read(&files.hub_certificate())?, &asked.hub.server_name)?;
    let certificate = certificates::node(request.node, now, asked.days)?
        .signed_by(&key, &issuer(&authority_pem, &keep::read(&files.key())?)?)
        .context("cannot sign the node's certificate")?;
    let enrolment = Enrolment {
        node: request.node,
        label: request.label.clone(),
        incarnation: asked.incarnation,
        public_key: hex::write(key.der_bytes()),
        certificate_sha256: hex::write(&Sha256::digest(certificate.der())),
        posyandu: roster.posyandu.iter().map(|posyandu| posyandu.id).collect(),
    };
    let bundle = Bundle {
        version: 1,
        node: request.node,
        label: request.label,
        incarnation: asked.incarnation,
        offset_min: asked.offset_min,
        certificate_pem: certificate.pem(),
        authority_pem,
        hub: asked.hub.clone(),
        hub_keys: sealing_publics(&keep::read(&files.sealing_keys())?)?,
        hub_verifier: verifier(&keep::read(&files.signing_key())?)?,
        roster,
    };
    for path in [&asked.out, &asked.enrolment] {
        anyhow::ensure!(!path.try_exists()?, "{} is already there; nothing was signed", path.display());
    }
    // The bundle holds PIN verifiers: not for every eye, though no private key is in it.
    keep::json(&asked.out, Readers::Owner, &bundle)?;
    keep::json(&asked.enrolment, Readers::Owner, &enrolment)?;
    Ok(bundle.node)
}

/// The public key of a request that proves it holds the private half and names its own node.
fn public_key(request: &NodeRequest) -> anyhow::Result<PublicKey> {
    let csr = CertificateSigningRequestParams::from_pem(&request.csr_pem).map_err(|err| match err {
        rcgen::Error::InvalidCertificationRequestSignature => {
            anyhow::anyhow!("the request is not signed by the key it names; make a new one on the node")
        }
        err => anyhow::Error::new(err).context("the certificate request cannot be read"),
    })?;
    let name = csr.params.distinguished_name.get(&DnType::CommonName);
    anyhow::ensure!(
        name == Some(&DnValue::Utf8String(request.node.to_string())),
        "the certificate request is for another node than {}",
        request.node
    );
    anyhow::ensure!(
        csr.public_key.algorithm() == &PKCS_ED25519 && csr.public_key.der_bytes().len() == 32,
        "the certificate request holds no Ed25519 key"
    );
    Ok(csr.public_key)
}

pub(super) fn issuer<'a>(certificate_pem: &str, key_pem: &str) -> anyhow::Result<Issuer<'a, KeyPair>> {
    let key = KeyPair::from_pem(key_pem).context("authority.key cannot be read")?;
    Issuer::from_ca_cert_pem(certificate_pem, key).context("authority.crt cannot be read")
}

/// A node that is told a name the hub's certificate does not bear would never connect, so say it here.
fn bears_name(hub_pem: &str, name: &str) -> anyhow::Result<()> {
    let (_, pem) = parse_x509_pem(hub_pem.as_bytes()).context("hub.crt cannot be read")?;
    let certificate = pem.parse_x509().context("hub.crt cannot be read")?;
    let names = certificate.subject_alternative_name().context("hub.crt cannot be read")?;
    let names: Vec<String> =
        names.iter().flat_map(|names| &names.value.general_names).filter_map(spoken).collect();
    anyhow::ensure!(
        names.iter().any(|own| own == name),
        "the hub's certificate is for {}, not for {name}; give --hub-server-name or make it anew",
        names.join(", ")
    );
    Ok(())
}

fn spoken(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match *bytes {
            [a, b, c, d] => Some(std::net::Ipv4Addr::new(*a, *b, *c, *d).to_string()),
            bytes => <[u8; 16]>::try_from(bytes).ok().map(|ip| std::net::Ipv6Addr::from(ip).to_string()),
        },
        _ => None,
    }
}

fn sealing_publics(keys: &str) -> anyhow::Result<Vec<String>> {
    let publics = keys
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| Ok(hex::write(&HubPrivateKey::from_bytes(hex::key(line)?).public().0)))
        .collect::<anyhow::Result<Vec<_>>>()
        .context("sealing.keys cannot be read")?;
    anyhow::ensure!(!publics.is_empty(), "sealing.keys holds no key");
    Ok(publics)
}

fn verifier(seed: &str) -> anyhow::Result<String> {
    let seed = hex::key(seed).context("signing.key cannot be read")?;
    Ok(hex::write(ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key().as_bytes()))
}
