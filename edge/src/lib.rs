#![doc = include_str!("../README.md")]

pub mod adults;
pub mod app;
pub mod card;
pub mod care;
pub mod clock;
pub mod closing;
pub mod config;
pub mod counselling;
pub mod courier;
pub mod day;
pub mod feed;
pub mod home_visits;
pub mod https;
pub mod immunization;
pub mod import;
pub mod instruments;
pub mod key;
mod measuring;
pub mod pregnancy;
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
