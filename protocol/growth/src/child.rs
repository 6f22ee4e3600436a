//! Who is measured, how old they are, and what was read off the scale and the board.

use chrono::{Datelike, Days, NaiveDate};

/// The sex whose standards apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sex {
    /// *Laki-laki.*
    Male,
    /// *Perempuan.*
    Female,
}

impl Sex {
    /// The Indonesian letter: `l` (laki-laki) or `p` (perempuan).
    pub const fn code(self) -> char {
        match self {
            Self::Male => 'l',
            Self::Female => 'p',
        }
    }

    /// The letter of WHO's files: `m` or `f`.
    pub const fn who_code(self) -> char {
        match self {
            Self::Male => 'm',
            Self::Female => 'f',
        }
    }

    /// Reads `l`/`p` or `m`/`f`, either case; `None` for anything else.
    pub const fn from_code(code: char) -> Option<Self> {
        match code {
            'l' | 'L' | 'm' | 'M' => Some(Self::Male),
            'p' | 'P' | 'f' | 'F' => Some(Self::Female),
            _ => None,
        }
    }

    /// *laki-laki* or *perempuan*.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Male => "laki-laki",
            Self::Female => "perempuan",
        }
    }
}

/// How the child was measured; it decides whether 0.7 cm is added or taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Posture {
    /// Recumbent length (*panjang*), expected below day 731.
    Lying,
    /// Standing height (*tinggi*), expected from day 731.
    Standing,
}

impl Posture {
    /// The letter of WHO's files: `l` (length) or `h` (height).
    pub const fn code(self) -> char {
        match self {
            Self::Lying => 'l',
            Self::Standing => 'h',
        }
    }

    /// Reads `l` or `h`, either case; `None` for anything else.
    pub const fn from_code(code: char) -> Option<Self> {
        match code {
            'l' | 'L' => Some(Self::Lying),
            'h' | 'H' => Some(Self::Standing),
            _ => None,
        }
    }

    /// *berbaring* or *berdiri*.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Lying => "berbaring",
            Self::Standing => "berdiri",
        }
    }
}

/// The unchanging facts about a child that growth depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Child {
    /// Whose standards apply.
    pub sex: Sex,
    /// Day of birth; age is counted in whole days from it.
    pub birth_date: NaiveDate,
    /// Completed weeks of pregnancy at birth, where known.
    pub gestation_weeks: Option<u8>,
    /// Birth weight in grams, where known; column 0 of the KMS card.
    pub birth_mass_g: Option<u32>,
}

impl Child {
    /// A child of whom only sex and birth date are known.
    pub const fn new(sex: Sex, birth_date: NaiveDate) -> Self {
        Self { sex, birth_date, gestation_weeks: None, birth_mass_g: None }
    }

    /// The same child as if born at 40 weeks, for reading a preterm child beside the plain figures.
    ///
    /// `None` for a child born at 37 weeks or later, of unknown gestation, or once 24 months old: from then on
    /// nobody corrects. The standards themselves are always entered by true age.
    pub fn corrected(&self, on: NaiveDate) -> Option<Self> {
        let early = self.gestation_weeks.filter(|weeks| (20..37).contains(weeks))?;
        let birth_date = self.birth_date.checked_add_days(Days::new(u64::from(40 - early) * 7))?;
        (completed_months(self.birth_date, on) < 24).then_some(Self { birth_date, ..*self })
    }
}

/// What was read off the instruments at one visit. Zero counts as not measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measures {
    /// Weight in grams.
    pub mass_g: Option<u32>,
    /// Length or height in tenths of a millimetre, as read, before any posture shift.
    pub length_tenth_mm: Option<u32>,
    /// How the length was taken; unknown counts as the posture expected at that age.
    pub posture: Option<Posture>,
    /// Head circumference in tenths of a millimetre.
    pub head_tenth_mm: Option<u32>,
    /// Mid-upper-arm circumference (LiLA) in tenths of a millimetre.
    pub arm_tenth_mm: Option<u32>,
    /// Pitting oedema of both feet: the weight then says nothing about nutrition.
    pub oedema: bool,
}

impl Measures {
    /// Weight in grams, if there is one.
    pub fn mass(&self) -> Option<u32> {
        self.mass_g.filter(|&g| g > 0)
    }

    /// Length after the posture shift for `age`, in tenths of a millimetre.
    ///
    /// Below day 731 a standing child gains 0.7 cm, from day 731 a lying one loses 0.7 cm; nothing moves while age
    /// or posture is unknown. `None` when nothing (or nothing above zero) remains.
    pub fn shifted_length(&self, age: Age) -> Option<u32> {
        let read = self.length_tenth_mm.filter(|&length| length > 0)?;
        let shifted = match (self.posture, age.expects()) {
            (Some(Posture::Standing), Some(Posture::Lying)) => read.saturating_add(SHIFT_TENTH_MM),
            (Some(Posture::Lying), Some(Posture::Standing)) => read.saturating_sub(SHIFT_TENTH_MM),
            _ => read,
        };
        (shifted > 0).then_some(shifted)
    }
}

/// A lying child measures this much longer than the same child standing.
pub(crate) const SHIFT_TENTH_MM: u32 = 70;

/// First day on which WHO's tables speak of height instead of length.
pub(crate) const FIRST_HEIGHT_DAY: i32 = 731;

/// Last day of the 2006 standards; the 2007 reference begins the day after.
pub(crate) const LAST_DAY_2006: i32 = 1856;

/// One day a child was measured, seen from the growth card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit {
    /// The day.
    pub on: NaiveDate,
    /// The month the posyandu reports it under.
    pub month: Month,
    /// Copied from the family's book instead of measured here.
    pub from_book: bool,
    /// What was read.
    pub measures: Measures,
}

impl Visit {
    /// A visit measured here and reported in its own calendar month.
    pub fn new(on: NaiveDate, measures: Measures) -> Self {
        Self { on, month: Month::of(on), from_book: false, measures }
    }
}

/// A calendar month, counted as `year * 12 + month - 1`, so that neighbours differ by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(pub i32);

impl Month {
    /// The month `day` lies in.
    pub fn of(day: NaiveDate) -> Self {
        Self(day.year() * 12 + day.month0() as i32)
    }
}

/// Full calendar months from `birth_date` to `on` (*bulan penuh*), negative before birth.
///
/// A child born on the 31st completes a month on the 31st, or on the first day after a shorter month.
pub fn completed_months(birth_date: NaiveDate, on: NaiveDate) -> i32 {
    Month::of(on).0 - Month::of(birth_date).0 - i32::from(on.day() < birth_date.day())
}

/// How old a child is, and thereby which of WHO's two sets is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Nobody knows; only weight-for-length can be read.
    Unknown,
    /// Days since birth, read in the Child Growth Standards of 2006 (day 0 to 1856); negative before birth.
    Days(i32),
    /// Decimal months, read in the Growth Reference of 2007 (60 to 228 months).
    Months(Months),
}

impl Age {
    /// The age on a day: the 2006 standards through day 1856, the 2007 reference from day 1857.
    pub fn on(birth_date: NaiveDate, day: NaiveDate) -> Self {
        let days = day.signed_duration_since(birth_date).num_days();
        match i32::try_from(days) {
            Ok(days) if days <= LAST_DAY_2006 => Self::Days(days),
            _ => Self::Months(Months::from_days(u32::try_from(days).unwrap_or(u32::MAX))),
        }
    }

    /// The age in days at the last completed month, for figures kept by *bulan penuh* instead of by day.
    pub fn at_completed_month(birth_date: NaiveDate, day: NaiveDate) -> Self {
        let months = i64::from(completed_months(birth_date, day));
        // A month of the standards is 487/16 days; half up, as WHO rounds a fractional day.
        let days = (months * 487 * 2 + 16).div_euclid(32);
        match i32::try_from(days) {
            Ok(days) if days <= LAST_DAY_2006 => Self::Days(days),
            _ => Self::Months(Months::from_whole(u16::try_from(months).unwrap_or(u16::MAX))),
        }
    }

    /// The posture WHO's tables expect, where the age is known.
    pub const fn expects(self) -> Option<Posture> {
        match self {
            Self::Unknown => None,
            Self::Days(days) if days < FIRST_HEIGHT_DAY => Some(Posture::Lying),
            Self::Days(_) | Self::Months(_) => Some(Posture::Standing),
        }
    }
}

/// An exact number of months: whole ones and a fraction `part / of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Months {
    whole: u16,
    part: u32,
    of: u32,
}

impl Months {
    /// Exactly so many months.
    pub const fn from_whole(whole: u16) -> Self {
        Self { whole, part: 0, of: 1 }
    }

    /// Decimal months given in millionths: 61.25 months is `61_250_000`. Saturates at 65,535 months.
    pub fn from_millionths(millionths: u64) -> Self {
        Self::split(millionths, 1_000_000)
    }

    /// Days divided by WHO's month of 30.4375 days, exactly. Saturates at 65,535 months.
    pub fn from_days(days: u32) -> Self {
        Self::split(u64::from(days) * 16, 487)
    }

    fn split(count: u64, of: u32) -> Self {
        let (whole, part) = (count / u64::from(of), count % u64::from(of));
        match (u16::try_from(whole), u32::try_from(part)) {
            (Ok(whole), Ok(part)) => Self { whole, part, of },
            _ => Self::from_whole(u16::MAX),
        }
    }

    /// Whole months completed.
    pub const fn whole(self) -> u16 {
        self.whole
    }

    /// The part of the next month gone by, from 0 to below 1.
    pub fn fraction(self) -> f64 {
        f64::from(self.part) / f64::from(self.of)
    }

    /// Whether this lies from `first` to `last` months, both included.
    pub const fn within(self, first: u16, last: u16) -> bool {
        first <= self.whole && (self.whole < last || self.whole == last && self.part == 0)
    }
}
