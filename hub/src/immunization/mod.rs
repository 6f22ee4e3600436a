//! What children were given against diseases, and what is still planned for them.
//!
//! # Why
//! A child's rows are made from all of the child's events about vaccines each time one more is known, so that a correction
//! or a void that arrives before what it corrects changes nothing in the end. What a dose is called today (*terlewat*) is
//! worked out when somebody looks: it changes with the day and with no event.

mod enter;
mod fold;
mod page;
mod store;

pub(crate) use enter::enter;
pub use enter::{rebuild, recount};
pub(crate) use page::{Block, block, routes};

/// The setting that holds the catalogue of vaccines.
pub(crate) const CATALOGUE: &str = "immunization.catalogue";
/// The setting that holds two digits of the province.
const PROVINCE: &str = "immunization.province";
/// The setting that names areas of the catalogue, with spaces.
const AREAS: &str = "immunization.areas";
