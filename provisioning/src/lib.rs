#![doc = include_str!("../README.md")]

pub mod authority;
mod hex;
mod keep;
mod key;
pub mod node;
