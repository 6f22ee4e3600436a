//! The feed down: what a posyandu's nodes must know that they did not record themselves.
//!
//! # Why
//! Each posyandu has a numbered list, and one more is common to all. Whoever writes locks the list's counter until its
//! commit, so numbers have no gaps and nothing appears behind a number somebody has read; a running hash over everything
//! up to a place tells a node at once that the hub went back in time. Events are only pointed at, so a feed costs the hub
//! a slim row an event. What a later item replaces, what the asking node wrote itself and what is too old is left out of
//! a page, not out of the feed.

mod append;
mod begin;
mod counter;
mod gone;
mod guests;
mod item;
mod news;
mod own;
mod page;
mod write;

use protocol::feed::FeedId;
use uuid::Uuid;

pub(crate) use append::{Accepted, append, homes};
pub use begin::{announce_keys, begin, catch_up};
pub(crate) use gone::gone;
pub(crate) use guests::tell_guests;
pub use news::listen;
pub(crate) use news::news_of_keys;
pub use page::{heads, knows, page};
pub(crate) use write::set;

/// The row of a feed.
fn row_of(feed: FeedId) -> Uuid {
    match feed {
        FeedId::Common => Uuid::nil(),
        FeedId::Posyandu(posyandu) => posyandu.0,
    }
}

/// The feed of a row.
fn feed_of(row: Uuid) -> FeedId {
    if row.is_nil() { FeedId::Common } else { FeedId::Posyandu(row.into()) }
}
