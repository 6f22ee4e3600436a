//! The card the store's file lies on: opened so that what is read is what is there, and asked how much room is left.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use nix::fcntl::posix_fallocate;
use nix::sys::statvfs::statvfs;
use redb::backends::FileBackend;
use redb::{Builder, Database, DatabaseError};

/// What the store's file lies on: the card, or in tests a disk that fails on purpose.
pub(super) trait Disk: Send + Sync + 'static {
    /// Opens the file, made new if there is none, with nothing of it remembered from before.
    fn open(&self, builder: &Builder) -> Result<Database, DatabaseError>;
    /// True if there is no file, or nothing in it.
    fn is_blank(&self) -> bool;
    /// The life of a journal that was last noted to have begun here.
    fn begun(&self) -> Option<String>;
    /// Notes that a journal's life has begun here.
    fn note_begun(&self, life: &str) -> io::Result<()>;
    /// Puts the file out of the way, so that a new one is made. It is not deleted.
    fn set_aside(&self) -> io::Result<()>;
    /// Bytes that can still be written; `None` if that cannot be told.
    fn available(&self) -> Option<u64>;
    /// Bytes held in reserve beside the file.
    fn reserved(&self) -> u64;
    /// Holds so many bytes in reserve; all of them or, with an error, none.
    fn reserve(&self, bytes: u64) -> io::Result<()>;
    /// Gives the reserve up; false if there was none.
    fn release(&self) -> io::Result<bool>;
}

/// The store's file on a card.
pub(super) struct Card {
    path: PathBuf,
}

impl Card {
    pub(super) fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    fn ballast(&self) -> PathBuf {
        self.path.with_file_name("ballast")
    }

    fn begun_note(&self) -> PathBuf {
        self.path.with_extension("begun")
    }

    /// A new name in a folder is as easily lost as unsynced bytes.
    fn sync_folder(&self) -> io::Result<()> {
        File::open(self.folder())?.sync_all()
    }
}

impl Disk for Card {
    fn open(&self, builder: &Builder) -> Result<Database, DatabaseError> {
        let is_new = !self.path.exists();
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&self.path)?;
        if is_new {
            file.sync_all()?;
            self.sync_folder()?;
        }
        forget_cached(&file);
        builder.create_with_backend(FileBackend::new(file)?)
    }

    fn is_blank(&self) -> bool {
        std::fs::metadata(&self.path).map_or(true, |file| file.len() == 0)
    }

    fn begun(&self) -> Option<String> {
        match std::fs::read_to_string(self.begun_note()) {
            Ok(life) => Some(life),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            // A note that cannot be read is no sign that there never was one.
            Err(_) => Some(String::new()),
        }
    }

    fn note_begun(&self, life: &str) -> io::Result<()> {
        let mut note = File::create(self.begun_note())?;
        note.write_all(life.as_bytes())?;
        note.sync_all()?;
        self.sync_folder()
    }

    fn set_aside(&self) -> io::Result<()> {
        let free = (1..).map(|number| self.path.with_extension(format!("aside-{number}")));
        let name = free.into_iter().find(|name| !name.exists()).expect("some number is free");
        std::fs::rename(&self.path, name)?;
        self.sync_folder()
    }

    fn available(&self) -> Option<u64> {
        let room = statvfs(self.folder()).ok()?;
        // the widths of both figures differ between platforms
        #[expect(clippy::useless_conversion, reason = "u32 on a 32-bit Pi")]
        Some(u64::from(room.blocks_available()) * u64::from(room.fragment_size()))
    }

    fn reserved(&self) -> u64 {
        std::fs::metadata(self.ballast()).map_or(0, |file| file.len())
    }

    fn reserve(&self, bytes: u64) -> io::Result<()> {
        let held = File::create(self.ballast()).and_then(|ballast| {
            let length = bytes.try_into().map_err(|_| io::ErrorKind::FileTooLarge)?;
            posix_fallocate(&ballast, 0, length)?;
            ballast.sync_all()
        });
        held.inspect_err(|_| drop(std::fs::remove_file(self.ballast())))
    }

    fn release(&self) -> io::Result<bool> {
        match std::fs::remove_file(self.ballast()) {
            Ok(()) => self.sync_folder().map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// After a failed sync the system may remember pages the card never took: they must not be what is verified.
fn forget_cached(file: &File) {
    #[cfg(target_os = "linux")]
    {
        use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
        // advice: where it is not taken, the file is still the file
        let _ = posix_fadvise(file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = file;
}
