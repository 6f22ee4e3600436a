//! What a posyandu owes a child under five besides weighing it, and when a child is sent on.
//!
//! # Why
//! Ages are completed months on the day of giving (KMK 2015/2023): a child that turns six months in February is due in
//! February from that day. What a Puskesmas may decide otherwise stands in [`Limits`] and is a setting there.

use chrono::{Datelike, NaiveDate};

/// The first month of the tape, of vitamin A, and the end of breast milk alone.
const HALF_A_YEAR: i32 = 6;
const ONE_YEAR: i32 = 12;
const TWO_YEARS: i32 = 24;
const FIVE_YEARS: i32 = 60;
/// The growth standards begin to read the tape here; calendar months of some children end up to two days earlier.
const FIRST_DAY_OF_TAPE: i64 = 183;
/// In which vitamin A is given all over the country.
const CAMPAIGN_MONTHS: [u32; 2] = [2, 8];
/// In which children are dewormed, after their vitamin A.
const DEWORMING_MONTH: u32 = 8;
/// Below this weight a severely wasted child cannot be cared for outside a hospital.
const TOO_LIGHT_G: u32 = 4_000;

/// A child's age on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// Completed calendar months, negative before birth.
    pub months: i32,
    /// Days.
    pub days: i64,
}

impl Age {
    /// How old somebody born then is on a day.
    pub fn on(born: NaiveDate, day: NaiveDate) -> Self {
        let between = (day.year() - born.year()) * 12 + day.month() as i32 - born.month() as i32;
        let months = between - i32::from(day.day() < born.day());
        Self { months, days: day.signed_duration_since(born).num_days() }
    }

    /// Whether the tape round the arm (LiLA) says something: 6 to 59 months.
    pub fn has_tape(self) -> bool {
        (HALF_A_YEAR..FIVE_YEARS).contains(&self.months) && self.days >= FIRST_DAY_OF_TAPE
    }

    /// Whether the head is measured: 0 to 59 months.
    pub fn has_head(self) -> bool {
        (0..FIVE_YEARS).contains(&self.months)
    }

    /// Whether it is asked if the child gets breast milk and nothing else: at 0 to 6 months, the last time to learn how
    /// the sixth month went.
    pub fn is_asked_for_milk(self) -> bool {
        (0..=HALF_A_YEAR).contains(&self.months)
    }

    /// Whether it is an under-five.
    pub fn is_under_five(self) -> bool {
        (0..FIVE_YEARS).contains(&self.months)
    }
}

/// A vitamin A capsule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capsule {
    /// Blue, 100 000 IU: 6 to 11 months.
    Blue,
    /// Red, 200 000 IU: 12 to 59 months.
    Red,
}

/// The capsule that is right for an age, in whatever month.
pub fn capsule(age: Age) -> Option<Capsule> {
    match age.months {
        HALF_A_YEAR..ONE_YEAR => Some(Capsule::Blue),
        ONE_YEAR..FIVE_YEARS => Some(Capsule::Red),
        _ => None,
    }
}

/// The capsule a child is due on a day: in February and August, once in each. `given` are the days of those it had.
pub fn vitamin_a(
    born: NaiveDate,
    day: NaiveDate,
    mut given: impl Iterator<Item = NaiveDate>,
) -> Option<Capsule> {
    let capsule = capsule(Age::on(born, day)).filter(|_| CAMPAIGN_MONTHS.contains(&day.month()))?;
    let had = given.any(|on| (on.year(), on.month()) == (day.year(), day.month()));
    (!had).then_some(capsule)
}

/// The dose of albendazole for an age, in mg: half a tablet in the second year, a whole one from then on.
pub fn albendazole_mg(age: Age) -> Option<u16> {
    match age.months {
        ONE_YEAR..TWO_YEARS => Some(200),
        TWO_YEARS..FIVE_YEARS => Some(400),
        _ => None,
    }
}

/// The dose a child is due on a day, in mg: in August, unless it had one this year; in another month only a child that
/// had none for a whole year. `given` are the days of those it had.
pub fn deworming(born: NaiveDate, day: NaiveDate, given: impl Iterator<Item = NaiveDate>) -> Option<u16> {
    let dose = albendazole_mg(Age::on(born, day))?;
    let last = given.filter(|on| *on <= day).max();
    let is_due = match last {
        Some(last) if day.month() == DEWORMING_MONTH => last.year() < day.year(),
        Some(last) => Age::on(last, day).months >= ONE_YEAR,
        None => day.month() == DEWORMING_MONTH,
    };
    is_due.then_some(dose)
}

/// Whether the head is due: every three months in the first year, every six from then on. `last` is the day it was
/// measured last.
pub fn head_is_due(born: NaiveDate, day: NaiveDate, last: Option<NaiveDate>) -> bool {
    let age = Age::on(born, day);
    let pause = if age.months < ONE_YEAR { 3 } else { 6 };
    age.has_head() && last.is_none_or(|last| Age::on(last, day).months >= pause)
}

/// What a Puskesmas may decide otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// So many months of *T* in a row are a referral (2: KMS 2010 and Permenkes 14/2019; 1: Buku KIA 2023).
    pub refer_after_t: u8,
    /// Above the orange line (BB/U > +1) is a referral by itself (Buku KIA 2023).
    pub refer_above_orange: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { refer_after_t: 2, refer_above_orange: false }
    }
}

/// What a visit found, as far as it can send a child on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Completed months of age.
    pub months: i32,
    /// In grams.
    pub mass_g: Option<u32>,
    /// Pitting oedema of both feet.
    pub oedema: bool,
    /// LiLA below 11.5 cm at 6–59 months.
    pub red_tape: bool,
    /// LiLA of 11.5 cm to below 12.5 cm at 6–59 months.
    pub yellow_tape: bool,
    /// BB/TB below −3.
    pub severely_wasted: bool,
    /// BB/TB from −3 to below −2.
    pub wasted: bool,
    /// BB/TB above +2.
    pub over: bool,
    /// TB/U below −3.
    pub severely_stunted: bool,
    /// TB/U from −3 to below −2.
    pub stunted: bool,
    /// Below the red line: BB/U below −3.
    pub below_red_line: bool,
    /// BB/U above +1.
    pub above_orange_line: bool,
    /// Months of *T* in a row, this one included.
    pub not_risen: u8,
    /// LK/U below −2 or above +2.
    pub head: bool,
    /// A sign of tuberculosis was named.
    pub tuberculosis: bool,
    /// An item of the development list cannot be done yet.
    pub development: bool,
}

/// Where a child is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum To {
    /// To the Puskesmas, at its next hours.
    Puskesmas,
    /// To the Puskesmas, today.
    Today,
    /// To the Puskesmas today, which sends it to a hospital.
    Hospital,
}

/// Why a child is sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Both feet are swollen.
    Oedema,
    /// Severely wasted and younger than six months.
    SevereAndYoung,
    /// Severely wasted and below 4 kg.
    SevereAndLight,
    /// LiLA is red.
    RedTape,
    /// BB/TB below −3.
    SeverelyWasted,
    /// Below the red line.
    BelowRedLine,
    /// As many months without gain as the Puskesmas allows.
    NotRisen,
    /// TB/U below −3.
    SeverelyStunted,
    /// A sign of tuberculosis.
    Tuberculosis,
    /// BB/TB from −3 to below −2.
    Wasted,
    /// LiLA is yellow.
    YellowTape,
    /// TB/U from −3 to below −2.
    Stunted,
    /// Something of the list cannot be done yet.
    Development,
    /// The head is small or large for the age.
    Head,
    /// BB/TB above +2.
    Over,
    /// Above the orange line.
    AboveOrangeLine,
}

/// A reason, when it holds, and where it leads. The most urgent first.
type Rule = (Reason, To, fn(&Found, &Limits) -> bool);

/// The referral list of a posyandu (KMK 2015/2023, rules 4.2 and 4.5 of the sources).
const RULES: [Rule; 16] = [
    (Reason::Oedema, To::Hospital, |found, _| found.oedema),
    (Reason::SevereAndYoung, To::Hospital, |found, _| found.is_severe() && found.months < HALF_A_YEAR),
    (Reason::SevereAndLight, To::Hospital, |found, _| {
        let is_light = found.mass_g.is_some_and(|mass_g| mass_g < TOO_LIGHT_G);
        found.is_severe() && found.months >= HALF_A_YEAR && is_light
    }),
    (Reason::RedTape, To::Today, |found, _| found.red_tape),
    (Reason::SeverelyWasted, To::Today, |found, _| found.severely_wasted),
    (Reason::BelowRedLine, To::Today, |found, _| found.below_red_line),
    (Reason::NotRisen, To::Today, |found, limits| {
        limits.refer_after_t > 0 && found.not_risen >= limits.refer_after_t
    }),
    (Reason::SeverelyStunted, To::Today, |found, _| found.severely_stunted),
    (Reason::Tuberculosis, To::Puskesmas, |found, _| found.tuberculosis),
    (Reason::Wasted, To::Puskesmas, |found, _| found.wasted),
    (Reason::YellowTape, To::Puskesmas, |found, _| found.yellow_tape),
    (Reason::Stunted, To::Puskesmas, |found, _| found.stunted),
    (Reason::Development, To::Puskesmas, |found, _| found.development),
    (Reason::Head, To::Puskesmas, |found, _| found.head),
    (Reason::Over, To::Puskesmas, |found, _| found.over),
    (Reason::AboveOrangeLine, To::Puskesmas, |found, limits| {
        limits.refer_above_orange && found.above_orange_line
    }),
];

impl Found {
    const fn is_severe(&self) -> bool {
        self.oedema || self.red_tape || self.severely_wasted
    }
}

/// Why a child is to be sent on and where to, the most urgent first; nothing for a child that may stay.
pub fn referral<'a>(found: &'a Found, limits: &'a Limits) -> impl Iterator<Item = (Reason, To)> + 'a {
    RULES.iter().filter(|(_, _, holds)| holds(found, limits)).map(|(reason, to, _)| (*reason, *to))
}

/// One line of a development list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item<'a> {
    /// What records name it by.
    pub code: &'a str,
    /// What is asked.
    pub text: &'a str,
}

/// A development list as the Puskesmas writes it: the list's name with its version on the first line, then a line for each
/// item: `3-5 K1 Tersenyum kembali`, the completed months it is asked at, its code, its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List<'a>(pub &'a str);

/// A small list in words of our own, to show how one works. A Puskesmas sends its own.
pub const EXAMPLE: List<'static> = List(
    "contoh-1\n\
     3-5 L1 Mengangkat kepala saat tengkurap\n\
     3-5 L2 Menoleh ke arah suara ibu\n\
     3-5 L3 Tersenyum saat diajak bicara\n\
     6-8 L4 Meraih mainan di dekatnya\n\
     6-8 L5 Duduk bila dibantu\n\
     9-11 L6 Memungut benda kecil dengan dua jari\n\
     9-11 L7 Mengucap ma-ma atau pa-pa\n\
     12-17 L8 Berjalan bila satu tangannya dipegang\n\
     12-17 L9 Menunjuk yang ia mau\n\
     18-23 L10 Berjalan sendiri tanpa jatuh\n\
     18-23 L11 Menyebut paling sedikit tiga kata\n\
     24-35 L12 Menyusun dua kata, misalnya minta minum\n\
     24-35 L13 Naik tangga dengan berpegangan\n\
     36-47 L14 Menyebut namanya sendiri\n\
     36-47 L15 Menggambar garis lurus\n\
     48-59 L16 Bercerita tentang yang baru dilakukan\n\
     48-59 L17 Melompat dengan satu kaki",
);

impl<'a> List<'a> {
    /// Its name and version; `None` for a text that is no list.
    pub fn name(self) -> Option<&'a str> {
        let name = self.0.lines().next()?.trim();
        (!name.is_empty() && self.all().next().is_some()).then_some(name)
    }

    /// What is asked of a child of so many completed months. Lines that say nothing are passed over.
    pub fn at(self, months: i32) -> impl Iterator<Item = Item<'a>> {
        self.all().filter(move |(from, to, _)| (*from..=*to).contains(&months)).map(|(_, _, item)| item)
    }

    fn all(self) -> impl Iterator<Item = (i32, i32, Item<'a>)> {
        self.0.lines().skip(1).filter_map(line)
    }
}

fn line(line: &str) -> Option<(i32, i32, Item<'_>)> {
    let (months, rest) = line.trim().split_once(' ')?;
    let (from, to) = months.split_once('-')?;
    let (code, text) = rest.trim_start().split_once(' ')?;
    let text = text.trim();
    (!text.is_empty()).then_some((from.parse().ok()?, to.parse().ok()?, Item { code, text }))
}

#[cfg(test)]
mod tests;
