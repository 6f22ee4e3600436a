//! What an instrument told last, so that saying it again does not make it a second child.
//!
//! # Why
//! An instrument says a weight again in other bytes (now with the impedance), over the next connection (no receipt came),
//! or a day later (it was kept). So what was decoded is compared, over the last few tellings, and lost connections change
//! nothing. What is wrongly refused has to be typed; what is wrongly believed is another child's weight.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ::scales::{Presence, Reading};
use chrono::NaiveDateTime;

use super::own_time::{OwnTime, Telling};

/// An instrument that got no receipt says the same again within this time, counted from when its line opened. No two
/// children are weighed so quickly.
const SAID_AGAIN_WITHIN: Duration = Duration::from_secs(10);

/// An instrument that told one weight, hung up by itself and stayed away for so long has slept, and what it tells first
/// is a weighing of its own. One that got no receipt is there to be connected to again at once; one that keeps what it
/// told tells more than one.
const SLEPT: Duration = Duration::from_secs(3);

/// Tellings that are remembered.
const FEW: usize = 4;

/// What an instrument told last, kept over lost connections.
#[derive(Debug, Clone, Default)]
pub(super) struct Last(Arc<Mutex<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    /// The latest at the end.
    few: VecDeque<Told>,
    own_time: OwnTime,
    /// What is told until then was told to the line before, or kept for this one.
    burst_until: Option<Instant>,
    /// Nothing was told on this line yet.
    is_first: bool,
    /// What it told on this line, if that was one weight only.
    alone: Option<What>,
    /// When it hung up by itself after telling one weight, and no other since.
    hung_up: Option<Instant>,
    /// It did so, slept, and came again for this line.
    came_again: bool,
    /// The load told last was seen to have gone.
    emptied: bool,
}

#[derive(Debug)]
struct Told {
    what: What,
    at: Instant,
}

#[derive(Debug, Clone, Copy)]
struct What {
    grams: Option<i64>,
    tenth_mm: Option<i64>,
    user: Option<u8>,
}

impl What {
    fn of(reading: &Reading) -> Self {
        Self { grams: reading.grams(), tenth_mm: reading.tenth_mm(), user: reading.extras.user }
    }

    fn is(self, other: Self) -> bool {
        let user = self.user.is_none() || other.user.is_none() || self.user == other.user;
        user && (self.grams, self.tenth_mm) == (other.grams, other.tenth_mm)
    }
}

impl Last {
    /// The line was opened; what comes first may be old.
    pub(super) fn open(&self, now: Instant) {
        let mut memory = self.lock();
        memory.burst_until = Some(now + SAID_AGAIN_WITHIN);
        memory.is_first = true;
        memory.alone = None;
        let away = memory.hung_up.map(|since| now.saturating_duration_since(since));
        memory.came_again = away.is_some_and(|away| away >= SLEPT);
    }

    /// The instrument ended the line by itself.
    pub(super) fn hang_up(&self, now: Instant) {
        let mut memory = self.lock();
        // a line on which it told nothing changes nothing of what is known
        if memory.alone.is_some() || memory.is_first && memory.hung_up.is_some() {
            memory.hung_up = Some(now);
        }
    }

    /// Notes a held value; `false` if it is one before, said again, or was kept from an earlier day. One that is
    /// `lasting` is said as long as the instrument is awake, and is never new again before the load has gone. `wall` is
    /// the local time, where the node knows it.
    pub(super) fn is_new(
        &self,
        told: &Reading,
        lasting: bool,
        now: Instant,
        wall: Option<NaiveDateTime>,
    ) -> bool {
        self.lock().is_new(told, lasting, now, wall)
    }

    /// Notes what is no held value: a load seen to go, or the last one repeated after it has gone.
    pub(super) fn pass(&self, reading: &Reading, now: Instant) {
        self.lock().pass(reading, now);
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn is_new(&mut self, told: &Reading, lasting: bool, now: Instant, wall: Option<NaiveDateTime>) -> bool {
        let in_burst = self.burst_until.is_some_and(|until| now <= until);
        if in_burst {
            self.burst_until = Some(now + SAID_AGAIN_WITHIN);
        }
        let is_first = std::mem::take(&mut self.is_first);
        let came_again = std::mem::take(&mut self.came_again);
        self.hung_up = None;
        let telling = told.extras.time.and_then(|stamp| Telling::of(stamp, now));
        let in_time = telling.map(|telling| self.own_time.is_current(telling, in_burst, wall));

        let what = What::of(told);
        self.alone = Some(what).filter(|what| is_first || self.alone.is_some_and(|alone| what.is(alone)));
        let latest = self.few.len().checked_sub(1);
        let is_again = |at: usize, before: &Told| {
            let soon = now.saturating_duration_since(before.at) <= SAID_AGAIN_WITHIN;
            // its own time tells two children of one weight apart
            let untimed = telling.is_none();
            let is_latest = latest == Some(at);
            let is_anew = is_first && came_again;
            let lasts = untimed && is_latest && (is_first || lasting && !self.emptied);
            what.is(before.what) && (soon || !is_anew && (lasts || untimed && in_burst))
        };
        let again = self.few.iter().enumerate().position(|(at, before)| is_again(at, before));
        if let Some(at) = again {
            self.few[at].at = now;
            return false;
        }
        if in_time == Some(false) {
            return false;
        }
        self.few.push_back(Told { what, at: now });
        let excess = self.few.len().saturating_sub(FEW);
        self.few.drain(..excess);
        self.emptied = false;
        true
    }

    fn pass(&mut self, reading: &Reading, now: Instant) {
        let Some(last) = self.few.back_mut() else { return };
        let what = What::of(reading);
        match reading.presence {
            Presence::Removed if what.is(last.what) => {
                last.at = now;
                self.emptied = false;
            }
            Presence::Live => {
                let gone = |now: Option<i64>, told: Option<i64>| {
                    now.zip(told).is_some_and(|(now, told)| now.saturating_mul(2) < told)
                };
                self.emptied |= gone(what.grams, last.what.grams);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use ::scales::{Dialect, Profile, decode};

    use super::*;

    /// What an instrument says, so many seconds after it is first heard.
    struct Said {
        last: Last,
        began: Instant,
        advertised: bool,
    }

    impl Said {
        fn new(advertised: bool) -> Self {
            let said = Self { last: Last::default(), began: Instant::now(), advertised };
            said.open(0);
            said
        }

        fn at(&self, s: u64) -> Instant {
            self.began + Duration::from_secs(s)
        }

        fn open(&self, s: u64) {
            self.last.open(self.at(s));
        }

        fn hangs_up(&self, s: u64) {
            self.last.hang_up(self.at(s));
        }

        fn holds(&self, grams: u16, s: u64) -> bool {
            self.last.is_new(&reading(grams), self.advertised, self.at(s), None)
        }

        fn shows(&self, grams: u16, presence: Presence, s: u64) {
            let mut shown = reading(grams);
            shown.presence = presence;
            self.last.pass(&shown, self.at(s));
        }
    }

    fn reading(grams: u16) -> Reading {
        let [low, high] = (grams / 5).to_le_bytes();
        decode(Profile::new(Dialect::Ble2a9d), &[0, low, high]).unwrap()
    }

    #[test]
    fn the_same_is_new_again_only_after_its_time() {
        let said = Said::new(false);
        assert!(said.holds(8_450, 0));
        assert!(!said.holds(8_450, 8), "sent again, because no receipt came");
        assert!(!said.holds(8_450, 16), "and once more");
        assert!(said.holds(8_450, 40), "another child of the same weight");
        assert!(said.holds(9_700, 41));
        assert!(!said.holds(8_450, 42), "the one before the last");
    }

    #[test]
    fn what_comes_first_over_a_new_connection_is_not_new_however_long_that_took() {
        for (opened, told) in [(15, 16), (40, 45), (150, 900)] {
            let said = Said::new(false);
            assert!(said.holds(8_450, 0));
            said.open(opened);
            assert!(!said.holds(8_450, told), "heard {told} s later");
            assert!(said.holds(9_700, told + 1));
            assert!(said.holds(8_450, told + 30), "a third child");
        }
    }

    #[test]
    fn what_comes_first_from_an_instrument_that_hung_up_and_slept_is_a_weighing_of_its_own() {
        let said = Said::new(false);
        assert!(said.holds(8_450, 0));
        said.hangs_up(5);
        said.open(20);
        assert!(said.holds(8_450, 22), "a twin of the same weight");
        assert!(!said.holds(8_450, 24), "said again");
        said.hangs_up(25);
        said.open(40);
        said.hangs_up(41); // somebody touched it
        said.open(60);
        assert!(said.holds(9_700, 61));
        said.hangs_up(62);
        said.open(80);
        assert!(said.holds(8_450, 81), "as heavy as the one before the last");
        said.hangs_up(82);
        said.open(83);
        assert!(!said.holds(8_450, 95), "it was there all the time: no receipt had come");
    }

    #[test]
    fn a_line_that_was_lost_otherwise_is_none_that_was_hung_up() {
        let said = Said::new(false);
        assert!(said.holds(8_450, 0));
        said.open(20); // our own adapter was off
        said.hangs_up(25);
        said.open(40);
        assert!(!said.holds(8_450, 41));
    }

    #[test]
    fn records_told_all_over_again_are_not_new() {
        let said = Said::new(false);
        let told = [8_100, 8_200, 8_300, 8_400];
        assert!(told.iter().all(|&grams| said.holds(grams, 1)));
        for (opens, hangs_up) in [(60, false), (90, true)] {
            if hangs_up {
                said.hangs_up(opens - 20);
            }
            said.open(opens);
            assert!(told.iter().zip(opens + 1..).all(|(&grams, s)| !said.holds(grams, s)), "{hangs_up}");
        }
        assert!(said.holds(8_500, 96));
    }

    #[test]
    fn an_advertised_weight_is_new_again_only_when_its_load_has_gone() {
        let said = Said::new(true);
        assert!(said.holds(8_450, 0));
        said.shows(8_450, Presence::Removed, 60);
        assert!(!said.holds(8_450, 90));
        said.shows(5_000, Presence::Live, 120);
        assert!(!said.holds(8_450, 121), "somebody moves on it");
        said.shows(100, Presence::Live, 122);
        said.shows(8_450, Presence::Removed, 123);
        assert!(!said.holds(8_450, 150), "it has gone and is repeated");
        said.shows(100, Presence::Live, 160);
        assert!(said.holds(8_450, 170), "a twin");
    }
}
