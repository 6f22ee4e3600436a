//! Files that are written once: a key that is already in use somewhere is never replaced.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::Context;

/// Who may read a file.
#[derive(Clone, Copy)]
pub(crate) enum Readers {
    /// Its owner alone.
    Owner,
    /// Anyone: it holds no secret.
    Anyone,
}

/// Makes a directory only its owner can enter; one that is there already stays as it is.
pub(crate) fn directory(path: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make the directory {}", path.display()))
}

/// Stops with a sentence if any of `names` is already in `directory`.
pub(crate) fn nothing_there(directory: &Path, names: &[&str]) -> anyhow::Result<()> {
    for name in names {
        let path = directory.join(name);
        anyhow::ensure!(
            !path.try_exists()?,
            "{} is already there; nothing was changed (its keys may be in use: choose another directory)",
            path.display()
        );
    }
    Ok(())
}

/// Writes a new file through to the disk.
pub(crate) fn file(path: &Path, readers: Readers, content: &[u8]) -> anyhow::Result<()> {
    let mode = match readers {
        Readers::Owner => 0o600,
        Readers::Anyone => 0o644,
    };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(|err| {
        match err.kind() {
            ErrorKind::AlreadyExists => {
                anyhow::anyhow!("{} is already there; it was left as it is", path.display())
            }
            _ => anyhow::Error::new(err).context(format!("cannot write {}", path.display())),
        }
    })?;
    file.write_all(content)
        .and_then(|()| file.sync_all())
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a new JSON file that people can read.
pub(crate) fn json(path: &Path, readers: Readers, value: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    file(path, readers, &text)
}

/// Reads a file, with a sentence that names it.
pub(crate) fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Reads a JSON file, with a sentence that names it and what it should be.
pub(crate) fn read_json<T: serde::de::DeserializeOwned>(path: &Path, what: &str) -> anyhow::Result<T> {
    serde_json::from_str(&read(path)?).with_context(|| format!("{} is no {what}", path.display()))
}
