//! Whether the hub is behind, and how long nodes are asked to wait then.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use protocol::NodeId;

/// A commit that takes longer means that the database is behind.
const SLOW_COMMIT: Duration = Duration::from_secs(2);
/// The longest a node is asked to wait, in seconds.
const LONGEST_WAIT_S: u32 = 10;

/// Measured by the writer, told to every node.
#[derive(Debug, Default)]
pub(super) struct Pressure(AtomicBool);

impl Pressure {
    /// Notes how full the queue was and how long the last commit took.
    pub(super) fn note(&self, waiting: usize, room: usize, commit: Duration) {
        self.0.store(2 * waiting > room || commit > SLOW_COMMIT, Ordering::Relaxed);
    }

    /// Seconds this node should wait before its next batch; 0 while the hub keeps up.
    pub(super) fn retry_after_s(&self, node: NodeId) -> u32 {
        if self.0.load(Ordering::Relaxed) { wait_s(node) } else { 0 }
    }
}

/// Different for different nodes, so that they do not all come back at once.
pub(super) fn wait_s(node: NodeId) -> u32 {
    1 + u32::from(node.bytes()[15] ^ node.bytes()[9]) % LONGEST_WAIT_S
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_asked_to_wait_while_the_hub_is_behind_and_not_longer() {
        let nodes: Vec<NodeId> = (0..100).map(|number| NodeId(uuid::Uuid::from_u128(number))).collect();
        let pressure = Pressure::default();
        let waits = || nodes.iter().map(|&node| pressure.retry_after_s(node)).collect::<Vec<_>>();
        assert!(waits().iter().all(|&wait| wait == 0));
        for (waiting, commit) in [(257, Duration::ZERO), (0, Duration::from_secs(3))] {
            pressure.note(waiting, 512, commit);
            assert!(waits().iter().all(|wait| (1..=10).contains(wait)));
            assert!((1..=10).all(|wait| waits().contains(&wait)), "they do not all come back at once");
            pressure.note(256, 512, Duration::from_secs(1));
            assert!(waits().iter().all(|&wait| wait == 0));
        }
    }
}
