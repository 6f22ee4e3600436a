//! The key that seals everything on the card: read, and wrapped under a secret that does not lie on the card.
//!
//! # Why
//! `data.key` holds the key wrapped (`protocol::data_key`). A key of before that form still opens, and is wrapped once when
//! the node starts; so is one whose secret lies elsewhere than the settings now say. Wrapping is a row of file operations
//! that may be cut off after any of them: the key opens before and after each. A secret that does not fit changes nothing.
//! A secret in a file is destroyed once the board's is used; so what is called the board's must not be that file.

mod files;
mod quiet;

#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use protocol::data_key::{self, DataKey, FRESH, KeyFile, KeySource, Wrapped};
use zeroize::Zeroizing;

use crate::config::CardSettings;
use files::{Disk, Files};
pub use quiet::keep_memory_private;

/// What the key's file is called in a node's folder.
const KEY: &str = "data.key";

/// Reads the data key of a node's folder. Writes nothing.
pub fn read(folder: &Path, settings: &CardSettings) -> anyhow::Result<DataKey> {
    open(folder, settings).map(|(key, _)| key)
}

/// Wraps the data key of a node's folder as the settings say, if it is not: says so in the log if the secret protects
/// nobody. Gives the key.
pub fn settle(folder: &Path, settings: &CardSettings) -> anyhow::Result<DataKey> {
    let (key, source) = open(folder, settings)?;
    let wanted = source_of(settings);
    lies_elsewhere(folder, settings)?;
    if source != Some(wanted) {
        wrap(folder, settings, &key, &mut Disk)?;
        tracing::info!(source = wanted.word(), "the data key is wrapped under the device's secret");
    }
    match wanted {
        // what the key was wrapped under before may still lie somewhere on the card, so that secret goes
        KeySource::Board => {
            if let Err(error) = files::destroy(&mut Disk, &secret_file(folder, settings)) {
                tracing::warn!("the secret of before is still on the card, take it away by hand: {error:#}");
            }
        }
        KeySource::File => tracing::warn!(
            "the device's secret lies in a file: whoever takes this card can read it (for demonstrations only)"
        ),
    }
    Ok(key)
}

/// Refuses a secret of the board that is on the card: the old one beside it is destroyed, and a card would open itself.
fn lies_elsewhere(folder: &Path, settings: &CardSettings) -> anyhow::Result<()> {
    let Some(board) = &settings.board_secret else { return Ok(()) };
    let says = || format!("cannot read the board's secret in {}", board.display());
    let (place, own) = (board.canonicalize().with_context(says)?, board.metadata().with_context(says)?);
    let is_in_folder = place.starts_with(folder.canonicalize()?);
    let is_same = match secret_file(folder, settings).metadata() {
        Ok(file) => (file.dev(), file.ino()) == (own.dev(), own.ino()),
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => return Err(error).with_context(|| secret_file(folder, settings).display().to_string()),
    };
    ensure!(
        !is_in_folder && !is_same,
        "`board_secret` under [card] names {}, which lies on the card itself: it must name memory of the board. Nothing was \
         changed",
        board.display()
    );
    Ok(())
}

/// The key, and where the secret lies that it is wrapped under; `None` if it is not wrapped.
fn open(folder: &Path, settings: &CardSettings) -> anyhow::Result<(DataKey, Option<KeySource>)> {
    let path = folder.join(KEY);
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = Zeroizing::new(text);
    let wrapped = match KeyFile::read(&text).with_context(|| path.display().to_string())? {
        KeyFile::Plain(key) => return Ok((key, None)),
        KeyFile::Wrapped(wrapped) => wrapped,
    };
    let secret = secret(folder, settings, wrapped.source)?;
    let key = wrapped.open(&secret).with_context(|| match wrapped.source {
        KeySource::Board => format!(
            "{} does not open on this board: is the card in another device? Nothing was changed",
            path.display()
        ),
        KeySource::File => format!(
            "{} does not open with the secret in {}: it belongs to another node. Nothing was changed",
            path.display(),
            secret_file(folder, settings).display()
        ),
    })?;
    Ok((key, Some(wrapped.source)))
}

/// Wraps the key under the secret the settings name. A secret in a file is made if there is none.
fn wrap(folder: &Path, settings: &CardSettings, key: &DataKey, files: &mut impl Files) -> anyhow::Result<()> {
    let source = source_of(settings);
    if source == KeySource::File && !secret_file(folder, settings).try_exists()? {
        let secret: Zeroizing<[u8; 32]> = Zeroizing::new(random()?);
        let digits: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        files::replace(files, &secret_file(folder, settings), &(digits + "\n"))?;
    }
    let secret = secret(folder, settings, source)?;
    let wrapped = Wrapped::close(key, &secret, source, random::<FRESH>()?);
    ensure!(wrapped.open(&secret).is_ok_and(|opened| opened == *key), "the wrapped key does not open again");
    files::replace(files, &folder.join(KEY), &wrapped.to_text())
}

/// The secret of the device.
fn secret(folder: &Path, settings: &CardSettings, source: KeySource) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let path = match source {
        KeySource::File => secret_file(folder, settings),
        KeySource::Board => match &settings.board_secret {
            Some(path) => path.clone(),
            None => bail!(
                "{KEY} is wrapped under the board's secret, and edge.toml does not say where that is: `board_secret` under [card]"
            ),
        },
    };
    let bytes = std::fs::read(&path).map(Zeroizing::new);
    let bytes = bytes.with_context(|| format!("cannot read the device's secret in {}", path.display()))?;
    let is_secret = data_key::secret(&bytes).map(drop);
    is_secret.with_context(|| path.display().to_string())?;
    Ok(bytes)
}

fn secret_file(folder: &Path, settings: &CardSettings) -> PathBuf {
    folder.join(&settings.secret_file)
}

/// Where the settings say the secret lies.
pub fn source_of(settings: &CardSettings) -> KeySource {
    if settings.board_secret.is_some() { KeySource::Board } else { KeySource::File }
}

fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
    Ok(bytes)
}
