//! Opening and closing the store's file: nothing is believed of it before it has been looked through.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use protocol::Chain;
use redb::{Database, DatabaseError, TableHandle};

use super::disk::Disk;
use super::index::PEOPLE_BY_INDEX;
use super::journal::Head;
use super::writer::{Writing, begin};
use super::{Identity, Shelf, StoreError, rebuild};

/// Pages kept in memory by redb; the whole node must stay far below 60 MB.
const CACHE_BYTES: usize = 8 * 1024 * 1024;

/// Opens the file, checks every page of it, finishes a rebuild that was cut off, and finds where the journal ends.
pub(super) fn open(disk: &dyn Disk, shelf: &Arc<Shelf>) -> Result<(Database, Head), StoreError> {
    let life = life(shelf.identity);
    let begun = disk.begun();
    if disk.is_blank() && begun.as_ref() == Some(&life) {
        // an empty file where a journal was would begin again at 1 and give numbers out twice
        tracing::error!("this journal was begun here before, and its file is gone or empty");
        return Err(StoreError::Broken);
    }
    if let Some(other) = begun.as_ref().filter(|begun| !begun.is_empty() && *begun != &life)
        && !disk.is_blank()
    {
        tracing::error!(
            "this journal is of another life ({other:?}) than the bundle: begin a new card in an empty folder"
        );
        return Err(StoreError::Broken);
    }
    let mut opened = look_through(disk, shelf);
    if matches!(opened, Err(StoreError::Broken)) && begun.is_none() {
        // the power went while the file was made: nobody was ever told that something is kept in it
        tracing::warn!("a store's file that was never finished is put aside");
        disk.set_aside().map_err(|error| reaction(&redb::Error::Io(error)))?;
        opened = look_through(disk, shelf);
    }
    if opened.is_ok()
        && begun.as_ref() != Some(&life)
        && let Err(error) = disk.note_begun(&life)
    {
        tracing::warn!("the beginning of this journal could not be noted: {error}");
    }
    opened
}

fn look_through(disk: &dyn Disk, shelf: &Arc<Shelf>) -> Result<(Database, Head), StoreError> {
    guarded(|| {
        let database = open_file(disk).map_err(|error| {
            tracing::error!("the store's file does not open: {error}");
            StoreError::from(error)
        })?;
        let head = first_look(&database, shelf)?;
        rebuild::finish(&database, shelf, head)?;
        Ok((database, head))
    })
}

/// Closes the file once the last reader is done; they are within milliseconds.
pub(super) fn close(database: Arc<Database>) {
    for _ in 0..500 {
        if Arc::strong_count(&database) == 1 {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    // what failed before may fail again at the last
    let _ = catch_unwind(AssertUnwindSafe(|| drop(database)));
}

/// Does something with the file. redb may panic on what a damaged card gives it: that is an error like any other.
pub(super) fn guarded<T>(look: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(look)).unwrap_or_else(|_| {
        tracing::error!("the store's file is not what it was written as");
        Err(StoreError::Broken)
    })
}

fn open_file(disk: &dyn Disk) -> Result<Database, DatabaseError> {
    disk.open(Database::builder().set_cache_size(CACHE_BYTES).set_check_integrity_on_open(true))
}

/// What is noted of a journal's beginning.
pub(super) fn life(identity: Identity) -> String {
    format!("{} {}\n", identity.node, identity.incarnation)
}

/// Makes the tables a new file lacks, and finds where the journal ends. Writes nothing if none is lacking: a full card
/// can still be opened.
fn first_look(database: &Database, shelf: &Arc<Shelf>) -> Result<Head, StoreError> {
    let transaction = begin(database)?;
    let tables: Vec<String> = transaction.list_tables()?.map(|table| table.name().to_owned()).collect();
    let is_indexed = tables.iter().any(|table| table == PEOPLE_BY_INDEX.name());
    let genesis = Head { sequence: 0, chain: Chain([0; 32]) };
    let mut writing = Writing::begin(&transaction, shelf, genesis)?;
    let head = Head::read(&writing.journal, &shelf.seal, shelf.identity)?;
    if !is_indexed {
        writing.index_everyone()?;
    }
    drop(writing);
    if transaction.list_tables()?.count() > tables.len() {
        transaction.commit()?;
    } else {
        transaction.abort()?;
    }
    Ok(head)
}

/// What a caller can do about an error of the file.
pub(super) fn reaction(error: &redb::Error) -> StoreError {
    use std::io::ErrorKind::{InvalidData, QuotaExceeded, StorageFull, UnexpectedEof};
    match error {
        redb::Error::Io(io) => match io.kind() {
            StorageFull | QuotaExceeded => StoreError::Full,
            InvalidData | UnexpectedEof => StoreError::Broken,
            _ => StoreError::Stopped,
        },
        redb::Error::Corrupted(_) | redb::Error::RepairAborted | redb::Error::UpgradeRequired(_) => {
            StoreError::Broken
        }
        _ => StoreError::Stopped,
    }
}
