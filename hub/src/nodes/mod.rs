//! The appliances: which exist, whom they serve, by which key they are believed, when they were last heard.

mod admission;
mod enrol;
mod keys;

pub(crate) use admission::Admission;
pub use enrol::enrol;
pub(crate) use keys::PublicKeys;
