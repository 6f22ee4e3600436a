//! The two decimal number formats of medical instruments: IEEE 11073 SFLOAT and FLOAT.
//!
//! A signed power of ten stands above a signed whole number. Five patterns around the smallest whole number are
//! no numbers at all.
use crate::{Decimal, Error};

/// The largest whole number of a SFLOAT that is not special.
const SFLOAT_MOST: i64 = 0x07fd;
/// The same for a FLOAT.
const FLOAT_MOST: i64 = 0x007f_fffd;

/// Reads the short form: four bits of exponent, twelve of mantissa.
pub(crate) fn sfloat(bytes: [u8; 2]) -> Result<Decimal, Error> {
    let raw = i16::from_le_bytes(bytes);
    let special = special(raw.into(), SFLOAT_MOST);
    special.map_or(Ok(Decimal { digits: (raw << 4 >> 4).into(), decimals: -(raw >> 12) as i8 }), Err)
}

/// Reads the long form: eight bits of exponent, twenty-four of mantissa.
pub(crate) fn float(bytes: [u8; 4]) -> Result<Decimal, Error> {
    let raw = i32::from_le_bytes(bytes);
    if let Some(error) = special(raw.into(), FLOAT_MOST) {
        return Err(error);
    }
    let decimals = i8::try_from(-(raw >> 24)).map_err(|_| Error::Malformed)?;
    Ok(Decimal { digits: (raw << 8 >> 8).into(), decimals })
}

/// What a pattern without exponent means if it is no number.
fn special(raw: i64, most: i64) -> Option<Error> {
    match raw.checked_sub(most)? {
        1 => Some(Error::Overload), // plus infinity
        2 => Some(Error::Nan),
        3 => Some(Error::Nres),
        4 => Some(Error::Malformed), // reserved
        5 => Some(Error::NegInfinity),
        _ => None,
    }
}

/// Writes the short form; `None` for what it cannot say exactly.
pub(crate) fn to_sfloat(number: Decimal) -> Option<[u8; 2]> {
    let Decimal { mut digits, mut decimals } = number;
    while digits.abs() > SFLOAT_MOST && digits % 10 == 0 {
        (digits, decimals) = (digits / 10, decimals.checked_sub(1)?);
    }
    let fits = digits.abs() <= SFLOAT_MOST && (-7..=8).contains(&decimals);
    let raw = (i16::from(decimals.checked_neg()?) << 12) | (i16::try_from(digits).ok()? & 0x0fff);
    fits.then_some(raw.to_le_bytes())
}

/// Writes the long form; `None` for what it cannot say exactly.
pub(crate) fn to_float(number: Decimal) -> Option<[u8; 4]> {
    let digits = i32::try_from(number.digits).ok().filter(|&digits| i64::from(digits.abs()) <= FLOAT_MOST)?;
    let raw = (i32::from(number.decimals.checked_neg()?) << 24) | (digits & 0x00ff_ffff);
    Some(raw.to_le_bytes())
}
