//! Listens to an instrument byte by byte; noise costs one line, never the next.
use crate::cut::{self, Cut};
use crate::dialect::{Rules, Shape};
use crate::text::{self, MAX_FRAME};
use crate::{Dialect, Error, Outcome, Unit};

/// What is known about the instrument on a port before it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// The language it speaks.
    pub dialect: Dialect,
    /// The unit of its numbers where frames name none; ignored otherwise.
    pub unit: Unit,
}

impl Profile {
    /// A profile in kilograms.
    pub const fn new(dialect: Dialect) -> Self {
        Self { dialect, unit: Unit::Kilogram }
    }
}

/// Reads one frame that something else has already cut out: a Bluetooth notification or the data of an
/// advertisement, a report from USB, a file, a test.
///
/// # Errors
/// An [`ErrorReading`](crate::ErrorReading) when the frame carries no usable number, whatever the reason.
pub fn decode(profile: Profile, frame: &[u8]) -> Outcome {
    let rules = profile.dialect.rules();
    let mut room = [0; MAX_FRAME];
    match rules.shape {
        Shape::Line { heads, .. } => {
            let line = text::skip_junk(text::without_parity(frame, &mut room));
            let end = line.iter().position(|&byte| byte == b'\n');
            match end.and_then(|end| line.get(..end)) {
                Some(line) => (rules.read)(text::without_end(line), profile.unit),
                None if text::could_begin(line, heads) => Err(Error::Truncated.into()),
                None => Err(Error::Malformed.into()),
            }
        }
        Shape::Block { .. } | Shape::Packet => read_cut(rules, profile.unit, frame),
    }
}

/// Reads a frame whose end the stream has found.
fn read_cut(rules: &Rules, unit: Unit, frame: &[u8]) -> Outcome {
    let mut room = [0; MAX_FRAME];
    match rules.shape {
        Shape::Line { .. } => {
            let line = text::skip_junk(text::without_parity(frame, &mut room));
            (rules.read)(text::without_end(line), unit)
        }
        Shape::Block { text: true, .. } => (rules.read)(text::without_parity(frame, &mut room), unit),
        Shape::Block { text: false, .. } | Shape::Packet => (rules.read)(frame, unit),
    }
}

/// So many bytes that fit no frame are worth an error: the dialect or the line speed is probably wrong.
const NOISE_WORTH_SAYING: usize = 16;

/// Turns the bytes of one port into readings. Holds at most one frame, allocates nothing.
#[derive(Debug, Clone)]
pub struct Decoder {
    profile: Profile,
    held: [u8; MAX_FRAME],
    len: usize,
    /// How many held bytes were already searched without finding an end.
    seen: usize,
    noise: usize,
    /// An overlong line is running; nothing counts until it ends.
    skipping: bool,
}

impl Decoder {
    /// A decoder that has heard nothing yet. Make a new one whenever the port is opened again.
    pub const fn new(profile: Profile) -> Self {
        Self { profile, held: [0; MAX_FRAME], len: 0, seen: 0, noise: 0, skipping: false }
    }

    /// Takes the next byte; gives a reading or an error when it completes a frame.
    ///
    /// A dialect that [comes in packets](Dialect::comes_in_packets) has no borders in a stream of bytes: there
    /// every byte is noise, told as an error now and then. Give its packets to [`decode`] as they come.
    ///
    /// ```
    /// use scales::{Decoder, Dialect, Profile};
    /// let mut decoder = Decoder::new(Profile::new(Dialect::YaohuaEqFwd));
    /// let heard: Vec<_> = b"03.000=0003.250".iter().filter_map(|&byte| decoder.push(byte)).collect();
    /// assert_eq!(heard.len(), 1); // the half frame at the beginning is no reading
    /// assert_eq!(heard[0].unwrap().grams(), Some(3250));
    /// ```
    pub fn push(&mut self, byte: u8) -> Option<Outcome> {
        if self.skipping {
            self.skipping = byte != b'\n';
            return None;
        }
        let Some(slot) = self.held.get_mut(self.len) else { return Some(self.give_up(byte)) };
        *slot = byte;
        self.len += 1;
        self.next()
    }

    /// The profile this decoder was made with.
    pub const fn profile(&self) -> Profile {
        self.profile
    }

    /// Works through what is held until it yields an outcome or needs more.
    fn next(&mut self) -> Option<Outcome> {
        let rules = self.profile.dialect.rules();
        while self.len > 0 {
            let heard = self.held.get(..self.len)?;
            let cut = match rules.shape {
                Shape::Line { mark, .. } => cut::line(heard, self.seen, mark),
                Shape::Block { cut, .. } => cut(heard),
                Shape::Packet => Cut::Noise(self.len),
            };
            match cut {
                Cut::More => {
                    self.seen = self.len;
                    return None;
                }
                Cut::Frame(length) => {
                    let outcome = read_cut(rules, self.profile.unit, heard.get(..length)?);
                    self.noise = 0;
                    self.drop_first(length);
                    return Some(outcome);
                }
                Cut::Broken(length) => {
                    self.drop_first(length);
                    return Some(Err(Error::Truncated.into()));
                }
                Cut::Noise(length) => {
                    self.drop_first(length);
                    if self.worth_saying(length) {
                        return Some(Err(Error::Malformed.into()));
                    }
                }
            }
        }
        None
    }

    fn worth_saying(&mut self, noise: usize) -> bool {
        self.noise += noise;
        let enough = self.noise >= NOISE_WORTH_SAYING;
        if enough {
            self.noise = 0;
        }
        enough
    }

    fn drop_first(&mut self, length: usize) {
        let length = length.min(self.len);
        self.held.copy_within(length..self.len, 0);
        self.len -= length;
        self.seen = 0;
    }

    /// No frame is this long: forget it and wait for the end of the line.
    fn give_up(&mut self, byte: u8) -> Outcome {
        self.drop_first(self.len);
        self.skipping = byte != b'\n';
        Err(Error::Malformed.into())
    }
}
