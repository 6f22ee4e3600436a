//! Reads what can be read from a damaged card, without writing to it.
//!
//! # Why
//! A card that no longer opens still holds most of what was saved on it. Every journal entry is sealed with its sequence
//! number bound in, so an entry that opens is whole and in its place: there is nothing to believe and nothing to guess.
//!
//! # What it cannot do
//! Without `data.key` nothing opens. An entry with one wrong bit does not open, and no part of it is given out. Where the
//! file's trees are damaged, a last event may be given out that a save had begun and nobody was told was kept; the hub
//! takes it by its own id, so a repeat of it is no second event.

mod leaf;
mod packet;
mod picture;
mod runs;
mod summary;

use std::path::Path;

use anyhow::Context;
use protocol::{Chain, Frame};
use redb::{Database, ReadableDatabase, ReadableTable};

pub use packet::{SealedFor, letters};
pub use runs::Run;
pub use summary::{Found, in_words};

use super::heard::received;
use super::journal::{JOURNAL, MARKS, entry};
use super::seal::Seal;
use super::{Identity, StoreError, opening};
#[cfg(any(test, feature = "faults"))]
pub(super) use leaf::scan;
pub(super) use picture::Picture;
use runs::Entries;

/// What was read from a card.
#[derive(Debug, Clone)]
pub struct Salvage {
    /// Events that follow each other, oldest first.
    pub runs: Vec<Run>,
    /// What was found on the way.
    pub found: Found,
}

/// An entry of the journal that opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) sequence: u64,
    pub(super) chain: Chain,
    pub(super) frame: Frame,
}

/// Reads a store's file as far as it can be read. An error only if there is no such file.
pub fn salvage(path: &Path, data_key: &[u8; 32], identity: Identity) -> anyhow::Result<Salvage> {
    let (picture, unreadable_bytes) =
        Picture::take(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(from_picture(&picture, unreadable_bytes, &Seal::new(data_key), identity))
}

pub(super) fn from_picture(
    picture: &Picture,
    unreadable_bytes: u64,
    seal: &Seal,
    identity: Identity,
) -> Salvage {
    let bytes = picture.bytes();
    let mut entries = Entries::default();
    leaf::scan(&bytes, seal, &mut |_, entry| entries.add(entry));
    let mut found = Found { file_bytes: bytes.len() as u64, unreadable_bytes, ..Found::default() };
    drop(bytes);
    match opening::guarded(|| committed(picture, seal)) {
        Ok((rows, received)) => {
            (found.is_sound, found.received) = (true, Some(received));
            entries.prefer(rows);
        }
        Err(error) => tracing::info!("the file does not open ({error}), its pages are read one by one"),
    }
    let runs = entries.into_runs(identity, &mut found);
    Salvage { runs, found }
}

/// What the file's own trees say is committed, and how far the hub has it; an error unless every page is as it was
/// written.
fn committed(picture: &Picture, seal: &Seal) -> Result<(Vec<Entry>, u64), StoreError> {
    let mut builder = Database::builder();
    let database = builder.set_check_integrity_on_open(true).create_with_backend(picture.copy())?;
    let reading = database.begin_read()?;
    let mut rows = Vec::new();
    for row in reading.open_table(JOURNAL)?.iter()? {
        let (sequence, stored) = row?;
        let sequence = sequence.value();
        let (chain, frame) = entry(seal, sequence, stored.value())?;
        rows.push(Entry { sequence, chain, frame });
    }
    let received = received(&reading.open_table(MARKS)?)?;
    Ok((rows, received))
}
