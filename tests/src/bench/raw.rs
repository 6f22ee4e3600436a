//! The bare cost of making a few kilobytes durable on the disk a store lies on.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// A file of its own, overwritten in place: no growth, no allocation, nothing but the flush.
pub(super) struct RawFile {
    file: File,
    block: [u8; 4096],
}

impl RawFile {
    pub(super) fn beside(store: &Path) -> anyhow::Result<Self> {
        let file = File::options().create(true).truncate(true).write(true).open(store.join("raw.block"))?;
        file.set_len(4096)?;
        file.sync_all()?;
        Ok(Self { file, block: [0; 4096] })
    }

    /// Overwrites the block and waits until the disk says it is there.
    pub(super) fn write(&mut self) -> anyhow::Result<Duration> {
        self.block[0] = self.block[0].wrapping_add(1);
        let started = Instant::now();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&self.block)?;
        self.file.sync_data()?;
        Ok(started.elapsed())
    }
}
