//! Compilers for other machines than this one: Debian packages, unpacked into a folder of our own. Nothing is installed, and no rights are needed.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use crate::cargo::run;

/// What a package was built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arch {
    /// The machine that builds.
    Amd64,
    /// The node.
    Arm64,
}

impl Arch {
    const fn name(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }
}

/// Fetches toolchains.
pub(crate) struct Toolchain;

impl Toolchain {
    /// Downloads packages into `into` and unpacks them there, unless just these already lie there.
    pub(crate) fn fetch(packages: &[(&str, Arch)], into: &Path) -> anyhow::Result<Root> {
        ensure!(std::env::consts::ARCH == "x86_64", "these toolchains run on x86-64 machines only");
        let mut wanted: Vec<String> =
            packages.iter().map(|(name, arch)| format!("{name}:{}", arch.name())).collect();
        wanted.sort();
        let list = wanted.join("\n");
        std::fs::create_dir_all(into)?;
        let into = into.canonicalize()?;
        // Written last, so that what was broken off is begun again.
        let done = into.join("fetched");
        if !std::fs::read_to_string(&done).is_ok_and(|fetched| fetched == list) {
            eprintln!("Fetching a toolchain into {}: {}", into.display(), wanted.join(" "));
            download(&wanted, &into)?;
            unpack(&into)?;
            std::fs::write(&done, &list)?;
        }
        Ok(Root(into.join("root")))
    }
}

/// A folder that looks like the root of a machine on which the packages are installed.
#[derive(Debug, Clone)]
pub(crate) struct Root(PathBuf);

impl Root {
    /// A file or folder in it, by its path from the root: `usr/bin/…`.
    pub(crate) fn path(&self, from_root: &str) -> PathBuf {
        self.0.join(from_root)
    }

    /// A compiler to be named in `RUSTC`: Debian's, with the libraries it was unpacked with.
    pub(crate) fn rustc(&self) -> anyhow::Result<PathBuf> {
        let wrapper = self.0.with_file_name("rustc");
        let script = format!(
            "#!/bin/sh\nLD_LIBRARY_PATH='{}' exec '{}' \"$@\"\n",
            self.path("usr/lib/x86_64-linux-gnu").display(),
            self.path("usr/bin/rustc").display(),
        );
        std::fs::write(&wrapper, script)?;
        std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755))?;
        Ok(wrapper)
    }
}

/// `apt-get` with lists of its own, for both architectures whatever this machine is set to.
fn apt(into: &Path) -> Command {
    let option = |name: &str, value: &OsStr| {
        let mut option = std::ffi::OsString::from(name);
        option.push("=");
        option.push(value);
        option
    };
    let mut apt = Command::new("apt-get");
    apt.current_dir(into.join("packages")).arg("-q");
    for (name, value) in [
        ("Dir::State::lists", into.join("lists").as_os_str()),
        ("Dir::Cache", into.join("cache").as_os_str()),
        ("APT::Architectures::", OsStr::new(Arch::Amd64.name())),
        ("APT::Architectures::", OsStr::new(Arch::Arm64.name())),
        ("APT::Sandbox::User", OsStr::new("root")),
    ] {
        apt.arg("-o").arg(option(name, value));
    }
    apt
}

fn download(wanted: &[String], into: &Path) -> anyhow::Result<()> {
    let packages = into.join("packages");
    if packages.exists() {
        std::fs::remove_dir_all(&packages)?;
    }
    for folder in ["packages", "lists/partial", "cache/archives/partial"] {
        std::fs::create_dir_all(into.join(folder))?;
    }
    run(apt(into).arg("update"))?;
    run(apt(into).arg("download").args(wanted))
}

fn unpack(into: &Path) -> anyhow::Result<()> {
    let root = into.join("root");
    if root.exists() {
        std::fs::remove_dir_all(&root)?;
    }
    std::fs::create_dir_all(&root)?;
    for entry in std::fs::read_dir(into.join("packages")).context("nothing was downloaded")? {
        run(Command::new("dpkg-deb").arg("-x").arg(entry?.path()).arg(&root))?;
    }
    Ok(())
}
