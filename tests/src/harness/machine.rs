//! Another machine than this one: a program built for it, and an emulator that runs it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What makes both.
const RECIPE: &str = "cargo xtask dist edge --target aarch64";

/// A 64-bit ARM, as a Raspberry Pi has it.
#[derive(Debug)]
pub struct Arm64 {
    emulator: PathBuf,
    libraries: PathBuf,
    /// The node's program for it.
    pub edge: PathBuf,
}

impl Arm64 {
    /// The program and the emulator of this checkout. The error says which is missing and how it is made.
    pub fn of_this_checkout() -> anyhow::Result<Self> {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target");
        let debian = target.join("aarch64/debian/root/usr");
        let machine = Self {
            emulator: debian.join("bin/qemu-aarch64-static"),
            libraries: debian.join("aarch64-linux-gnu"),
            edge: target.join("dist/aarch64/simpul-edge"),
        };
        let parts = [&machine.emulator, &machine.libraries, &machine.edge];
        if let Some(missing) = parts.iter().find(|part| !part.exists()) {
            anyhow::bail!("{} is not there: `{RECIPE}` makes it", missing.display());
        }
        Ok(machine)
    }

    /// The node's program, to be given its arguments.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.emulator);
        command.arg("-L").arg(&self.libraries).arg(&self.edge);
        command
    }
}
