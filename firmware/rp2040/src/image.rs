//! Which program this is: a sum over the image in flash, so that no number has to be kept by hand.

use crc::{CRC_32_ISO_HDLC, Crc};

use crate::storage::Storage;

const SUM: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
const FLASH_AT: usize = 0x1000_0000;

mod linker {
    #![expect(unsafe_code, reason = "the linker's symbols: only their addresses are taken")]
    unsafe extern "C" {
        /// Where the first values of variables lie in flash: the last part of the image.
        pub(super) safe static __sidata: u8;
        pub(super) safe static __sdata: u8;
        pub(super) safe static __edata: u8;
    }
}

/// The sum, as `cargo xtask dist firmware` prints it too.
pub(crate) fn name(storage: &mut Storage) -> u32 {
    let at = |symbol: &u8| core::ptr::from_ref(symbol).addr();
    let data = at(&linker::__edata) - at(&linker::__sdata);
    let end = at(&linker::__sidata) - FLASH_AT + data;
    let mut sum = SUM.digest();
    let mut chunk = [0; 64];
    for from in (0..end).step_by(chunk.len()) {
        let part = &mut chunk[..(end - from).min(64)];
        if storage.read(from as u32, part).is_err() {
            return 0;
        }
        sum.update(part);
    }
    sum.finalize()
}
