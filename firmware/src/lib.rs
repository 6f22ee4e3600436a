#![no_std]
#![doc = include_str!("../README.md")]

#[cfg(feature = "simulate")]
extern crate std;

mod bits;
pub mod board;
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
#[cfg(feature = "simulate")]
pub mod simulate;

pub use board::{Board, Memory};
pub use bridge::Bridge;
pub use command::{Command, Line};
pub use sensor::{Clock, Fault, Sensor};
pub use settings::{Mode, Settings};
