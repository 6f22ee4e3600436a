//! Which card a result leads to: the most urgent thing that was found, else what suits the age.

use care::child::{Reason, To};
use growth::kms::Gain;
use growth::{LengthForAge, Nutrition, WeightForAge};
use protocol::growth::NotTaken;

use super::cards::{self, Card};
use crate::visits::found::Findings;

type Rule = (fn(&Findings) -> bool, &'static Card);

/// The first that holds is told.
const RULES: [Rule; 8] = [
    (|found| found.referral().any(|(_, to)| to >= To::Today), &cards::REFER),
    (
        |found| found.not_weighed == Some(NotTaken::Ill) || found.not_measured == Some(NotTaken::Ill),
        &cards::ILL,
    ),
    (|found| found.refers(Reason::Tuberculosis), &cards::TUBERCULOSIS),
    (
        |found| {
            let is_thin = found.status(Nutrition::Wasted) || found.weight(WeightForAge::Under);
            is_thin && !found.length(LengthForAge::Stunted)
        },
        &cards::WASTED,
    ),
    (|found| found.length(LengthForAge::Stunted), &cards::STUNTED),
    (|found| found.gain(Gain::NotRisen), &cards::NOT_RISEN),
    (|found| found.status(Nutrition::Over) || found.status(Nutrition::Obese), &cards::OVER),
    (|found| found.vitamin_a.is_some(), &cards::VITAMIN_A),
];

/// The one card for what was found; without a result, one that is right for everybody.
pub(super) fn choose(found: Option<&Findings>) -> &'static Card {
    let Some(found) = found else { return &cards::HANDS };
    let first = RULES.iter().find(|(holds, _)| holds(found)).map(|(_, card)| *card);
    first.unwrap_or_else(|| cards::by_age(found.months()))
}

#[cfg(test)]
mod tests {
    use growth::{Measures, Posture};

    use super::*;
    use crate::visits::found::example;

    fn measured(mass_g: u32, length_tenth_mm: u32) -> Measures {
        Measures {
            mass_g: Some(mass_g),
            length_tenth_mm: Some(length_tenth_mm),
            posture: Some(Posture::Lying),
            ..Measures::default()
        }
    }

    #[test]
    fn what_was_found_leads_to_its_card() {
        let good = measured(8_900, 7_400);
        let table = [
            (good, "vitamin_a"), // the example came in February
            (Measures { oedema: true, ..good }, "rujuk"),
            (Measures { arm_tenth_mm: Some(1_149), ..good }, "rujuk"),
            (Measures { arm_tenth_mm: Some(1_150), ..good }, "gizi_kurang"),
            (Measures { arm_tenth_mm: Some(1_250), ..good }, "vitamin_a"),
            (measured(5_900, 7_400), "rujuk"),
            (measured(7_400, 7_400), "gizi_kurang"),
            (measured(8_000, 6_800), "pendek"),
            (measured(12_500, 7_400), "gizi_lebih"),
        ];
        for (measures, code) in table {
            assert_eq!(choose(Some(&example(measures))).code, code, "{measures:?}");
        }
        assert_eq!(choose(None).code, "cuci_tangan");
    }

    #[test]
    fn every_result_leads_to_exactly_one_card_there_is() {
        for mass_g in (2_000..25_000).step_by(500) {
            for length in (4_500..11_500).step_by(250) {
                for arm_tenth_mm in [None, Some(1_100), Some(1_200), Some(1_400)] {
                    let found = example(Measures { arm_tenth_mm, ..measured(mass_g, length) });
                    let card = choose(Some(&found));
                    assert_eq!(cards::all().filter(|other| other.code == card.code).count(), 1);
                }
            }
        }
    }
}
