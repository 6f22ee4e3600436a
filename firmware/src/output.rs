//! What goes down the line: bridge frames for a node, or A&D text for whoever reads with their eyes.

use core::fmt::{self, Write as _};

use protocol::bridge::{Flags, Kind, Message};
use scales::Dialect;

use crate::settings::Mode;

/// Long enough for every line and every frame.
pub const LONGEST: usize = 128;

/// Bytes to send.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    bytes: [u8; LONGEST],
    len: usize,
}

impl Output {
    /// A reading. In text, `ST` means that it has `settled`; trouble is a line beginning with `#`, never a number.
    pub fn reading(message: &Message, mode: Mode, settled: bool) -> Self {
        let mut out = Self { bytes: [0; LONGEST], len: 0 };
        match mode {
            Mode::Frames => out.push(&message.encode()),
            Mode::Text => out.line(message, settled),
        }
        out
    }

    /// The answer to a command, on a line of its own. A node takes it for noise between two frames.
    pub fn answer(said: &dyn fmt::Display) -> Self {
        let mut out = Self { bytes: [0; LONGEST], len: 0 };
        out.comment(said);
        out
    }

    /// What to send.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    fn line(&mut self, message: &Message, settled: bool) {
        let head = if settled { "ST" } else { "US" };
        match (message.value, message.kind) {
            (Some(grams), Kind::Mass) => {
                let room = &mut self.bytes;
                self.len = scales::encode(Dialect::AdStd, grams.into(), settled, room).unwrap_or(0);
            }
            (Some(tenth_mm), Kind::Length) => {
                let (sign, size) = (if tenth_mm < 0 { '-' } else { '+' }, tenth_mm.unsigned_abs());
                self.written(format_args!("{head},{sign}{:06}.{} mm\r\n", size / 10, size % 10));
            }
            (None, _) if message.flags.saturated => self.push(b"OL,+9999999.9 g\r\n"),
            (None, _) => self.comment(&trouble(message.flags)),
        }
    }

    fn comment(&mut self, said: &dyn fmt::Display) {
        self.written(format_args!("# {said}\r\n"));
    }

    fn written(&mut self, text: fmt::Arguments<'_>) {
        // What does not fit is cut off: a line for people, read by nothing.
        let _ = self.write_fmt(text);
    }

    fn push(&mut self, bytes: &[u8]) {
        for (slot, byte) in self.bytes.iter_mut().skip(self.len).zip(bytes) {
            *slot = *byte;
            self.len += 1;
        }
    }
}

impl fmt::Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}

/// One word on why there is no value.
fn trouble(flags: Flags) -> &'static str {
    match flags {
        Flags { disconnected: true, .. } => "sensor disconnected",
        Flags { uncalibrated: true, .. } => "not calibrated",
        Flags { not_ready: true, .. } => "warming up, or not zeroed yet",
        _ => "no new reading",
    }
}
