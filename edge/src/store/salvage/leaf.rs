//! Finds journal entries in the raw pages of a store's file, without its trees.
//!
//! ```text
//! leaf page of the journal: kind u8 = 1 | - | pairs u16 | end of each value u32… | keys u64… | values…     little-endian
//! ```
//!
//! # Why
//! The layout says where an entry ought to be and what its number is; the seal alone says whether it is one. So every
//! figure of the layout may be wrong and is only a guess to begin with: the number of pairs is tried anew, a wrong key is
//! replaced by what its neighbours say (sequences follow each other), a wrong end is searched for.

use std::ops::Range;

use super::Entry;
use crate::store::journal;
use crate::store::seal::Seal;

/// Pages begin at multiples of this.
const PAGE: usize = 4096;
/// The longest page looked at: the longest frame with room to spare.
const LONGEST: usize = 128 * 1024;
/// Only pages of so few pairs are longer than one page, for one long value.
const FEW_PAIRS: usize = 4;
/// Nonce, tag and chain, without a frame.
const SHORTEST_VALUE: usize = 24 + 16 + 32;
const HEAD: usize = 4;
const END: usize = 4;
const KEY: usize = 8;
/// No page holds more entries than this.
const MOST_PAIRS: usize = PAGE / (END + KEY + SHORTEST_VALUE);
/// How far a value's end is searched for: longer than nearly every event.
const SEARCHED: usize = 1024;

/// Hands over each entry found and where it lies; the same one may come more than once.
pub(in crate::store) fn scan(bytes: &[u8], seal: &Seal, see: &mut impl FnMut(Range<usize>, Entry)) {
    for start in (0..bytes.len()).step_by(PAGE) {
        let page = &bytes[start..bytes.len().min(start + LONGEST)];
        for (place, entry) in read_page(page, seal) {
            see(start + place.start..start + place.end, entry);
        }
    }
}

type Read = (Range<usize>, Entry);

fn read_page(page: &[u8], seal: &Seal) -> Vec<Read> {
    let Some(claimed) = number(page, 2, 2) else { return Vec::new() };
    let claimed = Leaf { page, pairs: claimed as usize };
    if claimed.pairs > 0 && claimed.pairs <= PAGE {
        let read = claimed.read(seal);
        if !read.is_empty() {
            return read;
        }
    }
    let guesses = (1..=MOST_PAIRS).map(|pairs| Leaf { page, pairs }).filter(Leaf::is_plausible);
    guesses.map(|leaf| leaf.read(seal)).find(|read| !read.is_empty()).unwrap_or_default()
}

/// A page taken as a leaf of so many pairs.
struct Leaf<'a> {
    page: &'a [u8],
    pairs: usize,
}

impl Leaf<'_> {
    fn read(&self, seal: &Seal) -> Vec<Read> {
        let mut read: Vec<Option<Read>> = (0..self.pairs).map(|pair| self.read_pair(seal, pair)).collect();
        // the first sequence of the page, as those that opened say
        let Some(first) = read.iter().enumerate().find_map(|(pair, read)| {
            read.as_ref().and_then(|(_, entry)| entry.sequence.checked_sub(pair as u64))
        }) else {
            return Vec::new();
        };
        for pair in 0..self.pairs {
            if read[pair].is_none() {
                read[pair] = self.search_pair(seal, first, pair, &read);
            }
        }
        read.into_iter().flatten().collect()
    }

    /// By the layout alone.
    fn read_pair(&self, seal: &Seal, pair: usize) -> Option<Read> {
        let place = self.value_start(pair)?..self.value_end(pair)?;
        if self.pairs > FEW_PAIRS && place.end > PAGE {
            return None;
        }
        opened(self.page, place, self.key(pair)?, seal)
    }

    /// By what the neighbours say: the sequence, and at least one end of the value.
    fn search_pair(&self, seal: &Seal, first: u64, pair: usize, read: &[Option<Read>]) -> Option<Read> {
        let sequence = first + pair as u64;
        let found = |neighbour: usize| read.get(neighbour)?.as_ref().map(|(place, _)| place.clone());
        let after = if pair == 0 { Some(self.values()) } else { found(pair - 1).map(|place| place.end) };
        let before = found(pair + 1).map(|place| place.start);
        let start = after.or_else(|| self.value_start(pair));
        let end = before.or_else(|| self.value_end(pair));
        if let (Some(start), Some(end)) = (start, end)
            && let Some(read) = opened(self.page, start..end, sequence, seal)
        {
            return Some(read);
        }
        let ends = |start: usize| start + SHORTEST_VALUE..=(start + SEARCHED).min(self.page.len());
        if let Some(start) = after
            && let Some(read) = ends(start).find_map(|end| opened(self.page, start..end, sequence, seal))
        {
            return Some(read);
        }
        let end = before?;
        let starts = end.saturating_sub(SEARCHED)..=end.checked_sub(SHORTEST_VALUE)?;
        starts.rev().find_map(|start| opened(self.page, start..end, sequence, seal))
    }

    /// Whether the ends rise as they would on a leaf of the journal.
    fn is_plausible(&self) -> bool {
        let mut last = self.values();
        (0..self.pairs).all(|pair| {
            let end = self.value_end(pair).unwrap_or(0);
            let rises = end >= last + SHORTEST_VALUE && end <= self.page.len();
            last = end;
            rises
        })
    }

    /// Where the values begin.
    fn values(&self) -> usize {
        HEAD + self.pairs * (END + KEY)
    }

    fn value_start(&self, pair: usize) -> Option<usize> {
        if pair == 0 { Some(self.values()) } else { self.value_end(pair - 1) }
    }

    fn value_end(&self, pair: usize) -> Option<usize> {
        number(self.page, HEAD + pair * END, END).map(|end| end as usize)
    }

    fn key(&self, pair: usize) -> Option<u64> {
        number(self.page, HEAD + self.pairs * END + pair * KEY, KEY)
    }
}

fn opened(page: &[u8], place: Range<usize>, sequence: u64, seal: &Seal) -> Option<Read> {
    if place.end < place.start + SHORTEST_VALUE {
        return None;
    }
    let (chain, frame) = journal::entry(seal, sequence, page.get(place.clone())?).ok()?;
    Some((place, Entry { sequence, chain, frame }))
}

fn number(page: &[u8], at: usize, width: usize) -> Option<u64> {
    let mut bytes = [0; 8];
    bytes[..width].copy_from_slice(page.get(at..at + width)?);
    Some(u64::from_le_bytes(bytes))
}
