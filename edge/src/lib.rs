#![doc = include_str!("../README.md")]

pub mod app;
pub mod card;
pub mod clock;
pub mod closing;
pub mod config;
pub mod courier;
pub mod feed;
pub mod immunization;
pub mod import;
pub mod instruments;
pub mod records;
pub mod roster;
pub mod scales;
pub mod simulate;
pub mod staff;
pub mod store;
pub mod uplink;
pub mod visits;
pub mod web;

pub use app::Edge;
