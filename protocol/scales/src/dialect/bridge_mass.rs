//! Our own bridge behind a scale.
use super::{Measures, Rules, Shape};
use crate::pen::Pen;
use crate::{Error, Outcome, Unit, UnitFrom, bridge};
use protocol::bridge::Kind;

pub(super) const RULES: Rules = Rules {
    shape: Shape::Block { cut: bridge::cut, text: false },
    measures: Measures::Mass,
    unit_from: UnitFrom::Frame,
    read,
    write,
};

fn read(frame: &[u8], _: Unit) -> Outcome {
    let said = bridge::hear(frame)?;
    match said.kind {
        Kind::Mass => bridge::outcome(&said, Unit::Gram, 0),
        Kind::Length => Err(Error::NotWeight.into()),
    }
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    bridge::write(Kind::Mass, grams, stable, pen)
}
