//! Tanita: one record of tags and values after each weighing, `{0,16,~0,1,MO,"BD-815",Wg,3972`.
//!
//! A junk byte follows some records, so a record begins wherever `{0` appears.
use super::{Measures, Rules, Shape};
use crate::pen::Pen;
use crate::{Error, ErrorReading, Extras, Outcome, Presence, Quantity, Reading, Unit, UnitFrom, text};

const MARK: &[u8] = b"{0";

pub(super) const RULES: Rules = Rules {
    shape: Shape::Line { heads: &[b"{0,", b"Rg,", b"Gg,"], mark: MARK },
    measures: Measures::Mass,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

fn read(line: &[u8], _: Unit) -> Outcome {
    let record = from_last_mark(line);
    if ![MARK, b"Rg,", b"Gg,"].iter().any(|head| record.starts_with(head)) {
        return Err(Error::Malformed.into());
    }
    let said = Said::in_record(record)?;
    let (Some(quantity), true) = (said.weight, record.starts_with(MARK)) else {
        return Err(said.without_load());
    };
    Ok(Reading { presence: Presence::Held, extras: said.extras, ..Reading::new(quantity, Some(true)) })
}

fn from_last_mark(line: &[u8]) -> &[u8] {
    let mark = line.windows(MARK.len()).rposition(|bytes| bytes == MARK);
    mark.and_then(|at| line.get(at..)).unwrap_or(line)
}

/// What a record was found to say.
#[derive(Default)]
struct Said {
    weight: Option<Quantity>,
    extras: Extras,
    /// A gain or a memory was told, neither of which is a load.
    recalled: Option<Unit>,
}

impl Said {
    fn in_record(record: &[u8]) -> Result<Self, Error> {
        let (mut said, mut tare, mut rest) = (Self::default(), None, record);
        while !rest.is_empty() {
            let Pair { tag, value, after } = pair(rest)?;
            match tag {
                b"Wk" => said.weigh(value, Unit::Kilogram)?,
                b"Wp" => said.weigh(value, Unit::Pound)?,
                b"Wg" => said.weigh(value, Unit::Gram)?,
                b"Ta" => tare = Some(text::only_number(value)?),
                b"Rg" => {
                    said.extras.memory = Some(Quantity::new(text::only_number(value)?, Unit::Gram)?);
                    said.recalled = Some(Unit::Gram);
                }
                b"Gg" => said.recalled = Some(Unit::Gram),
                b"Hm" => said.extras.height = Some(centimetres(value)?),
                b"CS" => check(record, rest, value)?,
                _ => {}
            }
            rest = after;
        }
        if let (Some(tare), Some(weight)) = (tare, said.weight) {
            said.extras.tare = Some(Quantity::new(tare, weight.unit())?);
        }
        Ok(said)
    }

    /// A record with two weights cannot be trusted with either.
    fn weigh(&mut self, value: &[u8], unit: Unit) -> Result<(), Error> {
        let weight = Quantity::new(text::only_number(value)?, unit)?;
        if self.weight.replace(weight).is_some() { Err(Error::Malformed) } else { Ok(()) }
    }

    fn without_load(self) -> ErrorReading {
        let refused = match self.recalled.or(self.weight.map(Quantity::unit)) {
            Some(unit) => Error::NotLoad.said(true, Some(unit)),
            None => Error::NoWeight.into(),
        };
        ErrorReading { extras: self.extras, ..refused }
    }
}

/// The next tag of a record, its value, and the record behind them.
struct Pair<'a> {
    tag: &'a [u8],
    value: &'a [u8],
    after: &'a [u8],
}

/// Commas within quotes belong to the value; a quote inside one may stand for inches.
fn pair(record: &[u8]) -> Result<Pair<'_>, Error> {
    let (tag, rest) = text::field(record).ok_or(Error::Malformed)?;
    let end = match rest {
        [b'"', quoted @ ..] => quoted.windows(2).position(|bytes| bytes == b"\",").map(|at| at + 2),
        _ => rest.iter().position(|&byte| byte == b','),
    };
    let (value, after) = rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or_default();
    match value {
        [b'"'] => Err(Error::Malformed),
        [b'"', .., last] if *last != b'"' => Err(Error::Malformed),
        _ => Ok(Pair { tag, value, after: after.strip_prefix(b",").unwrap_or(after) }),
    }
}

/// Two hexadecimal digits: the sum of all bytes of the record before the tag `CS`.
fn check(record: &[u8], from_check: &[u8], value: &[u8]) -> Result<(), Error> {
    let before = record.get(..record.len() - from_check.len()).unwrap_or_default();
    let sum = before.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    let told = core::str::from_utf8(value.trim_ascii()).ok().filter(|told| told.len() == 2);
    let told = told.and_then(|told| u8::from_str_radix(told, 16).ok());
    if told == Some(sum) { Ok(()) } else { Err(Error::Checksum) }
}

fn centimetres(value: &[u8]) -> Result<Quantity, Error> {
    let mut height = text::only_number(value)?;
    height.decimals -= 1;
    Quantity::new(height, Unit::Millimetre)
}

/// These scales send nothing until the load stands still, and nothing below zero.
fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    if !stable || !(0..1_000_000).contains(&grams) {
        return None;
    }
    pen.text(format_args!("{{0,16,~0,1,MO,\"BD-815\",Wg,{grams}\r\n"))
}
