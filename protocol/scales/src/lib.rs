#![doc = include_str!("../README.md")]
#![no_std]

#[cfg(any(test, feature = "simulate"))]
extern crate std;

mod cut;
mod dialect;
mod error;
mod pen;
mod quantity;
mod reading;
pub mod settle;
#[cfg(feature = "simulate")]
pub mod simulate;
mod stream;
mod text;
mod unit;

pub use dialect::{Dialect, Measures, encode};
pub use error::{Error, ErrorReading};
pub use quantity::{Decimal, Quantity};
pub use reading::{Extras, Outcome, Presence, Reading, Side, UnitFrom};
pub use stream::{Decoder, Profile, decode};
pub use unit::Unit;
