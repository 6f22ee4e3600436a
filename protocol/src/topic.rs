//! The MQTT topics, in one place.

use alloc::format;
use alloc::string::String;

use crate::ids::NodeId;

/// Into how many parts the nodes are divided, so that several hubs can share them by plain filters.
pub const SHARDS: u8 = 16;

/// The part a node belongs to: two hexadecimal digits' worth of its id, never reassigned.
pub fn shard(node: NodeId) -> u8 {
    node.bytes()[15] % SHARDS
}

/// Where a node sends its letters.
pub fn up(node: NodeId) -> String {
    format!("simpul/v1/up/{:02x}/{node}", shard(node))
}

/// Where a node hears the hub's letters.
pub fn down(node: NodeId) -> String {
    format!("simpul/v1/down/{node}")
}

/// The filter by which a hub hears every node.
pub const ALL_UP: &str = "simpul/v1/up/+/+";

/// The node a message on an `up` topic claims to come from; `None` if it is not such a topic.
pub fn node_of_up(topic: &str) -> Option<NodeId> {
    let (_, id) = topic.strip_prefix("simpul/v1/up/")?.split_once('/')?;
    let node = id.parse().ok()?;
    (up(node) == topic).then_some(node)
}
