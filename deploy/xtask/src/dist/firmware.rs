//! Builds the scale bridge for its board and measures it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::ensure;
use crc::{CRC_32_ISO_HDLC, Crc};

use super::elf::Program;
use crate::cargo::run;
use crate::toolchain::{Arch, Root, Toolchain};

const TARGET: &str = "thumbv6m-none-eabi";
const NAME: &str = "bridge-rp2040";
const FLASH_AT: u64 = 0x1000_0000;
const MEMORY_AT: u64 = 0x2000_0000;
/// What a bridge may take: a fraction of the board, so that the smallest sibling can carry it too.
const FLASH_LIMIT: usize = 64 * 1024;
const MEMORY_LIMIT: u64 = 16 * 1024;

/// A compiler that knows the board's processor, its library in source, and a linker.
const PACKAGES: &[(&str, Arch)] = &[
    ("rustc-web", Arch::Amd64),
    ("libstd-rust-web-1.96", Arch::Amd64),
    ("libstd-rust-web-dev", Arch::Amd64),
    ("rust-web-src", Arch::Amd64),
    ("libllvm22", Arch::Amd64),
    ("lld-22", Arch::Amd64),
];

/// Builds every variant, prints what it takes, and fails if that is too much.
pub(super) fn dist() -> anyhow::Result<()> {
    let root = Toolchain::fetch(PACKAGES, Path::new("target/toolchain/bare"))?;
    let folder = Path::new("target/dist/firmware");
    std::fs::create_dir_all(folder)?;
    for chip in ["hx711", "nau7802"] {
        let program = Program::read(&std::fs::read(build(&root, chip)?)?, in_flash(), in_memory())?;
        let image = &program.image;
        let sum = Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(image);
        std::fs::write(folder.join(format!("bridge-{chip}.bin")), image)?;
        std::fs::write(folder.join(format!("bridge-{chip}.uf2")), uf2(image))?;
        println!(
            "bridge-{chip:<8} flash {:>6} of {FLASH_LIMIT}, memory {:>5} of {MEMORY_LIMIT}, firmware {sum:08x}",
            image.len(),
            program.memory
        );
        ensure!(image.len() <= FLASH_LIMIT, "bridge-{chip} takes more flash than it may");
        ensure!(program.memory <= MEMORY_LIMIT, "bridge-{chip} takes more memory than it may");
    }
    eprintln!("In {}: hold BOOTSEL, plug the board in, copy the .uf2 onto it", folder.display());
    Ok(())
}

/// Builds the bridge and lays the emulator beside it, for the story that runs both.
pub(crate) fn emulator() -> anyhow::Result<()> {
    dist()?;
    crate::npm::lay("firmware/emulator", "emulator").map(drop)
}

fn in_flash() -> std::ops::Range<u64> {
    FLASH_AT..FLASH_AT + 2 * 1024 * 1024
}

fn in_memory() -> std::ops::Range<u64> {
    MEMORY_AT..MEMORY_AT + 264 * 1024
}

/// Where the linked program lies. Built apart from everything else, whose flags are others.
fn build(root: &Root, chip: &str) -> anyhow::Result<PathBuf> {
    let target = std::env::current_dir()?.join("target/firmware");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir("firmware/rp2040")
        .args(["build", "--release", "--locked", "--no-default-features", "--features", chip])
        .args(["-Zbuild-std=core", "-Zbuild-std-features=compiler-builtins-mem", "--target", TARGET])
        .env("RUSTC", root.rustc()?)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_TARGET_THUMBV6M_NONE_EABI_LINKER", root.path("usr/lib/llvm-22/bin/ld.lld"))
        .env("CARGO_TARGET_THUMBV6M_NONE_EABI_RUSTFLAGS", "-Clinker-flavor=ld.lld")
        .env_remove("RUSTFLAGS")
        .stdout(Stdio::from(std::io::stderr()));
    run(&mut cargo)?;
    Ok(target.join(TARGET).join("release").join(NAME))
}

/// The image as the board's own loader takes it: blocks of 256 bytes, each with its address.
fn uf2(image: &[u8]) -> Vec<u8> {
    const MAGIC: [u32; 2] = [0x0a32_4655, 0x9e5d_5157];
    const MAGIC_END: u32 = 0x0ab1_6f30;
    const FAMILY_PRESENT: u32 = 0x2000;
    const RP2040: u32 = 0xe48b_ff56;
    let blocks = image.chunks(256);
    let count = blocks.len() as u32;
    let mut file = Vec::with_capacity(blocks.len() * 512);
    for (nth, part) in blocks.enumerate() {
        let at = FLASH_AT as u32 + 256 * nth as u32;
        let head = [MAGIC[0], MAGIC[1], FAMILY_PRESENT, at, 256, nth as u32, count, RP2040];
        file.extend(head.iter().flat_map(|word| word.to_le_bytes()));
        let from = file.len();
        file.extend(part);
        file.resize(from + 476, 0);
        file.extend(MAGIC_END.to_le_bytes());
    }
    file
}
