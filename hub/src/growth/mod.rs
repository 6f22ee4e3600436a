//! What was measured of children, and what it means.
//!
//! # Why
//! Rows follow from events alone (`fold.rs`). Almost every measurement fills an empty place in its visit, and then the
//! row can be completed from itself; as soon as there is anything to decide (a repeat, a correction, a second
//! registration) the child is made again from all of the child's events. A test compares both ways.

mod enter;
mod entered;
mod fold;
mod locks;
mod meaning;
mod record;
mod recount;
mod store;

use sqlx::PgPool;
use uuid::Uuid;

pub(crate) use enter::enter;
pub(crate) use entered::Entered;
pub(crate) use locks::keep_others_away;
pub(crate) use meaning::measures;
pub use record::{RecordRow, marks};
pub use recount::{Difference, rebuild, recount};

/// A child's visits, oldest first, at every posyandu.
pub async fn history(db: &PgPool, citizen: Uuid) -> sqlx::Result<Vec<RecordRow>> {
    store::history(db, citizen).await
}
