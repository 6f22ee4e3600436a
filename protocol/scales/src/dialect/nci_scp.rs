//! NCI or SCP, the tongue of physician scales by Adam, Brecknell and CAS: a number, its unit, and two to four status bytes.
//!
//! A line feed opens a frame and another stands inside it. The inner one follows a carriage return and has a status byte
//! behind it, which looks like no polarity a number begins with.
use super::{Measures, Rules, Shape};
use crate::cut::Cut;
use crate::pen::Pen;
use crate::{Error, Outcome, Reading, Side, Unit, UnitFrom, text};

const LF: u8 = b'\n';
const CR: u8 = b'\r';
const ETX: u8 = 0x03;
/// Polarity and digits.
const VALUE: usize = 9;
/// More than any frame has.
const MOST: usize = 26;

pub(super) const RULES: Rules = Rules {
    shape: Shape::Block { cut, text: true },
    measures: Measures::Mass,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

fn cut(heard: &[u8]) -> Cut {
    let mut before = None;
    let mut inner = false;
    for (at, byte) in heard.iter().map(|byte| byte & 0x7f).enumerate() {
        match (at, byte) {
            (0, LF) => {}
            (0, _) => return Cut::Noise(1),
            (_, ETX) if before == Some(CR) => return Cut::Frame(at + 1),
            (_, LF) => match heard.get(at + 1) {
                None if before == Some(CR) && !inner => return Cut::More,
                Some(&next) if before == Some(CR) && !inner && is_status(next) => inner = true,
                _ => return Cut::Broken(at),
            },
            _ => {}
        }
        before = Some(byte);
    }
    if heard.len() < MOST { Cut::More } else { Cut::Broken(heard.len()) }
}

/// Two bits are always set; blanks, signs and the marks of an overload lack one of them.
fn is_status(byte: u8) -> bool {
    byte & 0x30 == 0x30
}

fn read(frame: &[u8], _: Unit) -> Outcome {
    let [LF, body @ .., CR, ETX] = frame else {
        return Err(if frame.first() == Some(&LF) { Error::Truncated } else { Error::Malformed }.into());
    };
    let inner = body.windows(2).position(|bytes| bytes == [CR, LF]);
    match inner.and_then(|at| Some((body.get(..at)?, body.get(at + 2..)?))) {
        Some((load, status)) => weight(load, Status::of(status)?),
        None if body == b"?" => Err(Error::UnrecognizedCommand.into()),
        None => {
            let status = Status::of(body)?;
            let unsaid = Error::NoWeight.said(!status.moving, None);
            Err(status.trouble.map_or(unsaid, |error| error.said(false, None)))
        }
    }
}

fn weight(load: &[u8], status: Status) -> Outcome {
    // Without its `k` a kilogram would be a gram, so the unit has to be whole.
    let Some((value, name @ [_, _])) = load.split_at_checked(VALUE) else {
        return Err(Error::Malformed.into());
    };
    let error = match value {
        b"^^^^^^^^^" => Some(Error::Overload),
        b"_________" => Some(Error::Underload),
        b"---------" => Some(Error::ZeroError),
        _ => status.trouble,
    };
    if let Some(error) = error {
        return Err(error.said(false, Unit::from_text(name.trim_ascii())));
    }
    let stable = !status.moving;
    let load = text::in_unit(text::only_number(value)?, name, stable)?;
    let side = if status.net { Side::Net } else { Side::Gross };
    Ok(Reading { side: Some(side), ..Reading::new(load, Some(stable)) })
}

/// What the status bytes say.
struct Status {
    moving: bool,
    net: bool,
    /// Why no number would hold, the gravest first.
    trouble: Option<Error>,
}

impl Status {
    fn of(bytes: &[u8]) -> Result<Self, Error> {
        let (first, second, third) = match *bytes {
            [first, second] => (first, second, 0),
            [first, second, third] | [first, second, third, _] => (first, second, third),
            _ => return Err(Error::Malformed),
        };
        if !bytes.iter().all(|&byte| is_status(byte)) {
            return Err(Error::Malformed);
        }
        let trouble = match () {
            () if first & 0b1100 != 0 || second & 0b1100 != 0 => Some(Error::DeviceError),
            () if third & 0b1000 != 0 => Some(Error::ZeroError),
            () if second & 0b0010 != 0 => Some(Error::Overload),
            () if second & 0b0001 != 0 => Some(Error::Underload),
            () => None,
        };
        Ok(Self { moving: first & 0b0001 != 0, net: third & 0b0100 != 0, trouble })
    }
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let size = Some(grams.unsigned_abs()).filter(|&size| size < 10_000_000)?;
    let (polarity, moving) = (if grams < 0 { '-' } else { ' ' }, u8::from(!stable));
    pen.text(format_args!("\n{polarity}{:04}.{:03}kg\r\n{moving}pp\r\x03", size / 1000, size % 1000))
}
