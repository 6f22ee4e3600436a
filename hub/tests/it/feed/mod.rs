//! What nodes are told: everything, once, in order, and nothing that is not theirs.

mod certificates;
mod fill;
mod keys;
mod moves;
mod news;
mod numbers;
mod pages;
mod plans;
pub(crate) mod reader;
