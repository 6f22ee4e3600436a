//! The pages over TLS, with a certificate that came through the feed; plain HTTP goes on beside it.
//!
//! # Why
//! Browsers let a page work without its server only where it came over TLS. A village without a road to the hub keeps a
//! certificate longer than it is good, so nothing ever depends on it: no page leads here once it has ended, none demands
//! that a browser come this way again (no HSTS), and what works without TLS works as before.

mod certificate;
mod listener;

pub use listener::Listener;

use chrono::NaiveTime;
use protocol::feed::WebCertificate;

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
    let Some(name) = settings.name.as_ref().or(certificate.names.first()) else {
        return Ok(Door::NoCertificate);
    };
    let port = match settings.listen.port() {
        443 => String::new(),
        port => format!(":{port}"),
    };
    Ok(Door::Open { address: format!("https://{name}{port}") })
}

/// Whether the way to TLS closes within so many days, as far as that is known: then what a phone takes away from here may
/// find no way back.
pub fn closes_within(edge: &Edge, days: i64) -> Result<bool, StoreError> {
    let Some(certificate) = newest(edge)? else { return Ok(false) };
    let now = edge.clock.now();
    // while nobody has set the clock, it is at least this late
    let at_least_ms = now.at_least.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
    let now_ms = if now.believable { now.stamp.wall_ms } else { at_least_ms };
    Ok(certificate.until_ms < now_ms.saturating_add(days.saturating_mul(DAY_MS)))
}

const DAY_MS: i64 = 86_400_000;

/// The certificate to show, of what the feeds give this node.
fn newest(edge: &Edge) -> Result<Option<Certificate>, StoreError> {
    Ok(best(name(edge), &edge.store.web_certificates(edge.bundle.node)?))
}

/// The name the settings say the pages are reached by.
fn name(edge: &Edge) -> Option<&str> {
    edge.config.web.https.as_ref().and_then(|settings| settings.name.as_deref())
}

/// Of certificates those for the name the pages are reached by, and of these what lasts longest.
fn best(name: Option<&str>, given: &[WebCertificate]) -> Option<Certificate> {
    let usable = given.iter().filter_map(|given| match Certificate::read(given) {
        Ok(certificate) => Some(certificate),
        Err(error) => {
            tracing::warn!("the certificate the hub gave for the pages cannot be used: {error:#}");
            None
        }
    });
    usable.max_by_key(|certificate| (name.is_some_and(|name| certificate.is_for(name)), certificate.until_ms))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn certificate(name: &str, until: i32) -> WebCertificate {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(until, 1, 1));
        WebCertificate { chain_pem: params.self_signed(&key).unwrap().pem(), key_pem: key.serialize_pem() }
    }

    #[test]
    fn the_certificate_of_the_present_name_is_shown_before_one_that_lasts_longer() {
        let old = "melati1.node.example";
        let given =
            [certificate(old, 2031), certificate("*.node.example", 2029), certificate("x.example", 2032)];
        for (name, shown) in [
            (Some("Mawar3.node.example"), "*.node.example"),
            (Some(old), old),
            (Some("mawar3.example"), "x.example"),
            (None, "x.example"),
        ] {
            assert_eq!(best(name, &given).unwrap().names, [shown], "{name:?}");
        }
    }
}
