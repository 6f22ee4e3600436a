//! What came over a line lately, as somebody who looks for a mistake wants to see it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use ::scales::Outcome;

/// What a line's listener and the pages share.
pub(super) fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().expect("nobody panics while holding what was heard")
}

/// Bytes that are remembered: a few frames of any dialect.
const KEPT: usize = 96;

/// The last bytes of a line, and how many frames in them could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    last: VecDeque<u8>,
    /// Frames that were readings.
    pub good: u64,
    /// Everything else a frame can be.
    pub bad: u64,
    /// How often the line was opened.
    pub opened: u64,
    /// Readings that were told before, and were not counted again.
    pub again: u64,
}

impl Heard {
    /// Bytes came.
    pub fn take(&mut self, bytes: &[u8]) {
        self.last.extend(bytes);
        let excess = self.last.len().saturating_sub(KEPT);
        self.last.drain(..excess);
    }

    /// They completed a frame.
    pub fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Ok(_) => self.good += 1,
            Err(_) => self.bad += 1,
        }
    }

    /// Whether anything came at all.
    pub fn is_silent(&self) -> bool {
        self.last.is_empty()
    }

    /// The last bytes: letters as letters, a line's end as an arrow, others as `‹02›`.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(KEPT * 2);
        for &byte in &self.last {
            match byte {
                b' '..=b'~' => text.push(char::from(byte)),
                b'\n' => text.push('\u{21b5}'),
                b'\r' => {}
                other => text.push_str(&format!("\u{2039}{other:02x}\u{203a}")),
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_read_as_letters_and_the_rest_as_what_it_is() {
        let mut heard = Heard::default();
        heard.take(b"\x02+1.5 kg\r\n\xff");
        assert_eq!(heard.text(), "‹02›+1.5 kg↵‹ff›");
    }

    #[test]
    fn only_the_last_bytes_are_kept() {
        let mut heard = Heard::default();
        (0..1_000).for_each(|_| heard.take(b"12345"));
        assert_eq!(heard.text().len(), KEPT);
    }
}
