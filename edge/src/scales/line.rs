//! What comes over an opened line: bytes or packets, and the readings in them.

use std::io;
use std::ops::Range;
use std::sync::Mutex;

use ::scales::{Decoder, Outcome, Profile};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::heard::{self, Heard};

/// An opened line. Whatever it carries, what comes out of it is outcomes.
pub trait Line: Send {
    /// An instrument that is switched on speaks all the time, so silence means something.
    const SPEAKS_ALWAYS: bool;

    /// What the instrument says next; an error means that the line is gone. Whatever came is noted in `heard`, also
    /// what means nothing. Nothing is lost when this is dropped half way.
    fn hear(&mut self, heard: &Mutex<Heard>) -> impl Future<Output = io::Result<Outcome>> + Send;
}

/// A line of bytes. An error or the end of it means that the cable is gone.
#[derive(Debug)]
pub struct Bytes<R> {
    reader: R,
    decoder: Decoder,
    read: [u8; 256],
    /// What was read and not looked at yet.
    ahead: Range<usize>,
}

impl<R> Bytes<R> {
    /// Listens from here on for what an instrument of this profile says.
    pub const fn new(reader: R, profile: Profile) -> Self {
        Self { reader, decoder: Decoder::new(profile), read: [0; 256], ahead: 0..0 }
    }
}

impl<R: AsyncRead + Unpin + Send> Line for Bytes<R> {
    const SPEAKS_ALWAYS: bool = true;

    async fn hear(&mut self, heard: &Mutex<Heard>) -> io::Result<Outcome> {
        loop {
            for at in self.ahead.by_ref() {
                if let Some(outcome) = self.decoder.push(self.read[at]) {
                    return Ok(outcome);
                }
            }
            match self.reader.read(&mut self.read).await? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => {
                    heard::lock(heard).take(&self.read[..count]);
                    self.ahead = 0..count;
                }
            }
        }
    }
}
