//! Writes frames into a caller's buffer, for simulated instruments and tests.
use core::fmt::{self, Write as _};

pub(crate) struct Pen<'a> {
    out: &'a mut [u8],
    len: usize,
}

impl<'a> Pen<'a> {
    pub(crate) fn new(out: &'a mut [u8]) -> Self {
        Self { out, len: 0 }
    }

    /// Appends bytes; `None` when the buffer is full.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Option<()> {
        let end = self.len.checked_add(bytes.len())?;
        self.out.get_mut(self.len..end)?.copy_from_slice(bytes);
        self.len = end;
        Some(())
    }

    /// Appends formatted text; `None` when the buffer is full.
    pub(crate) fn text(&mut self, text: fmt::Arguments<'_>) -> Option<()> {
        self.write_fmt(text).ok()
    }

    /// What has been written so far.
    pub(crate) fn written(&mut self) -> &mut [u8] {
        self.out.get_mut(..self.len).unwrap_or_default()
    }
}

impl fmt::Write for Pen<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes(text.as_bytes()).ok_or(fmt::Error)
    }
}

/// Grams written as kilograms with three decimals: `-0.150`.
pub(crate) struct Kilograms(pub(crate) i64);

impl fmt::Display for Kilograms {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grams = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(out, "{sign}{}.{:03}", grams / 1000, grams % 1000)
    }
}

/// `+` or `-`.
pub(crate) const fn sign(value: i64) -> char {
    if value < 0 { '-' } else { '+' }
}
