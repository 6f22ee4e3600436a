//! How a meter that keeps records is asked for them (record access control point, characteristic 0x2A52).
use crate::Error;

const REPORT: u8 = 1;
const RESPONSE: u8 = 6;
const ALL: u8 = 1;
const FROM: u8 = 3;
const LAST: u8 = 6;
const BY_SEQUENCE: u8 = 1;

/// What is asked of a meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// The record made last.
    Last,
    /// Every record with this number or a higher one.
    From(u16),
    /// Everything it has.
    All,
}

/// How a meter answers once it has told its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// All that was asked for has been told.
    Told,
    /// There is no such record.
    Nothing,
    /// It does not know this way of asking.
    Unknown,
    /// It did not come to an end; it may if it is asked again.
    Unfinished,
}

/// A request as it is written to the control point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    bytes: [u8; 5],
    length: usize,
}

impl Request {
    /// The bytes to write.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl Ask {
    /// Writes it down.
    ///
    /// ```
    /// use scales::racp::Ask;
    /// assert_eq!(Ask::Last.request().bytes(), [1, 6]);
    /// assert_eq!(Ask::From(0x0102).request().bytes(), [1, 3, 1, 2, 1]);
    /// ```
    pub const fn request(self) -> Request {
        match self {
            Self::Last => Request { bytes: [REPORT, LAST, 0, 0, 0], length: 2 },
            Self::All => Request { bytes: [REPORT, ALL, 0, 0, 0], length: 2 },
            Self::From(first) => {
                let [low, high] = first.to_le_bytes();
                Request { bytes: [REPORT, FROM, BY_SEQUENCE, low, high], length: 5 }
            }
        }
    }

    /// Reads what was written, as a meter does; `None` for what no meter of ours is asked.
    pub const fn read(packet: &[u8]) -> Option<Self> {
        match *packet {
            [REPORT, LAST] => Some(Self::Last),
            [REPORT, ALL] => Some(Self::All),
            [REPORT, FROM, BY_SEQUENCE, low, high] => Some(Self::From(u16::from_le_bytes([low, high]))),
            _ => None,
        }
    }
}

impl Answer {
    /// Reads what a meter says at its control point.
    ///
    /// # Errors
    /// [`Error::Malformed`] for what is no answer to a request for records.
    ///
    /// ```
    /// use scales::racp::Answer;
    /// let said = [1, 6, 3, 8].map(|code| Answer::read(&[6, 0, 1, code]).unwrap());
    /// assert_eq!(said, [Answer::Told, Answer::Nothing, Answer::Unknown, Answer::Unfinished]);
    /// assert!(Answer::read(&[5, 0, 1, 0]).is_err());
    /// ```
    pub const fn read(packet: &[u8]) -> Result<Self, Error> {
        match *packet {
            [RESPONSE, _, REPORT, code] => Ok(match code {
                1 => Self::Told,
                6 => Self::Nothing,
                2..=5 | 9 => Self::Unknown,
                _ => Self::Unfinished,
            }),
            _ => Err(Error::Malformed),
        }
    }
}
