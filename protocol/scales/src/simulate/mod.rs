//! Simulated scales and boards, for tests and for training: they speak a dialect on a line of this machine, ten times a
//! second, and who is on them does not keep still.
//!
//! Only with the feature `simulate`: this is the one part of the crate that has a clock, a thread and a line.

mod instrument;
mod port;
mod scene;
mod voice;

use std::vec::Vec;

use crate::Dialect;

pub use instrument::Instrument;
pub use port::Port;
pub use scene::{Guest, Manner};
pub use voice::{Flaws, Voice};

/// What an instrument is like.
#[derive(Debug, Clone, Copy)]
pub struct Make {
    /// The dialect it speaks.
    pub dialect: Dialect,
    /// Its step, in grams or tenths of a millimetre.
    pub division: u32,
}

/// What turns a load into bytes on the line: a dialect's [`Voice`], or a whole device that is simulated somewhere else.
pub trait Speaker {
    /// What goes down the line in the tenth of a second in which this value is there, in grams or tenths of a millimetre;
    /// `stable` when it has come to rest.
    fn say(&mut self, value: u32, stable: bool) -> Vec<u8>;

    /// Somebody types on its line.
    fn hear(&mut self, _typed: &[u8]) {}

    /// Its power goes.
    fn die(&mut self);

    /// Its power is back.
    fn live(&mut self);
}
