//! What to do next: at most three things, the most urgent on top.

use care::child::{Capsule, Reason};
use growth::kms::Gain;
use growth::{LengthForAge, Nutrition, WeightForAge};
use protocol::growth::NotTaken;

use crate::visits::found::Findings;

/// How pressing something is; the highest decides the colour of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tone {
    /// Go on like this.
    Good,
    /// Something to watch.
    Attention,
    /// To the Puskesmas today.
    Refer,
}

impl Tone {
    /// The class, shape and word of the meaning.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Tone::Good => "good",
            Tone::Attention => "attention",
            Tone::Refer => "refer",
        }
    }

    /// Its shape: distinct also in grey.
    pub(super) const fn mark(self) -> &'static str {
        match self {
            Tone::Good => "●",
            Tone::Attention => "▲",
            Tone::Refer => "■",
        }
    }

    /// Its word.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Tone::Good => "baik",
            Tone::Attention => "perhatian",
            Tone::Refer => "rujuk",
        }
    }
}

/// When it is said, how pressing it is, and the words.
struct Rule {
    when: fn(&Findings) -> bool,
    tone: Tone,
    say: &'static str,
}

/// The most urgent first; of what holds, the first three are shown.
const RULES: &[Rule] = &[
    Rule {
        when: |found| found.refers(Reason::Oedema),
        tone: Tone::Refer,
        say: "Kedua kaki bengkak: rujuk ke Puskesmas hari ini.",
    },
    Rule {
        when: |found| {
            let small = found.refers(Reason::SevereAndYoung) || found.refers(Reason::SevereAndLight);
            small && !found.refers(Reason::Oedema)
        },
        tone: Tone::Refer,
        say: "Gizi buruk pada bayi kecil: rujuk hari ini juga, perlu rumah sakit.",
    },
    Rule {
        when: |found| found.refers(Reason::SeverelyWasted) && !found.refers(Reason::Oedema),
        tone: Tone::Refer,
        say: "Gizi buruk: rujuk ke Puskesmas hari ini, antar bila bisa.",
    },
    Rule {
        when: |found| found.refers(Reason::RedTape) && !found.refers(Reason::Oedema),
        tone: Tone::Refer,
        say: "LiLA merah, tanda gizi buruk: rujuk ke Puskesmas hari ini.",
    },
    Rule {
        when: |found| found.refers(Reason::BelowRedLine),
        tone: Tone::Refer,
        say: "Di bawah garis merah: rujuk ke Puskesmas hari ini.",
    },
    Rule {
        when: |found| found.refers(Reason::NotRisen) && found.line.is_some_and(|line| line.twice_not_risen),
        tone: Tone::Refer,
        say: "Dua bulan tidak naik: rujuk ke Puskesmas hari ini.",
    },
    Rule {
        when: |found| found.refers(Reason::NotRisen) && !found.line.is_some_and(|line| line.twice_not_risen),
        tone: Tone::Refer,
        say: "Berat tidak naik: rujuk ke Puskesmas hari ini.",
    },
    Rule {
        when: |found| found.refers(Reason::SeverelyStunted),
        tone: Tone::Refer,
        say: "Sangat pendek untuk umurnya: rujuk untuk diperiksa dokter.",
    },
    Rule {
        when: |found| found.not_weighed == Some(NotTaken::Ill) || found.not_measured == Some(NotTaken::Ill),
        tone: Tone::Attention,
        say: "Anak sakit: panggil bidan untuk memeriksa sekarang.",
    },
    Rule {
        when: |found| found.refers(Reason::Tuberculosis),
        tone: Tone::Attention,
        say: "Ada tanda TB: minta bidan memeriksa, lalu rujuk ke Puskesmas.",
    },
    Rule {
        when: |found| found.refers(Reason::Wasted) && !found.refers(Reason::RedTape),
        tone: Tone::Attention,
        say: "Gizi kurang: panggil bidan, jadwalkan makanan tambahan.",
    },
    Rule {
        when: |found| found.refers(Reason::YellowTape) && !found.refers(Reason::Wasted),
        tone: Tone::Attention,
        say: "LiLA kuning, tanda gizi kurang: panggil bidan, beri makanan tambahan.",
    },
    Rule {
        when: |found| found.length(LengthForAge::Stunted),
        tone: Tone::Attention,
        say: "Pendek untuk umurnya: beri tahu bidan, tambah lauk hewani tiap hari.",
    },
    Rule {
        when: |found| found.gain(Gain::NotRisen) && !found.refers(Reason::NotRisen),
        tone: Tone::Attention,
        say: "Berat tidak naik: tanya makan dan sakitnya, minta bidan melihat hari ini.",
    },
    Rule {
        when: |found| found.refers(Reason::Development),
        tone: Tone::Attention,
        say: "Ada yang belum bisa untuk umurnya: minta bidan memeriksa perkembangannya.",
    },
    Rule {
        when: |found| found.refers(Reason::Head),
        tone: Tone::Attention,
        say: "Lingkar kepala di luar batas: ukur sekali lagi, lalu beri tahu bidan.",
    },
    Rule {
        when: |found| found.status(Nutrition::Obese),
        tone: Tone::Attention,
        say: "Obesitas: minta bidan memeriksa, kurangi minuman dan jajanan manis.",
    },
    Rule {
        when: |found| found.status(Nutrition::Over),
        tone: Tone::Attention,
        say: "Gizi lebih: minta bidan memeriksa, kurangi minuman dan jajanan manis.",
    },
    Rule {
        when: |found| found.weight(WeightForAge::Under) && !found.status(Nutrition::Wasted),
        tone: Tone::Attention,
        say: "Berat kurang untuk umurnya: beri tahu bidan.",
    },
    Rule {
        when: |found| found.assessment.standing_too_young,
        tone: Tone::Attention,
        say: "Di bawah 9 bulan sebaiknya diukur berbaring: ukur ulang bila sempat.",
    },
    Rule {
        when: |found| found.not_weighed.is_some_and(|why| why != NotTaken::Ill),
        tone: Tone::Attention,
        say: "Belum ditimbang: coba lagi sebelum pulang, atau kunjungi rumahnya.",
    },
    Rule {
        when: |found| found.refers(Reason::AboveOrangeLine) && !found.status(Nutrition::Over),
        tone: Tone::Attention,
        say: "Di atas garis oranye: minta bidan memeriksa berat dan tingginya.",
    },
    Rule {
        when: |found| found.status(Nutrition::RiskOfOver),
        tone: Tone::Attention,
        say: "Berisiko gizi lebih: kurangi yang manis, ajak banyak bergerak.",
    },
    Rule {
        when: |found| found.vitamin_a == Some(Capsule::Blue),
        tone: Tone::Good,
        say: "Bulan vitamin A: beri kapsul biru bila belum.",
    },
    Rule {
        when: |found| found.vitamin_a == Some(Capsule::Red),
        tone: Tone::Good,
        say: "Bulan vitamin A: beri kapsul merah bila belum.",
    },
    Rule {
        when: |found| found.deworming_mg.is_some(),
        tone: Tone::Good,
        say: "Waktunya obat cacing: beri bila belum.",
    },
    Rule {
        when: |found| found.gain(Gain::Risen),
        tone: Tone::Good,
        say: "Puji ibunya: lanjutkan makan dan kasih sayangnya.",
    },
    Rule {
        when: |found| found.months() < 6,
        tone: Tone::Good,
        say: "ASI saja sampai 6 bulan, sesering bayi mau.",
    },
    Rule {
        when: |found| (6..24).contains(&found.months()),
        tone: Tone::Good,
        say: "Lanjutkan ASI, makan 3 kali sehari dengan lauk hewani.",
    },
    Rule {
        when: |found| found.gain(Gain::NoLastMonth) || found.gain(Gain::First),
        tone: Tone::Good,
        say: "Ingatkan datang lagi bulan depan, supaya terlihat naiknya.",
    },
    Rule { when: |_| true, tone: Tone::Good, say: "Sampai jumpa bulan depan." },
];

/// How many things a person takes home.
const AT_MOST: usize = 3;

/// One thing to do.
pub(super) struct Advice {
    pub(super) tone: Tone,
    pub(super) say: &'static str,
}

/// What to do, the most urgent first. Never empty.
pub(super) fn advise(found: &Findings) -> Vec<Advice> {
    let holding = RULES.iter().filter(|rule| (rule.when)(found));
    holding.map(|rule| Advice { tone: rule.tone, say: rule.say }).take(AT_MOST).collect()
}

#[cfg(test)]
mod tests {
    use growth::{Measures, Posture};

    use super::*;
    use crate::visits::found::example;

    fn said(measures: Measures) -> Vec<(Tone, &'static str)> {
        let advice = advise(&example(measures));
        advice.into_iter().map(|advice| (advice.tone, advice.say)).collect()
    }

    fn measured(mass_g: u32, length_tenth_mm: u32) -> Measures {
        Measures {
            mass_g: Some(mass_g),
            length_tenth_mm: Some(length_tenth_mm),
            posture: Some(Posture::Lying),
            ..Measures::default()
        }
    }

    #[test]
    fn a_thriving_child_is_given_its_vitamin() {
        let said = said(measured(8_900, 7_400));
        assert_eq!(said[0], (Tone::Good, "Bulan vitamin A: beri kapsul merah bila belum."));
        assert!(said.len() <= 3);
    }

    #[test]
    fn the_most_urgent_stands_on_top_and_nothing_good_hides_it() {
        let wasted = said(measured(5_900, 7_400));
        assert_eq!(wasted[0].0, Tone::Refer);
        assert!(wasted[0].1.contains("Gizi buruk"), "{wasted:?}");
        let swollen = said(Measures { oedema: true, ..measured(8_900, 7_400) });
        assert!(swollen[0].1.contains("bengkak"), "{swollen:?}");
        let red = said(Measures { arm_tenth_mm: Some(1_140), ..measured(8_900, 7_400) });
        assert!(red[0].1.contains("LiLA merah"), "{red:?}");
        let yellow = said(Measures { arm_tenth_mm: Some(1_240), ..Measures::default() });
        assert!(yellow[0].1.contains("LiLA kuning"), "{yellow:?}");
    }

    #[test]
    fn rules_are_written_in_the_order_of_their_urgency() {
        assert!(RULES.is_sorted_by_key(|rule| core::cmp::Reverse(rule.tone)));
    }
}
