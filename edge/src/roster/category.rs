//! What the posyandu serves somebody as, today: it follows from age and pregnancy, and changes over a life.

use care::adult::{ELDERLY_YEARS, PRE_ELDERLY_YEARS};
use chrono::NaiveDate;

/// The months of a *balita*, and of whoever still goes to school.
const UNDER_FIVE_MONTHS: u32 = 60;
const GROWN_YEARS: u32 = 19;

/// What somebody is served as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Under five.
    Balita,
    /// From five, and not grown up.
    School,
    /// Pregnant, whatever her age.
    Pregnant,
    /// Grown up, under 45.
    Adult,
    /// 45 to 59.
    PreElderly,
    /// 60 and older.
    Elderly,
}

impl Category {
    /// The category on a day.
    pub fn on(born: NaiveDate, is_pregnant: bool, day: NaiveDate) -> Self {
        let months = u32::try_from(growth::completed_months(born, day)).unwrap_or_default();
        match months / 12 {
            _ if months < UNDER_FIVE_MONTHS => Self::Balita,
            _ if is_pregnant => Self::Pregnant,
            ELDERLY_YEARS.. => Self::Elderly,
            PRE_ELDERLY_YEARS.. => Self::PreElderly,
            GROWN_YEARS.. => Self::Adult,
            _ => Self::School,
        }
    }

    /// As people here call it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Balita => "balita",
            Self::School => "anak dan remaja",
            Self::Pregnant => "ibu hamil",
            Self::Adult => "dewasa",
            Self::PreElderly => "pra-lansia",
            Self::Elderly => "lansia",
        }
    }

    /// Whether the adults' table serves such a person.
    pub const fn is_grown(self) -> bool {
        matches!(self, Self::Adult | Self::PreElderly | Self::Elderly)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_begins_on_its_birthday() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (born, pregnant, on, category) in [
            ("2021-11-30", false, "2026-11-29", Category::Balita),
            ("2021-11-30", false, "2026-11-30", Category::School),
            ("2007-11-30", false, "2026-11-29", Category::School),
            ("2007-11-30", false, "2026-11-30", Category::Adult),
            ("1981-11-30", false, "2026-11-29", Category::Adult),
            ("1981-11-30", false, "2026-11-30", Category::PreElderly),
            ("1966-11-30", false, "2026-11-29", Category::PreElderly),
            ("1966-11-30", false, "2026-11-30", Category::Elderly),
            ("1999-01-01", true, "2026-11-30", Category::Pregnant),
            ("2010-01-01", true, "2026-11-30", Category::Pregnant),
            ("2027-01-01", false, "2026-11-30", Category::Balita),
        ] {
            assert_eq!(Category::on(day(born), pregnant, day(on)), category, "{born} {on}");
        }
    }
}
