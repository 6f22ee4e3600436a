//! A posyandu day through the node's own pages: the real router, a real store, instruments simulated at their port.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops where it stands")]

mod ble;
mod card;
mod clock;
mod closing;
mod correct;
mod courier;
mod enrol;
mod feed;
mod full;
mod harness;
mod hub;
mod immunization;
mod instruments;
mod pages;
mod reconcile;
mod records;
mod renewal;
mod right_child;
mod roads;
mod sign_in;
mod taking_in;
mod taking_in_air;
mod training;
mod uplink;
mod visit;
