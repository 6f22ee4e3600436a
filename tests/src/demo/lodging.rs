//! Where the demo keeps its data between two starts.

use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::today;

/// What a demo must remember to tell the same story again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Remembered {
    /// Where Postgres keeps its data: a short path, outside anyone's home.
    pub postgres: PathBuf,
    /// Chooses the children.
    pub seed: u64,
    /// The day their history leads up to.
    pub day: String,
}

/// The demo's folder in this checkout.
pub fn folder() -> PathBuf {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    checkout.join(".simpul/demo")
}

impl Remembered {
    /// What an earlier demo left; a new beginning if it left nothing, or if that is asked for.
    pub fn find(folder: &Path, fresh: bool, seed: u64) -> anyhow::Result<Self> {
        let note = folder.join("remembered.json");
        let found = std::fs::read(&note).ok().and_then(|text| serde_json::from_slice::<Self>(&text).ok());
        if let Some(found) = found {
            if !fresh && found.postgres.join("data/PG_VERSION").exists() {
                return Ok(found);
            }
            found.forget_database()?;
        }
        let _ = std::fs::remove_dir_all(folder);
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        // Not under /tmp, which a restart of the machine empties.
        let postgres = tempfile::Builder::new().prefix("simpul-").tempdir_in("/var/tmp")?.keep();
        let new = Self { postgres, seed, day: today().to_string() };
        std::fs::write(&note, serde_json::to_vec_pretty(&new)?)?;
        Ok(new)
    }

    /// The day its history leads up to.
    pub fn day(&self) -> anyhow::Result<NaiveDate> {
        self.day.parse().context("the demo's remembered day cannot be read")
    }

    /// Removes the old data; only ever a directory this demo named so itself.
    fn forget_database(&self) -> anyhow::Result<()> {
        let ours = self.postgres.parent() == Some(Path::new("/var/tmp"))
            && self.postgres.file_name().is_some_and(|name| name.to_string_lossy().starts_with("simpul-"));
        if ours && self.postgres.exists() {
            std::fs::remove_dir_all(&self.postgres).with_context(|| {
                format!("cannot remove {}; is another demo running?", self.postgres.display())
            })?;
        }
        Ok(())
    }
}
