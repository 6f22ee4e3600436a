//! What came out of a bridge's plug: frames between zeros, and answers to what was typed.

use protocol::bridge::{self, DELIMITER, Message};

/// What was heard so far.
#[derive(Debug, Default)]
pub struct Heard {
    /// The last frame.
    pub last: Option<Message>,
    /// How many there were.
    pub frames: usize,
    /// Every answer, a line each.
    pub answers: Vec<String>,
    /// Since the last zero.
    running: Vec<u8>,
}

impl Heard {
    /// Takes what came.
    pub fn hear(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte != DELIMITER {
                self.running.push(byte);
                continue;
            }
            let between = std::mem::take(&mut self.running);
            if let Ok(message) = bridge::decode(&between) {
                (self.last, self.frames) = (Some(message), self.frames + 1);
            } else if let Some(answer) =
                std::str::from_utf8(&between).ok().and_then(|text| text.strip_prefix("# "))
            {
                self.answers.extend(answer.lines().map(|line| line.trim_start_matches("# ").to_owned()));
            }
        }
    }
}
