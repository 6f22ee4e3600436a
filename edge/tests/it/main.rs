//! A posyandu day through the node's own pages: the real router, a real store, instruments simulated at their port.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops where it stands")]

mod enrol;
mod harness;
mod instruments;
mod pages;
mod sign_in;
mod visit;
