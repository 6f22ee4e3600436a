//! Yaohua A12(E) lines: `W`, a letter for the kind of weight, seven characters, a unit, and a check in two letters.
use super::{Measures, Rules, Shape, also, st_gs, yaohua_stx12, yaohua_ww};
use crate::pen::Pen;
use crate::{Error, Outcome, Side, Unit, UnitFrom, text};

/// What the check guards.
const GUARDED: usize = 11;
/// All but the end of the line.
const LENGTH: usize = 13;

pub(super) const RULES: Rules = Rules {
    shape: Shape::Line { heads: &[b"WG", b"WN", b"WT", b"         "], mark: b"" },
    measures: Measures::Mass,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

fn read(line: &[u8], _: Unit) -> Outcome {
    let line: &[u8; LENGTH] = line.try_into().map_err(|_| Error::Malformed)?;
    let [guarded @ .., high, low] = line;
    if !yaohua_stx12::sum_letters(guarded).eq_ignore_ascii_case(&[*high, *low]) {
        return Err(Error::Checksum.into());
    }
    match guarded {
        b"         OL" => Err(Error::Overload.said(false, None)),
        b"         LO" => Err(Error::Underload.said(false, None)),
        [b'W', b'G', shown @ ..] => weight(shown, Side::Gross),
        [b'W', b'N', shown @ ..] => weight(shown, Side::Net),
        [b'W', b'T', shown @ ..] => st_gs::tare(yaohua_ww::seven(shown)?, text::NO_FLAG),
        _ => Err(Error::Malformed.into()),
    }
}

fn weight(shown: &[u8], side: Side) -> Outcome {
    also(text::weight(yaohua_ww::seven(shown)?, text::NO_FLAG), |reading| reading.side = Some(side))
}

fn write(grams: i64, _: bool, pen: &mut Pen<'_>) -> Option<()> {
    let mut guarded = [0; GUARDED];
    let mut inner = Pen::new(&mut guarded);
    inner.bytes(b"WG")?;
    yaohua_ww::write_seven(grams, &mut inner)?;
    inner.bytes(b"kg")?;
    pen.bytes(&guarded)?;
    pen.bytes(&yaohua_stx12::sum_letters(&guarded))?;
    pen.bytes(b"\r\n")
}
