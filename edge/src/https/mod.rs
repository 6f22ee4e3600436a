//! The pages over TLS, with a certificate that came through the feed; plain HTTP goes on beside it.
//!
//! # Why
//! Browsers let a page work without its server only where it came over TLS. A village without a road to the hub keeps a
//! certificate longer than it is good, so nothing ever depends on it: no page leads here once it has ended, none demands
//! that a browser come this way again (no HSTS), and what works without TLS works as before.

mod certificate;
mod listener;

pub use listener::Listener;

use crate::app::Edge;
use crate::store::StoreError;
use certificate::Certificate;

/// How the pages can be reached over TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// There.
    Open {
        /// The address of the first page, without a path: `https://mawar3.node.example`.
        address: String,
    },
    /// The node's settings do not ask for it.
    NotAskedFor,
    /// The hub has given this node no certificate that can be used.
    NoCertificate,
    /// The certificate has ended.
    Ended,
}

/// How the pages can be reached over TLS just now.
pub fn door(edge: &Edge) -> Result<Door, StoreError> {
    let Some(settings) = edge.config.web.https.as_ref().filter(|settings| settings.listen.port() != 0) else {
        return Ok(Door::NotAskedFor);
    };
    let Some(certificate) = newest(edge)? else { return Ok(Door::NoCertificate) };
    let now = edge.clock.now();
    // while nobody has set the clock only the phone knows
    if now.believable && certificate.until_ms <= now.stamp.wall_ms {
        return Ok(Door::Ended);
    }
    let Some(name) = settings.name.as_ref().or(certificate.name.as_ref()) else {
        return Ok(Door::NoCertificate);
    };
    let port = match settings.listen.port() {
        443 => String::new(),
        port => format!(":{port}"),
    };
    Ok(Door::Open { address: format!("https://{name}{port}") })
}

/// Of what the feeds give this node, what lasts longest.
fn newest(edge: &Edge) -> Result<Option<Certificate>, StoreError> {
    let given = edge.store.web_certificates(edge.bundle.node)?;
    let usable = given.iter().filter_map(|given| match Certificate::read(given) {
        Ok(certificate) => Some(certificate),
        Err(error) => {
            tracing::warn!("the certificate the hub gave for the pages cannot be used: {error:#}");
            None
        }
    });
    Ok(usable.max_by_key(|certificate| certificate.until_ms))
}
