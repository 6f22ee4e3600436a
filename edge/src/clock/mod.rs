//! What time it is here, and what that is worth: a Pi has no clock battery.
//!
//! # Why
//! Only this module reads the machine's clocks, so a demonstration can run a whole morning in a minute (`pace`) and a
//! test can begin on any day. Order never depends on wall time; what depends on the date asks [`Now::believable`].

mod found;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta};
use protocol::Stamp;
use protocol::time::{ClockSource, FURTHEST_MS};

pub use found::Finder;

use crate::config::ClockSettings;

/// Before this moment no Simpul existed: a wall clock that says so was never set. 2026-11-01 UTC.
pub(crate) const BUILD_FLOOR_MS: i64 = 1_793_491_200_000;

/// A hub's time that is this much apart from ours is not worth a jump.
const NEAR_MS: i64 = 2_000;

/// An answer this old tells the day and not the minute: it is not taken for the time.
const OLDEST_ANSWER: Duration = Duration::from_secs(120);

/// The node's clock; cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    started: Instant,
    boot: [u8; 16],
    pace: u32,
    offset_min: i16,
    wall: Mutex<Wall>,
}

/// Wall time at a point of monotonic time.
#[derive(Clone, Copy)]
struct Wall {
    at_ms: u64,
    wall_ms: i64,
    floor_ms: i64,
    source: ClockSource,
}

/// A moment on the node.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// The moment as an event carries it.
    pub stamp: Stamp,
    /// The local date.
    pub today: NaiveDate,
    /// False while nobody has set the clock: then the date means nothing.
    pub believable: bool,
    /// The local date it is at least, whatever the clock says: good for proposals, not for records.
    pub at_least: NaiveDate,
}

/// Why a date and time was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It lies before what this node knows for sure.
    #[error("the time given lies before what this node has already recorded")]
    BeforeFloor,
    /// It lies further ahead than any clock is believed.
    #[error("the time given lies years ahead")]
    TooFar,
    /// The node has its time from a better source.
    #[error("the clock is set from a better source")]
    KnowsBetter,
}

impl Clock {
    /// Starts the clock. `floor_ms` is the latest wall time this node had from a source that knows: time cannot lie
    /// before it. A phone's word never raises it, or one wrong phone would lock the date out for good.
    pub fn start(settings: &ClockSettings, offset_min: i16, floor_ms: i64) -> Self {
        let floor_ms = floor_ms.max(BUILD_FLOOR_MS);
        let (wall_ms, source) = match settings.start {
            Some(local) => (to_wall_ms(local, offset_min), ClockSource::Ntp),
            None => machine_time(floor_ms, settings.trust_machine),
        };
        let boot = *uuid::Uuid::new_v4().as_bytes();
        Self(Arc::new(Inner {
            started: Instant::now(),
            boot,
            pace: settings.pace.max(1),
            offset_min,
            wall: Mutex::new(Wall { at_ms: 0, wall_ms, floor_ms, source }),
        }))
    }

    /// How many times faster than the world this clock runs; 1 in real life.
    pub fn pace(&self) -> u32 {
        self.0.pace
    }

    /// Milliseconds since the node started, never going back; `pace` times faster than the world.
    pub fn monotonic_ms(&self) -> u64 {
        self.monotonic_ns() / 1_000_000
    }

    /// The moment.
    pub fn now(&self) -> Now {
        let monotonic_ns = self.monotonic_ns();
        let wall = *self.wall();
        let wall_ms =
            wall.wall_ms.saturating_add_unsigned((monotonic_ns / 1_000_000).saturating_sub(wall.at_ms));
        let stamp = Stamp {
            wall_ms,
            offset_min: self.0.offset_min,
            source: wall.source,
            boot: self.0.boot,
            monotonic_ns,
        };
        Now {
            stamp,
            today: local_date(wall_ms, self.0.offset_min),
            believable: wall.source != ClockSource::Unset,
            at_least: local_date(wall_ms.max(wall.floor_ms), self.0.offset_min),
        }
    }

    /// Takes a local date and time from someone who knows: the kader's phone.
    ///
    /// A better source is never replaced by a worse one.
    pub fn confirm(&self, local: NaiveDateTime, source: ClockSource) -> Result<(), Refused> {
        self.confirm_wall(to_wall_ms(local, self.0.offset_min), source)
    }

    /// Takes a wall time, milliseconds since 1970, as [`Clock::confirm`] does.
    pub fn confirm_wall(&self, wall_ms: i64, source: ClockSource) -> Result<(), Refused> {
        let at_ms = self.monotonic_ms();
        let mut wall = self.wall();
        if wall_ms < wall.floor_ms {
            // Only the hub, asked by us and signing its answer, may say that what was believed before was too late.
            if source != ClockSource::Hub || wall.source == ClockSource::Ntp || wall_ms < BUILD_FLOOR_MS {
                return Err(Refused::BeforeFloor);
            }
            wall.floor_ms = wall_ms;
        }
        if wall_ms - wall.floor_ms > FURTHEST_MS {
            return Err(Refused::TooFar);
        }
        if source < wall.source {
            return Err(Refused::KnowsBetter);
        }
        *wall = Wall { at_ms, wall_ms, source, ..*wall };
        Ok(())
    }

    /// Takes the time of a hub's answer whose question left `round_trip` ago: half of that is how old the answer is.
    /// True if the clock was set by it.
    pub(crate) fn hear_hub(&self, hub_time_ms: i64, round_trip: Duration) -> bool {
        if round_trip > OLDEST_ANSWER {
            return false;
        }
        let age_ms = i64::try_from(round_trip.as_millis() / 2).unwrap_or(0);
        let wall_ms = hub_time_ms.saturating_add(age_ms);
        let stamp = self.now().stamp;
        let near = stamp.source == ClockSource::Hub && (stamp.wall_ms - wall_ms).abs() < NEAR_MS;
        if near {
            return false;
        }
        match self.confirm_wall(wall_ms, ClockSource::Hub) {
            Ok(()) => true,
            Err(Refused::KnowsBetter) => false,
            Err(refused) => {
                tracing::warn!("the hub's time was not taken: {refused}");
                false
            }
        }
    }

    /// Takes the machine's clock if something that knows has set it since. True if it has.
    pub(crate) fn look_at_machine(&self) -> bool {
        let floor_ms = self.wall().floor_ms;
        let (wall_ms, source) = machine_time(floor_ms, false);
        source == ClockSource::Ntp && self.confirm_wall(wall_ms, source).is_ok()
    }

    /// The wall time a certificate that begins at `begins_ms` is judged by, milliseconds since 1970.
    ///
    /// # Why
    /// A clock nobody set, or a phone set, proves only that it is not earlier than the floor. Judged by it, a hub whose
    /// certificate is good would not be believed, and the hub is who could put the clock right. So the certificate is
    /// refused only if it had ended by the floor.
    pub fn for_certificate(&self, begins_ms: i64) -> i64 {
        let (stamp, floor_ms) = (self.now().stamp, self.wall().floor_ms);
        match stamp.source {
            ClockSource::Unset | ClockSource::Phone => floor_ms.max(begins_ms),
            ClockSource::Hub => stamp.wall_ms.max(floor_ms),
            // a demonstration's clock may stand months before the machine's
            ClockSource::Ntp => stamp.wall_ms.max(machine_ms()).max(floor_ms),
        }
    }

    fn monotonic_ns(&self) -> u64 {
        let elapsed = u64::try_from(self.0.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        elapsed.saturating_mul(u64::from(self.0.pace))
    }

    fn wall(&self) -> std::sync::MutexGuard<'_, Wall> {
        self.0.wall.lock().expect("nobody panics while holding the wall time")
    }
}

/// The machine's own wall time, believed only when something that knows has set it.
fn machine_time(floor_ms: i64, trusted: bool) -> (i64, ClockSource) {
    let wall_ms = machine_ms();
    let set = trusted || std::path::Path::new("/run/systemd/timesync/synchronized").exists();
    let is_possible = (floor_ms..=floor_ms.saturating_add(FURTHEST_MS)).contains(&wall_ms);
    if set && is_possible { (wall_ms, ClockSource::Ntp) } else { (wall_ms, ClockSource::Unset) }
}

fn machine_ms() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    let wall = std::time::SystemTime::now();
    let since_epoch = wall.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}

fn to_wall_ms(local: NaiveDateTime, offset_min: i16) -> i64 {
    local.and_utc().timestamp_millis() - i64::from(offset_min) * 60_000
}

/// The local date and time of a wall time in milliseconds since 1970; `None` beyond every calendar.
pub(crate) fn local(wall_ms: i64, offset_min: i16) -> Option<NaiveDateTime> {
    let utc = DateTime::from_timestamp_millis(wall_ms)?;
    utc.naive_utc().checked_add_signed(TimeDelta::minutes(i64::from(offset_min)))
}

fn local_date(wall_ms: i64, offset_min: i16) -> NaiveDate {
    local(wall_ms, offset_min).map_or(NaiveDate::MIN, |local| local.date())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unset() -> Clock {
        Clock::start(&ClockSettings { pace: 1, start: None, trust_machine: false }, 420, 0)
    }

    fn local(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn a_clock_nobody_set_is_not_believed_until_a_phone_confirms() {
        let clock = unset();
        assert!(!clock.now().believable);
        clock.confirm(local("2026-11-24T08:00:00"), ClockSource::Phone).unwrap();
        assert!(clock.now().believable);
        assert_eq!(clock.now().today, local("2026-11-24T00:00:00").date());
    }

    #[test]
    fn a_time_before_the_floor_is_refused() {
        assert_eq!(
            unset().confirm(local("1970-01-01T00:00:00"), ClockSource::Phone),
            Err(Refused::BeforeFloor)
        );
    }

    #[test]
    fn a_phone_years_ahead_is_refused_and_does_not_lock_the_date_out() {
        let clock = unset();
        assert_eq!(clock.confirm(local("2062-01-01T00:00:00"), ClockSource::Phone), Err(Refused::TooFar));
        clock.confirm(local("2026-11-24T08:00:00"), ClockSource::Phone).unwrap();
        assert!(clock.now().believable);
    }

    #[test]
    fn certificates_are_never_judged_by_1970_nor_by_a_wrong_phone() {
        let clock = unset();
        assert_eq!(clock.for_certificate(0), BUILD_FLOOR_MS);
        clock.confirm(local("2029-01-01T08:00:00"), ClockSource::Phone).unwrap();
        let begins_ms = BUILD_FLOOR_MS + 86_400_000;
        assert_eq!(clock.for_certificate(begins_ms), begins_ms, "it ends in 2027, the phone says 2029");
        assert!(clock.hear_hub(BUILD_FLOOR_MS + 90_000_000, Duration::ZERO));
        assert_eq!(clock.for_certificate(begins_ms) / 1_000, (BUILD_FLOOR_MS + 90_000_000) / 1_000);
    }

    #[test]
    fn the_hubs_time_counts_half_the_way_and_puts_a_wrong_phone_right() {
        let clock = unset();
        clock.confirm(local("2028-11-24T08:00:00"), ClockSource::Phone).unwrap();
        let hub_ms = to_wall_ms(local("2026-11-24T08:00:00"), 420);
        assert!(!clock.hear_hub(hub_ms, Duration::from_secs(600)), "far too old");
        assert!(clock.hear_hub(hub_ms, Duration::from_secs(10)));
        let apart_ms = clock.now().stamp.wall_ms - hub_ms;
        assert!((5_000..7_000).contains(&apart_ms), "{apart_ms} ms");
        assert!(!clock.hear_hub(hub_ms + 5_000, Duration::ZERO), "near enough");
        assert_eq!(
            clock.confirm(local("2026-11-24T09:00:00"), ClockSource::Phone),
            Err(Refused::KnowsBetter)
        );
    }

    #[test]
    fn only_the_hub_says_that_what_was_believed_was_too_late_and_never_before_simpul_was() {
        let believed_ms = BUILD_FLOOR_MS + 300 * 86_400_000;
        let settings = ClockSettings { pace: 1, start: None, trust_machine: false };
        let clock = Clock::start(&settings, 420, believed_ms);
        let earlier_ms = BUILD_FLOOR_MS + 23 * 86_400_000;
        for source in [ClockSource::Phone, ClockSource::Ntp] {
            assert_eq!(clock.confirm_wall(earlier_ms, source), Err(Refused::BeforeFloor), "{source:?}");
        }
        assert_eq!(clock.confirm_wall(BUILD_FLOOR_MS - 1, ClockSource::Hub), Err(Refused::BeforeFloor));
        clock.confirm_wall(earlier_ms, ClockSource::Hub).unwrap();
        assert_eq!(clock.now().at_least, local_date(earlier_ms, 420), "the floor went back with it");
    }

    #[test]
    fn nobody_is_believed_who_is_years_ahead() {
        for source in [ClockSource::Phone, ClockSource::Hub, ClockSource::Ntp] {
            let clock = unset();
            let furthest_ms = BUILD_FLOOR_MS + FURTHEST_MS;
            assert_eq!(clock.confirm_wall(furthest_ms + 1, source), Err(Refused::TooFar), "{source:?}");
            assert!(!clock.now().believable);
            clock.confirm_wall(furthest_ms, source).unwrap();
        }
    }

    #[test]
    fn a_phone_does_not_move_a_clock_set_from_the_network() {
        let settings =
            ClockSettings { pace: 1, start: Some(local("2026-11-24T08:00:00")), trust_machine: false };
        let clock = Clock::start(&settings, 420, 0);
        let phone = clock.confirm(local("2027-01-01T08:00:00"), ClockSource::Phone);
        assert_eq!(phone, Err(Refused::KnowsBetter));
        assert_eq!(clock.now().today, local("2026-11-24T00:00:00").date());
    }

    #[test]
    fn midnight_is_local() {
        assert_eq!(local_date(to_wall_ms(local("2026-11-24T00:30:00"), 540), 540).to_string(), "2026-11-24");
    }
}
