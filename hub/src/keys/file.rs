//! The key file, 64 hexadecimal digits a line, newest first; and beside it when each key was made.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use chrono::{DateTime, SecondsFormat, Utc};
use protocol::batch::KeyId;

/// Reads a key file.
pub(super) fn read(file: &Path) -> anyhow::Result<Vec<[u8; 32]>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the keys in {}", file.display()))?;
    let keys: Option<Vec<_>> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(from_hex).collect();
    let keys = keys.with_context(|| format!("{} must hold 64 hexadecimal digits a line", file.display()))?;
    ensure!(!keys.is_empty(), "{} holds no key", file.display());
    Ok(keys)
}

/// Writes a key file over the one that is there: whole or not at all, for the same owner alone. What stood there before is
/// overwritten as far as the disk allows.
pub(super) fn write(file: &Path, keys: &[[u8; 32]]) -> anyhow::Result<()> {
    // A link to the file stays one.
    let file = &file.canonicalize().with_context(|| format!("cannot find {}", file.display()))?;
    let mut old = OpenOptions::new()
        .write(true)
        .open(file)
        .with_context(|| format!("cannot write the keys in {}", file.display()))?;
    let text: String = keys.iter().map(|key| hex(key) + "\n").collect();
    replace(file, &text)?;
    // The old file has no name any more; readers that opened it before have long read its few lines.
    let length = old.metadata()?.len();
    old.seek(SeekFrom::Start(0))?;
    old.write_all(&vec![b'\n'; length as usize])?;
    Ok(old.sync_all()?)
}

/// When each key of a key file was made, as far as that was written down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ages(Vec<(KeyId, DateTime<Utc>)>);

impl Ages {
    /// Reads what stands beside a key file; nothing there is nothing known.
    pub(super) fn beside(keys: &Path) -> anyhow::Result<Self> {
        let file = ages_of(keys);
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error).context(format!("cannot read {}", file.display())),
        };
        let read = |line: &str| {
            let (id, made_at) = line.split_once(' ')?;
            Some((KeyId(from_hex(id)?), made_at.trim().parse().ok()?))
        };
        let ages: Option<Vec<_>> = text.lines().filter(|line| !line.trim().is_empty()).map(read).collect();
        let ages =
            ages.with_context(|| format!("{} must hold a key's name and a time a line", file.display()))?;
        Ok(Self(ages))
    }

    pub(super) fn write_beside(&self, keys: &Path) -> anyhow::Result<()> {
        let line = |(id, made_at): &(KeyId, DateTime<Utc>)| {
            format!("{} {}\n", hex(&id.0), made_at.to_rfc3339_opts(SecondsFormat::Secs, true))
        };
        let file = ages_of(keys);
        if !file.exists() {
            std::fs::write(&file, "").with_context(|| format!("cannot write {}", file.display()))?;
        }
        replace(&file, &self.0.iter().map(line).collect::<String>())
    }

    pub(super) fn made_at(&self, key: KeyId) -> Option<DateTime<Utc>> {
        self.0.iter().find(|(id, _)| *id == key).map(|(_, made_at)| *made_at)
    }

    /// Notes a key's age, unless it is known.
    pub(super) fn note(&mut self, key: KeyId, made_at: DateTime<Utc>) {
        if self.made_at(key).is_none() {
            self.0.push((key, made_at));
        }
    }

    pub(super) fn keep_only(&mut self, keys: &[KeyId]) {
        self.0.retain(|(id, _)| keys.contains(id));
    }
}

fn ages_of(keys: &Path) -> PathBuf {
    let mut name = keys.as_os_str().to_owned();
    name.push(".made");
    name.into()
}

/// Puts a new file in the place of the one that is there, which gives it its owner.
fn replace(file: &Path, text: &str) -> anyhow::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let written = write_new(file, &beside, text);
    written.with_context(|| format!("cannot write {}", file.display()))
}

fn write_new(file: &Path, beside: &Path, text: &str) -> std::io::Result<()> {
    // Left behind by a run that was cut short.
    match std::fs::remove_file(beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(beside)?;
    let (before, now) = (std::fs::metadata(file)?, new.metadata()?);
    if (before.uid(), before.gid()) != (now.uid(), now.gid()) {
        std::os::unix::fs::fchown(&new, Some(before.uid()), Some(before.gid()))?;
    }
    new.write_all(text.as_bytes())?;
    new.sync_all()?;
    std::fs::rename(beside, file)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads `2 * N` hexadecimal digits; `None` for anything else.
pub(crate) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digits = std::str::from_utf8(digits).ok()?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_is_read_exactly_or_not_at_all() {
        assert_eq!(from_hex("00ff"), Some([0, 255]));
        assert_eq!(from_hex::<2>("00f"), None);
        assert_eq!(from_hex::<2>("00fg"), None);
        assert_eq!(from_hex::<2>("+0ff"), None, "a sign is no digit");
    }
}
