//! What an instrument told last, so that saying it again does not make it a second child.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// An instrument that got no receipt says the same again within this time. No two children are weighed so quickly.
const SAID_AGAIN_WITHIN: Duration = Duration::from_secs(10);

/// The packet an instrument told last, kept over lost connections.
#[derive(Debug, Clone, Default)]
pub(super) struct Last(Arc<Mutex<Option<Told>>>);

#[derive(Debug)]
struct Told {
    packet: Vec<u8>,
    at: Instant,
}

impl Last {
    /// Notes a packet; `false` if it is the one before, said again. One that is `lasting` (it carries its own time, or is
    /// said as long as the instrument is awake) is never new again.
    pub(super) fn is_new(&self, packet: &[u8], lasting: bool, now: Instant) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let again = last.as_ref().is_some_and(|told| {
            let soon = now.saturating_duration_since(told.at) <= SAID_AGAIN_WITHIN;
            told.packet == packet && (lasting || soon)
        });
        *last = Some(Told { packet: packet.to_owned(), at: now });
        !again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_new_again_only_after_its_time() {
        let (last, now) = (Last::default(), Instant::now());
        let later = |s| now + Duration::from_secs(s);
        assert!(last.is_new(b"a", false, now));
        assert!(!last.is_new(b"a", false, later(8)), "sent again, because no receipt came");
        assert!(!last.is_new(b"a", false, later(16)), "and once more");
        assert!(last.is_new(b"a", false, later(40)), "another child of the same weight");
        assert!(last.is_new(b"b", true, later(41)));
        assert!(!last.is_new(b"b", true, later(9_000)), "the same minute of the same day");
    }
}
