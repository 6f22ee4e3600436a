//! Debian's nats-server.

use super::{BrokerPlace, DEPLOYED, free};

pub(super) const PROGRAM: &str = "/usr/sbin/nats-server";
pub(super) const USERS: &str = "nats-users.conf";

const SETTINGS: &str = include_str!("../../../../deploy/brokers/nats.conf");

pub(super) fn settle(place: &BrokerPlace) -> anyhow::Result<()> {
    // Until the hub has told who is enrolled, there is the hub alone.
    std::fs::write(place.dir.join(USERS), include_str!("../../../../deploy/brokers/nats-users.conf"))?;
    place.fill(
        SETTINGS,
        &[
            ("/etc/nats-server.conf", "this file".into()),
            ("127.0.0.1:4222", free()?.to_string()),
            ("0.0.0.0:8883", place.nodes.to_string()),
            ("/var/lib/nats", place.dir.join("store").display().to_string()),
            (DEPLOYED, place.ca.display().to_string()),
        ],
    )
}
