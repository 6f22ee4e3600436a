//! Takes a packet apart from front to back; what is missing makes it truncated.
use crate::{Error, Stamp};

/// The part of a packet not yet read. Numbers are little-endian, as Bluetooth sends them.
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) const fn of(packet: &'a [u8]) -> Self {
        Self(packet)
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (field, rest) = self.0.split_first_chunk::<N>().ok_or(Error::Truncated)?;
        self.0 = rest;
        Ok(*field)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Error> {
        self.bytes::<1>().map(|[byte]| byte)
    }

    pub(crate) fn word(&mut self) -> Result<u16, Error> {
        self.bytes().map(u16::from_le_bytes)
    }

    pub(crate) fn stamp(&mut self) -> Result<Option<Stamp>, Error> {
        self.bytes().map(Stamp::from_bytes)
    }

    /// A field that is there only if a flag says so.
    pub(crate) fn optional<T>(
        &mut self,
        there: bool,
        read: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        there.then(|| read(self)).transpose()
    }
}

/// A packet of exactly `N` bytes that opens with `head`, or why it is none.
pub(crate) fn whole<'a, const N: usize>(packet: &'a [u8], head: &[u8]) -> Result<&'a [u8; N], Error> {
    let alike = packet.iter().zip(head).all(|(byte, wanted)| byte == wanted);
    match packet.try_into() {
        _ if !alike => Err(Error::Malformed),
        Ok(packet) => Ok(packet),
        Err(_) if packet.len() < N => Err(Error::Truncated),
        Err(_) => Err(Error::Malformed),
    }
}
