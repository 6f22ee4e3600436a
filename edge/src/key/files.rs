//! A file put in the place of another in steps that may be cut off: before each and after each it is whole.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// One thing done to the disk.
#[derive(Debug)]
pub(super) enum Step<'a> {
    /// What an earlier run left half done goes.
    Forget(&'a Path),
    /// A new file for its owner alone; not yet sure to be on the disk.
    Write(&'a Path, &'a str),
    /// A file's content is on the disk from now on.
    Sync(&'a Path),
    /// It takes the place of the other.
    Rename(&'a Path, &'a Path),
    /// The folder's names are on the disk from now on.
    SyncFolder(&'a Path),
    /// The content of a file without a name is written over, as far as the card does that.
    Blank(&'a mut File),
}

/// Who does it.
pub(super) trait Files {
    /// Does one step.
    fn step(&mut self, step: Step<'_>) -> std::io::Result<()>;
}

/// The node's own disk.
pub(super) struct Disk;

/// Puts `text` into `path`, whole or not at all; what stood there before is written over.
pub(super) fn replace(files: &mut impl Files, path: &Path, text: &str) -> anyhow::Result<()> {
    steps(files, path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Writes over a file that nobody needs any more, and takes it away. One that is not there is gone already.
pub(super) fn destroy(files: &mut impl Files, path: &Path) -> anyhow::Result<()> {
    let mut old = match OpenOptions::new().read(true).write(true).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        old => old.with_context(|| format!("cannot open {}", path.display()))?,
    };
    let gone = files.step(Step::Blank(&mut old)).and_then(|()| files.step(Step::Forget(path)));
    gone.with_context(|| format!("cannot take {} away", path.display()))
}

fn steps(files: &mut impl Files, path: &Path, text: &str) -> std::io::Result<()> {
    let new = beside(path);
    let mut old = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(old) => Some(old),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    files.step(Step::Forget(&new))?;
    files.step(Step::Write(&new, text))?;
    files.step(Step::Sync(&new))?;
    files.step(Step::Rename(&new, path))?;
    files.step(Step::SyncFolder(path.parent().unwrap_or(Path::new("."))))?;
    old.as_mut().map_or(Ok(()), |old| files.step(Step::Blank(old)))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

impl Files for Disk {
    fn step(&mut self, step: Step<'_>) -> std::io::Result<()> {
        match step {
            Step::Forget(path) => match std::fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
            Step::Write(path, text) => OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)?
                .write_all(text.as_bytes()),
            Step::Sync(path) | Step::SyncFolder(path) => File::open(path)?.sync_all(),
            Step::Rename(from, to) => std::fs::rename(from, to),
            Step::Blank(file) => {
                let length = file.read_to_end(&mut Vec::new())?;
                file.seek(SeekFrom::Start(0))?;
                file.write_all(&vec![b'\n'; length])?;
                file.sync_all()
            }
        }
    }
}
