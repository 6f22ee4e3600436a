//! When what goes wrong: the same seed gives the same schedule, to be read before and after a run.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::fault::{Kind, Lane};
use crate::chance::Chance;

/// Faults a minute.
const A_MINUTE: f64 = 14.0;
/// Nothing goes wrong before this, in milliseconds …
const LEAD_MS: u64 = 3_000;
/// … nor in this last stretch, so that a fault can be seen out.
const TAIL_MS: u64 = 8_000;
/// Of the whole time, the part in which a restore finds a backup, and a dead card has time to turn up again.
const RESTORES: (f64, f64) = (0.35, 0.95);
const REPLACEMENTS: (f64, f64) = (0.15, 0.75);
/// The longest a reset lets through, in bytes: less than most batches, more than most greetings.
const RESET_WITHIN: u64 = 6_000;

/// What a run is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Chooses everything.
    pub seed: u64,
    /// How long faults go on.
    pub minutes: f64,
    /// How many nodes there are.
    pub nodes: usize,
    /// In the order of their time.
    pub faults: Vec<Fault>,
}

/// One fault at its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Milliseconds after the first save.
    pub at_ms: u64,
    /// What.
    pub kind: Kind,
    /// To whom.
    pub lane: Lane,
    /// How long.
    pub for_ms: u64,
    /// Bytes a torn line still carries.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bytes: Option<u32>,
}

/// Which nodes can have what.
#[derive(Debug, Clone, Default)]
pub struct Terrain {
    /// Those on a card that can be filled; they are not replaced.
    pub small_disks: Vec<usize>,
}

impl Schedule {
    /// Plans a run with these kinds of fault: each at least once, and then as often as it is its habit.
    pub fn plan(seed: u64, minutes: f64, nodes: usize, terrain: &Terrain, kinds: &[Kind]) -> Self {
        let chance = Chance::new(seed).apart("schedule");
        let count = ((minutes * A_MINUTE) as usize).max(kinds.len());
        let mut kinds = drawn(kinds, count, &mut chance.apart("kinds"));
        into_season(&mut kinds, &mut chance.apart("seasons"));
        let mut times = chance.apart("times");
        let mut targets = chance.apart("targets");
        let mut replaced = terrain.small_disks.clone();
        let span_ms = ((minutes * 60_000.0) as u64).saturating_sub(LEAD_MS + TAIL_MS).max(1);
        let mut faults = Vec::with_capacity(kinds.len());
        for (nth, kind) in kinds.into_iter().enumerate() {
            let at_ms = LEAD_MS + ((nth as f64 + times.unit()) * span_ms as f64 / count as f64) as u64;
            let (kind, target) = aimed(kind, nodes, terrain, &mut replaced, &mut targets);
            let for_ms = kind.lasts_ms(&mut times);
            let bytes = (kind == Kind::LinkReset).then(|| 1 + targets.below(RESET_WITHIN) as u32);
            faults.push(Fault { at_ms, kind, lane: kind.lane(target), for_ms, bytes });
        }
        Self { seed, minutes, nodes, faults }
    }

    /// What one lane has to do, in the order of time.
    pub fn of(&self, lane: Lane) -> Vec<Fault> {
        self.faults.iter().filter(|fault| fault.lane == lane).copied().collect()
    }

    /// Writes schedule.json.
    pub fn export(&self, folder: &Path) -> anyhow::Result<()> {
        Ok(std::fs::write(folder.join("schedule.json"), serde_json::to_vec_pretty(self)?)?)
    }
}

fn drawn(kinds: &[Kind], count: usize, chance: &mut Chance) -> Vec<Kind> {
    let mut drawn = kinds.to_vec();
    while drawn.len() < count && !kinds.is_empty() {
        drawn.push(Kind::drawn(kinds, chance));
    }
    for last in (1..drawn.len()).rev() {
        drawn.swap(last, chance.below(last as u64 + 1) as usize);
    }
    drawn
}

/// Moves what has its season into it, by changing places with something that has none.
fn into_season(kinds: &mut [Kind], chance: &mut Chance) {
    let count = kinds.len() as f64;
    for nth in 0..kinds.len() {
        let Some((from, to)) = season(kinds[nth]) else { continue };
        let within = |place: usize| (from..=to).contains(&(place as f64 / count));
        if within(nth) {
            continue;
        }
        let free: Vec<usize> =
            (0..kinds.len()).filter(|&place| within(place) && season(kinds[place]).is_none()).collect();
        if !free.is_empty() {
            kinds.swap(nth, *chance.one_of(&free));
        }
    }
}

fn season(kind: Kind) -> Option<(f64, f64)> {
    match kind {
        Kind::HubRestored => Some(RESTORES),
        Kind::NodeReplaced => Some(REPLACEMENTS),
        _ => None,
    }
}

/// Chooses whom it hits. A node is replaced once; when all have been, one is killed instead.
fn aimed(
    kind: Kind,
    nodes: usize,
    terrain: &Terrain,
    replaced: &mut Vec<usize>,
    chance: &mut Chance,
) -> (Kind, usize) {
    let any = chance.below(nodes.max(1) as u64) as usize;
    match kind {
        Kind::DiskFull if !terrain.small_disks.is_empty() => (kind, *chance.one_of(&terrain.small_disks)),
        Kind::NodeReplaced => {
            let left: Vec<usize> = (0..nodes).filter(|node| !replaced.contains(node)).collect();
            if left.is_empty() {
                return (Kind::NodeKill, any);
            }
            let target = *chance.one_of(&left);
            replaced.push(target);
            (kind, target)
        }
        kind => (kind, any),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn plan(seed: u64, minutes: f64) -> Schedule {
        let kinds: Vec<Kind> = Kind::all().filter(|kind| !kind.needs_outside_broker()).collect();
        Schedule::plan(seed, minutes, 12, &Terrain { small_disks: vec![0, 1] }, &kinds)
    }

    fn counts(schedule: &Schedule) -> BTreeMap<Kind, usize> {
        let mut counts = BTreeMap::new();
        for fault in &schedule.faults {
            *counts.entry(fault.kind).or_default() += 1;
        }
        counts
    }

    #[test]
    fn the_same_seed_plans_the_same_and_another_plans_otherwise() {
        assert_eq!(plan(3, 10.0), plan(3, 10.0));
        assert_ne!(plan(3, 10.0).faults, plan(4, 10.0).faults);
        let read: Schedule = serde_json::from_str(&serde_json::to_string(&plan(3, 2.0)).unwrap()).unwrap();
        assert_eq!(read, plan(3, 2.0));
    }

    #[test]
    fn ten_minutes_are_a_hundred_faults_and_two_minutes_have_every_kind() {
        for seed in 0..50 {
            let (long, short) = (plan(seed, 10.0), plan(seed, 2.0));
            assert!(long.faults.len() >= 100 && counts(&long).len() >= 10, "seed {seed}");
            assert_eq!(counts(&short).len(), 19, "seed {seed}: {:?}", counts(&short));
            assert!(long.faults.is_sorted_by_key(|fault| fault.at_ms), "seed {seed}");
            assert!(long.faults.last().unwrap().at_ms <= 592_000, "seed {seed}");
        }
    }

    #[test]
    fn no_node_is_replaced_twice_and_no_restore_comes_before_a_backup() {
        for seed in 0..50 {
            let schedule = plan(seed, 10.0);
            let replaced: Vec<_> =
                schedule.faults.iter().filter(|fault| fault.kind == Kind::NodeReplaced).collect();
            for (nth, fault) in replaced.iter().enumerate() {
                assert!(fault.lane != Lane::Node(0) && fault.lane != Lane::Node(1), "seed {seed}");
                assert!(replaced[..nth].iter().all(|other| other.lane != fault.lane), "seed {seed}");
            }
            let restores = schedule.faults.iter().filter(|fault| fault.kind == Kind::HubRestored);
            assert!(restores.into_iter().all(|fault| fault.at_ms > 180_000), "seed {seed}");
        }
    }
}
