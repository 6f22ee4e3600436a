//! What the two dialects of our own bridge share: where its frames end, and what its flags mean here.
use crate::cut::Cut;
use crate::pen::Pen;
use crate::{Decimal, Error, ErrorReading, Outcome, Quantity, Reading, Unit};
use protocol::bridge::{BridgeError, DELIMITER, FRAME_LEN, Flags, Kind, Message, decode};

/// Frames lie between zeros. What runs on for longer than a frame without one is noise.
pub(crate) fn cut(heard: &[u8]) -> Cut {
    match heard.iter().position(|&byte| byte == DELIMITER) {
        Some(0) => Cut::Noise(1),
        Some(end) => Cut::Frame(end + 1),
        None if heard.len() < FRAME_LEN => Cut::More,
        None => Cut::Noise(heard.len()),
    }
}

/// The message of a frame, or why it is none.
pub(crate) fn hear(frame: &[u8]) -> Result<Message, Error> {
    decode(frame).map_err(|error| match error {
        BridgeError::Truncated => Error::Truncated,
        BridgeError::Malformed | BridgeError::Version(_) => Error::Malformed,
        BridgeError::Check => Error::Checksum,
    })
}

/// The reading, or the first thing that speaks against one.
pub(crate) fn outcome(said: &Message, unit: Unit, decimals: i8) -> Outcome {
    let Some(value) = said.value else {
        return Err(ErrorReading { stable: Some(false), unit: Some(unit), ..trouble(said).into() });
    };
    let value = Decimal { digits: value.into(), decimals };
    Ok(Reading::new(Quantity::new(value, unit)?, Some(said.flags.stable)))
}

fn trouble(said: &Message) -> Error {
    let Flags { stable: _, saturated, disconnected, not_ready, uncalibrated: _, stale } = said.flags;
    match (disconnected, saturated, not_ready, stale) {
        (true, ..) => Error::DeviceError,
        (_, true, ..) if said.raw < 0 => Error::Underload,
        (_, true, ..) => Error::Overload,
        (_, _, true, _) => Error::NotZeroed,
        (_, _, _, true) => Error::Unsuccessful,
        // Without a calibration its zero is as unknown as its span.
        _ => Error::ZeroError,
    }
}

/// A frame of a bridge that has nothing else to tell.
pub(crate) fn write(kind: Kind, value: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let value = i32::try_from(value).ok().filter(|&value| value != i32::MIN)?;
    let said = Message {
        kind,
        sequence: 0,
        device: 0,
        raw: value,
        value: Some(value),
        flags: Flags { stable, ..Flags::default() },
        temperature_centi: None,
        firmware: 0,
    };
    pen.bytes(&said.encode())
}
