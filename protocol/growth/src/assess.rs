//! The one question edge and hub both ask: what do today's measures say about this child?

use chrono::NaiveDate;

use crate::{Age, Categories, Child, Flags, Measures, Nutrition, Posture, Scores, Sex};
use crate::{nutrition_status, scores};

/// Everything one visit says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assessment {
    /// The age everything was read at.
    pub age: Age,
    /// The z-scores, the shifted length and the BMI.
    pub scores: Scores,
    /// The z-scores to doubt.
    pub flags: Flags,
    /// The class of each index.
    pub categories: Categories,
    /// The one nutrition status; `None` where nothing decides it.
    pub status: Option<Nutrition>,
    /// Measured standing before 9 months: shifted as the rules want, but hardly believable.
    pub standing_too_young: bool,
}

/// Assesses a child on a day: the 2006 standards through day 1856, the 2007 reference after it.
///
/// Works for any dates and any measures; what cannot be said is an `Err` with its reason or a `None`.
pub fn assess(child: &Child, on: NaiveDate, measures: &Measures) -> Assessment {
    assess_at(Some(child.sex), Age::on(child.birth_date, on), measures)
}

/// Assesses measures whose sex or age may be unknown, or whose age is given otherwise than by dates.
pub fn assess_at(sex: Option<Sex>, age: Age, measures: &Measures) -> Assessment {
    let scores = scores(sex, age, measures);
    let categories = Categories::of(age, measures, &scores);
    Assessment {
        age,
        scores,
        flags: scores.flags(),
        categories,
        status: nutrition_status(age, measures.oedema, &categories),
        standing_too_young: standing_too_young(age, measures),
    }
}

/// Nine months are 273.94 days.
fn standing_too_young(age: Age, measures: &Measures) -> bool {
    let standing = measures.posture == Some(Posture::Standing) && measures.length_tenth_mm.is_some();
    standing && matches!(age, Age::Days(0..=273))
}
