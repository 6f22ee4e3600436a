//! A picture of a damaged card's file in memory: the card itself is only read.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Arc, RwLock, RwLockReadGuard};

use redb::StorageBackend;

/// What is read at once; where that fails, the card is asked page by page.
const PIECE: usize = 256 * 1024;
const PAGE: usize = 4096;

/// The bytes of a file, where they could be read.
#[derive(Debug, Clone)]
pub(in crate::store) struct Picture(Arc<RwLock<Vec<u8>>>);

impl Picture {
    pub(in crate::store) fn of(bytes: Vec<u8>) -> Self {
        Self(Arc::new(RwLock::new(bytes)))
    }

    /// Reads a file; pages the card does not give are zero. Gives how many bytes those were.
    pub(super) fn take(path: &Path) -> io::Result<(Self, u64)> {
        let file = File::open(path)?;
        let mut bytes =
            vec![0; usize::try_from(file.metadata()?.len()).map_err(|_| io::ErrorKind::FileTooLarge)?];
        let mut unreadable_bytes = 0;
        for (number, piece) in bytes.chunks_mut(PIECE).enumerate() {
            let at = (number * PIECE) as u64;
            if file.read_exact_at(piece, at).is_ok() {
                continue;
            }
            for (page, bytes) in piece.chunks_mut(PAGE).enumerate() {
                if file.read_exact_at(bytes, at + (page * PAGE) as u64).is_err() {
                    bytes.fill(0);
                    unreadable_bytes += bytes.len() as u64;
                }
            }
        }
        Ok((Self::of(bytes), unreadable_bytes))
    }

    pub(super) fn bytes(&self) -> RwLockReadGuard<'_, Vec<u8>> {
        self.0.read().expect("nobody panics while holding the picture")
    }

    /// A picture of its own, since opening a store's file changes it.
    pub(super) fn copy(&self) -> Self {
        Self::of(self.bytes().clone())
    }
}

impl StorageBackend for Picture {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let bytes = self.bytes();
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let piece = start.checked_add(out.len()).and_then(|end| bytes.get(start..end));
        out.copy_from_slice(piece.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).map_err(|_| io::ErrorKind::FileTooLarge)?;
        self.0.write().expect("nobody panics while holding the picture").resize(len, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut bytes = self.0.write().expect("nobody panics while holding the picture");
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let piece = start.checked_add(data.len()).and_then(|end| bytes.get_mut(start..end));
        piece.ok_or(io::ErrorKind::UnexpectedEof)?.copy_from_slice(data);
        Ok(())
    }
}
