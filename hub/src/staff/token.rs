//! The secret in a cookie or a one-time link, of which the hub keeps only a fingerprint.

use std::fmt::{self, Write};

use anyhow::Context;
use sha2::{Digest, Sha256};

/// 256 random bits. `Debug` shows nothing of them.
pub(super) struct Token([u8; 32]);

impl Token {
    /// A new one, from the operating system's randomness.
    pub(super) fn new() -> anyhow::Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).context("no randomness for a token")?;
        Ok(Self(bytes))
    }

    /// Reads the text form; `None` for anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The text form: 64 hexadecimal digits.
    pub(super) fn text(&self) -> String {
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// What the database keeps. A plain hash will do: nobody can guess 256 random bits.
    pub(super) fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_reads_back_and_nothing_else_does() {
        let token = Token::new().unwrap();
        let text = token.text();
        assert_eq!(Token::parse(&text).unwrap().fingerprint(), token.fingerprint());
        for wrong in [
            "",
            &text[1..],
            &format!("{text}0"),
            &format!("+{}", &text[1..]),
            &text.replace(char::is_alphanumeric, "ä"),
        ] {
            assert!(Token::parse(wrong).is_none(), "{wrong}");
        }
        assert!(!format!("{token:?}").contains(&text[..8]));
    }
}
