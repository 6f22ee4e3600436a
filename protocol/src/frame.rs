//! The stored form of an event: the bytes that are journalled, chained, sent and kept.
//!
//! ```text
//! length u32 | shape u8 | kind u16 | version u16 | header (postcard) | body (postcard)     little-endian
//! ```
//!
//! # Why
//! The length comes first so that a reader that knows nothing of the rest can still step over it: an unknown kind
//! costs one event, never those behind it.

use alloc::vec::Vec;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::event::{Body, Event, Header};
use crate::growth::{Carried, Weighed};
use crate::ids::CitizenId;
use crate::registry::PersonLeft;

/// The longest frame a reader accepts, in bytes with its length field.
pub const MAX_FRAME: usize = 64 * 1024;

/// The header's shape written by this version.
const SHAPE: u8 = 1;
const LENGTH: usize = 4;
const PREFIX: usize = LENGTH + 5;

/// One event's raw bytes, length field included.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Frame(Vec<u8>);

/// Why a frame could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The bytes end before the frame does.
    #[error("frame is cut off")]
    Truncated,
    /// The length field is impossible.
    #[error("frame length {0} is out of bounds")]
    Length(u32),
    /// The header has a shape this reader does not know.
    #[error("unknown header shape {0}")]
    UnknownShape(u8),
    /// The header is readable, the kind or version of the body is not known.
    #[error("unknown kind {kind} version {version}")]
    UnknownKind {
        /// Kind number found.
        kind: u16,
        /// Version found.
        version: u16,
        /// Who, where and when: enough to set the event aside under its name.
        header: alloc::boxed::Box<Header>,
    },
    /// The bytes do not say what kind and version promise.
    #[error("frame does not decode")]
    Malformed,
}

impl Frame {
    /// Writes an event down.
    pub fn encode(event: &Event) -> Self {
        let (kind, version) = event.body.kind();
        let mut bytes = alloc::vec![0; LENGTH];
        bytes.push(SHAPE);
        bytes.extend_from_slice(&kind.to_le_bytes());
        bytes.extend_from_slice(&version.to_le_bytes());
        let bytes = append(bytes, &event.header);
        let mut bytes = match &event.body {
            Body::ChildRegistered(body) => append(bytes, body),
            Body::Weighed(body) => match &body.carried {
                Some(carried) => append(append(bytes, body), carried),
                None => append(bytes, body),
            },
            Body::LengthTaken(body) => append(bytes, body),
            Body::ClockFound(body) => append(bytes, body),
            Body::PersonEdited(body) => append(bytes, body),
            Body::PersonLeft(body) => match &body.double_of {
                Some(other) => append(append(bytes, body), other),
                None => append(bytes, body),
            },
            Body::InstrumentChecked(body) => append(bytes, body),
            Body::AdultRegistered(body) => append(bytes, body),
            Body::SessionOpened(body) => append(bytes, body),
            Body::SessionClosed(body) => append(bytes, body),
            Body::Measured(body) => append(bytes, body),
            Body::Noted(body) => append(bytes, body),
            Body::Served(body) => append(bytes, body),
            Body::PregnancyBegan(body) => append(bytes, body),
            Body::PregnancyEnded(body) => append(bytes, body),
            Body::AncExamined(body) => append(bytes, body),
            Body::NifasExamined(body) => append(bytes, body),
            Body::Immunization(body) => append(bytes, body),
            Body::Voided(body) => append(bytes, body),
        };
        let length = (bytes.len() - LENGTH) as u32;
        bytes[..LENGTH].copy_from_slice(&length.to_le_bytes());
        Self(bytes)
    }

    /// Takes one frame off the front of `bytes`; gives it and what is left.
    pub fn split(bytes: &[u8]) -> Result<(Self, &[u8]), FrameError> {
        let (length, rest) = bytes.split_first_chunk::<LENGTH>().ok_or(FrameError::Truncated)?;
        let length = u32::from_le_bytes(*length);
        let size = length as usize;
        if !(PREFIX - LENGTH..=MAX_FRAME - LENGTH).contains(&size) {
            return Err(FrameError::Length(length));
        }
        if rest.len() < size {
            return Err(FrameError::Truncated);
        }
        let (frame, rest) = bytes.split_at(LENGTH + size);
        Ok((Self(frame.to_vec()), rest))
    }

    /// Takes stored bytes as exactly one frame.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrameError> {
        match Self::split(bytes)? {
            (frame, []) => Ok(frame),
            _ => Err(FrameError::Malformed),
        }
    }

    /// The raw bytes, as chained and stored.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Kind and version, readable without understanding either.
    pub fn kind(&self) -> (u16, u16) {
        (u16::from_le_bytes([self.0[5], self.0[6]]), u16::from_le_bytes([self.0[7], self.0[8]]))
    }

    /// Reads the event.
    pub fn decode(&self) -> Result<Event, FrameError> {
        if self.0[LENGTH] != SHAPE {
            return Err(FrameError::UnknownShape(self.0[LENGTH]));
        }
        let (header, body): (Header, &[u8]) =
            postcard::take_from_bytes(&self.0[PREFIX..]).map_err(|_| FrameError::Malformed)?;
        let body = match self.kind() {
            (1, 1) => Body::ChildRegistered(exactly(body)?),
            (2, 1) => Body::Weighed(exactly(body)?),
            (2, 2) => {
                let (weighed, carried): (Weighed, Carried) = exactly(body)?;
                Body::Weighed(Weighed { carried: Some(carried), ..weighed })
            }
            (3, 1) => Body::LengthTaken(exactly(body)?),
            (4, 1) => Body::ClockFound(exactly(body)?),
            (5, 1) => Body::PersonEdited(exactly(body)?),
            (6, 1) => Body::PersonLeft(exactly(body)?),
            (6, 2) => {
                let (left, other): (PersonLeft, CitizenId) = exactly(body)?;
                Body::PersonLeft(PersonLeft { double_of: Some(other), ..left })
            }
            (7, 1) => Body::InstrumentChecked(exactly(body)?),
            (8, 1) => Body::AdultRegistered(exactly(body)?),
            (9, 1) => Body::SessionOpened(exactly(body)?),
            (10, 1) => Body::SessionClosed(exactly(body)?),
            (11, 1) => Body::Measured(exactly(body)?),
            (12, 1) => Body::Noted(exactly(body)?),
            (13, 1) => Body::Served(exactly(body)?),
            (14, 1) => Body::PregnancyBegan(exactly(body)?),
            (15, 1) => Body::PregnancyEnded(exactly(body)?),
            (16, 1) => Body::AncExamined(exactly(body)?),
            (17, 1) => Body::NifasExamined(exactly(body)?),
            (18, 1) => Body::Immunization(exactly(body)?),
            (19, 1) => Body::Voided(exactly(body)?),
            (kind, version) => {
                return Err(FrameError::UnknownKind { kind, version, header: header.into() });
            }
        };
        Ok(Event { header, body })
    }
}

fn append<T: Serialize>(bytes: Vec<u8>, value: &T) -> Vec<u8> {
    postcard::to_extend(value, bytes).expect("plain data always serialises into memory")
}

fn exactly<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, FrameError> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        _ => Err(FrameError::Malformed),
    }
}
