//! A new authority, and the hub's own certificate and keys.

use std::path::Path;
use std::time::SystemTime;

use anyhow::Context;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use protocol::batch::HubPrivateKey;
use rcgen::Issuer;

use super::{Files, certificates};
use crate::hex;
use crate::keep::{self, Readers};
use crate::key::ed25519;

/// Makes an authority in `dir` and the hub's files in `dir/hub`.
///
/// `hub_names` are the host names and addresses the hub is reached by. Refuses to replace an authority.
pub fn init(dir: &Path, hub_names: &[String], now: SystemTime) -> anyhow::Result<()> {
    let files = Files::of(dir);
    let key = ed25519()?;
    let params = certificates::authority(now)?;
    let own = params.self_signed(&key).context("cannot sign the authority's certificate")?;
    let hub_key = ed25519()?;
    let hub = certificates::hub(hub_names, now)?
        .signed_by(&hub_key, &Issuer::from_params(&params, &key))
        .context("cannot sign the hub's certificate")?;

    keep::directory(dir)?;
    keep::nothing_there(dir, &["authority.crt", "authority.key", "hub"])?;
    keep::directory(&files.hub())?;
    keep::file(&files.key(), Readers::Owner, key.serialize_pem().as_bytes())?;
    keep::file(&files.certificate(), Readers::Anyone, own.pem().as_bytes())?;
    keep::file(&files.hub_key(), Readers::Owner, hub_key.serialize_pem().as_bytes())?;
    keep::file(&files.hub_certificate(), Readers::Anyone, hub.pem().as_bytes())?;
    keep::file(&files.sealing_keys(), Readers::Owner, sealing_key().as_bytes())?;
    keep::file(&files.signing_key(), Readers::Owner, signing_key()?.as_bytes())
}

fn sealing_key() -> String {
    let key = HubPrivateKey::generate(&mut UnwrapErr(SysRng));
    format!("{}\n", hex::write(&key.to_bytes()))
}

fn signing_key() -> anyhow::Result<String> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).context("the system gives no random numbers")?;
    Ok(format!("{}\n", hex::write(&seed)))
}
