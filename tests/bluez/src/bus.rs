//! A message bus of our own: Debian's `dbus-daemon` on a socket in a folder of its own.

use std::io::{BufRead, BufReader, ErrorKind};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};
use tempfile::TempDir;

/// The shell holds the daemon as long as we hold the shell's input, however we end.
const KEEP: &str = "\"$1\" --nofork --print-address --config-file \"$0\" & cat > /dev/null; kill $!; wait $!";

/// A running bus. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Bus {
    address: String,
    shell: Child,
    _folder: TempDir,
}

impl Bus {
    /// Starts one by the program of this name.
    pub(crate) fn start_by(program: &str) -> anyhow::Result<Self> {
        let there = Command::new(program).arg("--version").stdout(Stdio::null()).status();
        let is_missing = there.as_ref().is_err_and(|err| err.kind() == ErrorKind::NotFound);
        ensure!(!is_missing, "there is no {program} here: install the Debian package dbus-daemon");
        ensure!(there?.success(), "{program} does not tell its version");
        let folder = tempfile::Builder::new().prefix("simpul-bus-").tempdir()?;
        let settings = folder.path().join("bus.conf");
        std::fs::write(&settings, settings_with(&folder.path().join("bus").display().to_string()))?;
        let mut shell = Command::new("sh")
            .args(["-c", KEEP])
            .arg(&settings)
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start a shell")?;
        let mut address = String::new();
        let output = shell.stdout.take().context("a piped output is there")?;
        BufReader::new(output).read_line(&mut address)?;
        ensure!(!address.is_empty(), "dbus-daemon does not start");
        Ok(Self { address: address.trim().to_owned(), shell, _folder: folder })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// Anybody who gets at the socket may do anything: the folder is ours alone.
fn settings_with(socket: &str) -> String {
    format!(
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
         \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n\
         <busconfig>\n  <type>session</type>\n  <listen>unix:path={socket}</listen>\n  <auth>EXTERNAL</auth>\n  \
         <policy context=\"default\">\n    <allow send_destination=\"*\"/>\n    <allow receive_sender=\"*\"/>\n    \
         <allow own=\"*\"/>\n  </policy>\n</busconfig>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_there_is_no_bus_to_be_had_the_package_is_named() {
        let refused = Bus::start_by("dbus-daemon-that-is-not-there").unwrap_err().to_string();
        assert!(refused.contains("install the Debian package dbus-daemon"), "{refused}");
    }
}
