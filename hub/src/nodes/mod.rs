//! The appliances: which exist, whom they serve, by which keys they are believed, when they were last heard.

mod admission;
mod enrol;
mod keys;
mod page;
mod renew;
mod revoke;
mod store;
mod web_certificate;

pub(crate) use admission::Admission;
pub use enrol::enrol;
pub(crate) use keys::{NodeKey, PublicKeys};
pub(crate) use page::routes;
pub(crate) use renew::{Renewals, renew};
pub use revoke::revoke;
pub use web_certificate::set_web_certificate;
pub(crate) use web_certificate::web_certificates;
