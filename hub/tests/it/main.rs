//! The hub as a whole on a real Postgres, a fresh database for each test.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod corrections;
mod figures;
mod forks;
mod harness;
mod intake;
mod journal;
mod once_only;
mod outage;
mod outside;
mod pages;
mod reference;
mod serve;
mod two_hubs;
