//! Which scale suits a child, by its posture and by what it weighed last.

use protocol::growth::Posture;

use crate::config::InstrumentKind;
use crate::scales::INFANT_MOST_G;

/// A child gains up to this between two visits; the scale has to bear that too.
const GROWS_G: u32 = 500;

/// How well a scale suits a child; the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// It does.
    Right,
    /// The child stands, and would have to sit here.
    StandsAlready,
    /// The child does not stand by itself: somebody carries it.
    LiesYet,
    /// Too heavy for it.
    TooHeavy,
}

/// How a weighing or measuring instrument suits a child that weighed `last_g` grams.
pub(super) fn of(kind: InstrumentKind, posture: Posture, last_g: Option<u32>) -> Fit {
    let heavy = last_g.is_some_and(|last_g| last_g + GROWS_G > INFANT_MOST_G);
    match (kind, posture) {
        (
            InstrumentKind::LengthBoard | InstrumentKind::BloodPressureMeter | InstrumentKind::GlucoseMeter,
            _,
        ) => Fit::Right,
        (InstrumentKind::InfantScale, _) if heavy => Fit::TooHeavy,
        (InstrumentKind::InfantScale, Posture::Standing) => Fit::StandsAlready,
        (InstrumentKind::StandingScale, Posture::Lying) => Fit::LiesYet,
        (InstrumentKind::InfantScale, Posture::Lying)
        | (InstrumentKind::StandingScale, Posture::Standing) => Fit::Right,
    }
}

impl Fit {
    /// What the kader is told about it; `stands_on` is the name of a scale to stand on, where there is one.
    pub(super) fn note(self, stands_on: Option<&str>) -> Option<String> {
        match (self, stands_on) {
            (Fit::Right, _) | (Fit::StandsAlready, None) => None,
            (Fit::StandsAlready, Some(name)) => Some(format!("Sudah bisa berdiri? Pakai {name}.")),
            (Fit::LiesYet, _) => Some("Belum bisa berdiri sendiri? Timbang sambil digendong.".into()),
            (Fit::TooHeavy, Some(name)) => {
                Some(format!("Terlalu berat untuk timbangan bayi (paling berat 20 kg). Pakai {name}."))
            }
            (Fit::TooHeavy, None) => Some(
                "Terlalu berat untuk timbangan bayi (paling berat 20 kg). Ketik dari timbangan lain.".into(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_posture_and_weight_choose_the_scale() {
        use InstrumentKind::{InfantScale, LengthBoard, StandingScale};
        use Posture::{Lying, Standing};
        for (kind, posture, last_g, fit) in [
            (InfantScale, Lying, None, Fit::Right),
            (InfantScale, Lying, Some(8_450), Fit::Right),
            (InfantScale, Lying, Some(19_500), Fit::Right),
            (InfantScale, Lying, Some(19_510), Fit::TooHeavy),
            (InfantScale, Standing, Some(12_000), Fit::StandsAlready),
            (InfantScale, Standing, Some(21_300), Fit::TooHeavy),
            (StandingScale, Standing, Some(21_300), Fit::Right),
            (StandingScale, Lying, Some(8_450), Fit::LiesYet),
            (LengthBoard, Lying, Some(21_300), Fit::Right),
        ] {
            assert_eq!(of(kind, posture, last_g), fit, "{kind:?} {posture:?} {last_g:?}");
        }
    }

    #[test]
    fn a_standing_child_on_the_infant_scale_is_told_which_one_to_take() {
        let b = Some("Timbangan injak B");
        assert_eq!(Fit::Right.note(b), None);
        assert!(Fit::StandsAlready.note(b).unwrap().contains("Pakai Timbangan injak B"));
        assert!(Fit::TooHeavy.note(b).unwrap().contains("20 kg"));
        assert_eq!(Fit::StandsAlready.note(None), None, "where there is no other, it will do");
    }
}
