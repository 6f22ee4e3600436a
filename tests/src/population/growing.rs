//! How a child's weight and length come about: two z-scores that wander, turned back into grams and millimetres.

use chrono::NaiveDate;
use growth::{Age, Measures, Posture, Sex, scores};

use crate::chance::Chance;

/// What is special about a child's growth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Story {
    /// Grows along its line.
    Steady,
    /// Has gained too little for some months.
    Faltering,
    /// Short for its age since its first year.
    Stunted,
    /// Very short.
    SeverelyStunted,
    /// Thin for its length.
    Wasted,
    /// Very thin.
    SeverelyWasted,
    /// Heavy for its length.
    Heavy,
    /// Very heavy.
    Obese,
    /// Born at 33 weeks, catching up.
    Premature,
    /// Has not come for months.
    LongAbsent,
    /// Moved in; nothing is known of it yet.
    Newcomer,
}

/// Where a child's two lines run.
#[derive(Debug, Clone)]
pub(super) struct Track {
    story: Story,
    length_z: f64,
    shape_z: f64,
    /// Wanders from month to month, and comes back.
    drift: f64,
}

/// What lies on the scale and under the board on one day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) mass_g: u32,
    pub(super) length_tenth_mm: u32,
    pub(super) posture: Posture,
}

impl Track {
    pub(super) fn of(story: Story, chance: &mut Chance) -> Self {
        let (length_z, shape_z) = match story {
            Story::Steady | Story::LongAbsent | Story::Newcomer => {
                (chance.bell(0.7) - 0.9, chance.bell(0.6) - 0.2)
            }
            Story::Faltering => (chance.bell(0.4) - 0.9, chance.bell(0.3) - 0.3),
            Story::Stunted => (chance.bell(0.15) - 2.5, chance.bell(0.4)),
            Story::SeverelyStunted => (chance.bell(0.1) - 3.4, chance.bell(0.3)),
            Story::Wasted => (chance.bell(0.4) - 1.0, chance.bell(0.1) - 2.5),
            Story::SeverelyWasted => (chance.bell(0.3) - 1.2, chance.bell(0.05) - 3.4),
            Story::Heavy => (chance.bell(0.5), chance.bell(0.1) + 2.4),
            Story::Obese => (chance.bell(0.5), chance.bell(0.1) + 3.4),
            Story::Premature => (-2.6, -0.9),
        };
        Self { story, length_z, shape_z, drift: 0.0 }
    }

    /// The child's size on a day, `months_ago` from the day of the story, never shorter than it was.
    pub(super) fn size(
        &mut self,
        sex: Sex,
        birth_date: NaiveDate,
        on: NaiveDate,
        months_ago: i32,
        shortest_tenth_mm: u32,
        chance: &mut Chance,
    ) -> Size {
        let age = Age::on(birth_date, on);
        let months = f64::from(growth::completed_months(birth_date, on).max(0));
        self.drift = self.drift * 0.7 + chance.bell(0.12);
        let posture = age.expects().unwrap_or(Posture::Lying);
        let wanted = self.length_z(months) + chance.bell(0.04);
        let length_tenth_mm = length(sex, age, posture, wanted).max(shortest_tenth_mm);
        let mass_g = mass(sex, age, posture, length_tenth_mm, self.shape_z(months, months_ago), wanted);
        Size { mass_g, length_tenth_mm, posture }
    }

    /// Children here are born nearly as long as others and fall behind until their second birthday.
    fn length_z(&self, months: f64) -> f64 {
        match self.story {
            Story::Premature => self.length_z + 1.6 * (months / 18.0).min(1.0),
            _ => self.length_z + 0.6 * (1.0 - (months / 18.0).min(1.0)),
        }
    }

    fn shape_z(&self, months: f64, months_ago: i32) -> f64 {
        let settled = (months / 6.0).min(1.0); // what makes a child thin or heavy takes half a year to show
        let faltering = match self.story {
            Story::Faltering => 0.45 * f64::from((4 - months_ago).max(0)),
            _ => 0.0,
        };
        self.shape_z * settled + self.drift - faltering
    }
}

/// The length at this z, on a board's millimetre.
fn length(sex: Sex, age: Age, posture: Posture, z: f64) -> u32 {
    let z_of = |tenth_mm| {
        let measures =
            Measures { length_tenth_mm: Some(tenth_mm), posture: Some(posture), ..Measures::default() };
        scores(Some(sex), age, &measures).lhaz.map_or(0.0, |z| z.full)
    };
    10 * least(300, 1300, |mm| z_of(mm * 10) >= z)
}

/// The weight at this weight-for-length z, on a scale's 10 grams; by age where a child is too short for that table.
fn mass(sex: Sex, age: Age, posture: Posture, length_tenth_mm: u32, shape_z: f64, length_z: f64) -> u32 {
    let z_of = |mass_g| {
        let length_tenth_mm = Some(length_tenth_mm);
        let measures =
            Measures { mass_g: Some(mass_g), length_tenth_mm, posture: Some(posture), ..Measures::default() };
        let scores = scores(Some(sex), age, &measures);
        match (scores.whz, scores.waz) {
            (Ok(by_length), _) => by_length.full - shape_z,
            (_, Ok(by_age)) => by_age.full - (shape_z + length_z) / 2.0,
            _ => 0.0,
        }
    };
    10 * least(80, 4_000, |ten_g| z_of(ten_g * 10) >= 0.0)
}

/// The least number from `low` to `high` that is enough, where more stays enough.
fn least(mut low: u32, mut high: u32, enough: impl Fn(u32) -> bool) -> u32 {
    while low < high {
        let middle = low.midpoint(high);
        if enough(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}
