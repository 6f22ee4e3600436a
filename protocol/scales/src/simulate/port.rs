//! A serial port without a wire: a pseudo-terminal under a stable name, and a cable that can be pulled.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::vec::Vec;
use std::{format, fs};

use nix::fcntl::OFlag;
use nix::pty::{PtyMaster, grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};

/// The instrument's end of a line whose other end is a device file.
#[derive(Debug)]
pub struct Port {
    path: PathBuf,
    line: Option<Line>,
}

#[derive(Debug)]
struct Line {
    master: PtyMaster,
    device: PathBuf,
    /// Held so that the line keeps its raw mode while the node has it closed.
    _slave: File,
}

impl Port {
    /// Makes the device file `path` (a link, as udev makes stable names) with the cable plugged in. A link that is there
    /// already makes room, as it does for a device that is plugged in anew; anything else is left alone, with an error.
    pub fn at(path: &Path) -> io::Result<Self> {
        let mut port = Self { path: path.into(), line: None };
        port.plug()?;
        Ok(port)
    }

    /// Plugs the cable in, as a new device under the same name.
    pub fn plug(&mut self) -> io::Result<()> {
        let path = self.path.display();
        let line = Line::open().map_err(named("cannot open a pseudo-terminal"))?;
        match fs::symlink_metadata(&self.path) {
            Ok(there) if there.is_symlink() => fs::remove_file(&self.path)?,
            Ok(_) => return Err(io::Error::other(format!("{path} is there already, and is not a link"))),
            Err(_) => {}
        }
        std::os::unix::fs::symlink(&line.device, &self.path)
            .map_err(named(&format!("cannot make {path}")))?;
        self.line = Some(line);
        Ok(())
    }

    /// Pulls it: the device goes away under whoever reads it.
    pub fn pull(&mut self) {
        let Some(line) = self.line.take() else { return };
        // Another instrument may have been plugged in under this name.
        if fs::read_link(&self.path).is_ok_and(|device| device == line.device) {
            let _ = fs::remove_file(&self.path);
        }
    }

    /// What was typed at the other end since it was last asked.
    pub fn typed(&mut self) -> Vec<u8> {
        let mut typed = Vec::new();
        if let Some(line) = &mut self.line {
            // Ends with "nothing there yet", which is no error here: what came before it is kept.
            let _ = line.master.read_to_end(&mut typed);
        }
        typed
    }

    /// Sends bytes down the line. An instrument does not wait: what nobody reads is lost.
    pub fn send(&mut self, bytes: &[u8]) {
        if let Some(line) = &mut self.line {
            let _ = line.master.write(bytes);
        }
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.pull();
    }
}

impl Line {
    fn open() -> io::Result<Self> {
        let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let device = PathBuf::from(ptsname_r(&master)?);
        let slave = File::options().read(true).write(true).open(&device)?;
        let mut mode = tcgetattr(slave.as_fd())?;
        cfmakeraw(&mut mode);
        tcsetattr(slave.as_fd(), SetArg::TCSANOW, &mode)?;
        Ok(Self { master, device, _slave: slave })
    }
}

/// Says in front of an error what was being done.
fn named(doing: &str) -> impl FnOnce(io::Error) -> io::Error {
    move |err| io::Error::new(err.kind(), format!("{doing}: {err}"))
}
