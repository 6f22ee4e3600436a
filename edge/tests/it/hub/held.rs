//! What a hub holds of one journal.

use std::collections::BTreeMap;

use protocol::sum::{DaySum, Numbered, Sum, fingerprint};
use protocol::{Chain, Frame, Gap, LocalDate};

use super::{NODE, gap};

/// Frames by their sequence.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) frames: BTreeMap<u64, Frame>,
    /// The chain after each event, remembered even when the event itself gets lost.
    chains: BTreeMap<u64, Chain>,
    /// Events it lost without knowing: its word still counts them.
    pub(crate) lost_unknown: BTreeMap<u64, ()>,
}

impl Held {
    pub(crate) fn take(&mut self, first: u64, frames: Vec<Frame>) {
        for (sequence, frame) in (first..).zip(frames) {
            self.lost_unknown.remove(&sequence);
            self.frames.insert(sequence, frame);
        }
        let mut chain = Chain::genesis(NODE, 1);
        for sequence in 1.. {
            match (self.frames.get(&sequence), self.chains.get(&sequence)) {
                (Some(frame), _) => chain = chain.after(frame),
                (None, Some(known)) if self.lost_unknown.contains_key(&sequence) => chain = *known,
                (None, _) => break,
            }
            self.chains.insert(sequence, chain);
        }
    }

    /// Forgets everything after a sequence, as a backup does.
    pub(crate) fn go_back_to(&mut self, last: u64) {
        self.frames.retain(|sequence, _| *sequence <= last);
        self.chains.retain(|sequence, _| *sequence <= last);
    }

    /// Loses one event without noticing.
    pub(crate) fn lose_unknown(&mut self, sequence: u64) {
        self.frames.remove(&sequence).unwrap();
        self.lost_unknown.insert(sequence, ());
    }

    fn has(&self, sequence: u64) -> bool {
        self.frames.contains_key(&sequence) || self.lost_unknown.contains_key(&sequence)
    }

    pub(crate) fn word(&self) -> (u64, Chain, Vec<Gap>) {
        let watermark = (1..).take_while(|sequence| self.has(*sequence)).last().unwrap_or(0);
        let chain = self.chains.get(&watermark).copied().unwrap_or(Chain::genesis(NODE, 1));
        let (mut gaps, mut next) = (Vec::new(), watermark + 1);
        for &sequence in self.frames.keys().filter(|sequence| **sequence > watermark) {
            if sequence > next {
                gaps.push(gap(next, sequence - 1));
            }
            next = sequence + 1;
        }
        gaps.truncate(protocol::ack::MAX_GAPS);
        (watermark, chain, gaps)
    }

    pub(crate) fn sum(&self, through: u64) -> Sum {
        let mut sum = Sum::default();
        self.frames.range(..=through).for_each(|(_, frame)| sum.add(frame));
        sum
    }

    pub(crate) fn differing(&self, through: u64, days: &[DaySum]) -> Vec<LocalDate> {
        let mut ours: BTreeMap<LocalDate, Sum> = BTreeMap::new();
        for (_, frame) in self.frames.range(..=through) {
            ours.entry(frame.decode().unwrap().header.observed_on).or_default().add(frame);
        }
        let differs = |day: &&DaySum| ours.get(&day.day).copied().unwrap_or_default() != day.sum;
        days.iter().filter(differs).map(|day| day.day).collect()
    }

    pub(crate) fn lacking(&mut self, events: &[Numbered]) -> Vec<Gap> {
        let held = |event: &&Numbered| {
            self.frames
                .get(&event.sequence)
                .is_none_or(|frame| fingerprint(frame.bytes()) != event.fingerprint)
        };
        events.iter().filter(held).map(|event| gap(event.sequence, event.sequence)).collect()
    }
}
