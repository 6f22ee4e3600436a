//! What the hub remembers outside its database, so that a restored database cannot speak for itself.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The database as this hub saw it last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    /// The newest epoch.
    pub(super) epoch: Uuid,
    /// The cluster, as Postgres names it.
    pub(super) system: i64,
    /// Its timeline.
    pub(super) timeline: i32,
    /// Where its log ended, in bytes.
    pub(super) log_end: i64,
}

const NAME: &str = "epoch.json";

/// What was written last; `None` if there is nothing, or nothing that can be read.
pub(super) async fn read(dir: &Path) -> Option<Seen> {
    let file = dir.join(NAME);
    let bytes = match tokio::fs::read(&file).await {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::error!("cannot read {}: {error}", file.display());
            return None;
        }
    };
    let seen = serde_json::from_slice(&bytes);
    seen.inspect_err(|error| tracing::error!("{} is damaged: {error}", file.display())).ok()
}

/// Replaces what was written, whole or not at all. A folder that cannot be written is said aloud and not waited for:
/// taking records in matters more, and every node compares as well.
pub(super) async fn write(dir: &Path, seen: Seen) {
    let dir: PathBuf = dir.to_owned();
    let written = tokio::task::spawn_blocking(move || replace(&dir, seen).map_err(|error| (dir, error)));
    if let Ok(Err((dir, error))) = written.await {
        tracing::error!(
            "cannot write to {}, a restored database may be noticed late: {error}",
            dir.display()
        );
    }
}

fn replace(dir: &Path, seen: Seen) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let new = dir.join(format!("{NAME}.new"));
    let mut file = File::create(&new)?;
    file.write_all(&serde_json::to_vec(&seen)?)?;
    file.sync_all()?;
    fs::rename(&new, dir.join(NAME))?;
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_written_is_read_and_damage_reads_as_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("state");
        assert_eq!(read(&dir).await, None);
        let seen = Seen { epoch: Uuid::from_u128(5), system: -3, timeline: 2, log_end: 77 };
        write(&dir, seen).await;
        assert_eq!(read(&dir).await, Some(seen));
        fs::write(dir.join(NAME), b"{\"epoch\":").unwrap();
        assert_eq!(read(&dir).await, None);
    }
}
