//! Whether a measurement is too coarse to say on which side of a border a child stands, and so is worth a second one.

use chrono::NaiveDate;
use growth::plausibility::{Limits, near_cutoff};
use growth::{Child, Index, Measures, assess};

use crate::scales::Quantity;

/// The z-scores at which something is decided, in hundredths; −3 of weight-for-age is the red line.
const BORDERS: [i32; 2] = [-200, -300];

/// How far what was read may lie from the truth; `None` for what need not be measured again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Blur {
    pub(super) mass_g: Option<u32>,
    pub(super) length_tenth_mm: Option<u32>,
}

/// What is worth measuring again, the length first: it errs more.
pub(super) fn worth_repeating(
    child: &Child,
    on: NaiveDate,
    measures: &Measures,
    blur: Blur,
) -> Option<Quantity> {
    let sides = |measures: Measures, indices: [Index; 2]| {
        let scores = assess(child, on, &measures).scores;
        indices.map(|index| BORDERS.map(|border| scores.get(index).ok().map(|z| z.centi < border)))
    };
    let differ = |low: Measures, high: Measures, indices| sides(low, indices) != sides(high, indices);
    let length = measures.length_tenth_mm.zip(blur.length_tenth_mm).is_some_and(|(length, blur)| {
        let at = |length| Measures { length_tenth_mm: Some(length), ..*measures };
        let across = differ(at(length.saturating_sub(blur)), at(length + blur), [Index::Lhaz, Index::Whz]);
        across || near_cutoff(&assess(child, on, measures), &Limits::default())
    });
    let weight = measures.mass_g.zip(blur.mass_g).is_some_and(|(mass_g, blur)| {
        let at = |mass_g| Measures { mass_g: Some(mass_g), ..*measures };
        differ(at(mass_g.saturating_sub(blur)), at(mass_g + blur), [Index::Waz, Index::Whz])
    });
    match (length, weight) {
        (true, _) => Some(Quantity::Length),
        (false, true) => Some(Quantity::Weight),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use growth::{Posture, Sex};

    use super::*;

    fn girl() -> (Child, NaiveDate) {
        let born = NaiveDate::from_ymd_opt(2025, 2, 3).unwrap();
        (Child::new(Sex::Female, born), NaiveDate::from_ymd_opt(2026, 2, 3).unwrap())
    }

    fn weighed(mass_g: u32) -> Measures {
        Measures { mass_g: Some(mass_g), ..Measures::default() }
    }

    #[test]
    fn a_weight_whose_division_straddles_a_border_is_worth_a_second_one() {
        let (child, on) = girl();
        let z = |mass_g| assess(&child, on, &weighed(mass_g)).scores.waz.unwrap().centi;
        for border in BORDERS {
            let first = (4_000..9_000).step_by(10).find(|&mass_g| z(mass_g) >= border).unwrap();
            for (mass_g, half_division, asked) in [
                (first, 25, true),
                (first - 10, 25, true),
                (first + 50, 25, false),
                (first - 60, 25, false),
                (first + 50, 100, true),
                (first, 0, false),
            ] {
                let blur = Blur { mass_g: Some(half_division), length_tenth_mm: None };
                let found = worth_repeating(&child, on, &weighed(mass_g), blur);
                assert_eq!(
                    found,
                    asked.then_some(Quantity::Weight),
                    "{mass_g} g ± {half_division} at {border}"
                );
            }
            let measured_twice = Blur { mass_g: None, length_tenth_mm: None };
            assert_eq!(worth_repeating(&child, on, &weighed(first), measured_twice), None);
        }
    }

    #[test]
    fn a_length_near_a_border_is_worth_a_second_one_and_goes_first() {
        let (child, on) = girl();
        let measured = |length| Measures {
            length_tenth_mm: Some(length),
            posture: Some(Posture::Lying),
            ..weighed(8_900)
        };
        let lhaz = |length| assess(&child, on, &measured(length)).scores.lhaz.unwrap().centi;
        let border = (6_500..7_500).step_by(10).find(|&length| lhaz(length) >= -200).unwrap();
        let blur = Blur { mass_g: Some(5), length_tenth_mm: Some(5) };
        assert_eq!(worth_repeating(&child, on, &measured(border), blur), Some(Quantity::Length));
        assert_eq!(worth_repeating(&child, on, &measured(7_400), blur), None);
    }

    #[test]
    fn swollen_feet_leave_no_weight_to_repeat() {
        let (child, on) = girl();
        let swollen = Measures { oedema: true, ..weighed(7_000) };
        let blur = Blur { mass_g: Some(2_000), length_tenth_mm: None };
        assert_eq!(worth_repeating(&child, on, &swollen, blur), None);
    }
}
