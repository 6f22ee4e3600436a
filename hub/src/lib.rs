#![doc = include_str!("../README.md")]

pub mod app;
mod changes;
pub mod citizens;
pub mod config;
mod dashboard;
pub mod gate;
pub mod growth;
pub mod intake;
pub mod keys;
pub mod nodes;
pub mod reference;
pub mod reports;
mod serve;
pub mod staff;
pub mod web;

pub use app::{Changed, Hub};
pub use serve::{Running, serve, start};
