//! Claims about the growth crate.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod categories;
mod chart;
mod fixture;
mod hostile;
mod kms;
mod plausibility;
mod tables;
mod vectors;
mod words;
