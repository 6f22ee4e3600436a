//! How much one client may ask of the gate, and how it is slowed when it asks for more.

use std::time::Duration;

use tokio::time::Instant;

/// What one client may ask of the gate. The defaults suit a hub of a few thousand nodes.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The largest MQTT packet heard, without its two to five bytes of header.
    pub packet_bytes: usize,
    /// How many nodes may be connected at once; one that comes again does not count twice.
    pub connections: usize,
    /// How many connections may be on their way in, before they have shown who they are.
    pub strangers: usize,
    /// How long a stranger is left alone when all places are taken; then the oldest makes room.
    pub patience: Duration,
    /// How long a connection may take from its first byte to an accepted CONNECT.
    pub greeting: Duration,
    /// The longest silence allowed, whatever keep-alive the client asked for.
    pub silence: Duration,
    /// How long a client may take none of what is sent to it.
    pub stall: Duration,
    /// How many uploads of one client may wait to be taken before it is no longer read.
    pub in_flight: usize,
    /// Bytes a second one client is read at; twice that may come at once.
    pub bytes_per_second: u32,
    /// MQTT packets a second one client is read at; twice that may come at once.
    pub packets_per_second: u32,
    /// How often [`Admission`](super::Admission) is asked again while a node stays connected.
    pub readmit_every: Duration,
    /// How long a connection may live before the certificate has to be shown again.
    pub lifetime: Duration,
    /// How often the router must show that it still passes messages on.
    pub probe_every: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            packet_bytes: 300 * 1024,
            connections: 4096,
            strangers: 1024,
            patience: Duration::from_secs(2),
            greeting: Duration::from_secs(10),
            silence: Duration::from_secs(20 * 60),
            stall: Duration::from_secs(20),
            in_flight: 16,
            bytes_per_second: 4 * 1024 * 1024,
            packets_per_second: 500,
            readmit_every: Duration::from_secs(30),
            lifetime: Duration::from_secs(24 * 60 * 60),
            probe_every: Duration::from_secs(5),
        }
    }
}

/// What one client still may send now.
pub(super) struct Pace {
    bytes: Bucket,
    packets: Bucket,
}

impl Pace {
    pub(super) fn new(limits: &Limits, now: Instant) -> Self {
        Self {
            bytes: Bucket::new(limits.bytes_per_second, now),
            packets: Bucket::new(limits.packets_per_second, now),
        }
    }

    /// Counts a packet that was heard; the last one may overdraw, the next then waits.
    pub(super) fn spend(&mut self, bytes: usize, now: Instant) {
        self.bytes.spend(bytes, now);
        self.packets.spend(1, now);
    }

    /// When the client may be read again; in the past if it may be now.
    pub(super) fn ready_at(&self) -> Instant {
        self.bytes.ready_at().max(self.packets.ready_at())
    }
}

/// A token bucket that may be overdrawn once.
struct Bucket {
    per_second: f64,
    level: f64,
    at: Instant,
}

impl Bucket {
    fn new(per_second: u32, now: Instant) -> Self {
        let per_second = f64::from(per_second.max(1));
        Self { per_second, level: 2.0 * per_second, at: now }
    }

    fn spend(&mut self, amount: usize, now: Instant) {
        let earned = now.duration_since(self.at).as_secs_f64() * self.per_second;
        self.level = (self.level + earned).min(2.0 * self.per_second) - amount as f64;
        self.at = now;
    }

    fn ready_at(&self) -> Instant {
        self.at + Duration::from_secs_f64((-self.level).max(0.0) / self.per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_overdraws_waits_until_the_debt_is_earned() {
        let start = Instant::now();
        let limits = Limits { bytes_per_second: 100, packets_per_second: 1000, ..Limits::default() };
        let mut pace = Pace::new(&limits, start);
        pace.spend(200, start);
        assert!(pace.ready_at() <= start, "two seconds' worth may come at once");
        pace.spend(50, start);
        assert_eq!(pace.ready_at(), start + Duration::from_millis(500));
        let later = start + Duration::from_millis(500);
        pace.spend(0, later);
        assert!(pace.ready_at() <= later);
    }

    #[test]
    fn rest_earns_no_more_than_two_seconds() {
        let start = Instant::now();
        let limits = Limits { bytes_per_second: 1_000_000, packets_per_second: 10, ..Limits::default() };
        let mut pace = Pace::new(&limits, start);
        let later = start + Duration::from_secs(3600);
        for _ in 0..20 {
            pace.spend(1, later);
        }
        assert!(pace.ready_at() <= later);
        pace.spend(1, later);
        assert_eq!(pace.ready_at(), later + Duration::from_millis(100));
    }
}
