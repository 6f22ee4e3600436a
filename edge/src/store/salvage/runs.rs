//! Puts entries that were found one by one into the order they were written in, by their chain.

use std::collections::BTreeMap;

use protocol::{Chain, Frame, Gap};

use super::{Entry, Found};
use crate::store::Identity;

/// Events that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Sequence of the first.
    pub first: u64,
    /// The chain before the first; `None` if the event before it was not read.
    pub before: Option<Chain>,
    /// The events' raw bytes.
    pub frames: Vec<Frame>,
}

/// Entries by sequence. There may be several of one: a page that was written over by a later try, or given up.
#[derive(Default)]
pub(super) struct Entries(BTreeMap<u64, Vec<(Chain, Frame)>>);

impl Entries {
    pub(super) fn add(&mut self, entry: Entry) {
        let known = self.0.entry(entry.sequence).or_default();
        if !known.contains(&(entry.chain, entry.frame.clone())) {
            known.push((entry.chain, entry.frame));
        }
    }

    /// These are known to be what was committed: nothing else stands beside or behind them.
    pub(super) fn prefer(&mut self, committed: Vec<Entry>) {
        self.0 =
            committed.into_iter().map(|entry| (entry.sequence, vec![(entry.chain, entry.frame)])).collect();
    }

    /// From the last event back: what stands before an event is what its chain says stood there.
    pub(super) fn into_runs(self, identity: Identity, found: &mut Found) -> Vec<Run> {
        let genesis = Chain::genesis(identity.node, identity.incarnation);
        let mut chosen: BTreeMap<u64, (Chain, Frame)> = BTreeMap::new();
        for (&sequence, entries) in self.0.iter().rev() {
            let later = chosen.get(&(sequence + 1));
            let fits =
                |entry: &&(Chain, Frame)| later.is_some_and(|(chain, frame)| entry.0.after(frame) == *chain);
            let entry =
                entries.iter().find(fits).or_else(|| best(entries, self.0.get(&(sequence - 1)), genesis));
            if let Some(entry) = entry {
                chosen.insert(sequence, entry.clone());
            }
            found.strays += entries.len() as u64 - 1;
        }
        count(&chosen, found);
        join(chosen, genesis)
    }
}

/// Of several that could come last, the one that continues something.
fn best<'a>(
    entries: &'a [(Chain, Frame)],
    earlier: Option<&Vec<(Chain, Frame)>>,
    genesis: Chain,
) -> Option<&'a (Chain, Frame)> {
    let continues = |(chain, frame): &&(Chain, Frame)| {
        let fits = |before: Chain| before.after(frame) == *chain;
        fits(genesis) || earlier.is_some_and(|earlier| earlier.iter().any(|(before, _)| fits(*before)))
    };
    entries.iter().find(continues).or(entries.first())
}

fn count(chosen: &BTreeMap<u64, (Chain, Frame)>, found: &mut Found) {
    found.read = chosen.len() as u64;
    let mut next = 1;
    for &sequence in chosen.keys() {
        if sequence > next {
            found.missing.push(Gap { first: next, last: sequence - 1 });
        }
        next = sequence + 1;
    }
    found.last = next - 1;
}

/// Cuts where a sequence is missing or the chain does not go on.
fn join(chosen: BTreeMap<u64, (Chain, Frame)>, genesis: Chain) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut last: Option<(u64, Chain)> = Some((0, genesis));
    for (sequence, (chain, frame)) in chosen {
        let before = last.filter(|(at, _)| at + 1 == sequence).map(|(_, before)| before);
        let before = before.filter(|before| before.after(&frame) == chain);
        match runs.last_mut() {
            Some(run) if before.is_some() => run.frames.push(frame),
            _ => runs.push(Run { first: sequence, before, frames: vec![frame] }),
        }
        last = Some((sequence, chain));
    }
    runs
}
