//! What to do next: at most three things, the most urgent on top.

use chrono::{Datelike, NaiveDate};
use growth::kms::{Gain, Line};
use growth::{Assessment, Child, LengthForAge, Nutrition, WeightForAge, completed_months};
use protocol::growth::NotTaken;

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

/// Everything about a visit that advice may rest on.
pub(super) struct Found<'a> {
    pub(super) child: &'a Child,
    pub(super) on: NaiveDate,
    pub(super) assessment: &'a Assessment,
    pub(super) line: Option<&'a Line>,
    pub(super) oedema: bool,
    pub(super) not_weighed: Option<NotTaken>,
    pub(super) not_measured: Option<NotTaken>,
}

/// When it is said, how pressing it is, and the words.
struct Rule {
    when: fn(&Found<'_>) -> bool,
    tone: Tone,
    say: &'static str,
}

/// The most urgent first; of what holds, the first three are shown.
const RULES: &[Rule] = &[
    Rule {
        when: |found| found.oedema,
        tone: Tone::Refer,
        say: "Kedua kaki bengkak: rujuk ke Puskesmas hari ini.",
    },
    Rule {
        when: |found| found.status(Nutrition::SeverelyWasted) && !found.oedema,
        tone: Tone::Refer,
        say: "Gizi buruk: rujuk ke Puskesmas hari ini, antar bila bisa.",
    },
    Rule {
        when: |found| found.line.is_some_and(|line| line.below_red_line),
        tone: Tone::Refer,
        say: "Di bawah garis merah: rujuk ke Puskesmas hari ini.",
    },
    Rule {
        when: |found| found.line.is_some_and(|line| line.twice_not_risen),
        tone: Tone::Refer,
        say: "Dua bulan tidak naik: rujuk ke Puskesmas hari ini.",
    },
    Rule {
        when: |found| found.length(LengthForAge::SeverelyStunted),
        tone: Tone::Refer,
        say: "Sangat pendek untuk umurnya: rujuk untuk diperiksa dokter.",
    },
    Rule {
        when: |found| found.not_weighed == Some(NotTaken::Ill) || found.not_measured == Some(NotTaken::Ill),
        tone: Tone::Attention,
        say: "Anak sakit: panggil bidan untuk memeriksa sekarang.",
    },
    Rule {
        when: |found| found.status(Nutrition::Wasted),
        tone: Tone::Attention,
        say: "Gizi kurang: panggil bidan, jadwalkan makanan tambahan.",
    },
    Rule {
        when: |found| found.length(LengthForAge::Stunted),
        tone: Tone::Attention,
        say: "Pendek untuk umurnya: beri tahu bidan, tambah lauk hewani tiap hari.",
    },
    Rule {
        when: |found| found.gain(Gain::NotRisen) && !found.line.is_some_and(|line| line.twice_not_risen),
        tone: Tone::Attention,
        say: "Berat tidak naik: tanya makan dan sakitnya, minta bidan melihat hari ini.",
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
        when: |found| found.status(Nutrition::RiskOfOver),
        tone: Tone::Attention,
        say: "Berisiko gizi lebih: kurangi yang manis, ajak banyak bergerak.",
    },
    Rule {
        when: |found| found.vitamin_a(6, 12),
        tone: Tone::Good,
        say: "Bulan vitamin A: beri kapsul biru bila belum.",
    },
    Rule {
        when: |found| found.vitamin_a(12, 60),
        tone: Tone::Good,
        say: "Bulan vitamin A: beri kapsul merah bila belum.",
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
pub(super) fn advise(found: &Found<'_>) -> Vec<Advice> {
    let holding = RULES.iter().filter(|rule| (rule.when)(found));
    holding.map(|rule| Advice { tone: rule.tone, say: rule.say }).take(AT_MOST).collect()
}

impl Found<'_> {
    fn status(&self, status: Nutrition) -> bool {
        self.assessment.status == Some(status)
    }

    fn length(&self, class: LengthForAge) -> bool {
        self.assessment.categories.tb_u == Some(class)
    }

    fn weight(&self, class: WeightForAge) -> bool {
        self.assessment.categories.bb_u == Some(class)
    }

    fn gain(&self, gain: Gain) -> bool {
        self.line.is_some_and(|line| line.gain == gain)
    }

    fn months(&self) -> i32 {
        completed_months(self.child.birth_date, self.on)
    }

    fn vitamin_a(&self, from_months: i32, below_months: i32) -> bool {
        matches!(self.on.month(), 2 | 8) && (from_months..below_months).contains(&self.months())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use growth::{Measures, Posture, Sex, assess};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn said(mass_g: u32, length_tenth_mm: u32, oedema: bool) -> Vec<(Tone, &'static str)> {
        let child = Child::new(Sex::Female, day("2025-02-10"));
        let on = day("2026-02-10");
        let posture = Some(Posture::Lying);
        let measures = Measures {
            mass_g: Some(mass_g),
            length_tenth_mm: Some(length_tenth_mm),
            posture,
            oedema,
            ..Measures::default()
        };
        let assessment = assess(&child, on, &measures);
        let found = Found {
            child: &child,
            on,
            assessment: &assessment,
            line: None,
            oedema,
            not_weighed: None,
            not_measured: None,
        };
        advise(&found).into_iter().map(|advice| (advice.tone, advice.say)).collect()
    }

    #[test]
    fn a_thriving_child_is_praised_and_given_its_vitamin() {
        let said = said(8_900, 7_400, false);
        assert_eq!(said[0], (Tone::Good, "Bulan vitamin A: beri kapsul merah bila belum."));
        assert!(said.len() <= 3);
    }

    #[test]
    fn the_most_urgent_stands_on_top_and_nothing_good_hides_it() {
        let wasted = said(5_900, 7_400, false);
        assert_eq!(wasted[0].0, Tone::Refer);
        assert!(wasted[0].1.contains("Gizi buruk"), "{wasted:?}");
        let swollen = said(8_900, 7_400, true);
        assert!(swollen[0].1.contains("bengkak"), "{swollen:?}");
    }

    #[test]
    fn rules_are_written_in_the_order_of_their_urgency() {
        assert!(RULES.is_sorted_by_key(|rule| core::cmp::Reverse(rule.tone)));
    }
}
