//! Who may say and hear what at an outside broker, in the broker's own words.
//!
//! # Why
//! A broker knows certificates and not our database. So it is handed a list, as often as that changes; what slips through
//! in between finds topic, signature and key checked once more by the hub itself.

use std::fmt::Write;

use protocol::{NodeId, topic};
use sqlx::PgPool;

/// The rules that hold for every node alike.
const MOSQUITTO: &str = include_str!("../../deploy/brokers/mosquitto.acl");
const NATS: &str = include_str!("../../deploy/brokers/nats-users.conf");

/// The access list of mosquitto: one pattern for all nodes, and who is shut out.
pub async fn mosquitto(db: &PgPool) -> sqlx::Result<String> {
    let nodes = sqlx::query_scalar!("select id from nodes where revoked_at is not null order by id")
        .fetch_all(db)
        .await?;
    let mut list = MOSQUITTO.to_owned();
    if !nodes.is_empty() {
        list.push_str("\n# Revoked.\n");
    }
    for node in nodes {
        writeln!(list, "user {node}\ntopic deny #\n").expect("a string takes everything");
    }
    Ok(list)
}

/// The users of nats-server, which knows no patterns: the hub, and every node that is enrolled and not revoked.
pub async fn nats(db: &PgPool) -> sqlx::Result<String> {
    let nodes = sqlx::query_scalar!("select id from nodes where revoked_at is null order by id")
        .fetch_all(db)
        .await?;
    let mut list = NATS.trim_end().trim_end_matches(']').to_owned();
    for node in nodes {
        let (up, down) = (subject(&topic::up(NodeId(node))), subject(&topic::down(NodeId(node))));
        writeln!(
            list,
            "  {{ user: \"CN={node}\", allowed_connection_types: [\"MQTT\"], permissions: {{\n      \
             publish: {{ allow: [\"{up}\"] }}\n      \
             subscribe: {{ allow: [\"{down}\", \"$MQTT.sub.>\"] }} }} }}"
        )
        .expect("a string takes everything");
    }
    list.push_str("]\n");
    Ok(list)
}

/// A topic as NATS calls it.
fn subject(topic: &str) -> String {
    topic.replace('/', ".")
}
