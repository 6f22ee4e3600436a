//! What a visit says about a child in few words, each with one of four meanings.

use ::growth::kms::Gain;
use ::growth::{LengthForAge, Nutrition, WeightForAge};

/// The four meanings of the hub's pages; each is shown by word, shape and colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meaning {
    /// Red: to be referred.
    Rujuk,
    /// Amber: to be looked after.
    Perhatian,
    /// Green.
    Baik,
    /// Grey: not known yet.
    Belum,
}

impl Meaning {
    /// The class the style sheet knows.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Rujuk => "rujuk",
            Self::Perhatian => "perhatian",
            Self::Baik => "baik",
            Self::Belum => "belum",
        }
    }
}

/// A few words and their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Chip {
    pub(super) meaning: Meaning,
    pub(super) words: &'static str,
}

/// What a visit was found to be, in the words Postgres keeps.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Found<'a> {
    pub(super) weighed: bool,
    pub(super) gain: Option<&'a str>,
    pub(super) two_t: bool,
    pub(super) below_red_line: bool,
    pub(super) oedema: bool,
    pub(super) nutrition_status: Option<&'a str>,
    pub(super) weight_for_age: Option<&'a str>,
    pub(super) length_for_age: Option<&'a str>,
    pub(super) flags: i16,
}

/// The bits of `flags` that say a measure is hard to believe, or its date.
const DOUBTS: [(i16, &str); 5] = [
    (1 | 2 | 4 | 8, "angka diragukan, ukur ulang"),
    (256, "tanggal di masa depan"),
    (512, "tanggal sebelum lahir"),
    (1024, "jam alat belum diatur"),
    (2048, "berdiri terlalu muda"),
];

/// Everything worth saying, the most urgent first. Never empty.
pub(super) fn chips(found: Found<'_>) -> Vec<Chip> {
    let mut chips: Vec<Chip> = [
        found.oedema.then_some(chip(Meaning::Rujuk, "bengkak kedua kaki")),
        found.nutrition_status.and_then(Nutrition::from_code).map(nutrition),
        found.below_red_line.then_some(chip(Meaning::Rujuk, "bawah garis merah")),
        gain(found.gain, found.two_t),
        found.length_for_age.and_then(LengthForAge::from_code).and_then(length),
        found
            .weight_for_age
            .and_then(WeightForAge::from_code)
            .filter(|_| !found.below_red_line)
            .and_then(weight),
    ]
    .into_iter()
    .flatten()
    .chain(
        DOUBTS
            .iter()
            .filter(|(bits, _)| found.flags & bits != 0)
            .map(|(_, words)| chip(Meaning::Perhatian, words)),
    )
    .collect();
    if chips.is_empty() {
        chips.push(chip(Meaning::Belum, if found.weighed { "status belum ada" } else { "belum ditimbang" }));
    }
    chips.sort_by_key(|chip| chip.meaning);
    chips
}

const fn chip(meaning: Meaning, words: &'static str) -> Chip {
    Chip { meaning, words }
}

fn nutrition(status: Nutrition) -> Chip {
    let meaning = match status {
        Nutrition::SeverelyWasted => Meaning::Rujuk,
        Nutrition::Good => Meaning::Baik,
        Nutrition::Wasted | Nutrition::RiskOfOver | Nutrition::Over | Nutrition::Obese => Meaning::Perhatian,
    };
    chip(meaning, status.label())
}

/// One T is amber; two in a row are for the Puskesmas to see.
fn gain(code: Option<&str>, two_t: bool) -> Option<Chip> {
    let gain = code?.chars().next().and_then(Gain::from_code)?;
    match gain {
        Gain::NotRisen if two_t => Some(chip(Meaning::Rujuk, "dua kali tidak naik")),
        Gain::NotRisen => Some(chip(Meaning::Perhatian, gain.label())),
        Gain::Risen => Some(chip(Meaning::Baik, gain.label())),
        Gain::NoLastMonth | Gain::First => None,
    }
}

fn length(class: LengthForAge) -> Option<Chip> {
    match class {
        LengthForAge::SeverelyStunted | LengthForAge::Stunted => {
            Some(chip(Meaning::Perhatian, class.label()))
        }
        LengthForAge::Normal | LengthForAge::Tall => None,
    }
}

fn weight(class: WeightForAge) -> Option<Chip> {
    match class {
        WeightForAge::SeverelyUnder => Some(chip(Meaning::Rujuk, class.label())),
        WeightForAge::Under | WeightForAge::RiskOfOver => Some(chip(Meaning::Perhatian, class.label())),
        WeightForAge::Normal => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(found: Found<'_>) -> Vec<(&'static str, &'static str)> {
        chips(found).iter().map(|chip| (chip.meaning.class(), chip.words)).collect()
    }

    #[test]
    fn the_most_urgent_is_said_first() {
        let found = Found {
            weighed: true,
            gain: Some("T"),
            two_t: true,
            nutrition_status: Some("gizi_baik"),
            length_for_age: Some("pendek"),
            weight_for_age: Some("bb_normal"),
            ..Found::default()
        };
        assert_eq!(
            said(found),
            [("rujuk", "dua kali tidak naik"), ("perhatian", "pendek"), ("baik", "gizi baik")]
        );
    }

    #[test]
    fn one_t_is_amber_and_a_child_that_did_not_come_is_grey() {
        let once = Found { weighed: true, gain: Some("T"), ..Found::default() };
        assert_eq!(said(once), [("perhatian", "tidak naik")]);
        assert_eq!(said(Found::default()), [("belum", "belum ditimbang")]);
    }

    #[test]
    fn a_doubted_value_says_so() {
        let doubted = Found {
            weighed: true,
            nutrition_status: Some("gizi_buruk"),
            flags: 4 | 1024,
            ..Found::default()
        };
        assert_eq!(
            said(doubted),
            [
                ("rujuk", "gizi buruk"),
                ("perhatian", "angka diragukan, ukur ulang"),
                ("perhatian", "jam alat belum diatur")
            ]
        );
    }
}
