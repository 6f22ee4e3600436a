//! What was measured of children, and what it means.
//!
//! # Why
//! Rows follow from events alone (`fold.rs`). Almost every measurement fills an empty place in its visit, and then the
//! row can be completed from itself; as soon as there is anything to decide (a repeat, a correction, a second
//! registration, a visit elsewhere) the child is made again from all of the child's events. A test compares both ways.

mod clocks;
mod enter;
mod entered;
mod fold;
mod guests;
mod locks;
mod meaning;
mod record;
mod recount;
mod services;
mod store;

use std::collections::HashMap;

use chrono::NaiveDate;
use protocol::growth::Carried;
use protocol::versions::Version;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

pub(crate) use clocks::{dated_by, note_undated};
pub(crate) use enter::{enter, follow_guests};
pub(crate) use entered::{Entered, is_measurement};
pub(crate) use fold::standing;
pub(crate) use guests::{Guest, guests, guests_of};
pub(crate) use locks::{keep_everybody_away, keep_others_away};
pub(crate) use meaning::measures;
pub use record::{RecordRow, marks};
pub use recount::{Difference, rebuild, recount};
pub use services::{ServiceRow, services_of};
pub(crate) use store::events_of;

/// A correction of a child's registration that stands.
#[derive(Debug, Clone)]
pub(crate) struct Correction {
    pub(crate) version: Version,
    /// Who made it.
    pub(crate) author: Uuid,
    /// The day it was made.
    pub(crate) on: NaiveDate,
}

/// The corrections of a child's registration that were not replaced, in order.
pub(crate) async fn corrections(db: &mut PgConnection, citizen: Uuid) -> sqlx::Result<Vec<Correction>> {
    let events = store::events_of(db, &[citizen]).await?.remove(&citizen).unwrap_or_default();
    Ok(fold::corrections(events))
}

/// A child's visits, oldest first, at every posyandu.
pub async fn history(db: &PgPool, citizen: Uuid) -> sqlx::Result<Vec<RecordRow>> {
    store::history(db, citizen).await
}

/// The two readings of every weighing of a child in somebody's arms, by the event that gave them.
pub async fn carried(db: &PgPool, citizen: Uuid) -> sqlx::Result<HashMap<Uuid, Carried>> {
    store::carried(db, citizen).await
}
