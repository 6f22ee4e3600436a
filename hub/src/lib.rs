#![doc = include_str!("../README.md")]

pub mod access;
pub mod app;
pub mod backup;
mod changes;
pub mod checkups;
pub mod citizens;
mod closing;
pub mod config;
mod dashboard;
pub mod elderly;
pub mod feed;
pub mod gate;
pub mod growth;
pub mod immunization;
pub mod intake;
pub mod keys;
pub mod nodes;
mod post;
pub mod pregnancy;
pub mod reference;
pub mod reports;
mod serve;
pub mod sessions;
pub mod shards;
pub mod staff;
pub mod web;

pub use app::{Changed, Hub};
pub use serve::{Running, serve, start};
