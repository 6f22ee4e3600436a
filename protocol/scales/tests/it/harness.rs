//! Short ways to say what a frame should mean.
use scales::{Decimal, Decoder, Dialect, Error, Measured, Outcome, Profile, Quantity, decode};
use serde_json::Value;

/// The frames of the fixture: `{format, hex, expect, origin}`.
pub(crate) fn recorded() -> Vec<Value> {
    serde_json::from_str(include_str!("../fixtures/frames.json")).expect("the fixture is JSON")
}

/// The bytes of a fixture frame.
pub(crate) fn bytes(frame: &Value) -> Vec<u8> {
    let hex = frame["hex"].as_str().expect("every frame has bytes");
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("two digits a byte");
    (0..hex.len()).step_by(2).map(byte).collect()
}

/// The dialect of a fixture frame.
pub(crate) fn dialect(frame: &Value) -> Dialect {
    frame["format"].as_str().and_then(Dialect::from_name).expect("the fixture holds known dialects")
}

pub(crate) fn said(dialect: Dialect, frame: impl AsRef<[u8]>) -> Outcome {
    decode(Profile::new(dialect), frame.as_ref())
}

/// Milligrams and stability of a frame that must be a reading.
pub(crate) fn load(dialect: Dialect, frame: impl AsRef<[u8]>) -> (i64, Option<bool>) {
    let reading = said(dialect, &frame).unwrap_or_else(|error| panic!("{dialect}: {error}"));
    (reading.quantity().and_then(Quantity::milligrams).expect("a mass"), reading.stable)
}

/// The number an outcome tells, in the terms of `encode`.
pub(crate) fn number(outcome: &Outcome) -> Option<i64> {
    match outcome.ok()?.measured {
        Measured::Quantity(it) => it.grams().or(it.tenth_mm()).or(it.mg_per_dl().map(whole)),
        Measured::BloodPressure(pressure) => Some(whole(pressure.systolic)),
        Measured::Number(number) => Some(whole(number)),
        other => panic!("{other:?}"),
    }
}

/// The whole part of a decimal number.
fn whole(Decimal { digits, decimals }: Decimal) -> i64 {
    let power = 10_i64.pow(decimals.unsigned_abs().into());
    if decimals < 0 { digits * power } else { digits / power }
}

/// The word and stability of a frame that must be none.
pub(crate) fn refusal(dialect: Dialect, frame: impl AsRef<[u8]>) -> (Error, Option<bool>) {
    let refused = said(dialect, frame).expect_err("no reading");
    (refused.error, refused.stable)
}

/// Everything a port hears, one byte after the other.
pub(crate) fn heard(dialect: Dialect, stream: &[u8]) -> Vec<Outcome> {
    let mut decoder = Decoder::new(Profile::new(dialect));
    stream.iter().filter_map(|&byte| decoder.push(byte)).collect()
}

/// A frame as a simulated instrument of this dialect sends it.
pub(crate) fn frame(dialect: Dialect, value: i64) -> Vec<u8> {
    let mut out = [0; 64];
    let length = scales::encode(dialect, value, true, &mut out).expect("within the range of every dialect");
    out[..length].to_vec()
}

/// The same bytes as a port without parity hears an instrument with seven bits and even parity.
pub(crate) fn with_parity(frame: impl AsRef<[u8]>) -> Vec<u8> {
    let odd = |byte: u8| byte.count_ones() % 2 == 1;
    frame.as_ref().iter().map(|&byte| if odd(byte) { byte | 0x80 } else { byte }).collect()
}
