//! The first byte chooses the dialect, the rest is a frame, and then the same again as a stream.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scales::{Decoder, Dialect, Profile, decode};

fuzz_target!(|input: &[u8]| {
    let Some((choice, bytes)) = input.split_first() else { return };
    let dialect = Dialect::ALL[usize::from(*choice) % Dialect::ALL.len()];
    let profile = Profile::new(dialect);
    let _ = decode(profile, bytes);
    if !dialect.comes_in_packets() {
        let mut decoder = Decoder::new(profile);
        for &byte in bytes {
            if let Some(Ok(reading)) = decoder.push(byte) {
                assert!(reading.grams().is_some() || reading.tenth_mm().is_some(), "{dialect} {bytes:02x?}");
            }
        }
    }
});
