//! Simulated scales and boards, for tests and for training: they speak a dialect on a line of this machine, ten times a
//! second, and who is on them does not keep still.
//!
//! Only with the feature `simulate`: this is the one part of the crate that has a clock, a thread and a line.

mod instrument;
mod port;
mod scene;
mod voice;

use crate::Dialect;

pub use instrument::Instrument;
pub use port::Port;
pub use scene::{Guest, Manner};
pub use voice::Flaws;

/// What an instrument is like.
#[derive(Debug, Clone, Copy)]
pub struct Make {
    /// The dialect it speaks.
    pub dialect: Dialect,
    /// Its step, in grams or tenths of a millimetre.
    pub division: u32,
}
