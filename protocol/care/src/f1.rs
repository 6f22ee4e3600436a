//! Form F1: S, K, D, N, T, O, B, 2T and BGM of a month by sex and age, and who stands behind each number.
//!
//! # Why
//! Node, hub and tests count with these words. A number and the list behind it ask the same question of each child
//! ([`Figure::counts`]), so they cannot differ; and D is N + T + O + B because a weighed child has exactly one verdict.

use chrono::{Datelike, NaiveDate};

/// A child lives in S up to and with this month of age, at the end of the month that is reported.
pub const LAST_MONTH: i32 = 59;

/// Sex, as the form asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    /// Laki-laki.
    Male,
    /// Perempuan.
    Female,
}

impl Sex {
    /// Both, in the order of the form.
    pub const ALL: [Self; 2] = [Self::Male, Self::Female];

    /// The letter of the form: `L` or `P`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Male => "L",
            Self::Female => "P",
        }
    }

    /// Reads the letter; `None` for any other text.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sex| sex.code() == code)
    }
}

/// A row of the form: completed months of age at the end of the month, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Group {
    /// From …
    pub from: u8,
    /// … to.
    pub to: u8,
}

impl Group {
    /// The rows of the form.
    pub const ALL: [Self; 4] = [
        Self { from: 0, to: 5 },
        Self { from: 6, to: 11 },
        Self { from: 12, to: 23 },
        Self { from: 24, to: LAST_MONTH as u8 },
    ];

    /// The row of an age in months; `None` for who is no *balita*.
    pub fn of(age_months: i32) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|group| (i32::from(group.from)..=i32::from(group.to)).contains(&age_months))
    }
}

/// The verdict on a weighing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// N, *naik*.
    N,
    /// T, *tidak naik*.
    T,
    /// O, not weighed the month before.
    O,
    /// B, weighed for the first time.
    B,
}

impl Verdict {
    /// Reads the letter of the form; `None` for any other.
    pub const fn from_code(code: char) -> Option<Self> {
        match code {
            'N' => Some(Self::N),
            'T' => Some(Self::T),
            'O' => Some(Self::O),
            'B' => Some(Self::B),
            _ => None,
        }
    }
}

/// What a child's weighing of the month says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weighed {
    /// N, T, O or B.
    pub verdict: Verdict,
    /// T this month and the month before.
    pub two_t: bool,
    /// Below the red line.
    pub below_red_line: bool,
}

/// One child in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Its sex.
    pub sex: Sex,
    /// Its age as [`age_months`] says.
    pub age_months: i32,
    /// It belongs to another posyandu, which counts it.
    pub is_guest: bool,
    /// It owns a KIA book.
    pub has_book: bool,
    /// The weighing that counts, if there was one.
    pub weighed: Option<Weighed>,
}

/// Completed months of age at the end of the month that begins on `first_day`. A month before the birth is negative.
///
/// Whoever is born on the 31st completes a month of thirty days on its last.
pub fn age_months(birth_date: NaiveDate, first_day: NaiveDate) -> i32 {
    let month = |date: NaiveDate| date.year() * 12 + date.month0() as i32;
    month(first_day) - month(birth_date)
}

/// Whether somebody of this age stands on the form at all.
pub const fn is_balita(age_months: i32) -> bool {
    0 <= age_months && age_months <= LAST_MONTH
}

/// A number of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Figure {
    /// All *balita* living in the area.
    S,
    /// With a KIA book.
    K,
    /// Weighed this month.
    D,
    /// Gained enough.
    N,
    /// Did not gain enough.
    T,
    /// Not weighed the month before.
    O,
    /// Weighed for the first time.
    B,
    /// T twice in a row.
    TwoT,
    /// Below the red line.
    Bgm,
    /// Not weighed this month: S − D.
    Absent,
}

impl Figure {
    /// The columns of the form, in order.
    pub const FORM: [Self; 9] =
        [Self::S, Self::K, Self::D, Self::N, Self::T, Self::O, Self::B, Self::TwoT, Self::Bgm];

    /// How it is written on the form and in addresses.
    pub const fn code(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::K => "K",
            Self::D => "D",
            Self::N => "N",
            Self::T => "T",
            Self::O => "O",
            Self::B => "B",
            Self::TwoT => "2T",
            Self::Bgm => "BGM",
            Self::Absent => "S-D",
        }
    }

    /// Reads the code; `None` for any other text.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::FORM.into_iter().chain([Self::Absent]).find(|figure| figure.code() == code)
    }

    /// Whether it counts a child.
    pub fn counts(self, line: &Line) -> bool {
        let verdict = |wanted| line.weighed.is_some_and(|weighed| weighed.verdict == wanted);
        match self {
            Self::S => true,
            Self::K => line.has_book,
            Self::D => line.weighed.is_some(),
            Self::N => verdict(Verdict::N),
            Self::T => verdict(Verdict::T),
            Self::O => verdict(Verdict::O),
            Self::B => verdict(Verdict::B),
            Self::TwoT => line.weighed.is_some_and(|weighed| weighed.two_t),
            Self::Bgm => line.weighed.is_some_and(|weighed| weighed.below_red_line),
            Self::Absent => line.weighed.is_none(),
        }
    }
}

/// The numbers of a group of children.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures([u32; Figure::FORM.len()]);

impl Figures {
    /// One number.
    pub fn of(&self, figure: Figure) -> u32 {
        match figure {
            Figure::Absent => self.of(Figure::S).saturating_sub(self.of(Figure::D)),
            figure => self.0[figure as usize],
        }
    }

    /// The nine numbers in the order of [`Figure::FORM`].
    pub const fn counts(&self) -> [u32; 9] {
        self.0
    }

    /// From nine numbers in that order.
    pub const fn from_counts(counts: [u32; 9]) -> Self {
        Self(counts)
    }

    fn add(&mut self, line: &Line) {
        for figure in Figure::FORM {
            self.0[figure as usize] += u32::from(figure.counts(line));
        }
    }

    fn plus(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(mine, its)| *mine += its);
        self
    }
}

/// A share that is reported, two of N beside each other because both are in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// K/S.
    Coverage,
    /// D/S.
    Participation,
    /// D/K.
    Continuity,
    /// N/D′, where D′ = D − (O + B): of those who could be judged.
    Success,
    /// N/D, of all who were weighed.
    SuccessOfAll,
    /// N/S.
    Effect,
}

impl Share {
    /// All, in the order shown.
    pub const ALL: [Self; 6] = [
        Self::Participation,
        Self::Success,
        Self::SuccessOfAll,
        Self::Coverage,
        Self::Continuity,
        Self::Effect,
    ];

    /// How it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Coverage => "K/S",
            Self::Participation => "D/S",
            Self::Continuity => "D/K",
            Self::Success => "N/D′",
            Self::SuccessOfAll => "N/D",
            Self::Effect => "N/S",
        }
    }

    /// In thousandths, rounded half up; `None` of nothing.
    pub fn permille(self, figures: &Figures) -> Option<u32> {
        let of = |figure| figures.of(figure);
        let (part, whole) = match self {
            Self::Coverage => (of(Figure::K), of(Figure::S)),
            Self::Participation => (of(Figure::D), of(Figure::S)),
            Self::Continuity => (of(Figure::D), of(Figure::K)),
            Self::Success => (of(Figure::N), of(Figure::N) + of(Figure::T)),
            Self::SuccessOfAll => (of(Figure::N), of(Figure::D)),
            Self::Effect => (of(Figure::N), of(Figure::S)),
        };
        (whole > 0).then(|| (part * 1_000 + whole / 2) / whole)
    }
}

/// The form of a month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Form {
    cells: [[Figures; Group::ALL.len()]; 2],
    guests: Figures,
}

impl Form {
    /// Counts children. Who is no *balita* at the end of the month stands nowhere; guests stand apart.
    pub fn count(lines: impl IntoIterator<Item = Line>) -> Self {
        let mut form = Self::default();
        for line in lines {
            let Some(row) = Group::ALL.iter().position(|group| Group::of(line.age_months) == Some(*group))
            else {
                continue;
            };
            match line.is_guest {
                true => form.guests.add(&line),
                false => form.cells[line.sex as usize][row].add(&line),
            }
        }
        form
    }

    /// One row of the form.
    pub fn cell(&self, sex: Sex, group: Group) -> Figures {
        let row = Group::ALL.iter().position(|other| *other == group);
        row.map(|row| self.cells[sex as usize][row]).unwrap_or_default()
    }

    /// All rows together.
    pub fn total(&self) -> Figures {
        self.cells.iter().flatten().fold(Figures::default(), Figures::plus)
    }

    /// Those who belong to other posyandu.
    pub const fn guests(&self) -> &Figures {
        &self.guests
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date of the calendar")
    }

    fn line(sex: Sex, age_months: i32, letter: Option<char>) -> Line {
        let weighed = letter.and_then(Verdict::from_code).map(|verdict| Weighed {
            verdict,
            two_t: false,
            below_red_line: false,
        });
        Line { sex, age_months, is_guest: false, has_book: true, weighed }
    }

    #[test]
    fn ages_fall_into_the_rows_of_the_form_at_their_edges() {
        let rows = [
            (-1, None),
            (0, Some(0)),
            (5, Some(0)),
            (6, Some(6)),
            (11, Some(6)),
            (12, Some(12)),
            (23, Some(12)),
            (24, Some(24)),
            (59, Some(24)),
            (60, None),
        ];
        for (age, from) in rows {
            assert_eq!(Group::of(age).map(|group| group.from), from, "{age} months");
            assert_eq!(is_balita(age), from.is_some(), "{age} months");
        }
    }

    #[test]
    fn the_age_is_that_at_the_end_of_the_month() {
        let ages = [
            ("2026-02-28", "2026-02-01", 0),
            ("2026-01-31", "2026-02-01", 1),
            ("2026-03-01", "2026-02-01", -1),
            ("2021-03-31", "2026-02-01", 59),
            ("2021-02-28", "2026-02-01", 60),
            ("2024-02-29", "2026-02-01", 24),
        ];
        for (born, month, age) in ages {
            assert_eq!(age_months(day(born), day(month)), age, "{born} in {month}");
        }
    }

    #[test]
    fn every_weighed_child_has_one_verdict_and_guests_stand_apart() {
        let mut lines = [
            line(Sex::Male, 4, Some('N')),
            line(Sex::Male, 5, Some('T')),
            line(Sex::Female, 6, Some('O')),
            line(Sex::Female, 30, Some('B')),
            line(Sex::Female, 59, None),
            line(Sex::Male, 60, Some('N')),
            Line { is_guest: true, ..line(Sex::Male, 10, Some('N')) },
        ];
        lines[1].weighed = Some(Weighed { verdict: Verdict::T, two_t: true, below_red_line: true });
        lines[4].has_book = false;
        let form = Form::count(lines);
        assert_eq!(form.total().counts(), [5, 4, 4, 1, 1, 1, 1, 1, 1]);
        assert_eq!(form.total().of(Figure::Absent), 1);
        assert_eq!(form.guests().counts(), [1, 1, 1, 1, 0, 0, 0, 0, 0]);
        assert_eq!(form.cell(Sex::Male, Group::ALL[0]).counts(), [2, 2, 2, 1, 1, 0, 0, 1, 1]);
        assert_eq!(form.cell(Sex::Female, Group::ALL[3]).counts(), [2, 1, 1, 0, 0, 0, 1, 0, 0]);
        for figure in Figure::FORM {
            let counted = lines
                .iter()
                .filter(|line| !line.is_guest && is_balita(line.age_months) && figure.counts(line));
            assert_eq!(counted.count() as u32, form.total().of(figure), "{}", figure.code());
            assert_eq!(Figure::from_code(figure.code()), Some(figure));
        }
    }

    #[test]
    fn both_shares_of_n_are_named_apart() {
        let figures = Figures::from_counts([40, 36, 30, 15, 5, 6, 4, 1, 2]);
        let permille = |share: Share| share.permille(&figures);
        assert_eq!(permille(Share::Success), Some(750), "15 of D − (O + B) = 20");
        assert_eq!(permille(Share::SuccessOfAll), Some(500));
        assert_eq!(permille(Share::Participation), Some(750));
        assert_eq!(permille(Share::Coverage), Some(900));
        assert_eq!(permille(Share::Continuity), Some(833));
        assert_eq!(permille(Share::Effect), Some(375));
        assert_eq!(Share::Success.permille(&Figures::default()), None);
    }
}
