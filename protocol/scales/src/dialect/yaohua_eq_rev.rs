//! Yaohua continuous output, low digit first and the sign last: `=000.3000` is 3.000.
use super::yaohua_eq_fwd::{self as forward, LENGTH, MARK};
use super::{Measures, Rules, Shape};
use crate::pen::Pen;
use crate::{Outcome, Reading, Unit, UnitFrom, cut};

pub(super) const RULES: Rules = Rules {
    shape: Shape::Block { cut: forward::cut, text: true },
    measures: Measures::Mass,
    unit_from: UnitFrom::Profile,
    read,
    write,
};

fn read(frame: &[u8], unit: Unit) -> Outcome {
    let [_, mut shown @ ..] = *cut::whole::<LENGTH>(frame, MARK)?;
    shown.reverse();
    Reading::in_profile_unit(forward::signed(shown)?, unit, None)
}

fn write(grams: i64, stable: bool, pen: &mut Pen<'_>) -> Option<()> {
    let mut sister = [0; LENGTH];
    let mut turned = Pen::new(&mut sister);
    (forward::RULES.write)(grams, stable, &mut turned)?;
    let [_, shown @ ..] = &mut sister;
    shown.reverse();
    pen.bytes(&sister)
}
