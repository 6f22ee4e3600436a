//! One dose of the catalogue.

use chrono::NaiveDate;

use super::Span;

/// One dose of one vaccine as the catalogue plans it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule<'a> {
    /// The vaccine's code, e.g. `DPT-HB-Hib`.
    pub antigen: &'a str,
    /// Which dose, from 1.
    pub dose: u8,
    /// When it is due. A dose before that age is too early.
    pub when: When,
    /// From this age on it is missed, and still given; `None` if it is never called so.
    pub on_time_before: Option<Span>,
    /// From this age on it is given no more; `None` if always.
    pub allowed_before: Option<Span>,
    /// How long after the dose before it is due.
    pub interval: Span,
    /// How long after the dose before it counts at all.
    pub shortest: Span,
    /// For whom.
    pub only: Only<'a>,
    /// It plans what is due from this day on; `None` always.
    pub since: Option<NaiveDate>,
    /// Vaccines of one series count each other's doses: the hexavalent one goes on where the pentavalent one stopped.
    pub series: &'a str,
}

/// When a dose is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At an age.
    Age(Span),
    /// At school (BIAS), which no posyandu gives.
    School {
        /// 1 to 6.
        class: u8,
        /// 1 to 12.
        month: u8,
    },
}

/// For whom a dose is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only<'a> {
    /// For every child.
    Everyone,
    /// Where the area of that name is.
    Within(&'a str),
    /// Everywhere else.
    Outside(&'a str),
    /// For girls.
    Girls,
}

impl Rule<'_> {
    /// Whether it plans the same dose of the same vaccine for the same children.
    pub(super) fn is_same_as(&self, other: &Rule<'_>) -> bool {
        self.antigen == other.antigen && self.dose == other.dose && self.only == other.only
    }
}
