//! A card that rots: bits flip, pages are emptied, the file is cut short. Noticed or harmless, and what is left is read.

use std::collections::BTreeMap;
use std::ops::Range;

use protocol::Frame;

use super::Dice;
use super::disk::FaultyDisk;
use super::story::{IDENTITY, KEY, Story, open};
use crate::store::contents;
use crate::store::opening::life;
use crate::store::salvage::{self, Picture, Salvage};
use crate::store::seal::Seal;

/// How many cards were harmed, and what came of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RotCounts {
    /// Cards harmed.
    pub cards: u64,
    /// They opened, and held everything.
    pub harmless: u64,
    /// They were refused, or a row did.
    pub noticed: u64,
    /// Events that were on the noticed cards.
    pub events: u64,
    /// Of those, read by the salvage.
    pub salvaged: u64,
}

/// What is done to a card.
#[derive(Debug)]
enum Harm {
    Flips(usize),
    Emptied(Range<usize>),
    CutShort(usize),
}

/// A card before it was harmed.
struct Sound {
    image: Vec<u8>,
    digest: [u8; 32],
    frames: BTreeMap<u64, Frame>,
    /// Every entry found in the pages, and where.
    places: Vec<(Range<usize>, u64)>,
}

/// Harms the card of one day in `cards` ways. The error names the seed and the harm that was neither noticed nor
/// harmless, or that a salvage did not read around.
pub fn rotten_cards(seed: u64, cards: u64) -> Result<RotCounts, String> {
    let mut dice = Dice::seeded(seed);
    let sound = play(seed, 20 + dice.below(60))?;
    let mut counts = RotCounts::default();
    for card in 0..cards {
        let harm = Harm::by_chance(&mut dice, sound.image.len());
        let image = harm.done_to(sound.image.clone(), &mut dice);
        sound
            .judge(&image, &mut counts)
            .map_err(|what| format!("seed {seed}, card {card}, {harm:?}: {what}"))?;
    }
    Ok(counts)
}

fn play(seed: u64, steps: usize) -> Result<Sound, String> {
    let mut story = Story::on(FaultyDisk::default(), seed).map_err(|error| format!("{error:#}"))?;
    for _ in 0..steps {
        story.step().map_err(|error| error.to_string())?;
    }
    let digest = story.digest().map_err(|error| error.to_string())?;
    drop(story.store.take());
    let image = story.disk.durable();
    let read = read(&image);
    let mut places = Vec::new();
    salvage::scan(&image, &Seal::new(&KEY), &mut |place, entry| places.push((place, entry.sequence)));
    let frames: BTreeMap<u64, Frame> = frames(&read).collect();
    if !read.found.is_sound || frames.is_empty() {
        return Err("a sound card was not read whole".into());
    }
    Ok(Sound { image, digest, frames, places })
}

fn read(image: &[u8]) -> Salvage {
    salvage::from_picture(&Picture::of(image.to_vec()), 0, &Seal::new(&KEY), IDENTITY)
}

fn frames(read: &Salvage) -> impl Iterator<Item = (u64, Frame)> {
    read.runs.iter().flat_map(|run| (run.first..).zip(run.frames.iter().cloned()))
}

impl Harm {
    fn by_chance(dice: &mut Dice, length: usize) -> Self {
        match dice.below(8) {
            0..4 => Self::Flips(1 + dice.below(64)),
            4 | 5 => Self::emptied(dice, length, 4096),
            6 => Self::emptied(dice, length, 64 * 1024),
            _ => Self::CutShort(dice.below(length)),
        }
    }

    fn emptied(dice: &mut Dice, length: usize, block: usize) -> Self {
        let start = dice.below(length.div_ceil(block)) * block;
        Self::Emptied(start..length.min(start + block))
    }

    fn done_to(&self, mut image: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
        match self {
            Self::Flips(bits) => {
                for _ in 0..*bits {
                    let at = dice.below(image.len());
                    image[at] ^= 1 << dice.below(8);
                }
            }
            Self::Emptied(place) => image[place.clone()].fill(0),
            Self::CutShort(length) => image.truncate(*length),
        }
        image
    }
}

impl Sound {
    fn judge(&self, image: &[u8], counts: &mut RotCounts) -> Result<(), String> {
        counts.cards += 1;
        match held(image) {
            Some(digest) if digest == self.digest => counts.harmless += 1,
            Some(_) => return Err("it holds something else and says nothing".into()),
            None => {
                counts.noticed += 1;
                counts.events += self.frames.len() as u64;
                counts.salvaged += self.judge_salvage(image)?;
            }
        }
        Ok(())
    }

    /// Nothing is given out that was not written; whatever lies in an unharmed page is.
    fn judge_salvage(&self, image: &[u8]) -> Result<u64, String> {
        let read: BTreeMap<u64, Frame> = frames(&read(image)).collect();
        if let Some((sequence, _)) =
            read.iter().find(|(sequence, frame)| self.frames.get(sequence) != Some(*frame))
        {
            return Err(format!("event {sequence} was given out and never written so"));
        }
        for (place, sequence) in &self.places {
            let page = place.start / 4096 * 4096..place.end;
            let unharmed = image.get(page.clone()) == Some(&self.image[page]);
            if unharmed && self.frames.contains_key(sequence) && !read.contains_key(sequence) {
                return Err(format!("event {sequence} lies unharmed at {place:?} and was not read"));
            }
        }
        Ok(read.len() as u64)
    }
}

fn held(image: &[u8]) -> Option<[u8; 32]> {
    let store = open(&FaultyDisk::holding(image.to_vec(), Some(life(IDENTITY)))).ok()?;
    contents::digest(&store.0.shelf).ok()
}
