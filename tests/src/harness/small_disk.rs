//! A card that can be filled: a small file system of its own, where the machine lets us make one.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Keeper;
use super::process::run;

/// What fills it.
const FILLING: &str = "penuh.bin";
const PIECE: [u8; 4096] = [0x55; 4096];

/// A file system in memory with a fixed size. Dropping it takes it out of the tree.
#[derive(Debug)]
pub struct SmallDisk {
    path: PathBuf,
}

impl SmallDisk {
    /// Mounts one at `path`, made if it is not there. An error says why this machine has none.
    pub fn at(keeper: &Keeper, path: &Path, megabytes: u32) -> anyhow::Result<Self> {
        std::fs::create_dir_all(path)?;
        let size = format!("size={megabytes}m,mode=0700");
        run(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "simpul-tests"]).arg(path))?;
        keeper.unmount(path)?;
        Ok(Self { path: path.to_owned() })
    }

    /// Fills it to the last block.
    pub fn fill(&self) -> anyhow::Result<()> {
        let mut file = File::options().create(true).append(true).open(self.path.join(FILLING))?;
        loop {
            match file.write_all(&PIECE) {
                Ok(()) => {}
                Err(err) if err.kind() == std::io::ErrorKind::StorageFull => return Ok(()),
                Err(err) => return Err(err.into()),
            }
        }
    }

    /// Makes room again.
    pub fn free(&self) {
        let _ = std::fs::remove_file(self.path.join(FILLING));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = run(Command::new("umount").args(["-q", "-l"]).arg(&self.path));
    }
}
