//! What happens on the node itself: it makes its own keys and asks to be known.

use std::path::Path;

use anyhow::Context;
use protocol::NodeId;
use protocol::bundle::NodeRequest;
use protocol::data_key::{self, FRESH, KeySource, Wrapped};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::keep::{self, Readers};

const KEY: &str = "node.key";
const DATA_KEY: &str = "data.key";
/// Where the edge looks for a secret in a file, unless its settings say otherwise.
const SECRET: &str = "device.secret";
const REQUEST: &str = "request.json";
/// What fits on a label and in a page's heading.
const LONGEST_LABEL: usize = 60;

/// Makes a node's identity in `dir`: `node.key`, `data.key`, `request.json`.
///
/// `board_secret` is where the system shows the board's secret (raw bytes); without it the secret goes into
/// `device.secret` on the same card, which protects nobody and is for demonstrations. Refuses to replace any of them. Gives
/// the id the node chose for itself (UUIDv7), or that of the node whose dead or lost card it `replaces`: then it is the same
/// node with new keys, in a new life.
pub fn new(
    dir: &Path,
    label: &str,
    replaces: Option<NodeId>,
    board_secret: Option<&Path>,
) -> anyhow::Result<NodeId> {
    let label = label.trim();
    anyhow::ensure!(
        (1..=LONGEST_LABEL).contains(&label.chars().count()),
        "a label has 1 to {LONGEST_LABEL} characters"
    );
    let of_board = board_secret.map(of_board).transpose()?;
    keep::directory(dir)?;
    keep::nothing_there(dir, &[KEY, DATA_KEY, SECRET, REQUEST])?;
    let node = replaces.unwrap_or_else(|| NodeId(Uuid::now_v7()));
    let key = crate::key::ed25519()?;
    let request = NodeRequest { node, label: label.to_owned(), csr_pem: request(node, &key)? };
    keep::file(&dir.join(KEY), Readers::Owner, key.serialize_pem().as_bytes())?;
    let (secret, source) = match of_board {
        Some(secret) => (secret, KeySource::Board),
        None => (in_a_file(dir)?, KeySource::File),
    };
    let data_key = Zeroizing::new(random::<32>()?);
    let wrapped = Wrapped::close(&data_key, &secret, source, random::<FRESH>()?);
    keep::file(&dir.join(DATA_KEY), Readers::Owner, wrapped.to_text().as_bytes())?;
    keep::json(&dir.join(REQUEST), Readers::Anyone, &request)?;
    Ok(node)
}

/// The secret of this board.
fn of_board(path: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let bytes = std::fs::read(path).map(Zeroizing::new);
    let bytes = bytes.with_context(|| format!("cannot read the board's secret in {}", path.display()))?;
    data_key::secret(&bytes).map(drop).with_context(|| path.display().to_string())?;
    Ok(bytes)
}

/// A secret beside the key it wraps. The edge takes the file's bytes as they are.
fn in_a_file(dir: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let secret = Zeroizing::new(random::<32>()?);
    let text = Zeroizing::new(format!("{}\n", crate::hex::write(secret.as_slice())).into_bytes());
    keep::file(&dir.join(SECRET), Readers::Owner, &text)?;
    Ok(text)
}

fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
    Ok(bytes)
}

fn request(node: NodeId, key: &KeyPair) -> anyhow::Result<String> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, node.to_string());
    params.serialize_request(key).and_then(|request| request.pem()).context("cannot write the request")
}
