//! What is on the road, what was lost there, and what may go next. It knows no network and no clock.
//!
//! # Why
//! Letters of one connection arrive in order or not at all. So what is missing behind something that has arrived is lost
//! and goes again, exactly that and nothing more; what is merely late is waited for. On a slow and dear link a node that
//! sends twice what was only late never comes to an end.

use std::collections::VecDeque;
use std::time::Duration;

use protocol::Gap;
use tokio::time::Instant;

use super::trip::Trip;

/// Batches on the road at once: few at first, more while answers come quickly.
const NARROW: usize = 2;
const WIDE: usize = 8;
/// An answer within this time lets the window grow.
const QUICK: Duration = Duration::from_secs(5);

/// The batches of one connection.
#[derive(Debug)]
pub(super) struct Window {
    /// Everything up to here is held by the hub, on the road, or known to be missing.
    handed: u64,
    flights: VecDeque<Flight>,
    /// Missing above the watermark, to go before anything new.
    again: Vec<Gap>,
    /// Missing below the watermark, as a comparison of sums has found.
    lacking: Vec<Gap>,
    held: Held,
    /// The hub holds more than this connection has handed over, nobody knows how much: first the gaps are closed.
    is_unclear: bool,
    next_order: u64,
    breadth: usize,
    trip: Trip,
    /// How many times in a row batches were given up with nothing arriving between.
    strikes: u32,
}

/// What the hub said last.
#[derive(Debug, Default)]
struct Held {
    watermark: u64,
    gaps: Vec<Gap>,
}

#[derive(Debug, Clone, Copy)]
struct Flight {
    piece: Gap,
    order: u64,
    left: Instant,
    /// It was on the road before: its answer may be the first one's.
    again: bool,
}

impl Window {
    /// Nothing is on the road; the hub was last heard to have everything up to `watermark`.
    pub(super) fn at(watermark: u64, resend_after: Duration) -> Self {
        Self {
            handed: watermark,
            flights: VecDeque::new(),
            again: Vec::new(),
            lacking: Vec::new(),
            held: Held { watermark, gaps: Vec::new() },
            is_unclear: false,
            next_order: 0,
            breadth: NARROW,
            trip: Trip::new(resend_after),
            strikes: 0,
        }
    }

    /// What may go next of a journal that ends at `head`.
    pub(super) fn next(&self, head: u64) -> Option<Gap> {
        if self.flights.len() >= self.breadth {
            return None;
        }
        let missing = self.lacking.first().or(self.again.first()).copied();
        let waits = self.is_unclear && !self.flights.is_empty();
        let new = (!waits && self.handed < head).then(|| Gap { first: self.handed + 1, last: head });
        missing.or(new)
    }

    /// Whether a piece has never been on this road.
    pub(super) fn is_new(&self, piece: Gap) -> bool {
        piece.first > self.handed
    }

    /// A batch has left.
    pub(super) fn left(&mut self, piece: Gap, now: Instant) {
        let again = !self.is_new(piece);
        let rest = |list: &[Gap]| list.iter().flat_map(|gap| without(*gap, piece)).collect();
        self.lacking = rest(&self.lacking);
        self.again = rest(&self.again);
        self.handed = self.handed.max(piece.last);
        self.flights.push_back(Flight { piece, order: self.next_order, left: now, again });
        self.next_order += 1;
    }

    /// How many batches have left so far.
    pub(super) fn order(&self) -> u64 {
        self.next_order
    }

    /// The hub has everything up to `watermark`, and behind it something, but for `gaps`.
    pub(super) fn hear(&mut self, watermark: u64, gaps: &[Gap], now: Instant) {
        let gaps = if cfg!(feature = "planted-drop-gaps") { &gaps[..0] } else { gaps };
        self.held = Held { watermark, gaps: gaps.to_vec() };
        let (arrived, flying): (Vec<Flight>, Vec<Flight>) =
            self.flights.drain(..).partition(|flight| self.held.has(flight.piece));
        arrived.iter().for_each(|flight| self.learn(flight, now));
        if !arrived.is_empty() {
            self.strikes = 0;
        }
        let newest = arrived.iter().map(|flight| flight.order).max();
        let (lost, flying): (Vec<Flight>, Vec<Flight>) =
            flying.into_iter().partition(|flight| Some(flight.order) < newest);
        self.flights = flying.into();
        let named = gaps.last().map_or(0, |gap| gap.last);
        self.is_unclear = named > self.handed || (self.is_unclear && !gaps.is_empty());
        self.handed = self.handed.max(watermark).max(named);
        // without gaps the watermark is the last it holds: what was handed over behind it is on the road or nowhere
        let rest = Gap { first: watermark + 1, last: self.handed };
        let rest = (gaps.is_empty() && rest.first <= rest.last).then_some(rest);
        let lost = lost.into_iter().map(|flight| flight.piece);
        self.send_again(gaps.iter().copied().chain(lost).chain(rest));
    }

    /// The hub has answered a question that left when `order` batches had, and it is still without those that left long
    /// before: they are lost.
    pub(super) fn give_up_before(&mut self, order: u64, now: Instant) {
        let patience = self.patience();
        let is_lost = |flight: &Flight| flight.order < order && now >= flight.left + patience;
        let (lost, flying): (Vec<Flight>, Vec<Flight>) = self.flights.drain(..).partition(is_lost);
        self.flights = flying.into();
        self.strikes += u32::from(!lost.is_empty());
        self.send_again(lost.into_iter().map(|flight| flight.piece));
    }

    /// What counts as on the road or arrived above `watermark` counts as neither any more.
    pub(super) fn rewind(&mut self, watermark: u64) {
        self.flights.clear();
        self.again.clear();
        self.lacking.clear();
        self.is_unclear = false;
        self.handed = watermark;
        self.held = Held { watermark, gaps: Vec::new() };
    }

    /// The hub lacks these, though its watermark had passed them.
    pub(super) fn lacks(&mut self, gaps: &[Gap]) {
        if !cfg!(feature = "planted-drop-gaps") {
            let below = gaps.iter().filter(|gap| gap.first <= gap.last && gap.last <= self.held.watermark);
            self.lacking.extend(below);
        }
    }

    /// When the oldest batch on the road will have been gone for too long.
    pub(super) fn overdue(&self) -> Option<Instant> {
        self.flights.iter().map(|flight| flight.left).min().map(|left| left + self.patience())
    }

    /// How long an answer is waited for: longer each time in a row that nothing came of it.
    pub(super) fn patience(&self) -> Duration {
        self.trip.patience() * 2_u32.pow(self.strikes.min(5))
    }

    fn learn(&mut self, flight: &Flight, now: Instant) {
        if flight.again {
            return;
        }
        let took = now - flight.left;
        self.trip.took(took);
        let breadth = if took < QUICK { self.breadth + 1 } else { self.breadth - 1 };
        self.breadth = breadth.clamp(NARROW, WIDE);
    }

    /// Puts what is missing of these, and not on the road, before everything new.
    fn send_again(&mut self, pieces: impl Iterator<Item = Gap>) {
        let all: Vec<Gap> = pieces.chain(self.again.drain(..)).collect();
        let mut missing: Vec<Gap> = all.iter().flat_map(|piece| self.held.missing_of(*piece)).collect();
        for flight in &self.flights {
            missing = missing.into_iter().flat_map(|piece| without(piece, flight.piece)).collect();
        }
        missing.sort_by_key(|piece| piece.first);
        for piece in missing {
            match self.again.last_mut() {
                Some(before) if piece.first <= before.last + 1 => before.last = before.last.max(piece.last),
                _ => self.again.push(piece),
            }
        }
    }
}

impl Held {
    /// Something behind the last gap has arrived, or there would be none.
    fn top(&self) -> u64 {
        self.gaps.last().map_or(self.watermark, |gap| gap.last + 1)
    }

    /// Whether a batch has arrived. It arrives whole, so its first event behind the last gap tells of all.
    fn has(&self, batch: Gap) -> bool {
        if self.gaps.is_empty() {
            return batch.last <= self.watermark;
        }
        batch.first <= self.top() && self.gaps.iter().all(|gap| common(*gap, batch).is_none())
    }

    /// What the hub is without of a piece, as far as it has said.
    fn missing_of(&self, piece: Gap) -> Vec<Gap> {
        let beyond = Gap { first: self.top() + 1, last: u64::MAX };
        self.gaps.iter().chain([&beyond]).filter_map(|gap| common(*gap, piece)).collect()
    }
}

fn common(one: Gap, other: Gap) -> Option<Gap> {
    let both = Gap { first: one.first.max(other.first), last: one.last.min(other.last) };
    (both.first <= both.last).then_some(both)
}

fn without(piece: Gap, hole: Gap) -> impl Iterator<Item = Gap> {
    let before = Gap { first: piece.first, last: piece.last.min(hole.first.saturating_sub(1)) };
    let after = Gap { first: piece.first.max(hole.last.saturating_add(1)), last: piece.last };
    [before, after].into_iter().filter(|part| part.first <= part.last)
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
