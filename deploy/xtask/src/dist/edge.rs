//! The node's program for a 64-bit Raspberry Pi, built on a PC.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::{FOLDER, bring};
use crate::cargo::{cargo, run};
use crate::toolchain::{Arch, Root, Toolchain};

/// Compiler and standard libraries of one age, a C compiler for the other machine, and an emulator of it.
const PACKAGES: [(&str, Arch); 18] = [
    ("rustc-web", Arch::Amd64),
    ("libstd-rust-web-1.96", Arch::Amd64),
    ("libstd-rust-web-dev", Arch::Amd64),
    ("libllvm22", Arch::Amd64),
    ("libstd-rust-web-1.96", Arch::Arm64),
    ("libstd-rust-web-dev", Arch::Arm64),
    ("binutils-aarch64-linux-gnu", Arch::Amd64),
    ("cpp-12-aarch64-linux-gnu", Arch::Amd64),
    ("gcc-aarch64-linux-gnu", Arch::Amd64),
    ("gcc-12-aarch64-linux-gnu", Arch::Amd64),
    ("gcc-12-aarch64-linux-gnu-base", Arch::Amd64),
    ("gcc-12-cross-base", Arch::Amd64),
    ("libgcc-12-dev-arm64-cross", Arch::Amd64),
    ("libgcc-s1-arm64-cross", Arch::Amd64),
    ("libc6-arm64-cross", Arch::Amd64),
    ("libc6-dev-arm64-cross", Arch::Amd64),
    ("linux-libc-dev-arm64-cross", Arch::Amd64),
    ("qemu-user-static", Arch::Amd64),
];

/// Where they are unpacked. Story `arm64-visit` finds the emulator here.
const DEBIAN: &str = "target/aarch64/debian";
/// Built apart: the compiler is another one than for this PC.
const BUILT: &str = "target/aarch64/build";
const TRIPLE: &str = "aarch64-unknown-linux-gnu";

/// Fetches what is missing, builds, and has the emulator start what was built.
pub(super) fn for_aarch64() -> anyhow::Result<()> {
    let root = Toolchain::fetch(&PACKAGES, Path::new(DEBIAN))?;
    find_c_library_anywhere(&root)?;
    let (gcc, ar) = (wrapped(&root, "aarch64-linux-gnu-gcc")?, wrapped(&root, "aarch64-linux-gnu-ar")?);
    let build = ["build", "--release", "--package", "edge", "--bin", "simpul-edge", "--target", TRIPLE];
    run(cargo(&build)
        .args(["--target-dir", BUILT])
        .env("RUSTC", root.rustc()?)
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", &gcc)
        .env("CC_aarch64_unknown_linux_gnu", &gcc)
        .env("AR_aarch64_unknown_linux_gnu", &ar))?;
    let binary = Path::new(BUILT).join(TRIPLE).join("release/simpul-edge");
    run(Command::new(root.path("usr/bin/qemu-aarch64-static"))
        .arg("-L")
        .arg(root.path("usr/aarch64-linux-gnu"))
        .arg(&binary)
        .arg("--version"))?;
    bring(&binary, &Path::new(FOLDER).join("aarch64"))
}

/// The C library for linking is a script that names its parts by where they would be installed; without the folder a
/// linker looks beside the script.
fn find_c_library_anywhere(root: &Root) -> anyhow::Result<()> {
    let script = root.path("usr/aarch64-linux-gnu/lib/libc.so");
    let text = std::fs::read_to_string(&script).with_context(|| format!("{} is gone", script.display()))?;
    Ok(std::fs::write(&script, text.replace("/usr/aarch64-linux-gnu/lib/", ""))?)
}

/// A program of the packages that finds the packages' libraries, which are not where the system looks.
fn wrapped(root: &Root, program: &str) -> anyhow::Result<PathBuf> {
    let wrapper = std::path::absolute(DEBIAN)?.join(program);
    let script = format!(
        "#!/bin/sh\nLD_LIBRARY_PATH='{}' exec '{}' \"$@\"\n",
        root.path("usr/lib/x86_64-linux-gnu").display(),
        root.path("usr/bin").join(program).display()
    );
    std::fs::write(&wrapper, script)?;
    std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755))?;
    Ok(wrapper)
}
