#![no_std]
#![doc = include_str!("../README.md")]

mod bits;
pub mod bridge;
pub mod calibration;
pub mod caliper24;
pub mod command;
pub mod digimatic;
pub mod draw_wire;
mod filter;
pub mod hx711;
mod motion;
pub mod nau7802;
pub mod output;
pub mod sensor;
pub mod settings;

pub use bridge::Bridge;
pub use command::{Command, Line};
pub use sensor::{Clock, Fault, Sensor};
pub use settings::{Mode, Settings};
