//! The roads that are not MQTT: letters by HTTPS, and packets that a courier carries on foot.
//!
//! # Why
//! MQTT is blocked in many an office, and some villages have no network at all. The letters are the same on every road,
//! and they go into the same queue and the same transaction, so a record that comes by two roads is still one.

mod courier;
mod deliver;
mod https;
mod routes;
mod store;

pub(crate) use courier::{Receipts, routes};
pub(crate) use deliver::Counter;
pub(crate) use https::{Https, HttpsSettings};
