//! Where an event stands among all events: one rule for this node's journal, for others' and for the hub.

use protocol::event::Header;
use protocol::{Event, EventId, NodeId};
use serde::{Deserialize, Serialize};

/// By sequence within a journal, and in some fixed way between journals; never by wall time. The hub orders the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) incarnation: u32,
    pub(super) sequence: u64,
    pub(super) node: NodeId,
}

impl Order {
    pub(super) fn of(header: &Header) -> Self {
        Self { incarnation: header.incarnation, sequence: header.sequence, node: header.node }
    }
}

/// What an event wrote down, as a row keeps it.
pub(super) trait Written {
    /// The event.
    fn event(&self) -> EventId;
    /// Where it stands.
    fn order(&self) -> Order;
    /// The event it replaces, if it says so.
    fn replaces(&self) -> Option<EventId>;
}

/// Makes rows that hold `event`, `order` and `replaces` tell them.
macro_rules! written {
    ($($row:ident $(<$kind:ident>)?),+) => {
        $(impl $(<$kind>)? $crate::store::order::Written for $row $(<$kind>)? {
            fn event(&self) -> protocol::EventId {
                self.event
            }

            fn order(&self) -> $crate::store::order::Order {
                self.order
            }

            fn replaces(&self) -> Option<protocol::EventId> {
                self.replaces
            }
        })+
    };
}
pub(super) use written;

/// Keeps them in order, each once. One that came by two roads counts where it was written down first.
pub(super) fn put<T: Written>(list: &mut Vec<T>, new: T) {
    match list.iter().position(|known| known.event() == new.event()) {
        Some(known) if list[known].order() <= new.order() => return,
        Some(known) => drop(list.remove(known)),
        None => {}
    }
    let at = list.partition_point(|known| known.order() < new.order());
    list.insert(at, new);
}

/// The last one that none of the others replaces.
pub(super) fn last<T: Written>(list: &[T]) -> Option<&T> {
    list.iter().rfind(|one| !list.iter().any(|other| other.replaces() == Some(one.event())))
}

/// The event this one replaces, if it says so.
pub(super) fn replaced(event: &Event) -> Option<EventId> {
    event.header.replaces.as_ref().map(|replaces| replaces.event).filter(|&other| other != event.header.id)
}
