//! Mettler-Toledo MT-SICS: answers to commands, a word for the command and a letter for its fate.
use super::{Measures, Rules, Shape};
use crate::pen::{Kilograms, Pen};
use crate::{Error, ErrorReading, Outcome, Unit, UnitFrom, text};

pub(super) const RULES: Rules = Rules {
    shape: Shape::Line {
        heads: &[
            b"S ", b"SI ", b"SIR ", b"SR ", b"T ", b"TI ", b"TA ", b"TAC ", b"Z ", b"ZI ", b"I", b"ES",
            b"ET", b"EL",
        ],
        mark: b"",
    },
    measures: Measures::Mass,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

fn read(line: &[u8], _: Unit) -> Outcome {
    let (word, rest) = next_word(line);
    match word {
        b"S" | b"SI" | b"SIR" | b"SR" => weighed(rest),
        b"T" | b"TI" | b"TA" => Err(tared(rest)?),
        b"TAC" | b"Z" | b"ZI" | b"I0" | b"I1" | b"I2" | b"I3" | b"I4" | b"I5" => Err(done(rest)?),
        b"ES" if rest.is_empty() => Err(Error::SyntaxError.into()),
        b"ET" if rest.is_empty() => Err(Error::TransmissionError.into()),
        b"EL" if rest.is_empty() => Err(Error::LogicalError.into()),
        _ => Err(Error::Malformed.into()),
    }
}

fn weighed(rest: &[u8]) -> Outcome {
    match next_word(rest) {
        (b"S", value) => text::weight(value, true),
        (b"D", value) => text::weight(value, false),
        (fate, b"") => Err(refusal(fate)),
        _ => Err(Error::Malformed.into()),
    }
}

/// An answer to a tare command tells the tare; the load itself was not sent.
fn tared(rest: &[u8]) -> Result<ErrorReading, ErrorReading> {
    let (fate, value) = next_word(rest);
    if value.is_empty() {
        return done(rest);
    }
    let stable = match fate {
        b"S" | b"A" => true,
        b"D" => false,
        _ => return Err(Error::Malformed.into()),
    };
    let tare = text::mass(value, stable)?;
    let mut answer = Error::NotLoad.said(stable, Some(tare.unit()));
    answer.extras.tare = Some(tare);
    Ok(answer)
}

/// A command carried out, with nothing weighed.
fn done(rest: &[u8]) -> Result<ErrorReading, ErrorReading> {
    match next_word(rest) {
        (b"A" | b"B" | b"S" | b"D", _) => Ok(Error::NoWeight.into()),
        (fate, b"") => Ok(refusal(fate)),
        _ => Err(Error::Malformed.into()),
    }
}

fn refusal(fate: &[u8]) -> ErrorReading {
    match fate {
        b"I" => Error::NotExecutable.into(),
        b"L" => Error::BadParameter.into(),
        b"+" => Error::Overload.said(false, None),
        b"-" => Error::Underload.said(false, None),
        _ => Error::Malformed.into(),
    }
}

fn next_word(line: &[u8]) -> (&[u8], &[u8]) {
    let end = line.iter().position(|&byte| byte == b' ').unwrap_or(line.len());
    let (word, rest) = line.split_at_checked(end).unwrap_or((line, b""));
    (word, rest.trim_ascii())
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    Some(grams.unsigned_abs()).filter(|&size| size < 10_000_000)?;
    pen.text(format_args!("S {}   {} kg\r\n", if stable { "S" } else { "D" }, Kilograms(grams)))
}
