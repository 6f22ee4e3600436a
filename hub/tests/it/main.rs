//! The hub as a whole on a real Postgres, a fresh database for each test.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod asks;
mod backup;
mod card;
mod checkups;
mod clocks;
mod corrections;
mod epoch;
mod feed;
mod figures;
mod forks;
mod guests;
mod harness;
mod immunization;
mod instruments;
mod intake;
mod journal;
mod meetings;
mod nodes;
mod once_only;
mod outage;
mod outside;
mod pages;
mod poison;
mod quarantine;
mod reference;
mod registry;
mod serve;
mod services;
mod shards;
mod two_hubs;
