//! What a check has taken down so far, and the number it takes down next.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use ::scales::Dialect;
use protocol::check::{Load, Spot};
use tokio::time::Instant;

use crate::app::Edge;
use crate::scales::{About, Live};

/// A reading must stay where it is for so long, in the node's time.
const STEADY_MS: u64 = 1_000;
/// Frames that must have said so meanwhile.
const STEADY_FRAMES: u64 = 3;
/// So long somebody waits for a number to come to rest.
const PATIENCE: Duration = Duration::from_secs(6);
/// How often the instrument is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(25);
/// More than any check takes; whoever goes on has forgotten that it is one.
const MOST_LOADS: usize = 60;

/// Nothing on the pan.
const EMPTY: Load = Load { nominal: 0, spot: Spot::Centre, value: 0, limit: 0 };

/// Checks that were begun, by instrument. A restart begins them anew: nothing was told to be kept.
#[derive(Clone, Default)]
pub(in crate::instruments) struct Begun(Arc<Mutex<HashMap<String, Check>>>);

#[derive(Default)]
struct Check {
    /// The connection there was when the page was first opened.
    began: Option<u64>,
    /// Each with the how-manieth connection it was read over.
    loads: Vec<(Load, u64)>,
    /// When the page last asked for a load, in the node's time; what an instrument told before is none.
    asked_ms: u64,
}

impl Begun {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Check>> {
        self.0.lock().expect("nobody panics while holding the checks")
    }

    pub(super) fn loads(&self, id: &str) -> Vec<Load> {
        self.lock().get(id).into_iter().flat_map(|check| &check.loads).map(|(load, _)| *load).collect()
    }

    /// The same with an empty pan wherever the instrument hung up and came again for the next load: it is not seen empty,
    /// and says nothing more over the old connection. `connection` is the one the next load comes over.
    pub(super) fn steps(&self, id: &str, connection: u64) -> Vec<Load> {
        let all = self.lock();
        let (mut steps, mut before) = (Vec::new(), all.get(id).and_then(|check| check.began));
        let loads = all.get(id).into_iter().flat_map(|check| &check.loads);
        for (load, over) in loads.map(|(load, over)| (Some(*load), *over)).chain([(None, connection)]) {
            if before.is_some_and(|before| before < over) {
                steps.push(EMPTY);
            }
            steps.extend(load);
            before = Some(over);
        }
        steps
    }

    /// The page asks for the next load.
    pub(super) fn step(&self, id: &str, now_ms: u64, connection: u64) {
        let mut all = self.lock();
        let check = all.entry(id.into()).or_default();
        check.asked_ms = now_ms;
        check.began.get_or_insert(connection);
    }

    fn asked_ms(&self, id: &str) -> Option<u64> {
        self.lock().get(id).map(|check| check.asked_ms)
    }

    pub(super) fn add(&self, id: &str, load: Load, connection: u64) {
        let mut all = self.lock();
        let loads = &mut all.entry(id.into()).or_default().loads;
        if loads.len() < MOST_LOADS {
            loads.push((load, connection));
        }
    }

    pub(super) fn clear(&self, id: &str) {
        self.lock().remove(id);
    }
}

/// The connection a load that was read came over: how many there were of one without a cable. A cable that was pulled
/// lifts nothing off the pan.
pub(super) fn connection(edge: &Edge, about: &About) -> u64 {
    let opened = edge.instruments.heard(&about.id).map_or(0, |heard| heard.opened);
    if about.wireless { opened } else { 0 }
}

/// The connection the next load can come over: one that sleeps has to connect first.
pub(super) fn next_connection(edge: &Edge, about: &About) -> u64 {
    let is_asleep = edge.instruments.watch(&about.id).is_some_and(|live| !live.borrow().connected);
    connection(edge, about) + u64::from(about.wireless && is_asleep)
}

/// Whether an instrument never shows what lies on it, but tells it once when it has held it.
pub(super) fn only_tells(about: &About) -> bool {
    Dialect::from_name(about.dialect).is_some_and(Dialect::only_tells)
}

/// Why there is nothing to take down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::instruments) enum Unsteady {
    /// The instrument is not there.
    Gone,
    /// It waits for a child.
    Claimed,
    /// It has not come to rest, or has said nothing.
    Restless,
}

/// What the instrument shows once it has come to rest, or what it told since the page asked; or why there is nothing to
/// take down.
pub(super) async fn steady(edge: &Edge, about: &About) -> Result<i32, Unsteady> {
    let live = edge.instruments.watch(&about.id).ok_or(Unsteady::Gone)?;
    let until = Instant::now() + PATIENCE;
    let mut beat = tokio::time::interval(LOOK);
    // where it was when it came to rest, when that was, and how many frames there had been
    let mut rest: Option<(i32, u64, u64)> = None;
    while Instant::now() < until {
        beat.tick().await;
        let Live { connected, value, upset, claim, offer, .. } = live.borrow().clone();
        // one without a cable may sleep once it has said its number
        if !connected && !about.wireless {
            return Err(Unsteady::Gone);
        }
        if claim.is_some() {
            return Err(Unsteady::Claimed);
        }
        let asked_ms = edge.workshop.begun.asked_ms(&about.id);
        let told =
            offer.filter(|offer| offer.told_ms.zip(asked_ms).is_some_and(|(told, asked)| told > asked));
        if let Some(told) = told.and_then(|offer| offer.value.try_into().ok()) {
            return Ok(told);
        }
        // what it shows meanwhile is nothing it said
        if only_tells(about) || !connected {
            rest = None;
            continue;
        }
        let frames = edge.instruments.heard(&about.id).map_or(0, |heard| heard.good);
        let now_ms = edge.clock.monotonic_ms();
        match rest {
            Some((at, since_ms, before)) if value.abs_diff(at) <= about.division && upset.is_none() => {
                if now_ms.saturating_sub(since_ms) >= STEADY_MS && frames >= before + STEADY_FRAMES {
                    return Ok(value);
                }
            }
            _ => rest = Some((value, now_ms, frames)),
        }
    }
    Err(Unsteady::Restless)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_over_a_new_connection_was_lifted_before() {
        let begun = Begun::default();
        let load = Load { nominal: 5_000, spot: Spot::Centre, value: 5_010, limit: 10 };
        for connection in [1, 1, 2, 4] {
            begun.add("a", load, connection);
        }
        assert_eq!(begun.steps("a", 4), [load, load, EMPTY, load, EMPTY, load]);
        assert_eq!(begun.steps("a", 5), [load, load, EMPTY, load, EMPTY, load, EMPTY], "it sleeps now");
        assert_eq!(begun.loads("a"), [load; 4], "what was not read is not recorded");
        assert_eq!(begun.steps("b", 3), []);
        begun.step("c", 0, 2);
        begun.step("c", 9, 3);
        assert_eq!((begun.steps("c", 2), begun.steps("c", 3)), (vec![], vec![EMPTY]));
    }
}
