//! Copies of the database for bad days, and the way back from them.
//!
//! # Why
//! A base copy alone loses a day. Beside it the server's own log is received as it is written, so what was committed a
//! second ago is on another disk already; the way back lays both down. What is missing even then the nodes still have: a
//! restored hub takes a new epoch, and they send it again.
//!
//! ```text
//! DIR/<cluster>-<timeline>/base/20261124T163000Z/   a base copy, named by its end
//! DIR/<cluster>-<timeline>/log/                     the log since
//! ```
//!
//! A restored database begins a timeline of its own, and so a folder of its own: the log of one life never mixes with
//! another's.

mod address;
mod base;
mod follow;
mod line;
mod restore;
mod tools;

pub use base::{Taken, take};
pub use follow::{Following, follow};
pub use restore::{Restored, restore};
