//! Sartorius SBI: perhaps a label of six characters, then sign, eight characters of number, unit. Without a unit the load moves.
//!
//! A number of columns that fits none of the known widths means lost bytes. A Mettler balance was heard to send the same
//! with a wider number, and brackets in a number may take columns of their own.
use super::{Measures, Rules, Shape, also};
use crate::pen::{Pen, sign};
use crate::{Decimal, Error, Outcome, Reading, Side, Unit, UnitFrom, text};

/// Widths of a label, and of what follows it: sign with number, blank, unit.
const LABEL: usize = 6;
const NARROW: usize = 14;
const WIDE: usize = 18;
const BRACKETS: usize = 2;

pub(super) const RULES: Rules = Rules {
    shape: Shape::Line {
        heads: &[b" ", b"+", b"-", b"N", b"G", b"T", b"Stat"],
        mark: b"",
    },
    measures: Measures::Mass,
    unit_from: UnitFrom::Profile,
    read,
    write,
};

fn read(line: &[u8], unit: Unit) -> Outcome {
    let (label, body, name) = columns(line, 0).or_else(|| columns(line, BRACKETS)).ok_or(Error::Malformed)?;
    match (label.trim_ascii(), body.trim_ascii()) {
        (b"" | b"Stat", word) if let Some(error) = trouble(word) => Err(error.said(false, None)),
        (label, _) => labelled(label, weight(body, name, unit)),
    }
}

/// Label, what follows it, and how much of that is unit; `None` if the width fits nothing. `more` columns are allowed to
/// a number with brackets.
fn columns(line: &[u8], more: usize) -> Option<(&[u8], &[u8], usize)> {
    if more > 0 && !line.contains(&b'[') {
        return None;
    }
    let (label, name) = match line.len().checked_sub(more)? {
        NARROW => (0, 3),
        width if width == LABEL + NARROW => (LABEL, 3),
        width if width == LABEL + WIDE => (LABEL, 4),
        _ => return None,
    };
    let (label, body) = line.split_at(label);
    Some((label, body, name))
}

/// What stands in place of a number.
fn trouble(word: &[u8]) -> Option<Error> {
    let end = word.iter().position(|&byte| byte == b' ').unwrap_or(word.len());
    let (name, number) = word.split_at(end);
    let numbered = !number.is_empty() && number.trim_ascii().iter().all(u8::is_ascii_digit);
    match () {
        () if word.eq_ignore_ascii_case(b"High") => Some(Error::Overload),
        () if word.eq_ignore_ascii_case(b"Low") => Some(Error::Underload),
        () if numbered && name.eq_ignore_ascii_case(b"ERR") => Some(Error::DeviceError),
        () => None,
    }
}

fn weight(body: &[u8], name: usize, unit: Unit) -> Outcome {
    let (shown, name) = body.split_at(body.len() - name);
    let [shown @ .., b' '] = shown else { return Err(Error::Malformed.into()) };
    let value = unbracketed(shown)?;
    if name.trim_ascii().is_empty() {
        return Reading::in_profile_unit(value, unit, Some(false));
    }
    Ok(Reading::new(text::in_unit(value, name, true)?, Some(true)))
}

/// A verified balance puts digits finer than its division into brackets: `123.5[6]` is 123.56.
fn unbracketed(shown: &[u8]) -> Result<Decimal, Error> {
    let Some(open) = shown.iter().position(|&byte| byte == b'[') else {
        return text::only_number(shown);
    };
    let (before, within) = shown.split_at(open);
    let [b'[', fine @ .., b']'] = within.trim_ascii_end() else {
        return Err(Error::Malformed);
    };
    if fine.is_empty() || !fine.iter().all(u8::is_ascii_digit) || before.ends_with(b" ") {
        return Err(Error::Malformed);
    }
    let mut joined = [b' '; NARROW];
    for (kept, byte) in joined.iter_mut().zip(before.iter().chain(fine)) {
        *kept = *byte;
    }
    text::only_number(&joined)
}

/// Net and gross weights are loads; a tare and whatever else has a label are not.
fn labelled(label: &[u8], weight: Outcome) -> Outcome {
    let (letter, number) = label.split_first().map_or((None, label), |(letter, number)| (Some(*letter), number));
    let plain = number.iter().all(|byte| byte.is_ascii_digit() || *byte == b'#');
    match letter {
        None => weight,
        Some(b'N') if plain => also(weight, |reading| reading.side = Some(Side::Net)),
        Some(b'G') if plain => also(weight, |reading| reading.side = Some(Side::Gross)),
        Some(letter) if letter.is_ascii_alphabetic() => {
            let told = weight?;
            let mut refused = Error::NotLoad.said(told.stable, told.quantity().map(|told| told.unit()));
            refused.extras.tare = told.quantity().filter(|_| letter == b'T' && plain);
            Err(refused)
        }
        Some(_) => Err(Error::Malformed.into()),
    }
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let size = Some(grams.unsigned_abs()).filter(|&size| size < 10_000_000)?;
    let unit = if stable { "kg" } else { "  " };
    pen.text(format_args!("{} {:4}.{:03} {unit} \r\n", sign(grams), size / 1000, size % 1000))
}
