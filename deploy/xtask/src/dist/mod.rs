//! What is brought to the machines that run it.

mod edge;
mod elf;
mod firmware;

use std::path::Path;
use std::process::ExitCode;

use crate::cargo::{Profile, build, program};

pub(crate) use firmware::emulator;

/// Where it all lies.
const FOLDER: &str = "target/dist";

/// What is made, if not all there is for a PC.
#[derive(clap::Subcommand)]
pub(crate) enum Part {
    /// Only the node's program
    Edge {
        /// The machine it is for; a PC if left out
        #[arg(long, value_enum)]
        target: Option<Target>,
    },
    /// The scale bridge's image for the RP2040, measured against its flash and memory
    Firmware,
}

/// A machine other than this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Target {
    /// A 64-bit Raspberry Pi, or anything else with a 64-bit ARM and Debian 12 or newer
    Aarch64,
}

/// Makes it, and says how large it is and where it lies.
pub(crate) fn make(part: Option<Part>) -> anyhow::Result<ExitCode> {
    match part {
        None => here(&["simpul", "simpul-edge", "simpul-hub"])?,
        Some(Part::Edge { target: None }) => here(&["simpul-edge"])?,
        Some(Part::Edge { target: Some(Target::Aarch64) }) => edge::for_aarch64()?,
        Some(Part::Firmware) => firmware::dist()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Release binaries for this PC in one folder.
fn here(names: &[&str]) -> anyhow::Result<()> {
    build(Profile::Release)?;
    names.iter().try_for_each(|name| bring(&program(name, Profile::Release), Path::new(FOLDER)))
}

/// Copies a binary into a folder and tells its size.
fn bring(binary: &Path, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    let name = binary.file_name().unwrap_or_default();
    let brought = folder.join(name);
    let bytes = std::fs::copy(binary, &brought)?;
    println!("{:>12} {:>6.1} MB  {}", name.display(), bytes as f64 / 1e6, brought.display());
    Ok(())
}
