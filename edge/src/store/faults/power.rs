//! Power cuts: a day is played once and written down, then the power is cut again and again at chosen places of it.

use redb::Database;

use super::Dice;
use super::disk::{FaultyDisk, Turn};
use super::story::{IDENTITY, KEY, Story, open};
use super::tear::{Change, Tear, apply, torn};
use crate::store::disk::Disk;
use crate::store::salvage::{self, Picture};
use crate::store::seal::Seal;
use crate::store::{contents, rebuild};

/// How many cuts were made, and what the store made of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Syncs at which the power was cut.
    pub syncs: u64,
    /// Cuts, each with its own tear.
    pub cuts: u64,
    /// Cuts in the middle of coming back from a cut.
    pub second_cuts: u64,
    /// Lying card: it opened with everything that had been told.
    pub whole: u64,
    /// Lying card: it opened as it had been at an earlier step, consistent.
    pub earlier: u64,
    /// Lying card: it was refused.
    pub refused: u64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.syncs += other.syncs;
        self.cuts += other.cuts;
        self.second_cuts += other.second_cuts;
        self.whole += other.whole;
        self.earlier += other.earlier;
        self.refused += other.refused;
    }
}

/// A day as it was played.
struct Recording {
    tape: Vec<Turn>,
    /// What the store held after so many steps.
    digests: Vec<[u8; 32]>,
}

/// The disk at one moment of a recording.
#[derive(Default)]
struct Moment {
    durable: Vec<u8>,
    unsynced: Vec<Change>,
    told: usize,
    begun: Option<String>,
}

/// What a power cut left behind.
#[derive(Clone)]
struct Left {
    image: Vec<u8>,
    begun: Option<String>,
}

/// Cuts the power at every sync of a day of `steps` steps, each in every way a write can tear, and once more while the
/// store comes back. The error says where something told was not there, or was there in part.
pub fn cut_at_every_sync(seed: u64, steps: usize) -> Result<Counts, String> {
    let recording = record(seed, steps)?;
    let (mut counts, mut dice) = (Counts::default(), Dice::seeded(seed));
    let mut moment = Moment::default();
    for turn in &recording.tape {
        if matches!(turn, Turn::Synced) {
            counts.syncs += 1;
            for tear in Tear::ALL {
                let place = format!("seed {seed}, sync {}, {tear:?}", counts.syncs);
                let left = moment.cut(tear, &mut dice);
                counts.add(
                    cut_again(&left, tear, &recording, moment.told, &mut dice)
                        .map_err(|what| format!("{place}: {what}"))?,
                );
            }
        }
        moment.pass(turn);
    }
    Ok(counts)
}

/// Cuts the power once at a chance place of a chance day, up to three times while the store comes back, and then goes on
/// with the day.
pub fn cut_by_chance(seed: u64) -> Result<Counts, String> {
    let mut dice = Dice::seeded(seed);
    let recording = record(seed, 10 + dice.below(50))?;
    let cut = dice.below(recording.syncs());
    let moment = Moment::default().lied_to(&recording.tape, cut, cut);
    let tear = Tear::ALL[dice.below(Tear::ALL.len())];
    let mut left = moment.cut(tear, &mut dice);
    let mut counts = Counts { syncs: 1, cuts: 1, ..Counts::default() };
    let told = |what| format!("seed {seed}, {tear:?}: {what}");
    for _ in 0..dice.below(4) {
        counts.second_cuts += 1;
        left = cut_while_coming_back(&left, &mut dice).map_err(told)?;
    }
    is_sound(&judge(&left, &recording, moment.told).map_err(told)?).map_err(told)?;
    go_on(left, seed).map_err(told)?;
    Ok(counts)
}

/// A card that says its syncs are done and does them not, and then the power goes: the store opens as it was at some
/// step, or refuses. The error says where it held something that never was.
pub fn lying_syncs(seed: u64) -> Result<Counts, String> {
    let mut dice = Dice::seeded(seed);
    let recording = record(seed, 10 + dice.below(30))?;
    let (one, other) = (dice.below(recording.syncs()), dice.below(recording.syncs()));
    let moment = Moment::default().lied_to(&recording.tape, one.min(other), one.max(other));
    let tear = Tear::ALL[dice.below(Tear::ALL.len())];
    let left = moment.cut(tear, &mut dice);
    let mut counts = Counts { cuts: 1, ..Counts::default() };
    match held(&left) {
        None => {
            counts.refused = 1;
            // a refused card is read as far as it goes, and that never fails
            salvage::from_picture(&Picture::of(left.image), 0, &Seal::new(&KEY), IDENTITY);
        }
        Some(digest) => match recording.digests.iter().rposition(|known| *known == digest) {
            Some(step) if step >= moment.told => counts.whole = 1,
            Some(_) => counts.earlier = 1,
            None => return Err(format!("seed {seed}, {tear:?}: it holds what never was")),
        },
    }
    Ok(counts)
}

fn record(seed: u64, steps: usize) -> Result<Recording, String> {
    let disk = FaultyDisk::default();
    disk.record();
    let mut story = Story::on(disk, seed).map_err(|error| format!("{error:#}"))?;
    let mut digests = vec![proven(&story)?];
    for step in 1..=steps {
        story.step().map_err(|error| format!("step {step}: {error}"))?;
        story.disk.told(step);
        digests.push(proven(&story)?);
        if step == steps / 2 {
            story.restart().map_err(|error| format!("{error:#}"))?;
        }
    }
    drop(story.store.take());
    Ok(Recording { tape: story.disk.tape(), digests })
}

/// The digest of a store whose journal is whole.
fn proven(story: &Story) -> Result<[u8; 32], String> {
    let shelf = &story.store().0.shelf;
    let database = shelf.database().map_err(|error| error.to_string())?;
    rebuild::prove(&database, shelf).map_err(|error| format!("the journal: {error}"))?;
    story.digest().map_err(|error| error.to_string())
}

impl Recording {
    fn syncs(&self) -> usize {
        self.tape.iter().filter(|turn| matches!(turn, Turn::Synced)).count()
    }
}

impl Moment {
    /// The disk just before sync number `cut` of a tape, counted from 0, if all syncs from number `honest` on did nothing.
    fn lied_to(mut self, tape: &[Turn], honest: usize, cut: usize) -> Self {
        let mut syncs = 0;
        for turn in tape {
            if matches!(turn, Turn::Synced) {
                if syncs == cut {
                    break;
                }
                syncs += 1;
                if syncs > honest {
                    continue;
                }
            }
            self.pass(turn);
        }
        self
    }

    fn cut(&self, tear: Tear, dice: &mut Dice) -> Left {
        Left { image: torn(&self.durable, &self.unsynced, tear, dice), begun: self.begun.clone() }
    }

    fn pass(&mut self, turn: &Turn) {
        match turn {
            Turn::Begun(life) => self.begun = Some(life.clone()),
            Turn::Changed(change) => self.unsynced.push(change.clone()),
            Turn::Told(steps) => self.told = *steps,
            Turn::Synced => {
                for change in self.unsynced.drain(..) {
                    apply(&mut self.durable, &change);
                }
            }
        }
    }
}

/// Judges what a cut left, and, where the cut tore something, what another cut leaves while the store comes back.
fn cut_again(
    left: &Left,
    tear: Tear,
    recording: &Recording,
    told: usize,
    dice: &mut Dice,
) -> Result<Counts, String> {
    is_sound(&judge(left, recording, told)?)?;
    let mut counts = Counts { cuts: 1, ..Counts::default() };
    if matches!(tear, Tear::Cut | Tear::Mixed) {
        let again = cut_while_coming_back(left, dice)?;
        judge(&again, recording, told).map_err(|what| format!("after a second cut: {what}"))?;
        counts.second_cuts = 1;
    }
    Ok(counts)
}

/// What is left after the power was cut once more while the store was opened on it, or closed again.
fn cut_while_coming_back(left: &Left, dice: &mut Dice) -> Result<Left, String> {
    let disk = left.disk();
    disk.record();
    drop(open(&disk).map_err(|error| format!("{error:#}"))?);
    let tape = disk.tape();
    let cut = dice.below(tape.iter().filter(|turn| matches!(turn, Turn::Synced)).count().max(1));
    let began = Moment { durable: left.image.clone(), begun: left.begun.clone(), ..Moment::default() };
    let tear = Tear::ALL[dice.below(Tear::ALL.len())];
    Ok(began.lied_to(&tape, cut, cut).cut(tear, dice))
}

/// Everything told is there, and nothing is there in part. Gives the disk the store was closed on.
fn judge(left: &Left, recording: &Recording, told: usize) -> Result<FaultyDisk, String> {
    let disk = left.disk();
    let store = open(&disk).map_err(|error| format!("it did not open: {error:#}"))?;
    let digest = contents::digest(&store.0.shelf).map_err(|error| error.to_string())?;
    drop(store);
    let allowed = &recording.digests[told..recording.digests.len().min(told + 2)];
    if !allowed.contains(&digest) {
        let at = recording.digests.iter().position(|known| *known == digest);
        return Err(format!("{told} steps were told, it holds {at:?}"));
    }
    Ok(disk)
}

/// redb finds nothing to mend in a file the store has closed.
fn is_sound(disk: &FaultyDisk) -> Result<(), String> {
    let mut database = disk.open(&Database::builder()).map_err(|error| error.to_string())?;
    match database.check_integrity() {
        Ok(true) => Ok(()),
        other => Err(format!("the file is not sound: {other:?}")),
    }
}

/// What a store on it holds; `None` if it is refused.
fn held(left: &Left) -> Option<[u8; 32]> {
    let store = open(&left.disk()).ok()?;
    contents::digest(&store.0.shelf).ok()
}

/// The day goes on after the cut, and what is told then is there after the next.
fn go_on(left: Left, seed: u64) -> Result<(), String> {
    let mut story = Story::on(left.disk(), seed ^ 1).map_err(|error| format!("{error:#}"))?;
    for step in 0..5 {
        story.step().map_err(|error| format!("step {step} after the cut: {error}"))?;
    }
    let digest = story.digest().map_err(|error| error.to_string())?;
    let after = story.disk.after_power_cut();
    match held(&Left { image: after.durable(), begun: left.begun }) {
        Some(kept) if kept == digest => Ok(()),
        _ => Err("what was told after the cut is not there after the next".into()),
    }
}

impl Left {
    fn disk(&self) -> FaultyDisk {
        FaultyDisk::holding(self.image.clone(), self.begun.clone())
    }
}
