//! Keys as digits a person can compare over the phone.

use anyhow::Context;

/// Lower-case hexadecimal digits, two a byte.
pub(crate) fn write(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads exactly 64 hexadecimal digits.
pub(crate) fn key(text: &str) -> anyhow::Result<[u8; 32]> {
    let text = text.trim();
    anyhow::ensure!(
        text.len() == 64 && text.is_ascii(),
        "a key is 64 hexadecimal digits, not {} characters",
        text.len()
    );
    let mut key = [0; 32];
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16)
            .context("a key holds something other than hexadecimal digits")?;
    }
    Ok(key)
}
