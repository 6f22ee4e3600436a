//! USB sticks: which are plugged in, and how a file gets onto one whole.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};
use protocol::NodeId;
use protocol::courier::{self, Way};

use crate::config::CourierSettings;

/// No receipt is longer; the node has little memory.
pub(super) const LONGEST_RECEIPT: usize = 16 * 1024 * 1024;

/// A stick that can be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stick {
    /// Where it is mounted.
    pub(super) path: PathBuf,
    /// The name people know it by: its label.
    pub(super) name: String,
}

/// The sticks that are plugged in, in order of their names. Systems mount them one or two folders deep.
pub(super) fn plugged_in(settings: &CourierSettings) -> Vec<Stick> {
    let first: Vec<PathBuf> = settings.usb.iter().flat_map(|root| folders(root)).collect();
    let second: Vec<PathBuf> = first.iter().flat_map(|folder| folders(folder)).collect();
    let usable =
        |path: &PathBuf| (settings.any_folder || is_mounted(path)) && access(path, AccessFlags::W_OK).is_ok();
    let mut sticks: Vec<Stick> = first.into_iter().chain(second).filter(usable).map(Stick::at).collect();
    sticks.sort_by(|one, other| one.path.cmp(&other.path));
    sticks
}

impl Stick {
    fn at(path: PathBuf) -> Self {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        Self { path, name }
    }

    /// Writes a file. When this returns the stick may be pulled out; before, an older file of that name is still whole.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let unfinished = self.path.join(format!(".{name}.tmp"));
        // Whatever lies there under that name, a link to elsewhere too, is not written through.
        let _ = fs::remove_file(&unfinished);
        let written = File::create_new(&unfinished).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&unfinished, self.path.join(name))?;
            File::open(&self.path)?.sync_all()
        });
        written.inspect_err(|_| drop(fs::remove_file(&unfinished)))
    }

    /// The newest receipt for this node that lies on the stick.
    pub(super) fn receipt(&self, node: NodeId) -> Option<Vec<u8>> {
        let files = fs::read_dir(&self.path).ok()?.filter_map(Result::ok);
        let packets = files.filter(|file| file.path().extension().is_some_and(|kind| kind == "spl"));
        let packets = packets.filter(|file| file.file_type().is_ok_and(|kind| kind.is_file()));
        let mut packets: Vec<_> =
            packets.filter_map(|file| Some((file.metadata().ok()?.modified().ok()?, file.path()))).collect();
        packets.sort();
        packets
            .into_iter()
            .rev()
            .filter_map(|(_, path)| read(&path).ok())
            .find(|bytes| is_receipt(bytes, node))
    }
}

fn is_receipt(bytes: &[u8], node: NodeId) -> bool {
    courier::read(Way::Down, bytes).is_ok_and(|packet| packet.node == node)
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST_RECEIPT as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn folders(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).into_iter().flatten().filter_map(Result::ok);
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

/// A folder is a mounted medium if it lies on another device than the folder around it: nothing meant for a stick may
/// end up on the node's own card.
fn is_mounted(path: &Path) -> bool {
    let device = |path: &Path| fs::metadata(path).map(|found| found.dev());
    match (device(path), path.parent().map(device)) {
        (Ok(own), Some(Ok(around))) => own != around,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_on_the_nodes_own_card_is_no_stick() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("kader/BIDAN")).unwrap();
        let mut settings = CourierSettings { usb: vec![root.path().into()], any_folder: false };
        assert_eq!(plugged_in(&settings), []);
        settings.any_folder = true;
        let names: Vec<_> = plugged_in(&settings).into_iter().map(|stick| stick.name).collect();
        assert_eq!(names, ["kader", "BIDAN"]);
    }

    #[test]
    fn a_file_is_on_the_stick_whole_or_not_at_all() {
        let root = tempfile::tempdir().unwrap();
        let stick = Stick::at(root.path().into());
        stick.write("a.spl", b"one").unwrap();
        stick.write("a.spl", b"another").unwrap();
        let names: Vec<_> =
            fs::read_dir(root.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(names, ["a.spl"]);
        assert_eq!(fs::read(root.path().join("a.spl")).unwrap(), b"another");
        assert!(stick.write("no/such.spl", b"").is_err());
    }
}
