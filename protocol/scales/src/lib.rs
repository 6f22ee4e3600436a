#![doc = include_str!("../README.md")]
#![no_std]

#[cfg(any(test, feature = "simulate"))]
extern crate std;

mod agreement;
mod bridge;
mod context;
mod cut;
mod dialect;
mod error;
mod feature;
mod gatt;
mod ieee11073;
mod packet;
mod pen;
mod quantity;
pub mod racp;
mod reading;
pub mod settle;
#[cfg(feature = "simulate")]
pub mod simulate;
mod stamp;
mod stream;
mod text;
mod unit;

pub use agreement::Agreement;
pub use context::{GlucoseContext, Meal};
pub use dialect::{Dialect, Measures, encode};
pub use error::{Error, ErrorReading};
pub use feature::WeightFeature;
pub use quantity::{Decimal, Quantity};
pub use reading::{BloodPressure, Extras, Measured, Outcome, Presence, Reading, Side, UnitFrom, Warning};
pub use stamp::Stamp;
pub use stream::{Decoder, Profile, decode};
pub use unit::Unit;
