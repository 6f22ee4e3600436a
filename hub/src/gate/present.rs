//! Who is connected, at most once each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use protocol::{NodeId, Standing};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How many messages may wait for one node's session; more are dropped, for nodes ask again.
const INBOX: usize = 64;

/// The nodes connected now.
#[derive(Default)]
pub(super) struct Present(Mutex<Seats>);

#[derive(Default)]
struct Seats {
    by_node: HashMap<NodeId, Taken>,
    last_serial: u64,
}

struct Taken {
    serial: u64,
    standing: Standing,
    leave: CancellationToken,
    inbox: mpsc::Sender<Bytes>,
}

/// A node's place, until dropped.
pub(super) struct Seat {
    present: Arc<Present>,
    node: NodeId,
    serial: u64,
    /// Cancelled when the gate stops or a newer connection of the node has taken the place.
    pub(super) leave: CancellationToken,
}

impl Present {
    /// Seats a node; an older connection of the same node has to leave, except that a card which was replaced never
    /// displaces the one that is in use. `None` if there is no seat.
    pub(super) fn seat(
        self: &Arc<Self>,
        node: NodeId,
        standing: Standing,
        seats: usize,
        stop: &CancellationToken,
    ) -> Option<(Seat, mpsc::Receiver<Bytes>)> {
        let mut present = self.lock();
        if present.by_node.len() >= seats && !present.by_node.contains_key(&node) {
            return None;
        }
        let sits = present.by_node.get(&node).map(|taken| taken.standing);
        if sits == Some(Standing::Current) && standing == Standing::Replaced {
            return None;
        }
        present.last_serial += 1;
        let serial = present.last_serial;
        let leave = stop.child_token();
        let (inbox, letters) = mpsc::channel(INBOX);
        let taken = Taken { serial, standing, leave: leave.clone(), inbox };
        if let Some(older) = present.by_node.insert(node, taken) {
            older.leave.cancel();
        }
        Some((Seat { present: Arc::clone(self), node, serial, leave }, letters))
    }

    /// Hands a message to the node's session; `false` if it is not here or has too many waiting.
    pub(super) fn pass(&self, node: NodeId, payload: Bytes) -> bool {
        self.lock().by_node.get(&node).is_some_and(|taken| taken.inbox.try_send(payload).is_ok())
    }

    fn lock(&self) -> MutexGuard<'_, Seats> {
        // Nothing under this lock can be left half done, so a panic elsewhere must not shut everyone out.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut present = self.present.lock();
        if present.by_node.get(&self.node).is_some_and(|taken| taken.serial == self.serial) {
            present.by_node.remove(&self.node);
        }
    }
}
