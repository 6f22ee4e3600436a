//! What a linked program takes up on a small machine, and the image to be written into its flash.

use std::ops::Range;

use anyhow::{Context, ensure};
use object::read::elf::{ElfFile32, FileHeader, ProgramHeader};
use object::{Endianness, elf};

/// A program as it lies in the machine.
pub(crate) struct Program {
    /// Everything in flash from its beginning, gaps filled with zeros.
    pub(crate) image: Vec<u8>,
    /// Bytes of memory its variables take; what is left is the stack's.
    pub(crate) memory: u64,
}

impl Program {
    /// Reads a linked program whose flash and memory lie there.
    pub(crate) fn read(file: &[u8], flash: Range<u64>, memory: Range<u64>) -> anyhow::Result<Self> {
        let file = ElfFile32::<Endianness>::parse(file).context("not a 32-bit program")?;
        let (endian, bytes) = (file.endian(), file.data());
        let mut program = Self { image: Vec::new(), memory: 0 };
        for segment in file.elf_header().program_headers(endian, bytes)? {
            if segment.p_type(endian) != elf::PT_LOAD {
                continue;
            }
            let part = segment.data(endian, bytes).ok().context("a segment lies outside the file")?;
            let at = u64::from(segment.p_paddr(endian));
            if !part.is_empty() {
                ensure!(flash.contains(&at), "{at:#x} is not in flash");
                let from = usize::try_from(at - flash.start)?;
                let end = program.image.len().max(from + part.len());
                program.image.resize(end, 0);
                program.image[from..from + part.len()].copy_from_slice(part);
            }
            if memory.contains(&u64::from(segment.p_vaddr(endian))) {
                program.memory += u64::from(segment.p_memsz(endian));
            }
        }
        ensure!(!program.image.is_empty(), "nothing in it lies in flash");
        Ok(program)
    }
}
