//! Which events of a journal are here already: unbroken runs, each with the journal's chain at both ends.
//!
//! # Why
//! A chain hash speaks for everything before it. So where a batch and a run share a place, one comparison there tells
//! whether they are the same story, and a copied or restored card cannot pass its events off as repeats.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use protocol::{Chain, Gap};

/// Consecutive events that are held, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// Chain before the first.
    pub(crate) before: Chain,
    /// Chain after the last.
    pub(crate) after: Chain,
}

/// Consecutive events on their way in, with the chain before each and after the last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch<'a> {
    pub(crate) first: u64,
    pub(crate) chains: &'a [Chain],
}

impl Stretch<'_> {
    pub(crate) fn last(&self) -> u64 {
        self.first + self.chains.len() as u64 - 2
    }

    /// The chain once `sequence` is in; known from the event before the first to the last.
    pub(crate) fn chain_after(&self, sequence: u64) -> Option<Chain> {
        let index = (sequence + 1).checked_sub(self.first)?;
        self.chains.get(usize::try_from(index).ok()?).copied()
    }
}

/// How a stretch lies to what is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It tells the same story as far as the chain can tell.
    Fits {
        /// What is not held yet.
        new: Vec<RangeInclusive<u64>>,
        /// What is held, but beyond the last place where the chains were compared: equal only if the bytes are.
        unproved: Vec<u64>,
        /// Whether the chains were compared anywhere; if not, nothing but their numbers speaks for it.
        is_proved: bool,
    },
    /// The same places hold something else.
    Forks,
}

/// All runs of one story of one life of one node's journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Runs {
    genesis: Chain,
    by_first: BTreeMap<u64, Run>,
    /// What will never come, in order, each place at most once.
    lost: Vec<RangeInclusive<u64>>,
}

impl Runs {
    pub(crate) fn new(genesis: Chain, runs: impl IntoIterator<Item = Run>) -> Self {
        let by_first = runs.into_iter().map(|run| (run.first, run)).collect();
        Self { genesis, by_first, lost: Vec::new() }
    }

    /// The same runs with word of what will never come: nobody waits for it. What is held of it all the same stays held.
    pub(crate) fn with_lost(mut self, mut lost: Vec<RangeInclusive<u64>>) -> Self {
        lost.sort_by_key(|range| *range.start());
        let mut next = 1;
        for range in lost {
            let range = next.max(*range.start())..=*range.end();
            if !range.is_empty() {
                next = range.end() + 1;
                self.lost.push(range);
            }
        }
        self
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Run> {
        self.by_first.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.by_first.len()
    }

    /// The highest event held; 0 for none.
    pub(crate) fn last(&self) -> u64 {
        self.by_first.last_key_value().map_or(0, |(_, run)| run.last)
    }

    pub(crate) fn fit(&self, stretch: Stretch<'_>) -> Fit {
        let mut proved_to = None;
        for (place, chain) in self.edges() {
            match stretch.chain_after(place) {
                Some(theirs) if theirs != chain => return Fit::Forks,
                Some(_) => proved_to = proved_to.max(Some(place)),
                None => {}
            }
        }
        let held = self.held(stretch.first..=stretch.last());
        Fit::Fits {
            new: holes(stretch.first..=stretch.last(), &held),
            unproved: held.into_iter().flatten().filter(|&sequence| Some(sequence) > proved_to).collect(),
            is_proved: proved_to.is_some(),
        }
    }

    /// Adds what `fit` found new; runs that meet become one.
    pub(crate) fn add(&mut self, stretch: Stretch<'_>, new: &[RangeInclusive<u64>]) {
        let chain = |sequence| stretch.chain_after(sequence).expect("new ranges lie inside the stretch");
        for range in new {
            let (first, last) = (*range.start(), *range.end());
            self.join(Run { first, last, before: chain(first - 1), after: chain(last) });
        }
    }

    /// Adds a run of which nothing is held yet.
    fn join(&mut self, Run { mut first, mut last, mut before, mut after }: Run) {
        if let Some(next) = self.by_first.remove(&(last + 1)) {
            (last, after) = (next.last, next.after);
        }
        if let Some((&previous, run)) = self.by_first.range(..first).next_back()
            && run.last + 1 == first
        {
            (first, before) = (previous, run.before);
        }
        self.by_first.insert(first, Run { first, last, before, after });
    }

    /// The chain after a place, where a run begins or ends.
    pub(crate) fn edge(&self, place: u64) -> Option<Chain> {
        self.edges().find_map(|(at, chain)| (at == place).then_some(chain))
    }

    /// The run that goes over a place, which is none of its ends.
    pub(crate) fn run_over(&self, place: u64) -> Option<&Run> {
        self.iter().find(|run| run.first <= place && place < run.last)
    }

    /// The same story up to a place that is held, with the chain there; nothing of what comes behind it.
    pub(crate) fn up_to(&self, place: u64, chain: Chain) -> Self {
        let runs = self.iter().filter(|run| run.first <= place).map(|run| {
            let after = if run.last > place { chain } else { run.after };
            Run { last: run.last.min(place), after, ..*run }
        });
        Self { lost: self.lost.clone(), ..Self::new(self.genesis, runs) }
    }

    /// Where the chain is known.
    fn edges(&self) -> impl Iterator<Item = (u64, Chain)> {
        let runs = self.iter().flat_map(|run| [(run.first - 1, run.before), (run.last, run.after)]);
        runs.chain([(0, self.genesis)])
    }

    /// The last event up to which nothing is missing that could still come, and the chain there.
    pub(crate) fn watermark(&self) -> (u64, Chain) {
        let mut reached = (0, self.genesis);
        for run in self.iter() {
            if self.missing(reached.0 + 1..=run.first - 1).next().is_some() {
                break;
            }
            reached = (run.last, run.after);
        }
        reached
    }

    /// What is missing between the watermark and the highest event held, the first of it.
    pub(crate) fn gaps(&self, at_most: usize) -> Vec<Gap> {
        let begins = std::iter::once(1).chain(self.iter().map(|run| run.last + 1));
        begins
            .zip(self.iter())
            .flat_map(|(begin, run)| self.missing(begin..=run.first - 1))
            .take(at_most)
            .map(|range| Gap { first: *range.start(), last: *range.end() })
            .collect()
    }

    /// What of a range that is not held is waited for.
    fn missing(&self, range: RangeInclusive<u64>) -> impl Iterator<Item = RangeInclusive<u64>> + use<> {
        let lost: Vec<_> = self.lost.iter().filter_map(|lost| common(lost, &range)).collect();
        holes(range, &lost).into_iter()
    }

    fn held(&self, range: RangeInclusive<u64>) -> Vec<RangeInclusive<u64>> {
        self.iter().filter_map(|run| common(&(run.first..=run.last), &range)).collect()
    }
}

/// What two ranges have in common.
fn common(one: &RangeInclusive<u64>, other: &RangeInclusive<u64>) -> Option<RangeInclusive<u64>> {
    let common = *one.start().max(other.start())..=*one.end().min(other.end());
    (!common.is_empty()).then_some(common)
}

/// What of `range` lies outside `held`, which is sorted and inside it.
fn holes(range: RangeInclusive<u64>, held: &[RangeInclusive<u64>]) -> Vec<RangeInclusive<u64>> {
    let mut holes = Vec::new();
    let mut next = *range.start();
    for held in held {
        if *held.start() > next {
            holes.push(next..=held.start() - 1);
        }
        next = held.end() + 1;
    }
    if next <= *range.end() {
        holes.push(next..=*range.end());
    }
    holes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GENESIS: Chain = Chain([0; 32]);

    /// A journal's chain: place 0 is the genesis; `life` tells a copied card from the real one.
    fn chain(life: u8, place: u64) -> Chain {
        let mut chain = [0; 32];
        if place > 0 {
            chain[0] = life;
            chain[1..9].copy_from_slice(&place.to_le_bytes());
        }
        Chain(chain)
    }

    fn take(runs: &mut Runs, life: u8, range: RangeInclusive<u64>) -> Fit {
        let chains: Vec<_> = (range.start() - 1..=*range.end()).map(|place| chain(life, place)).collect();
        let stretch = Stretch { first: *range.start(), chains: &chains };
        let fit = runs.fit(stretch);
        if let Fit::Fits { new, .. } = &fit {
            runs.add(stretch, new);
        }
        fit
    }

    fn fits(new: &[RangeInclusive<u64>], unproved: &[u64]) -> Fit {
        Fit::Fits { new: new.to_vec(), unproved: unproved.to_vec(), is_proved: true }
    }

    fn unproved(new: &[RangeInclusive<u64>], unproved: &[u64]) -> Fit {
        Fit::Fits { new: new.to_vec(), unproved: unproved.to_vec(), is_proved: false }
    }

    /// What is held when exactly these ranges of one life have come.
    fn holding(life: u8, ranges: &[RangeInclusive<u64>]) -> Runs {
        let mut runs = Runs::new(GENESIS, []);
        for range in ranges {
            take(&mut runs, life, range.clone());
        }
        runs
    }

    #[test]
    fn a_gap_is_a_new_run_and_the_missing_part_joins_both() {
        let mut runs = Runs::new(GENESIS, []);
        assert_eq!(take(&mut runs, 1, 1..=2), fits(&[1..=2], &[]));
        assert_eq!(take(&mut runs, 1, 5..=6), unproved(&[5..=6], &[]));
        assert_eq!(runs.watermark(), (2, chain(1, 2)));
        assert_eq!(runs.gaps(9), [Gap { first: 3, last: 4 }]);
        assert_eq!(take(&mut runs, 1, 2..=5), fits(&[3..=4], &[5]), "the chain is compared up to 4");
        assert_eq!(runs.watermark(), (6, chain(1, 6)));
        assert_eq!(runs.iter().count(), 1);
    }

    #[test]
    fn what_lies_wholly_inside_a_run_must_be_compared_byte_by_byte() {
        let mut runs = Runs::new(GENESIS, []);
        take(&mut runs, 1, 1..=9);
        assert_eq!(take(&mut runs, 1, 3..=4), unproved(&[], &[3, 4]));
        assert_eq!(take(&mut runs, 1, 8..=9), fits(&[], &[]), "the run's end speaks for both");
    }

    #[test]
    fn another_story_under_the_same_numbers_is_a_fork() {
        let mut runs = Runs::new(GENESIS, []);
        take(&mut runs, 1, 1..=4);
        assert_eq!(take(&mut runs, 2, 3..=6), Fit::Forks);
        assert_eq!(take(&mut runs, 2, 5..=6), Fit::Forks, "it does not continue what is held");
        take(&mut runs, 1, 8..=9);
        assert_eq!(take(&mut runs, 2, 6..=7), Fit::Forks, "it does not lead to what is held");
        assert_eq!(runs.watermark(), (4, chain(1, 4)));
    }

    #[test]
    fn a_first_event_must_begin_at_the_journal_s_own_beginning() {
        let mut runs = Runs::new(Chain([7; 32]), []);
        assert_eq!(take(&mut runs, 1, 1..=2), Fit::Forks);
    }

    #[test]
    fn what_is_lost_is_waited_for_no_more_and_taken_if_it_comes_after_all() {
        let runs = holding(1, &[1..=4, 9..=9, 12..=14]);
        assert_eq!(runs.clone().with_lost(vec![5..=7]).watermark(), (4, chain(1, 4)), "8 may still come");
        let mut runs = runs.with_lost(vec![7..=8, 5..=7, 15..=20]);
        assert_eq!(runs.watermark(), (9, chain(1, 9)), "the next run's own chain goes on from there");
        assert_eq!(runs.gaps(9), [Gap { first: 10, last: 11 }]);
        take(&mut runs, 1, 10..=11);
        assert_eq!(runs.watermark(), (14, chain(1, 14)), "behind the last event nothing is known to be held");
        assert_eq!(take(&mut runs, 1, 5..=6), fits(&[5..=6], &[]));
        assert_eq!((runs.watermark().0, runs.gaps(9)), (14, vec![]));
        assert_eq!(take(&mut runs, 2, 7..=8), Fit::Forks, "what comes late must still fit on both sides");
    }

    #[test]
    fn gaps_are_told_the_first_ones_first() {
        let runs = holding(1, &[2..=2, 4..=4, 6..=6]);
        assert_eq!(runs.gaps(2), [Gap { first: 1, last: 1 }, Gap { first: 3, last: 3 }]);
    }

    #[test]
    fn a_branch_begins_with_what_both_stories_share() {
        let runs = holding(1, &[1..=3, 5..=9, 12..=13]);
        let shared = runs.up_to(7, chain(1, 7));
        let ends: Vec<_> = shared.iter().map(|run| (run.first, run.last, run.after)).collect();
        assert_eq!(ends, [(1, 3, chain(1, 3)), (5, 7, chain(1, 7))]);
    }

    proptest! {
        /// Whatever the order and the overlaps, the runs are those of the set of places.
        #[test]
        fn runs_are_the_set_of_what_came(stretches in prop::collection::vec((1u64..40, 1u64..6), 1..30)) {
            let mut runs = Runs::new(GENESIS, []);
            let mut held = std::collections::BTreeSet::new();
            for (first, count) in stretches {
                let range = first..=first + count - 1;
                let expected: Vec<u64> = range.clone().filter(|place| !held.contains(place)).collect();
                let Fit::Fits { new, .. } = take(&mut runs, 1, range.clone()) else {
                    return Err(TestCaseError::fail("one story never forks"));
                };
                prop_assert_eq!(new.into_iter().flatten().collect::<Vec<_>>(), expected);
                held.extend(range);
            }
            let places: Vec<u64> = runs.iter().flat_map(|run| run.first..=run.last).collect();
            prop_assert_eq!(places, held.iter().copied().collect::<Vec<_>>());
            for (run, next) in runs.iter().zip(runs.iter().skip(1)) {
                prop_assert!(run.last + 1 < next.first, "adjacent runs are joined");
            }
            for run in runs.iter() {
                prop_assert_eq!((run.before, run.after), (chain(1, run.first - 1), chain(1, run.last)));
            }
        }
    }
}
