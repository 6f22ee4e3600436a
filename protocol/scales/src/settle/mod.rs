//! Decides when the number under a child has come to rest and may be saved.
//!
//! [`Rule`] is fed with readings and with time and says one of four things: *kosong*, *masih bergerak*,
//! *siap*, or that what it sees belongs to nobody new. It knows no clock: every instant is the one it is given.
//!
//! # Why
//! The proposal for babies is a window of 4–6 s and two windows that agree. Two windows laid end to end would
//! keep a calm child on the pan for nine seconds or more, and mothers lift before that. So the window is the
//! shortest allowed (4 s) and *slides*: it is judged at every point, and every judgement during one further second has to pass and
//! agree with the first. A calm child is ready after about 5.5 s (0.5 s of rise, 4 s, 1 s).
//! Overlapping windows share most of their readings, so agreeing is cheaper for them; to make up for it each
//! window must also be level: its two halves agree, and its mean stands where its median does. A slow sway
//! passes the spread test at its crest, but not that one a second later.
//!
//! A kicking child therefore waits until it is calm; after 15 s the page is told so and offers to type.

mod intake;
mod rule;
mod settings;
mod signs;
mod steps;
#[cfg(test)]
mod tests;
mod verdict;
mod window;

pub use rule::Rule;
pub use settings::{Calm, Settings, Start};

/// One reading as a dialect decoded it, with the instant it arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Milliseconds of any clock that runs forward; the same clock as for ticks and errors.
    pub at_ms: u64,
    /// Grams for scales, tenths of a millimetre for boards.
    pub value: i32,
    /// What the instrument says of itself; `None` where its dialect has no such flag.
    pub stable: Option<bool>,
}

/// What the page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// *Kosong*: the pan is empty and the next child may come, or nothing was heard yet.
    Empty,
    /// Something is there that will not be measured: a child already saved and still on the pan, a load that
    /// did not come from zero, a board still where the last child left it. Empty the pan, or move the board.
    Resting {
        /// The latest reading.
        live: i32,
    },
    /// *Masih bergerak*: a measurement is under way.
    Moving {
        /// The latest reading; `None` while the instrument reports an error or is silent.
        live: Option<i32>,
        /// How near to ready, 0 to 100; falls back when the child moves.
        progress: u8,
        /// It takes so long that the page should say *belum stabil* and offer to type the number.
        slow: bool,
    },
    /// *Siap*: this value may be taken.
    Settled(Locked),
}

/// A value at rest, to be taken once by the visit it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locked {
    /// Names this one settling; never used again by the same rule.
    pub id: u64,
    /// Grams or tenths of a millimetre, rounded to the instrument's division, halves away from zero.
    pub value: i32,
    /// What the value was made from, to be kept beside it.
    pub window: WindowStats,
    /// When it settled, on the clock of the samples.
    pub settled_at_ms: u64,
}

/// The readings behind a value, in the unit of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowStats {
    /// How many readings came in.
    pub count: u16,
    /// Median absolute deviation.
    pub spread: i32,
    /// From the first to the last of them.
    pub duration_ms: u32,
    /// The smallest single reading, spikes included.
    pub min: i32,
    /// The largest single reading, spikes included.
    pub max: i32,
}
