//! Where the events of a batch belong: new, known, set aside, or part of another story.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::branch;
use super::held::{self, HeldFrame};
use super::judge::{self, Judged};
use super::runs::{Fit, Runs};
use super::stories::{Journal, Stories, Story};
use super::transaction::{Condemned, Piece};

/// A story is never torn into more runs than this; what would open another must wait until gaps are closed.
const MOST_RUNS: usize = 1_000;

/// An event that is set aside, and why.
#[derive(Debug)]
pub(super) struct Aside<'a> {
    pub(super) journal: Journal,
    pub(super) judged: &'a Judged,
    pub(super) reason: String,
    /// Nobody can read it yet; a later hub may.
    pub(super) is_unknown: bool,
}

/// All events of a commit, sorted out.
#[derive(Debug, Default)]
pub(super) struct Placed<'a> {
    /// What is taken, each event once, under the story it is kept by.
    pub(super) accepted: Vec<(Journal, &'a Judged)>,
    /// What another story had already and must stand under this one as well. It means nothing new.
    pub(super) repeated: Vec<(Journal, &'a Judged)>,
    pub(super) aside: Vec<Aside<'a>>,
    pub(super) begun: Vec<branch::Begun>,
    /// Journals whose main story went on although another one had left it: two cards are at work.
    pub(super) torn: BTreeSet<Journal>,
    /// Journals of which something was not taken, because it would have opened too much.
    pub(super) refused: BTreeSet<Journal>,
    /// Journals of which anything was new.
    pub(super) news: BTreeSet<Journal>,
}

/// What events are judged by besides their own bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure<'a> {
    /// Which node serves which posyandu.
    pub(super) served: &'a HashSet<(Uuid, Uuid)>,
    /// What the tables refused.
    pub(super) condemned: &'a Condemned,
    pub(super) now: DateTime<Utc>,
}

/// Sorts the events of all pieces, and brings the runs up to what will be held. Pieces of one journal may repeat each
/// other.
pub(super) async fn place<'a>(
    db: &mut PgConnection,
    pieces: &[Piece<'a>],
    stories: &mut BTreeMap<Journal, Stories>,
    measure: Measure<'_>,
) -> sqlx::Result<Placed<'a>> {
    let mut placing = Placing { measure, placed: Placed::default(), now_held: NowHeld::new() };
    for piece in pieces {
        let stories = stories.get_mut(&piece.journal()).expect("every journal of the group was read");
        placing.place(db, piece, stories).await?;
    }
    Ok(placing.placed)
}

struct Placing<'m, 'a> {
    measure: Measure<'m>,
    placed: Placed<'a>,
    now_held: NowHeld<'a>,
}

/// A story that takes a piece, by its place among the stories, and what of it is new there.
type Taker = (usize, Vec<RangeInclusive<u64>>);

impl<'a> Placing<'_, 'a> {
    async fn place(
        &mut self,
        db: &mut PgConnection,
        piece: &Piece<'a>,
        stories: &mut Stories,
    ) -> sqlx::Result<()> {
        let stretch = piece.stretch();
        let fits: Vec<Fit> = stories.all.iter().map(|story| story.runs.fit(stretch)).collect();
        let is_plain = matches!(&fits[..], [Fit::Fits { unproved, .. }] if unproved.is_empty());
        let held = if is_plain && !stories.may_be_held_elsewhere(stretch.first) {
            Held::default()
        } else {
            Held::read(db, piece, stories, &self.now_held).await?
        };
        let mut takers = self.takers(db, piece, stories, &fits, &held).await?;
        let main_ended = stories.main().runs.last();
        takers.retain(|(story, new)| {
            let is_added = add(&mut stories.all[*story].runs, piece, new);
            if !is_added {
                self.placed.refused.insert(piece.journal());
            }
            is_added
        });
        if stories.all.len() > 1 && stories.main().runs.last() > main_ended {
            self.placed.torn.insert(piece.journal());
        }
        self.sort(piece, stories, &takers, &held);
        Ok(())
    }

    /// Which stories a piece belongs to; none if that cannot be told yet. Its card sends it again then, and what comes
    /// before it as well.
    ///
    /// # Why
    /// A card sends what goes on from the last ack it took, so whoever gave that ack must be able to give the next one:
    /// first come the stories that hold everything before the piece, or a branch of one of them.
    async fn takers(
        &mut self,
        db: &mut PgConnection,
        piece: &Piece<'_>,
        stories: &mut Stories,
        fits: &[Fit],
        held: &Held,
    ) -> sqlx::Result<Vec<Taker>> {
        let first = piece.stretch().first;
        let mut proved = proved(piece, stories, fits, held);
        if proved.iter().any(|(story, _)| stories.all[*story].is_whole_before(first)) {
            proved.retain(|(story, _)| stories.all[*story].is_whole_before(first));
            return Ok(proved);
        }
        let left = branch::left(db, piece, stories, held, |story| story.is_whole_before(first)).await?;
        if left.is_none() && !proved.is_empty() {
            proved.truncate(1);
            return Ok(proved);
        }
        let left = match left {
            None => branch::left(db, piece, stories, held, |_| true).await?,
            left => left,
        };
        if let Some(left) = left {
            return self.branch(db, piece, stories, left).await;
        }
        // Nothing speaks for it and nothing against it.
        match fits {
            [Fit::Fits { new, unproved, .. }] if unproved.is_empty() => Ok(vec![(0, new.clone())]),
            _ => Ok(Vec::new()),
        }
    }

    /// Begins a branch for a piece that leaves a story.
    async fn branch(
        &mut self,
        db: &mut PgConnection,
        piece: &Piece<'_>,
        stories: &mut Stories,
        left: (usize, u64),
    ) -> sqlx::Result<Vec<Taker>> {
        if stories.all.len() >= branch::MOST_STORIES {
            self.placed.refused.insert(piece.journal());
            return Ok(Vec::new());
        }
        self.placed.begun.push(branch::begin(db, piece, stories, left, self.measure.now).await?);
        let last = stories.all.len() - 1;
        match stories.all[last].runs.fit(piece.stretch()) {
            Fit::Fits { new, .. } => Ok(vec![(last, new)]),
            Fit::Forks => Ok(Vec::new()),
        }
    }

    /// Takes or sets aside what is new; what any story has taken already is not taken again.
    fn sort(&mut self, piece: &Piece<'a>, stories: &Stories, takers: &[Taker], held: &Held) {
        let planted = cfg!(feature = "planted-no-dedupe");
        for judged in piece.events() {
            let is_new = |new: &[RangeInclusive<u64>]| {
                planted || new.iter().any(|range| range.contains(&judged.sequence))
            };
            let new_to: Vec<&Story> =
                takers.iter().filter(|(_, new)| is_new(new)).map(|(story, _)| &stories.all[*story]).collect();
            if new_to.is_empty() {
                continue;
            }
            self.placed.news.insert(piece.journal());
            match self.verdict(piece.journal(), judged) {
                Ok(()) => self.take(piece.journal(), judged, &new_to, held),
                Err((reason, is_unknown)) => {
                    for story in new_to {
                        let journal = self.keep(piece.journal(), story, judged, false);
                        let reason = reason.clone();
                        self.placed.aside.push(Aside { journal, judged, reason, is_unknown });
                    }
                }
            }
        }
    }

    /// Takes an event once, and sees to it that each story finds it.
    fn take(&mut self, journal: Journal, judged: &'a Judged, new_to: &[&Story], held: &Held) {
        let mut is_taken = held.is_taken(judged) && !cfg!(feature = "planted-no-dedupe");
        let mut kept_under: Vec<u32> = Vec::new();
        for story in new_to {
            let finds_it = held.is_taken_in(story, judged)
                || story.numbers_at(judged.sequence).any(|number| kept_under.contains(&number));
            if is_taken && finds_it {
                continue;
            }
            let kept = self.keep(journal, story, judged, true);
            kept_under.push(story.number);
            let list = if is_taken { &mut self.placed.repeated } else { &mut self.placed.accepted };
            list.push((kept, judged));
            is_taken = true;
        }
    }

    /// Notes what will be held under a story's number.
    fn keep(&mut self, journal: Journal, story: &Story, judged: &'a Judged, is_taken: bool) -> Journal {
        let key = (journal, judged.sequence, story.number);
        self.now_held.insert(key, (is_taken, judged.frame.bytes()));
        (journal.0, story.number)
    }

    fn verdict(&self, journal: Journal, judged: &Judged) -> Result<(), (String, bool)> {
        verdict(journal, judged, self.measure.served)?;
        if self.measure.condemned.contains(&(journal, judged.sequence)) {
            return Err((judge::not_kept(), false));
        }
        Ok(())
    }
}

/// Whether an event can be taken; otherwise why not, and whether a later hub may be able to.
pub(super) fn verdict(
    (node, _): Journal,
    judged: &Judged,
    served: &HashSet<(Uuid, Uuid)>,
) -> Result<(), (String, bool)> {
    let event = judged.event.as_ref().map_err(|refusal| (refusal.reason.clone(), refusal.is_unknown))?;
    if !served.contains(&(node.0, event.header.posyandu.0)) {
        return Err((judge::not_served(), false));
    }
    Ok(())
}

/// The stories that a piece belongs to by their chain or their bytes.
fn proved(piece: &Piece<'_>, stories: &Stories, fits: &[Fit], held: &Held) -> Vec<Taker> {
    let proved = fits.iter().enumerate().filter_map(|(nth, fit)| {
        let Fit::Fits { new, unproved, is_proved } = fit else { return None };
        let is_same = |&sequence: &u64| held.is_same(&stories.all[nth], piece.at(sequence));
        let is_proved = *is_proved || !unproved.is_empty();
        (is_proved && unproved.iter().all(is_same)).then(|| (nth, new.clone()))
    });
    proved.collect()
}

/// Adds what is new; `false`, and nothing is added, if that would tear the story into too many runs.
fn add(runs: &mut Runs, piece: &Piece<'_>, new: &[RangeInclusive<u64>]) -> bool {
    if runs.len() + new.len() <= MOST_RUNS {
        runs.add(piece.stretch(), new);
        return true;
    }
    let mut more = runs.clone();
    more.add(piece.stretch(), new);
    let is_bearable = more.len() <= MOST_RUNS.max(runs.len());
    if is_bearable {
        *runs = more;
    }
    is_bearable
}

/// Events placed earlier in the same commit, by journal, sequence and the number they are kept under; and whether they
/// are taken.
type NowHeld<'a> = BTreeMap<(Journal, u64, u32), (bool, &'a [u8])>;

/// What is held under some sequences of a journal in any story, committed or about to be.
#[derive(Debug, Default)]
pub(super) struct Held {
    frames: HashMap<u64, Vec<HeldFrame>>,
}

impl Held {
    async fn read(
        db: &mut PgConnection,
        piece: &Piece<'_>,
        stories: &Stories,
        now: &NowHeld<'_>,
    ) -> sqlx::Result<Self> {
        let (journal, stretch) = (piece.journal(), piece.stretch());
        let (first, last) = (stretch.first, stretch.last());
        let mut frames = held::frames(db, journal.0, &stories.numbers, first..=last).await?;
        for (&(_, sequence, number), &(is_taken, frame)) in
            now.range((journal, first, 0)..=(journal, last, u32::MAX))
        {
            frames.entry(sequence).or_default().push(HeldFrame { number, is_taken, frame: frame.to_vec() });
        }
        Ok(Self { frames })
    }

    /// Whether a story that holds this sequence holds these bytes under it; it is believed where nothing is left to see.
    fn is_same(&self, story: &Story, judged: &Judged) -> bool {
        let Some(here) = self.frames.get(&judged.sequence) else { return true };
        held::of_story(story, judged.sequence, here).any(|held| held.frame == judged.frame.bytes())
    }

    /// Whether exactly this event was taken already, in whatever story.
    fn is_taken(&self, judged: &Judged) -> bool {
        let here = self.frames.get(&judged.sequence);
        here.is_some_and(|here| here.iter().any(|held| held.is_taken && held.frame == judged.frame.bytes()))
    }

    /// Whether it was taken where this story finds it.
    fn is_taken_in(&self, story: &Story, judged: &Judged) -> bool {
        let here = self.frames.get(&judged.sequence).map(Vec::as_slice).unwrap_or_default();
        held::of_story(story, judged.sequence, here)
            .any(|held| held.is_taken && held.frame == judged.frame.bytes())
    }

    /// How many of a piece's first events a story holds byte for byte.
    pub(super) fn common(&self, story: &Story, piece: &Piece<'_>) -> u64 {
        let is_held = |sequence| story.runs.iter().any(|run| (run.first..=run.last).contains(&sequence));
        let is_common = |judged: &&Judged| {
            is_held(judged.sequence)
                && self.frames.contains_key(&judged.sequence)
                && self.is_same(story, judged)
        };
        piece.events().take_while(is_common).count() as u64
    }
}
