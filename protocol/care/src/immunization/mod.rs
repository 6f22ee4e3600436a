//! Which dose of which vaccine a child is due for: the catalogue as data, and a child's schedule made from it.
//!
//! # Why
//! Vaccines, ages and provinces change by decree, between two releases of ours. So the catalogue is a short text that a
//! Puskesmas can send to its nodes; here are only the rules that do not change: a series is never begun again, two doses
//! are never closer than they may be, and a dose that came too early counts only after a midwife has looked at it.

mod catalogue;
mod rule;
mod schedule;
mod span;

#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod tests;

pub use catalogue::{Catalogue, MOST_RULES, What, Wrong};
pub use rule::{Only, Rule, When};
pub use schedule::{Child, Given, Line, Review, Status, Why, is_early, schedule};
pub use span::Span;

/// The catalogue of the national programme as this program knows it, in the form [`Catalogue::parse`] reads.
///
/// Sources: KMK HK.01.07/MENKES/2015/2023 (tables 7, 8, 17) for ages and intervals, the chart of the KIA book of 2023 for
/// the windows, the ministry's statement of 22 December 2025 for the provinces of the hexavalent vaccine.
pub const DEFAULT: &str = include_str!("default.csv");
