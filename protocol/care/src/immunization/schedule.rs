//! A child's schedule: what the catalogue plans, moved on by what was given.

use chrono::NaiveDate;

use super::{Catalogue, MOST_RULES, Only, Rule, Span, When};

/// Whom the schedule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Child<'a> {
    /// The day of birth.
    pub born: NaiveDate,
    /// A girl.
    pub is_girl: bool,
    /// Two digits of the province the posyandu is in; empty if nobody said.
    pub province: &'a str,
    /// Areas of the catalogue it lies in whatever its province, with spaces, e.g. `je`.
    pub areas: &'a str,
}

/// A dose that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given<'a> {
    /// The vaccine's code.
    pub antigen: &'a str,
    /// Which dose, from 1.
    pub dose: u8,
    /// The day it was given.
    pub on: NaiveDate,
    /// What a midwife has decided about it.
    pub review: Review,
}

/// What a midwife has decided about a dose that came too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Review {
    /// Nothing; most doses need no decision.
    None,
    /// It counts.
    Counts,
    /// It does not, and is given again.
    Repeat,
}

/// One dose of a child's schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The dose as the catalogue plans it.
    pub rule: Rule<'a>,
    /// The day it is due.
    pub due_on: NaiveDate,
    /// The first day it would count; `None` while a midwife has to look at the dose before, or if it is not given any more.
    pub earliest: Option<NaiveDate>,
    /// From this day on it is missed; `None` if it is never called so.
    pub missed_from: Option<NaiveDate>,
    /// From this day on it is given no more; `None` if always.
    pub closed_from: Option<NaiveDate>,
    /// How it stands.
    pub status: Status,
    /// Why it stands so.
    pub why: Why<'a>,
}

impl Line<'_> {
    /// Whether it may be given on that day.
    pub fn may_be_given(&self, on: NaiveDate) -> bool {
        self.earliest.is_some_and(|earliest| earliest <= on)
    }

    /// Whether it is waited for: due, or missed and still given.
    pub const fn is_awaited(&self) -> bool {
        matches!(self.status, Status::Due | Status::Missed)
    }
}

/// How a dose stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Given (*selesai*).
    Done,
    /// Given too early: a midwife decides.
    Early,
    /// Later (*terjadwal*).
    Planned,
    /// Due now (*jatuh tempo*).
    Due,
    /// Its time is over, and it is still given (*terlewat*).
    Missed,
    /// The child is too old for it (*tidak lagi*).
    TooOld,
}

/// Why a dose stands as it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why<'a> {
    /// By this dose.
    Given(Given<'a>),
    /// Nobody wrote it down, but a later dose of the series was given: a series is never begun again.
    FollowedByLater,
    /// The child is, or will be, of that age.
    Age,
    /// So long after the dose before.
    AfterLast,
    /// So long after an early dose that does not count.
    AfterRepeat,
    /// The dose before came too early, and nobody has decided about it.
    AwaitsReview,
    /// It could not be given any more before the child is too old.
    NoTimeLeft,
}

/// A child's schedule on a day, in the order of the catalogue. School doses are in the catalogue and not in here. The order
/// of what was given decides nothing.
pub fn schedule<'a>(
    catalogue: &'a Catalogue<'a>,
    child: Child<'a>,
    given: &'a [Given<'a>],
    on: NaiveDate,
) -> impl Iterator<Item = Line<'a>> {
    let case = Case::new(catalogue, child, given, on);
    (0..MOST_RULES).filter_map(move |place| Some(case.line(case.held.get(place).copied()??)))
}

/// Whether a dose on that day would be too early: before its age, or too soon after the dose before. A vaccine the
/// catalogue does not plan for the child is never too early.
pub fn is_early(
    catalogue: &Catalogue<'_>,
    child: Child<'_>,
    given: &[Given<'_>],
    (antigen, dose): (&str, u8),
    on: NaiveDate,
) -> bool {
    let case = Case::new(catalogue, child, given, on);
    let Some(rule) = case.rule(catalogue.series_of(antigen), dose) else { return false };
    case.is_too_early(&rule, case.before(&rule).as_ref(), on)
}

struct Case<'a> {
    catalogue: &'a Catalogue<'a>,
    child: Child<'a>,
    given: &'a [Given<'a>],
    on: NaiveDate,
    /// The rules that hold for the child.
    held: [Option<Rule<'a>>; MOST_RULES],
}

/// Where one dose stands in its series.
enum Standing<'a> {
    Done(Given<'a>),
    /// A later one was given.
    Passed,
    Early(Given<'a>),
    Open {
        due: NaiveDate,
        earliest: Option<NaiveDate>,
        why: Why<'a>,
    },
    Closed {
        due: NaiveDate,
        why: Why<'a>,
    },
}

impl<'a> Case<'a> {
    fn new(catalogue: &'a Catalogue<'a>, child: Child<'a>, given: &'a [Given<'a>], on: NaiveDate) -> Self {
        let mut case = Self { catalogue, child, given, on, held: [None; MOST_RULES] };
        for (place, rule) in catalogue.rules().enumerate() {
            let held = Some(rule).filter(|rule| case.holds(rule));
            case.held[place] = held;
        }
        case
    }

    fn line(&self, rule: Rule<'a>) -> Line<'a> {
        let planned = self.planned(&rule);
        let (due_on, earliest, status, why) = match self.standing(&rule) {
            Standing::Done(given) => (planned, None, Some(Status::Done), Why::Given(given)),
            Standing::Passed => (planned, None, Some(Status::Done), Why::FollowedByLater),
            Standing::Early(given) => (planned, None, Some(Status::Early), Why::Given(given)),
            Standing::Closed { due, why } => (due, None, Some(Status::TooOld), why),
            Standing::Open { due, earliest, why } => (due, earliest, None, why),
        };
        // A series that began late has its whole window later.
        let later = due_on - planned;
        let missed_from = rule.on_time_before.and_then(|age| self.at(age).checked_add_signed(later));
        let closed_from = rule.allowed_before.map(|age| self.at(age));
        let status = status.unwrap_or_else(|| match missed_from {
            _ if earliest.is_none_or(|earliest| self.on < earliest) => Status::Planned,
            Some(end) if self.on >= end => Status::Missed,
            _ if self.on >= due_on => Status::Due,
            _ => Status::Planned,
        });
        Line { rule, due_on, earliest, missed_from, closed_from, status, why }
    }

    fn standing(&self, rule: &Rule<'a>) -> Standing<'a> {
        let before = self.before(rule);
        let too_early = |given: &Given<'_>| self.is_too_early(rule, before.as_ref(), given.on);
        let counts = |given: &Given<'_>| match given.review {
            Review::Counts => true,
            Review::Repeat => false,
            Review::None => !too_early(given),
        };
        if let Some(done) = self.doses(rule).filter(counts).min_by_key(|given| given.on) {
            return Standing::Done(done);
        }
        let undecided = self.doses(rule).filter(|given| given.review == Review::None);
        if let Some(early) = undecided.min_by_key(|given| given.on) {
            return Standing::Early(early);
        }
        if self.of_series(rule).any(|given| given.dose > rule.dose) {
            return Standing::Passed;
        }
        self.open(rule, before)
    }

    /// When a dose that nobody has given yet is due, and from when on it would count.
    fn open(&self, rule: &Rule<'a>, before: Option<Standing<'a>>) -> Standing<'a> {
        let age = self.planned(rule);
        let (mut due, mut earliest, mut why) = (age, Some(age), Why::Age);
        let mut after = |last: NaiveDate, reason: Why<'a>| {
            let (next_due, counts) = (rule.interval.after(last), rule.shortest.after(last));
            if next_due > due {
                (due, why) = (next_due, reason);
            }
            earliest = earliest.map(|earliest| earliest.max(counts));
        };
        match before {
            None | Some(Standing::Passed) => {}
            Some(Standing::Done(given)) => after(given.on, Why::AfterLast),
            Some(Standing::Open { due: before, earliest: Some(first), .. }) => {
                after(first.max(before).max(self.on), Why::AfterLast);
            }
            Some(Standing::Early(given)) => {
                after(given.on, Why::AfterLast);
                (earliest, why) = (None, Why::AwaitsReview);
            }
            Some(Standing::Open { due: before, earliest: None, .. }) => {
                after(before, Why::AfterLast);
                (earliest, why) = (None, Why::AwaitsReview);
            }
            Some(Standing::Closed { .. }) => return Standing::Closed { due, why: Why::NoTimeLeft },
        }
        // Even a dose that does not count, or came in the wrong order, keeps the next one at its distance.
        if let Some(last) = self.of_series(rule).max_by_key(|given| (given.on, given.dose)) {
            let (next_due, counts) = (rule.interval.after(last.on), rule.shortest.after(last.on));
            if next_due > due {
                due = next_due;
                why = if last.dose == rule.dose { Why::AfterRepeat } else { Why::AfterLast };
            }
            earliest = earliest.map(|earliest| earliest.max(counts));
        }
        match rule.allowed_before.map(|age| self.at(age)) {
            Some(end) if self.on >= end => Standing::Closed { due, why: Why::Age },
            Some(end) if earliest.is_some_and(|earliest| earliest >= end) => {
                Standing::Closed { due, why: Why::NoTimeLeft }
            }
            _ => Standing::Open { due, earliest, why },
        }
    }

    fn is_too_early(&self, rule: &Rule<'_>, before: Option<&Standing<'_>>, on: NaiveDate) -> bool {
        let last = match before {
            Some(Standing::Done(given) | Standing::Early(given)) => Some(given.on),
            _ => None,
        };
        let repeated = self.doses(rule).filter(|given| given.review == Review::Repeat && given.on < on);
        let is_too_soon = |last: NaiveDate| on < rule.shortest.after(last);
        on < self.planned(rule)
            || last.is_some_and(is_too_soon)
            || repeated.map(|given| given.on).any(is_too_soon)
    }

    fn before(&self, rule: &Rule<'a>) -> Option<Standing<'a>> {
        Some(self.standing(&self.rule(rule.series, rule.dose.checked_sub(1)?)?))
    }

    /// Doses that were given as this one, of any vaccine of the series.
    fn doses(&self, rule: &Rule<'a>) -> impl Iterator<Item = Given<'a>> {
        let dose = rule.dose;
        self.of_series(rule).filter(move |given| given.dose == dose)
    }

    /// Every dose of the series that was given.
    fn of_series(&self, rule: &Rule<'a>) -> impl Iterator<Item = Given<'a>> {
        let series = rule.series;
        self.given.iter().copied().filter(move |given| self.catalogue.series_of(given.antigen) == series)
    }

    /// The dose of a series that holds for the child.
    fn rule(&self, series: &str, dose: u8) -> Option<Rule<'a>> {
        let mut held = self.held.iter().flatten();
        held.find(|rule| rule.series == series && rule.dose == dose).copied()
    }

    /// Whether this rule plans something for the child, and no newer one in its place.
    fn holds(&self, rule: &Rule<'_>) -> bool {
        let is_in_force = |rule: &Rule<'_>| match rule.when {
            When::Age(age) => rule.since.is_none_or(|since| since <= self.at(age)),
            When::School { .. } => false,
        };
        let is_newer =
            |other: &Rule<'_>| other.is_same_as(rule) && other.since > rule.since && is_in_force(other);
        is_in_force(rule) && self.is_for(rule.only) && !self.catalogue.rules().any(|other| is_newer(&other))
    }

    fn is_for(&self, only: Only<'_>) -> bool {
        match only {
            Only::Everyone => true,
            Only::Girls => self.child.is_girl,
            Only::Within(area) => self.is_in(area),
            Only::Outside(area) => !self.is_in(area),
        }
    }

    /// Whether the child follows what an area has. One who began a series with what is given outside goes on with that, and
    /// one who was given what only the area has follows the area.
    fn is_in(&self, area: &str) -> bool {
        let rules = || self.catalogue.rules();
        let was_given = |antigen: &str| self.given.iter().any(|given| given.antigen == antigen);
        let within = |rule: &Rule<'_>| rule.only == Only::Within(area);
        let has_begun_outside = rules().any(|rule| {
            rule.only == Only::Outside(area)
                && rules().any(|other| within(&other) && other.series == rule.series)
                && was_given(rule.antigen)
        });
        let is_there = self.child.areas.split_whitespace().any(|name| name == area)
            || self.catalogue.reaches(area, self.child.province, self.on);
        rules().any(|rule| within(&rule) && was_given(rule.antigen)) || (is_there && !has_begun_outside)
    }

    fn planned(&self, rule: &Rule<'_>) -> NaiveDate {
        match rule.when {
            When::Age(age) => self.at(age),
            When::School { .. } => NaiveDate::MAX,
        }
    }

    fn at(&self, age: Span) -> NaiveDate {
        age.after(self.child.born)
    }
}
