//! Imunisasi: which vaccine a child is due for, what was given, the card that goes home.
//!
//! # Why
//! The schedule is made anew each time from the catalogue, the child and what was given (`care::immunization`), so that a
//! corrected birth date, a dose copied from the book or a new catalogue changes it at once. Nothing of it is kept.

mod book;
mod card;
mod case;
mod history;
mod pdf;
mod plan;
mod reaction;
mod record;
mod routes;
mod row;
mod show;
mod strip;
mod today;
mod undo;

pub use routes::routes;
