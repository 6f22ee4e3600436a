//! Debian's mosquitto.

use super::{BrokerPlace, DEPLOYED};

pub(super) const PROGRAM: &str = "/usr/sbin/mosquitto";
pub(super) const ACCESS: &str = "mosquitto.acl";

const SETTINGS: &str = include_str!("../../../../deploy/brokers/mosquitto.conf");
const RULES: &str = include_str!("../../../../deploy/brokers/mosquitto.acl");

pub(super) fn settle(place: &BrokerPlace) -> anyhow::Result<()> {
    let access = place.dir.join(ACCESS);
    std::fs::write(&access, RULES)?;
    place.fill(
        SETTINGS,
        &[
            ("/etc/mosquitto/mosquitto.conf", "this file".into()),
            ("listener 8883\n", format!("listener {} 127.0.0.1\n", place.nodes.port())),
            ("listener 8884 127.0.0.1\n", format!("listener {} 127.0.0.1\n", place.hubs.port())),
            // Tests run as whoever owns their folder.
            ("user mosquitto\n", "user root\n".into()),
            ("/etc/simpul/mosquitto.acl", access.display().to_string()),
            (DEPLOYED, place.ca.display().to_string()),
        ],
    )
}
