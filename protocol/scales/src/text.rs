//! What all text dialects share: lines, parity left in by a port, numbers and the units behind them.
use crate::{Decimal, Error, ErrorReading, Outcome, Quantity, Reading, Unit};

/// The longest frame of any dialect; body composition records run to a few hundred bytes.
pub(crate) const MAX_FRAME: usize = 512;

/// A seven-bit frame with even parity, read by a port set to eight bits without parity, is given
/// its bits back. A frame with real bytes above 0x7F fails the parity test and stays as it is.
pub(crate) fn without_parity<'a>(frame: &'a [u8], room: &'a mut [u8; MAX_FRAME]) -> &'a [u8] {
    let even = frame.iter().all(|byte| byte.count_ones() % 2 == 0);
    if !even || frame.is_ascii() {
        return frame;
    }
    let Some(room) = room.get_mut(..frame.len()) else { return frame };
    for (kept, byte) in room.iter_mut().zip(frame) {
        *kept = byte & 0x7f;
    }
    room
}

/// Drops what no line can begin with: line noise, the end of the last line, a junk byte after a record.
pub(crate) fn skip_junk(mut line: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = line
        && !matches!(first, b' '..=b'~')
    {
        line = rest;
    }
    line
}

/// The line without its carriage return and line feed.
pub(crate) fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// What a line can begin with that is a number in a column: blanks or a sign, as numbers are right-aligned there.
pub(crate) const COLUMN_HEADS: &[&[u8]] = &[b" ", b"+", b"-"];

/// A line whose number stands in a column. One that begins with a digit was joined in its middle.
pub(crate) fn column(line: &[u8]) -> Result<&[u8], Error> {
    match line {
        [b' ' | b'+' | b'-', ..] => Ok(line),
        _ => Err(Error::Malformed),
    }
}

/// Whether these bytes, perhaps cut off, can be the beginning of one of `heads`.
pub(crate) fn could_begin(line: &[u8], heads: &[&[u8]]) -> bool {
    heads.iter().any(|head| line.starts_with(head) || head.starts_with(line))
}

/// Splits at the first comma; `None` when there is none.
pub(crate) fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let comma = line.iter().position(|&byte| byte == b',')?;
    Some((line.get(..comma)?, line.get(comma + 1..)?))
}

/// Reads `[blanks][sign][blanks]digits[.digits]` and gives back what stands behind it.
pub(crate) fn number(text: &[u8]) -> Result<(Decimal, &[u8]), Error> {
    let text = text.trim_ascii_start();
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest.trim_ascii_start()),
        [b'+', rest @ ..] => (false, rest.trim_ascii_start()),
        _ => (false, text),
    };
    let (value, rest) = unsigned(text)?;
    Ok((Decimal { digits: if negative { -value.digits } else { value.digits }, ..value }, rest))
}

/// Reads `digits[.digits]`.
fn unsigned(text: &[u8]) -> Result<(Decimal, &[u8]), Error> {
    let (mut digits, mut decimals, mut seen, mut point) = (0_i64, 0_i8, false, false);
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        match byte {
            b'0'..=b'9' => {
                let shifted = digits.checked_mul(10).ok_or(Error::Malformed)?;
                digits = shifted.checked_add(i64::from(byte - b'0')).ok_or(Error::Malformed)?;
                decimals = decimals.checked_add(i8::from(point)).ok_or(Error::Malformed)?;
                seen = true;
            }
            b'.' if !point => point = true,
            _ => break,
        }
        rest = after;
    }
    if seen { Ok((Decimal { digits, decimals }, rest)) } else { Err(Error::Malformed) }
}

/// A number that fills its field; blanks around it are allowed.
pub(crate) fn only_number(text: &[u8]) -> Result<Decimal, Error> {
    match number(text)? {
        (value, rest) if rest.trim_ascii().is_empty() => Ok(value),
        _ => Err(Error::Malformed),
    }
}

/// A mass that lies on the instrument.
pub(crate) fn weight(text: &[u8], stable: impl Into<Option<bool>>) -> Outcome {
    let stable = stable.into();
    Ok(Reading::new(mass(text, stable)?, stable))
}

/// A number and its unit: `+0001.234 kg`. Counts and shares are told apart from masses here, once.
pub(crate) fn mass(text: &[u8], stable: impl Into<Option<bool>>) -> Result<Quantity, ErrorReading> {
    let (value, name) = number(text)?;
    in_unit(value, name, stable)
}

/// What a dialect without a stability flag says of it.
pub(crate) const NO_FLAG: Option<bool> = None;

/// The same, number and unit read already; blanks around the unit are allowed.
pub(crate) fn in_unit(
    value: Decimal,
    name: &[u8],
    stable: impl Into<Option<bool>>,
) -> Result<Quantity, ErrorReading> {
    let (name, stable) = (name.trim_ascii(), stable.into());
    if !name.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'%') {
        return Err(Error::Malformed.into());
    }
    let unit = Unit::from_text(name).ok_or(Error::UnknownUnit.said(stable, None))?;
    if unit.nanograms().is_none() {
        return Err(Error::NotWeight.said(stable, Some(unit)));
    }
    Ok(Quantity::new(value, unit)?)
}

/// The unit at the very end of a field whose digits mean nothing, as behind an overload.
pub(crate) fn last_unit(text: &[u8]) -> Option<Unit> {
    let text = text.trim_ascii_end();
    let is_name = |byte: &&u8| byte.is_ascii_alphabetic() || **byte == b'%';
    let length = text.iter().rev().take_while(is_name).count();
    Unit::from_text(text.get(text.len().checked_sub(length)?..)?)
}
