//! Our own bridge behind a length or height board.
use super::{Measures, Rules, Shape};
use crate::pen::Pen;
use crate::{Error, Outcome, Unit, UnitFrom, bridge};
use protocol::bridge::Kind;

pub(super) const RULES: Rules = Rules {
    shape: Shape::Block { cut: bridge::cut, text: false },
    measures: Measures::Length,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

fn read(frame: &[u8], _: Unit) -> Outcome {
    let said = bridge::hear(frame)?;
    match said.kind {
        Kind::Length => bridge::outcome(&said, Unit::Millimetre, 1),
        Kind::Mass => Err(Error::UnknownUnit.into()),
    }
}

fn write(tenth_mm: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    bridge::write(Kind::Length, tenth_mm, stable, pen)
}
