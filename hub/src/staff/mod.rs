//! Who works at the Puskesmas: accounts, one-time links, signing in and staying signed in.
//!
//! # Why
//!
//! Sessions live in Postgres and nowhere else, so that revoking a row ends one at once on every hub process. Cookie and
//! link hold 256 random bits; the database holds only their SHA-256, so a stolen backup opens nothing.

mod attempts;
mod caller;
mod door;
mod invite;
mod password;
mod pin;
mod routes;
mod session;
mod store;
mod token;

pub(crate) use door::Door;
pub use invite::{Invitation, invite};
pub(crate) use routes::routes;
pub use session::{Role, Staff};
