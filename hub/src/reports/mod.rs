//! The figures a Puskesmas must report: S, K, D, N, T, O, B, BGM and 2T of each posyandu and month.
//!
//! # Why
//! Months are recounted whole, by one statement, whenever something in them changed. There are no running sums, so
//! nothing can drift, and `recount` only has to ask the same question again to prove it.

mod behind;
mod job;
mod recount;
mod store;

pub use behind::{ChildLine, Figure, children_behind};
pub use job::{count_dirty, mark_uncounted, run};
pub use recount::{Miscount, rebuild, recount};
pub(crate) use store::mark;
pub use store::{FiguresRow, of_month};
