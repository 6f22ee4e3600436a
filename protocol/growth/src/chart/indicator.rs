//! What can be drawn, and against what.

use crate::child::{FIRST_HEIGHT_DAY, LAST_DAY_2006};
use crate::tables::{self, Lms};
use crate::{Age, Child, Index, Sex, Visit, scores};

use super::Point;

/// Days in WHO's month.
pub(super) const MONTH_DAYS: f64 = 30.4375;

/// What a card draws upward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Indicator {
    /// BB/U, the KMS card proper, with KBM and N/T beneath.
    WeightForAge,
    /// PB/U or TB/U.
    LengthForAge,
    /// BB/PB on the span of the first two years, BB/TB on the others.
    WeightForLength,
    /// IMT/U.
    BmiForAge,
    /// LK/U.
    HeadForAge,
}

/// The ages a card spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Span {
    /// From birth to the second birthday.
    FirstTwoYears,
    /// From 24 to 60 months.
    ToFiveYears,
    /// From birth to 60 months, for print and wide screens.
    Whole,
}

impl Span {
    /// The page of the card that a child of so many completed months is on.
    pub const fn at(months: i32) -> Self {
        if months < 24 { Self::FirstTwoYears } else { Self::ToFiveYears }
    }

    /// First and last month.
    pub const fn months(self) -> (i32, i32) {
        match self {
            Self::FirstTwoYears => (0, 24),
            Self::ToFiveYears => (24, 60),
            Self::Whole => (0, 60),
        }
    }
}

impl Indicator {
    /// What stands above the card. The first two years are measured lying.
    pub const fn title(self, span: Span) -> &'static str {
        match (self, span) {
            (Self::WeightForAge, _) => "KMS: berat menurut umur",
            (Self::LengthForAge, Span::FirstTwoYears) => "Panjang menurut umur",
            (Self::LengthForAge, _) => "Tinggi menurut umur",
            (Self::WeightForLength, Span::FirstTwoYears) => "Berat menurut panjang",
            (Self::WeightForLength, _) => "Berat menurut tinggi",
            (Self::BmiForAge, _) => "IMT menurut umur",
            (Self::HeadForAge, _) => "Lingkar kepala menurut umur",
        }
    }

    /// The z-score drawn.
    pub const fn index(self) -> Index {
        match self {
            Self::WeightForAge => Index::Waz,
            Self::LengthForAge => Index::Lhaz,
            Self::WeightForLength => Index::Whz,
            Self::BmiForAge => Index::Baz,
            Self::HeadForAge => Index::Hcz,
        }
    }

    pub(super) const fn unit(self) -> &'static str {
        match self {
            Self::WeightForAge | Self::WeightForLength => "kg",
            Self::LengthForAge | Self::HeadForAge => "cm",
            Self::BmiForAge => "kg/m²",
        }
    }

    /// What a sentence calls it.
    pub(super) const fn noun(self, span: Span) -> &'static str {
        match (self, span) {
            (Self::WeightForAge | Self::WeightForLength, _) => "Berat",
            (Self::LengthForAge, Span::FirstTwoYears) => "Panjang",
            (Self::LengthForAge, _) => "Tinggi",
            (Self::BmiForAge, _) => "IMT",
            (Self::HeadForAge, _) => "Lingkar kepala",
        }
    }

    /// Steps of the fine grid and of its labels.
    pub(super) const fn steps(self) -> (i32, i32) {
        match self {
            Self::WeightForAge | Self::WeightForLength | Self::BmiForAge => (1, 2),
            Self::LengthForAge => (5, 10),
            Self::HeadForAge => (1, 5),
        }
    }

    /// How far below the −3 line and above the +3 line there is room for a point.
    pub(super) const fn room(self) -> (f64, f64) {
        match self {
            Self::WeightForAge => (0.7, 1.04),
            Self::WeightForLength => (0.75, 1.06),
            Self::LengthForAge => (0.93, 1.02),
            Self::BmiForAge => (0.85, 1.06),
            Self::HeadForAge => (0.96, 1.02),
        }
    }

    pub(super) const fn by_age(self) -> bool {
        !matches!(self, Self::WeightForLength)
    }

    pub(super) fn across(self, span: Span) -> (f64, f64) {
        match (self, span) {
            (Self::WeightForLength, Span::FirstTwoYears) => (45.0, 110.0),
            (Self::WeightForLength, _) => (65.0, 120.0),
            (_, span) => {
                let (first, last) = span.months();
                (f64::from(first), f64::from(last))
            }
        }
    }

    /// The published row at a place of the axis across.
    pub(super) fn row(self, sex: Sex, span: Span, across: f64) -> Option<Lms> {
        // A cast saturates; the axis itself lies inside the tables.
        let day = (across * MONTH_DAYS + 0.5) as u32;
        match self {
            Self::WeightForAge => tables::WEIGHT.row(sex, day),
            Self::LengthForAge | Self::BmiForAge => {
                let table = if self == Self::LengthForAge { &tables::LENGTH } else { &tables::BMI };
                // Length ends and height begins on day 731; each page keeps to its own side.
                let height = FIRST_HEIGHT_DAY as u32;
                table.row(
                    sex,
                    match span {
                        Span::FirstTwoYears => day.min(height - 1),
                        Span::ToFiveYears => day.max(height),
                        Span::Whole => day,
                    },
                )
            }
            Self::HeadForAge => tables::HEAD.row(sex, day),
            Self::WeightForLength => {
                let lying = span == Span::FirstTwoYears;
                let table = if lying { &tables::WEIGHT_FOR_LENGTH } else { &tables::WEIGHT_FOR_HEIGHT };
                table.at_length(sex, (across * 100.0 + 0.5) as u32)
            }
        }
    }

    /// Whether a visit has a point; cheap, as it is asked of every visit for every point.
    pub(super) fn shows(self, child: &Child, visit: &Visit) -> bool {
        let measures = &visit.measures;
        let age = Age::on(child.birth_date, visit.on);
        let weighed = || measures.mass().is_some();
        let long = || measures.shifted_length(age).is_some();
        matches!(age, Age::Days(0..=LAST_DAY_2006))
            && match self {
                Self::WeightForAge => weighed(),
                Self::LengthForAge => long(),
                Self::WeightForLength | Self::BmiForAge => weighed() && long(),
                Self::HeadForAge => measures.head_tenth_mm.is_some_and(|head| head > 0),
            }
    }

    /// Where a visit lies, or `None` if it lacks the measure or is no under-five's.
    pub(super) fn point(self, child: &Child, visit: &Visit) -> Option<Point> {
        let age = Age::on(child.birth_date, visit.on);
        let Age::Days(days @ 0..=LAST_DAY_2006) = age else { return None };
        let scores = scores(Some(child.sex), age, &visit.measures);
        let mass = visit.measures.mass().map(|mass| f64::from(mass) / 1_000.0);
        let length = scores.length_tenth_mm.map(|length| f64::from(length) / 100.0);
        let months = f64::from(days) / MONTH_DAYS;
        let (across, up) = match self {
            Self::WeightForAge => (months, mass?),
            Self::LengthForAge => (months, length?),
            Self::WeightForLength => (length?, mass?),
            Self::BmiForAge => (months, scores.bmi?),
            Self::HeadForAge => {
                (months, f64::from(visit.measures.head_tenth_mm.filter(|&head| head > 0)?) / 100.0)
            }
        };
        Some(Point { visit: *visit, across, up, z: scores.get(self.index()) })
    }
}
