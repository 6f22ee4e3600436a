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
            let entry = entries
                .iter()
                .find(fits)
                .or_else(|| best(entries, self.0.get(&sequence.saturating_sub(1)), genesis));
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

#[cfg(test)]
mod tests {
    use protocol::NodeId;
    use uuid::Uuid;

    use super::*;

    const IDENTITY: Identity = Identity { node: NodeId(Uuid::from_u128(1)), incarnation: 1 };

    /// A frame of no kind, told apart by one byte.
    fn frame(byte: u8) -> Frame {
        Frame::from_bytes(&[6, 0, 0, 0, 1, 0, 0, 0, 0, byte]).unwrap()
    }

    fn read(journal: &[(u64, u8)], strays: &[(u64, u8)]) -> (Vec<Run>, Found) {
        let mut entries = Entries::default();
        let mut chain = Chain::genesis(IDENTITY.node, 1);
        let mut at = 0;
        for &(sequence, byte) in journal {
            // what is missing in between was written all the same
            while at + 1 < sequence {
                (at, chain) = (at + 1, chain.after(&frame(0)));
            }
            for &(_, stray) in strays.iter().filter(|(stray, _)| *stray == sequence) {
                entries.add(Entry { sequence, chain: chain.after(&frame(stray)), frame: frame(stray) });
            }
            (at, chain) = (sequence, chain.after(&frame(byte)));
            entries.add(Entry { sequence, chain, frame: frame(byte) });
        }
        let mut found = Found::default();
        (entries.into_runs(IDENTITY, &mut found), found)
    }

    #[test]
    fn of_two_writings_of_a_place_the_one_that_was_gone_on_from_counts() {
        let (runs, found) = read(&[(1, 11), (2, 12), (3, 13)], &[(1, 91), (2, 92)]);
        let frames = [11, 12, 13].map(frame).to_vec();
        assert_eq!(runs, [Run { first: 1, before: Some(Chain::genesis(IDENTITY.node, 1)), frames }]);
        assert_eq!((found.read, found.last, found.strays), (3, 3, 2));
    }

    #[test]
    fn what_is_missing_parts_the_runs_and_is_named() {
        let (runs, found) = read(&[(1, 11), (2, 12), (5, 15), (6, 16)], &[]);
        assert_eq!(
            runs.iter().map(|run| (run.first, run.frames.len())).collect::<Vec<_>>(),
            [(1, 2), (5, 2)]
        );
        assert!(runs[0].before.is_some() && runs[1].before.is_none());
        assert_eq!(found.missing, [Gap { first: 3, last: 4 }]);
    }
}
