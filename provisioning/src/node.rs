//! What happens on the node itself: it makes its own keys and asks to be known.

use std::path::Path;

use anyhow::Context;
use protocol::NodeId;
use protocol::bundle::NodeRequest;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use uuid::Uuid;

use crate::keep::{self, Readers};

const KEY: &str = "node.key";
const SECRET: &str = "data.key";
const REQUEST: &str = "request.json";
/// What fits on a label and in a page's heading.
const LONGEST_LABEL: usize = 60;

/// Makes a node's identity in `dir`: `node.key`, `data.key`, `request.json`.
///
/// Refuses to replace any of them. Gives the id the node chose for itself (UUIDv7), or that of the node whose dead or
/// lost card it `replaces`: then it is the same node with new keys, in a new life.
pub fn new(dir: &Path, label: &str, replaces: Option<NodeId>) -> anyhow::Result<NodeId> {
    let label = label.trim();
    anyhow::ensure!(
        (1..=LONGEST_LABEL).contains(&label.chars().count()),
        "a label has 1 to {LONGEST_LABEL} characters"
    );
    keep::directory(dir)?;
    keep::nothing_there(dir, &[KEY, SECRET, REQUEST])?;
    let node = replaces.unwrap_or_else(|| NodeId(Uuid::now_v7()));
    let key = crate::key::ed25519()?;
    let request = NodeRequest { node, label: label.to_owned(), csr_pem: request(node, &key)? };
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).context("the system gives no random numbers")?;
    keep::file(&dir.join(KEY), Readers::Owner, key.serialize_pem().as_bytes())?;
    keep::file(&dir.join(SECRET), Readers::Owner, format!("{}\n", crate::hex::write(&secret)).as_bytes())?;
    keep::json(&dir.join(REQUEST), Readers::Anyone, &request)?;
    Ok(node)
}

fn request(node: NodeId, key: &KeyPair) -> anyhow::Result<String> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, node.to_string());
    params.serialize_request(key).and_then(|request| request.pem()).context("cannot write the request")
}
