#![doc = include_str!("../README.md")]

pub mod app;
pub mod clock;
pub mod config;
pub mod import;
pub mod roster;
pub mod scales;
pub mod staff;
pub mod store;
pub mod uplink;
pub mod visits;
pub mod web;

pub use app::Edge;
