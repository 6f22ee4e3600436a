//! All stories told under one life of a node's journal: the main one, and those of copied or restored cards.
//!
//! # Why
//! Under the same numbers two cards may tell different things, and both are true. Each story has all its runs: a branch
//! begins with a copy of those it shares with the story it left, so that one rule serves all. The events behind them are
//! kept once, under the number of the story that had them first.

use std::collections::BTreeMap;

use protocol::{Chain, NodeId};

use super::runs::Runs;

/// One life of one node's journal; or one story of it, named by the number it is kept under.
pub(super) type Journal = (NodeId, u32);

/// The first number a branch is kept under; no node may claim it or one above it.
pub(crate) const FIRST_BRANCH: u32 = 1 << 30;

/// One story.
#[derive(Debug, Clone)]
pub(super) struct Story {
    /// What its runs are kept under: the incarnation itself for the main story, another number for a branch.
    pub(super) number: u32,
    pub(super) runs: Runs,
    /// The stories it left, the nearest first, each with the last place that is common.
    pub(super) left: Vec<(u32, u64)>,
}

impl Story {
    /// The numbers its event at a place may be kept under, its own first.
    pub(super) fn numbers_at(&self, place: u64) -> impl Iterator<Item = u32> {
        let left = self.left.iter().filter(move |(_, common)| place <= *common).map(|(number, _)| *number);
        std::iter::once(self.number).chain(left)
    }

    /// Whether it holds everything before a place, or knows that it is lost.
    pub(super) fn is_whole_before(&self, place: u64) -> bool {
        self.runs.watermark().0 + 1 >= place
    }
}

/// All stories of one journal.
#[derive(Debug, Clone)]
pub(super) struct Stories {
    /// The main one first; there always is one.
    pub(super) all: Vec<Story>,
    /// Every number events of this journal are kept under.
    pub(super) numbers: Vec<u32>,
    /// Up to here events may be held although no run says so.
    pub(super) mended_through: u64,
}

impl Stories {
    /// A journal of which nothing is held.
    pub(super) fn new((node, incarnation): Journal) -> Self {
        let runs = Runs::new(Chain::genesis(node, incarnation), []);
        let main = Story { number: incarnation, runs, left: Vec::new() };
        Self { all: vec![main], numbers: vec![incarnation], mended_through: 0 }
    }

    pub(super) fn main(&self) -> &Story {
        &self.all[0]
    }

    /// Whether more than the runs must be asked before events from `first` on are called new.
    pub(super) fn may_be_held_elsewhere(&self, first: u64) -> bool {
        self.numbers.len() > 1 || first <= self.mended_through
    }
}

/// The runs of every story.
pub(super) fn all_runs(stories: &BTreeMap<Journal, Stories>) -> BTreeMap<Journal, &Runs> {
    stories
        .iter()
        .flat_map(|(&(node, _), stories)| {
            stories.all.iter().map(move |story| ((node, story.number), &story.runs))
        })
        .collect()
}
