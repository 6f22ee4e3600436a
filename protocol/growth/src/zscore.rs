//! How far a child stands from the median of healthy children, as WHO counts it.

use core::fmt;

use crate::tables::{self, Lms, Table};
use crate::{Age, Measures, Months, Posture, Sex};

/// A z-score, unrounded and rounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Z {
    /// As computed. Always finite.
    pub full: f64,
    /// In hundredths, half rounded away from zero. Every class and flag is decided on this.
    pub centi: i32,
}

impl Z {
    fn new(full: f64) -> Self {
        // Casting saturates, so the absurd weights that reach here stay absurd instead of wrapping.
        let centi = (full.abs() * 100.0 + 0.5) as i32;
        Self { full, centi: if full < 0.0 { -centi } else { centi } }
    }
}

impl fmt::Display for Z {
    /// Two decimals with a point, as WHO's files have it; never `-0.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.centi < 0 { "-" } else { "" };
        let centi = self.centi.unsigned_abs();
        write!(f, "{sign}{}.{:02}", centi / 100, centi % 100)
    }
}

/// Why no z-score is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoZ {
    /// The sex is not known.
    NoSex,
    /// The age is not known.
    NoAge,
    /// The measure itself, or one it is compared with, is missing.
    NoMeasure,
    /// The table of this index does not cover the age.
    AgeOutOfRange,
    /// Weight-for-length covers 45.0–110.0 cm lying and 65.0–120.0 cm standing.
    LengthOutOfRange,
    /// Swollen feet: the weight says nothing about nutrition.
    Oedema,
}

impl fmt::Display for NoZ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSex => "sex unknown",
            Self::NoAge => "age unknown",
            Self::NoMeasure => "not measured",
            Self::AgeOutOfRange => "age outside the table",
            Self::LengthOutOfRange => "length outside the table",
            Self::Oedema => "oedema",
        })
    }
}

impl core::error::Error for NoZ {}

/// The six indices, in the order every file lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Index {
    /// Weight-for-age, BB/U.
    Waz,
    /// Length- or height-for-age, PB/U or TB/U.
    Lhaz,
    /// Weight-for-length or -height, BB/PB or BB/TB.
    Whz,
    /// BMI-for-age, IMT/U.
    Baz,
    /// Head-circumference-for-age, LK/U.
    Hcz,
    /// Arm-circumference-for-age, LiLA/U.
    Acz,
}

impl Index {
    /// All six.
    pub const ALL: [Self; 6] = [Self::Waz, Self::Lhaz, Self::Whz, Self::Baz, Self::Hcz, Self::Acz];

    /// WHO's short name: `waz`, `lhaz`, `whz`, `baz`, `hcz`, `acz`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Waz => "waz",
            Self::Lhaz => "lhaz",
            Self::Whz => "whz",
            Self::Baz => "baz",
            Self::Hcz => "hcz",
            Self::Acz => "acz",
        }
    }

    /// Whether a z-score of this index is so far out that the measurement is doubted.
    pub const fn doubts(self, z: Z) -> bool {
        match self {
            Self::Waz => z.centi < -600 || z.centi > 500,
            Self::Lhaz => z.centi < -600 || z.centi > 600,
            Self::Whz | Self::Baz | Self::Hcz | Self::Acz => z.centi < -500 || z.centi > 500,
        }
    }
}

/// The indices whose z-score is doubted. A doubted z is shown and kept, but left out of prevalence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(u8);

impl Flags {
    /// Whether `index` is doubted.
    pub const fn contains(self, index: Index) -> bool {
        self.0 & (1 << index as u8) != 0
    }

    /// Whether nothing is doubted.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The doubted indices in their usual order.
    pub fn iter(self) -> impl Iterator<Item = Index> {
        Index::ALL.into_iter().filter(move |&index| self.contains(index))
    }
}

impl fmt::Display for Flags {
    /// The codes joined by `|`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, index) in self.iter().enumerate() {
            write!(f, "{}{}", if nth == 0 { "" } else { "|" }, index.code())?;
        }
        Ok(())
    }
}

/// Every z-score of one visit, each with the reason where none is due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// Weight-for-age.
    pub waz: Result<Z, NoZ>,
    /// Length- or height-for-age.
    pub lhaz: Result<Z, NoZ>,
    /// Weight-for-length or -height; only from the 2006 standards.
    pub whz: Result<Z, NoZ>,
    /// BMI-for-age.
    pub baz: Result<Z, NoZ>,
    /// Head-circumference-for-age; only from the 2006 standards.
    pub hcz: Result<Z, NoZ>,
    /// Arm-circumference-for-age; only from the 2006 standards, from day 91.
    pub acz: Result<Z, NoZ>,
    /// Length in tenths of a millimetre after the posture shift.
    pub length_tenth_mm: Option<u32>,
    /// Body-mass index in kg/m², from the shifted length.
    pub bmi: Option<f64>,
}

impl Scores {
    /// The z-score of one index.
    pub const fn get(&self, index: Index) -> Result<Z, NoZ> {
        match index {
            Index::Waz => self.waz,
            Index::Lhaz => self.lhaz,
            Index::Whz => self.whz,
            Index::Baz => self.baz,
            Index::Hcz => self.hcz,
            Index::Acz => self.acz,
        }
    }

    /// The indices to doubt.
    pub fn flags(&self) -> Flags {
        Flags(Index::ALL.into_iter().fold(0, |bits, index| {
            let doubted = self.get(index).is_ok_and(|z| index.doubts(z));
            bits | u8::from(doubted) << index as u8
        }))
    }
}

/// Computes all z-scores: from the 2006 standards for [`Age::Days`] and [`Age::Unknown`], from the 2007 reference
/// for [`Age::Months`].
pub fn scores(sex: Option<Sex>, age: Age, measures: &Measures) -> Scores {
    let length_tenth_mm = measures.shifted_length(age);
    let bmi = measures.mass().zip(length_tenth_mm).map(|(mass, length)| {
        let metres = f64::from(length) / 10_000.0;
        kilograms(mass) / (metres * metres)
    });
    let subject = Subject { sex: sex.ok_or(NoZ::NoSex), measures, length_tenth_mm, bmi };
    match age {
        Age::Unknown => subject.by_day(Err(NoZ::NoAge)),
        Age::Days(days) => subject.by_day(u32::try_from(days).map_err(|_| NoZ::AgeOutOfRange)),
        Age::Months(months) => subject.by_month(months),
    }
}

struct Subject<'a> {
    sex: Result<Sex, NoZ>,
    measures: &'a Measures,
    length_tenth_mm: Option<u32>,
    bmi: Option<f64>,
}

impl Subject<'_> {
    #[inline]
    fn by_day(&self, day: Result<u32, NoZ>) -> Scores {
        let row = |table: &Table| table.row(self.sex?, day?).ok_or(NoZ::AgeOutOfRange);
        Scores {
            waz: self.fed(row(&tables::WEIGHT), self.mass()),
            lhaz: even(row(&tables::LENGTH), self.length()),
            whz: self.fed(self.length_row(day), self.mass()),
            baz: self.fed(row(&tables::BMI), self.bmi),
            hcz: even(row(&tables::HEAD), centimetres(self.measures.head_tenth_mm)),
            acz: tailed(row(&tables::ARM), centimetres(self.measures.arm_tenth_mm)),
            length_tenth_mm: self.length_tenth_mm,
            bmi: self.bmi,
        }
    }

    fn by_month(&self, months: Months) -> Scores {
        let row = |table: &Table, last: u16| {
            let sex = self.sex?;
            let row = table.between(sex, u32::from(months.whole()), months.fraction());
            row.filter(|_| months.within(60, last)).ok_or(NoZ::AgeOutOfRange)
        };
        Scores {
            waz: self.fed(row(&tables::WEIGHT_2007, 120), self.mass()),
            lhaz: even(row(&tables::HEIGHT_2007, 228), self.length()),
            whz: Err(NoZ::AgeOutOfRange),
            baz: self.fed(row(&tables::BMI_2007, 228), self.bmi),
            hcz: Err(NoZ::AgeOutOfRange),
            acz: Err(NoZ::AgeOutOfRange),
            length_tenth_mm: self.length_tenth_mm,
            bmi: self.bmi,
        }
    }

    /// The row of weight-for-length below day 731 and of weight-for-height from then on. Without an age the
    /// posture tells them apart, without either the length does.
    fn length_row(&self, day: Result<u32, NoZ>) -> Result<Lms, NoZ> {
        let sex = self.sex?;
        let length = self.length_tenth_mm.ok_or(NoZ::NoMeasure)?;
        let (_, last_day) = tables::WEIGHT.range();
        let lying = match (day, self.measures.posture) {
            (Ok(day), _) if day > last_day => return Err(NoZ::AgeOutOfRange),
            (Ok(day), _) => day < crate::child::FIRST_HEIGHT_DAY as u32,
            (Err(NoZ::NoAge), Some(posture)) => posture == Posture::Lying,
            (Err(NoZ::NoAge), None) => length < UNKNOWN_POSTURE_SPLIT_TENTH_MM,
            (Err(reason), _) => return Err(reason),
        };
        let table = if lying { &tables::WEIGHT_FOR_LENGTH } else { &tables::WEIGHT_FOR_HEIGHT };
        table.at_length(sex, length).ok_or(NoZ::LengthOutOfRange)
    }

    /// An index that rests on the weight.
    #[inline]
    fn fed(&self, row: Result<Lms, NoZ>, y: Option<f64>) -> Result<Z, NoZ> {
        if self.measures.oedema && y.is_some() {
            return row.and(Err(NoZ::Oedema));
        }
        tailed(row, y)
    }

    fn mass(&self) -> Option<f64> {
        self.measures.mass().map(kilograms)
    }

    fn length(&self) -> Option<f64> {
        centimetres(self.length_tenth_mm)
    }
}

/// Below this a child of unknown age and posture is taken to have been lying: 87.0 cm.
const UNKNOWN_POSTURE_SPLIT_TENTH_MM: u32 = 8_700;

/// A skewed measure, with restricted tails.
#[inline]
fn tailed(row: Result<Lms, NoZ>, y: Option<f64>) -> Result<Z, NoZ> {
    Ok(Z::new(row?.restricted_z(y.ok_or(NoZ::NoMeasure)?)))
}

/// An evenly spread measure, with none.
#[inline]
fn even(row: Result<Lms, NoZ>, y: Option<f64>) -> Result<Z, NoZ> {
    Ok(Z::new(row?.z(y.ok_or(NoZ::NoMeasure)?)))
}

fn kilograms(mass_g: u32) -> f64 {
    f64::from(mass_g) / 1_000.0
}

fn centimetres(tenth_mm: Option<u32>) -> Option<f64> {
    tenth_mm.filter(|&length| length > 0).map(|length| f64::from(length) / 100.0)
}
