//! The KMS card: did the weight rise enough since last month, and is the child below the red line?

use chrono::NaiveDate;

use crate::{Age, Child, Measures, Month, Sex, Visit, completed_months, scores};

/// One weighing of a child. Only ones still held valid belong here; weight zero or a day before birth is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weighing {
    /// The month it is reported under.
    pub month: Month,
    /// The day.
    pub on: NaiveDate,
    /// Weight in grams.
    pub mass_g: u32,
    /// Copied from the family's book; counts like any other as last month's weight.
    pub from_book: bool,
}

impl Visit {
    /// The weighing of this visit, if the child was weighed.
    pub fn weighing(&self) -> Option<Weighing> {
        let &Self { month, on, from_book, ref measures } = self;
        measures.mass().map(|mass_g| Weighing { month, on, mass_g, from_book })
    }
}

/// Which column of the card a weighing is judged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Column {
    /// Completed months of age.
    #[default]
    Completed,
    /// Calendar months since the month of birth, as many paper cards are filled.
    Calendar,
}

/// What a Puskesmas may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The column that decides the gain required.
    pub column: Column,
    /// Whether the birth weight counts as an earlier weighing, in the month of birth. A child first seen two
    /// months later is then O, not B.
    pub birth_weight_counts: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { column: Column::Completed, birth_weight_counts: true }
    }
}

/// The verdict of one month. Each child weighed has exactly one, so D = N + T + O + B.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gain {
    /// N, *naik*: gained at least what the age requires.
    Risen,
    /// T, *tidak naik*.
    NotRisen,
    /// O: not weighed last month, or too young (or too old) for a requirement.
    NoLastMonth,
    /// B, *baru*: never weighed before.
    First,
}

impl Gain {
    /// The letter of the F1 form.
    pub const fn code(self) -> char {
        match self {
            Self::Risen => 'N',
            Self::NotRisen => 'T',
            Self::NoLastMonth => 'O',
            Self::First => 'B',
        }
    }

    /// Reads a letter of the F1 form, upper case; `None` for anything else.
    pub const fn from_code(code: char) -> Option<Self> {
        match code {
            'N' => Some(Self::Risen),
            'T' => Some(Self::NotRisen),
            'O' => Some(Self::NoLastMonth),
            'B' => Some(Self::First),
            _ => None,
        }
    }

    /// What a person reads.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Risen => "naik",
            Self::NotRisen => "tidak naik",
            Self::NoLastMonth => "bulan lalu tidak ditimbang",
            Self::First => "baru pertama ditimbang",
        }
    }
}

/// One month of the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The weighing that counts: the latest of its month.
    pub weighing: Weighing,
    /// The column of the card, in months.
    pub age_months: i32,
    /// N, T, O or B.
    pub gain: Gain,
    /// The least gain required this month (KBM), in grams; `None` at birth and past 60 months.
    pub kbm_g: Option<u16>,
    /// Grams gained since the weighing of the previous calendar month, if there was one.
    pub gained_g: Option<i32>,
    /// Days since that weighing.
    pub gap_days: Option<i32>,
    /// T this month and T the month before (2T). O, B, N or a missed month between breaks it.
    pub twice_not_risen: bool,
    /// Below the red line (BGM): weight-for-age under −3 SD.
    pub below_red_line: bool,
}

impl Line {
    /// Whether the two weighings lie so close or so far apart (outside 21–40 days) that N or T should be read
    /// with care.
    pub fn gap_is_unusual(&self) -> bool {
        self.gap_days.is_some_and(|days| !(21..=40).contains(&days))
    }
}

/// The least gain in grams required at `months` of age (*kenaikan berat badan minimal*), from 1 to 60.
pub const fn kbm_g(sex: Sex, months: i32) -> Option<u16> {
    Some(match (months, sex) {
        (1 | 3, _) => 800,
        (2, _) => 900,
        (4, _) => 600,
        (5, _) => 500,
        (6, _) | (7, Sex::Male) => 400,
        (7, Sex::Female) | (8..=10, _) | (11, Sex::Male) => 300,
        (11, Sex::Female) | (12..=60, _) => 200,
        _ => return None,
    })
}

/// The card of a child, one line for each month with a weighing, oldest first. The order given does not matter.
pub fn months<W>(child: &Child, weighings: W, rules: Rules) -> impl Iterator<Item = Line>
where
    W: Iterator<Item = Weighing> + Clone,
{
    let card = Card { child, weighings, rules };
    let mut next = card.month_after(None);
    core::iter::from_fn(move || {
        let month = next?;
        next = card.month_after(Some(month));
        card.line(month)
    })
}

/// One month of the card, or `None` if the child was not weighed in it.
pub fn month<W>(child: &Child, weighings: W, rules: Rules, month: Month) -> Option<Line>
where
    W: Iterator<Item = Weighing> + Clone,
{
    Card { child, weighings, rules }.line(month)
}

struct Card<'a, W> {
    child: &'a Child,
    weighings: W,
    rules: Rules,
}

/// What lies between a weighing and the one of the month before.
struct Step {
    gained_g: i32,
    gap_days: i32,
}

impl<W: Iterator<Item = Weighing> + Clone> Card<'_, W> {
    fn line(&self, month: Month) -> Option<Line> {
        let weighing = self.latest(month)?;
        let (gain, step) = self.judge(&weighing);
        let age_months = self.column(&weighing);
        Some(Line {
            weighing,
            age_months,
            gain,
            kbm_g: kbm_g(self.child.sex, age_months),
            gained_g: step.as_ref().map(|step| step.gained_g),
            gap_days: step.map(|step| step.gap_days),
            twice_not_risen: gain == Gain::NotRisen && self.was_not_risen(before(month)),
            below_red_line: below_red_line(self.child, &weighing),
        })
    }

    fn judge(&self, now: &Weighing) -> (Gain, Option<Step>) {
        let step = self.in_card(before(now.month)).map(|last| Step::between(&last, now));
        let gain = match (&step, kbm_g(self.child.sex, self.column(now))) {
            (None, _) if !self.has_earlier(now) => Gain::First,
            (None, _) | (Some(_), None) => Gain::NoLastMonth,
            (Some(step), Some(required)) if step.gained_g >= i32::from(required) => Gain::Risen,
            (Some(_), Some(_)) => Gain::NotRisen,
        };
        (gain, step)
    }

    fn was_not_risen(&self, month: Month) -> bool {
        self.latest(month).is_some_and(|weighing| self.judge(&weighing).0 == Gain::NotRisen)
    }

    fn column(&self, weighing: &Weighing) -> i32 {
        match self.rules.column {
            Column::Completed => completed_months(self.child.birth_date, weighing.on),
            Column::Calendar => weighing.month.0.saturating_sub(Month::of(self.child.birth_date).0),
        }
    }

    fn valid(&self) -> impl Iterator<Item = Weighing> {
        let born = self.child.birth_date;
        self.weighings.clone().filter(move |weighing| weighing.mass_g > 0 && weighing.on >= born)
    }

    fn month_after(&self, month: Option<Month>) -> Option<Month> {
        self.valid().map(|weighing| weighing.month).filter(|&other| Some(other) > month).min()
    }

    fn latest(&self, month: Month) -> Option<Weighing> {
        self.valid().filter(|weighing| weighing.month == month).max_by_key(|weighing| weighing.on)
    }

    fn birth(&self) -> Option<Weighing> {
        let mass_g =
            self.child.birth_mass_g.filter(|&mass_g| mass_g > 0 && self.rules.birth_weight_counts)?;
        let on = self.child.birth_date;
        Some(Weighing { month: Month::of(on), on, mass_g, from_book: true })
    }

    fn in_card(&self, month: Month) -> Option<Weighing> {
        self.latest(month).or_else(|| self.birth().filter(|birth| birth.month == month))
    }

    fn has_earlier(&self, now: &Weighing) -> bool {
        self.birth().is_some() || self.valid().any(|weighing| weighing.month < now.month)
    }
}

impl Step {
    fn between(last: &Weighing, now: &Weighing) -> Self {
        let gained = i64::from(now.mass_g) - i64::from(last.mass_g);
        let gap = now.on.signed_duration_since(last.on).num_days();
        Self { gained_g: clamped(gained), gap_days: clamped(gap) }
    }
}

const fn before(month: Month) -> Month {
    Month(month.0.saturating_sub(1))
}

/// Fits any weight of a living child; the rest is told apart by [`crate::plausibility`].
fn clamped(figure: i64) -> i32 {
    i32::try_from(figure).unwrap_or(if figure < 0 { i32::MIN } else { i32::MAX })
}

fn below_red_line(child: &Child, weighing: &Weighing) -> bool {
    let age = Age::on(child.birth_date, weighing.on);
    let measures = Measures { mass_g: Some(weighing.mass_g), ..Measures::default() };
    matches!(age, Age::Days(_)) && scores(Some(child.sex), age, &measures).waz.is_ok_and(|z| z.centi < -300)
}
