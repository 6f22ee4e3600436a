//! What the bridge asks of a chip, whichever it is.

/// A clock that only runs forward.
pub trait Clock {
    /// Microseconds since some beginning.
    fn now_us(&self) -> u64;
}

impl<T: Fn() -> u64> Clock for T {
    fn now_us(&self) -> u64 {
        self()
    }
}

/// Something that counts: a converter behind a load cell, an encoder, a slide.
pub trait Sensor {
    /// Takes what is ready; `None` while there is nothing new. To be called at least once a millisecond.
    ///
    /// # Errors
    /// Why the latest conversion is no number. The sensor has already begun to put itself right.
    fn poll(&mut self) -> Result<Option<i32>, Fault>;
}

/// Why a chip has no number. None of them is ever turned into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It does not answer: no chip, no power, a broken wire.
    #[error("disconnected")]
    Disconnected,
    /// The exchange was disturbed: a clock held too long, a pulse too many or too few.
    #[error("garbled")]
    Garbled,
    /// At the upper end of its range.
    #[error("saturated above")]
    Above,
    /// At the lower end of its range.
    #[error("saturated below")]
    Below,
    /// It counts from where it is switched on, and has not been at its home since.
    #[error("not at home yet")]
    NoHome,
}

/// A 24-bit converter's word as a number, or at which end of its range it is.
pub(crate) fn of_24_bits(word: u32) -> Result<i32, Fault> {
    match word & 0xff_ffff {
        0x7f_ffff => Err(Fault::Above),
        0x80_0000 => Err(Fault::Below),
        // The 24th bit is the sign: pushed to the top and pulled down again.
        word => Ok((word << 8).cast_signed() >> 8),
    }
}
