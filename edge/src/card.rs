//! What is done by hand to a node's card: its views are made again, or a damaged one is read as far as it goes.

use std::path::{Path, PathBuf};

use anyhow::Context;
use protocol::courier::{self, Way};

use crate::app::{Folder, identity};
use crate::store::salvage::{self, Found, Salvage, SealedFor};
use crate::store::{self, Rebuilt};

/// What was read of a damaged card, and where it was put.
#[derive(Debug)]
pub struct Rescued {
    /// The sealed packet for the hub.
    pub packet: PathBuf,
    /// The summary in words.
    pub summary: PathBuf,
    /// What was found.
    pub found: Found,
}

/// Makes every view of a node's store again from what is logged in it. The node must not be running.
pub fn rebuild(folder: &Folder) -> anyhow::Result<Rebuilt> {
    let bundle = folder.bundle()?;
    store::rebuild(&folder.store(), &*folder.data_key()?, identity(&bundle))
}

/// Reads what can be read of a node's store, without writing to it, and leaves in `to` a packet only the hub can open and
/// a summary. Needs `data.key` with the secret it is wrapped under, `node.key` and `bundle.json` beside the store.
pub fn salvage(folder: &Folder, to: &Path) -> anyhow::Result<Rescued> {
    let bundle = folder.bundle()?;
    let sealed_for = SealedFor::the_hub_of(&bundle, folder.signing_key()?)?;
    let Salvage { runs, found } = salvage::salvage(&folder.store(), &*folder.data_key()?, identity(&bundle))?;
    let letters = salvage::letters(&runs, identity(&bundle), &sealed_for);
    std::fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    let name = format!("simpul-{}-{}", bundle.label, bundle.incarnation);
    let packet = put(to, &format!("{name}.kurir"), &courier::write(Way::Up, bundle.node, &letters))?;
    let summary = put(to, &format!("{name}.txt"), salvage::in_words(&found).as_bytes())?;
    Ok(Rescued { packet, summary, found })
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<PathBuf> {
    let path = folder.join(name.replace(['/', '\\'], "-"));
    std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}
