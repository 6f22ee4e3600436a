//! Why a frame brought no weight: one word for each reason an instrument or a cable can give.
use crate::{Extras, Unit};
use core::fmt;

macro_rules! words {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// Why a frame carries no reading. Never convertible into a number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Error { $($(#[$doc])* $variant,)* }

        impl Error {
            /// Every reason there is, in the order they are written down here.
            pub const ALL: &[Error] = &[$(Error::$variant,)*];

            /// The fixed word used in logs and files, such as `overload`.
            pub const fn word(self) -> &'static str {
                match self { $(Error::$variant => $word,)* }
            }
        }
    };
}

words! {
    /// More load than the instrument can carry.
    Overload = "overload",
    /// Less load than its zero allows, often a missing pan.
    Underload = "underload",
    /// Outside the range the instrument shows, without saying on which side.
    OutOfRange = "out_of_range",
    /// The frame's own check does not fit its bytes.
    Checksum = "checksum",
    /// The frame began well and was cut off.
    Truncated = "truncated",
    /// Bytes that this dialect does not send, or a frame joined in its middle.
    Malformed = "malformed",
    /// A number in a unit we do not know.
    UnknownUnit = "unknown_unit",
    /// A count, a percentage or another thing that is not a mass.
    NotWeight = "not_weight",
    /// A mass that is not on the instrument now: a tare, a memory.
    NotLoad = "not_load",
    /// A sound answer in which no weight was sent.
    NoWeight = "no_weight",
    /// The load moves and the instrument withholds the number.
    Motion = "motion",
    /// The instrument tried and says it failed.
    Unsuccessful = "unsuccessful",
    /// Not zeroed since it was switched on.
    NotZeroed = "not_zeroed",
    /// Its zero cannot be found.
    ZeroError = "zero_error",
    /// A fault inside the instrument.
    DeviceError = "device_error",
    /// It did not understand our command.
    SyntaxError = "syntax_error",
    /// It understood the command but not now, not here.
    LogicalError = "logical_error",
    /// It received our command damaged.
    TransmissionError = "transmission_error",
    /// It is busy with something else, or did not settle in time.
    NotExecutable = "not_executable",
    /// The command came with a value it cannot use.
    BadParameter = "bad_parameter",
    /// It does not know the command.
    UnrecognizedCommand = "unrecognized_command",
    /// The number sent is the special value "not a number".
    Nan = "nan",
    /// The number sent is the special value "not at this resolution".
    Nres = "nres",
    /// The number sent is the special value "minus infinity"; its counterpart is an overload.
    NegInfinity = "neg_infinity",
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

impl core::error::Error for Error {}

/// A frame that brought no reading, with what it said besides. There is deliberately no way to a
/// weight from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorReading {
    /// The reason.
    pub error: Error,
    /// What the frame itself said about stability; `None` when it could not be read that far.
    pub stable: Option<bool>,
    /// The unit the frame named, if it did.
    pub unit: Option<Unit>,
    /// Other values beside the missing one, such as a recalled memory.
    pub extras: Extras,
}

impl From<Error> for ErrorReading {
    fn from(error: Error) -> Self {
        Self { error, stable: None, unit: None, extras: Extras::default() }
    }
}

impl Error {
    /// The same reason with what the frame said about stability and unit.
    pub(crate) fn said(self, stable: impl Into<Option<bool>>, unit: Option<Unit>) -> ErrorReading {
        ErrorReading { stable: stable.into(), unit, ..self.into() }
    }
}

impl fmt::Display for ErrorReading {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(out)
    }
}

impl core::error::Error for ErrorReading {}
