//! A serial port without a wire: a pseudo-terminal under a stable name, and a cable that can be pulled.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use anyhow::Context;
use nix::fcntl::OFlag;
use nix::pty::{PtyMaster, grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};

/// The instrument's end of a line whose other end is a device file at `path`.
#[derive(Debug)]
pub struct Port {
    path: PathBuf,
    line: Option<Line>,
}

#[derive(Debug)]
struct Line {
    master: PtyMaster,
    /// Held so that the line keeps its raw mode while the node has it closed.
    _slave: File,
}

impl Port {
    /// Makes the device file `path` (a link, as udev makes stable names) with the cable plugged in.
    pub fn at(path: &Path) -> anyhow::Result<Self> {
        let mut port = Self { path: path.to_owned(), line: None };
        port.plug()?;
        Ok(port)
    }

    /// Plugs the cable in, as a new device under the same name.
    pub fn plug(&mut self) -> anyhow::Result<()> {
        let line = Line::open().context("cannot open a pseudo-terminal")?;
        let device = ptsname_r(&line.master)?;
        let _ = std::fs::remove_file(&self.path);
        std::os::unix::fs::symlink(device, &self.path)
            .with_context(|| format!("cannot make {}", self.path.display()))?;
        self.line = Some(line);
        Ok(())
    }

    /// Pulls it: the device goes away under whoever reads it.
    pub fn pull(&mut self) {
        self.line = None;
        let _ = std::fs::remove_file(&self.path);
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
    fn open() -> anyhow::Result<Self> {
        let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let slave = File::options().read(true).write(true).open(ptsname_r(&master)?)?;
        let mut mode = tcgetattr(slave.as_fd())?;
        cfmakeraw(&mut mode);
        tcsetattr(slave.as_fd(), SetArg::TCSANOW, &mode)?;
        Ok(Self { master, _slave: slave })
    }
}
