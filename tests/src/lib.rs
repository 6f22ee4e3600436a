#![doc = include_str!("../README.md")]

pub mod bench;
pub mod chance;
pub mod chaos;
pub mod demo;
pub mod harness;
pub mod pictures;
pub mod population;
pub mod stories;
