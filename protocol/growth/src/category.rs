//! What a z-score is called in Indonesia (Standar Antropometri Anak, Permenkes 2/2020), and the one nutrition
//! status that follows.

use crate::{Age, Measures, Scores, Z};

/// An enum whose variants each carry a machine word and a Bahasa label.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal, $label:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// Every value, from low to high.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The machine word.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// What a person reads, in Bahasa Indonesia.
            pub const fn label(self) -> &'static str {
                match self {
                    $(Self::$variant => $label,)+
                }
            }

            /// The value a machine word stands for; `None` for any other text.
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.code() == code)
            }
        }
    };
}

words! {
    /// BB/U, 0–60 months.
    WeightForAge {
        /// z < −3.
        SeverelyUnder = "bb_sangat_kurang", "berat badan sangat kurang";
        /// −3 ≤ z < −2.
        Under = "bb_kurang", "berat badan kurang";
        /// −2 ≤ z ≤ +1.
        Normal = "bb_normal", "berat badan normal";
        /// z > +1.
        RiskOfOver = "risiko_bb_lebih", "risiko berat badan lebih";
    }
}

words! {
    /// PB/U or TB/U, 0–60 months.
    LengthForAge {
        /// z < −3.
        SeverelyStunted = "sangat_pendek", "sangat pendek";
        /// −3 ≤ z < −2.
        Stunted = "pendek", "pendek";
        /// −2 ≤ z ≤ +3.
        Normal = "normal", "tinggi normal";
        /// z > +3.
        Tall = "tinggi", "tinggi";
    }
}

words! {
    /// BB/PB, BB/TB and IMT/U, and with them the nutrition status.
    Nutrition {
        /// z < −3.
        SeverelyWasted = "gizi_buruk", "gizi buruk";
        /// −3 ≤ z < −2.
        Wasted = "gizi_kurang", "gizi kurang";
        /// −2 ≤ z ≤ +1.
        Good = "gizi_baik", "gizi baik";
        /// +1 < z ≤ +2, 0–60 months only.
        RiskOfOver = "berisiko_gizi_lebih", "berisiko gizi lebih";
        /// 0–60 months: +2 < z ≤ +3; 5–18 years: +1 < z ≤ +2.
        Over = "gizi_lebih", "gizi lebih";
        /// 0–60 months: z > +3; 5–18 years: z > +2.
        Obese = "obesitas", "obesitas";
    }
}

words! {
    /// The five values some partners know.
    Five {
        /// Gizi buruk.
        SeverelyWasted = "gizi_buruk", "gizi buruk";
        /// Gizi kurang.
        Wasted = "gizi_kurang", "gizi kurang";
        /// Gizi baik, at risk or not.
        Good = "gizi_baik", "gizi baik";
        /// Gizi lebih.
        Over = "gizi_lebih", "gizi lebih";
        /// Obesitas.
        Obese = "obesitas", "obesitas";
    }
}

words! {
    /// LK/U, 0–60 months.
    HeadForAge {
        /// z < −2.
        Small = "mikrosefali", "lingkar kepala kecil (mikrosefali)";
        /// −2 ≤ z ≤ +2.
        Normal = "normal", "lingkar kepala normal";
        /// z > +2.
        Large = "makrosefali", "lingkar kepala besar (makrosefali)";
    }
}

words! {
    /// LiLA, 6–59 months.
    Arm {
        /// Below 11.5 cm: the red part of the tape.
        Red = "gizi_buruk", "LiLA merah";
        /// 11.5 to below 12.5 cm: the yellow part.
        Yellow = "gizi_kurang", "LiLA kuning";
        /// 12.5 cm and more: the green part.
        Green = "normal", "LiLA hijau";
    }
}

impl WeightForAge {
    /// The class of a weight-for-age z.
    pub const fn of(z: Z) -> Self {
        match z.centi {
            ..-300 => Self::SeverelyUnder,
            -300..-200 => Self::Under,
            -200..=100 => Self::Normal,
            101.. => Self::RiskOfOver,
        }
    }
}

impl LengthForAge {
    /// The class of a length- or height-for-age z.
    pub const fn of(z: Z) -> Self {
        match z.centi {
            ..-300 => Self::SeverelyStunted,
            -300..-200 => Self::Stunted,
            -200..=300 => Self::Normal,
            301.. => Self::Tall,
        }
    }
}

impl Nutrition {
    /// The class of weight-for-length or BMI-for-age at 0–60 months.
    pub const fn of_under_five(z: Z) -> Self {
        match z.centi {
            ..-300 => Self::SeverelyWasted,
            -300..-200 => Self::Wasted,
            -200..=100 => Self::Good,
            101..=200 => Self::RiskOfOver,
            201..=300 => Self::Over,
            301.. => Self::Obese,
        }
    }

    /// The class of BMI-for-age at 5–18 years.
    pub const fn of_school_age(z: Z) -> Self {
        match z.centi {
            ..-300 => Self::SeverelyWasted,
            -300..-200 => Self::Wasted,
            -200..=100 => Self::Good,
            101..=200 => Self::Over,
            201.. => Self::Obese,
        }
    }

    /// The same in five values. *Berisiko gizi lebih* becomes *gizi baik*: calling it overweight would overstate;
    /// [`is_risk`](Self::is_risk) keeps what is lost.
    pub const fn five(self) -> Five {
        match self {
            Self::SeverelyWasted => Five::SeverelyWasted,
            Self::Wasted => Five::Wasted,
            Self::Good | Self::RiskOfOver => Five::Good,
            Self::Over => Five::Over,
            Self::Obese => Five::Obese,
        }
    }

    /// Whether the five values need the mark `risiko` beside them.
    pub const fn is_risk(self) -> bool {
        matches!(self, Self::RiskOfOver)
    }
}

impl HeadForAge {
    /// The class of a head-circumference-for-age z.
    pub const fn of(z: Z) -> Self {
        match z.centi {
            ..-200 => Self::Small,
            -200..=200 => Self::Normal,
            201.. => Self::Large,
        }
    }
}

impl Arm {
    /// The class of an arm circumference in tenths of a millimetre, for a child of 6–59 months.
    pub const fn of(tenth_mm: u32) -> Self {
        match tenth_mm {
            ..1_150 => Self::Red,
            1_150..1_250 => Self::Yellow,
            1_250.. => Self::Green,
        }
    }
}

/// The class of every index; `None` where no z is due or the index has no classes at that age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Categories {
    /// BB/U.
    pub bb_u: Option<WeightForAge>,
    /// PB/U or TB/U.
    pub tb_u: Option<LengthForAge>,
    /// BB/PB or BB/TB.
    pub bb_tb: Option<Nutrition>,
    /// IMT/U.
    pub imt_u: Option<Nutrition>,
    /// LK/U.
    pub lk_u: Option<HeadForAge>,
    /// LiLA.
    pub lila: Option<Arm>,
}

impl Categories {
    pub(crate) fn of(age: Age, measures: &Measures, scores: &Scores) -> Self {
        let under_five = Group::of(age) == Some(Group::UnderFive);
        let nutrition = if under_five { Nutrition::of_under_five } else { Nutrition::of_school_age };
        Self {
            bb_u: scores.waz.ok().filter(|_| under_five).map(WeightForAge::of),
            tb_u: scores.lhaz.ok().filter(|_| under_five).map(LengthForAge::of),
            bb_tb: scores.whz.ok().map(Nutrition::of_under_five),
            imt_u: scores.baz.ok().map(nutrition),
            lk_u: scores.hcz.ok().map(HeadForAge::of),
            lila: measures.arm_tenth_mm.filter(|&arm| arm > 0 && tape_counts(age)).map(Arm::of),
        }
    }
}

/// LiLA speaks from 6 full months (day 183) to the end of the 60th (day 1826), months of 30.4375 days.
const fn tape_counts(age: Age) -> bool {
    matches!(age, Age::Days(183..=1826))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    UnderFive,
    SchoolAge,
}

impl Group {
    /// The classes that apply. The 61st month still belongs to the under-fives, also where it is read in the 2007
    /// reference. A child of unknown age is taken for one: only they are weighed by length.
    fn of(age: Age) -> Option<Self> {
        match age {
            Age::Unknown => Some(Self::UnderFive),
            Age::Days(days) => (0..=crate::child::LAST_DAY_2006).contains(&days).then_some(Self::UnderFive),
            Age::Months(months) if months.whole() == 60 => Some(Self::UnderFive),
            Age::Months(months) => months.within(61, 228).then_some(Self::SchoolAge),
        }
    }
}

/// The one nutrition status of a child.
///
/// Oedema is *gizi buruk*. So is a red tape (LiLA). Otherwise weight-for-length decides, and a yellow tape makes it
/// at least *gizi kurang*; a tape alone decides where there is no weight-for-length. From 5 years on, and wherever
/// the age is given in months, BMI-for-age decides instead. Weight-for-age never does.
pub fn nutrition_status(age: Age, oedema: bool, categories: &Categories) -> Option<Nutrition> {
    Group::of(age)?;
    if oedema {
        return Some(Nutrition::SeverelyWasted);
    }
    if matches!(age, Age::Months(_)) {
        return categories.imt_u;
    }
    match (categories.lila, categories.bb_tb) {
        (Some(Arm::Red), _) => Some(Nutrition::SeverelyWasted),
        (Some(Arm::Yellow), Some(Nutrition::SeverelyWasted)) => Some(Nutrition::SeverelyWasted),
        (Some(Arm::Yellow), _) => Some(Nutrition::Wasted),
        (Some(Arm::Green), None) => Some(Nutrition::Good),
        (Some(Arm::Green) | None, by_length) => by_length,
    }
}
