//! A disk that fails on purpose, and what has to be true of the store on it.
//!
//! # Why
//! A power cut cannot be waited for. This disk holds what the system remembers apart from what the card has taken, so a
//! test can cut the power at every sync there is and see what the store makes of it. Compiled for tests, and with the
//! feature `faults` for the long run of `examples/torn_writes.rs`.

mod dice;
mod disk;
mod power;
mod rot;
mod story;
mod tear;

#[cfg(test)]
mod tests;

pub use dice::Dice;
pub use power::{Counts, cut_at_every_sync, cut_by_chance, lying_syncs};
pub use rot::{RotCounts, rotten_cards};
