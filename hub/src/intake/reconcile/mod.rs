//! Node and hub compare what they hold, day by day, and what is missing is sent again.
//!
//! # Why
//! An ack is a promise over years, and tables can lose rows to a bad disk or a wrong hand. Sums over a day cost twelve
//! bytes; so a node with nothing new proves in one letter that everything is still here, and a difference is found in two
//! more. What the hub lacks is asked for again. What only the hub has is shown to a person; nothing is deleted.

mod account;
mod mend;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use protocol::ack::Gap;
use protocol::sum::{DaySum, Numbered};
use protocol::{LocalDate, Reply, sum::Sum};
use sqlx::{PgConnection, PgPool};

pub(super) use account::Account;
use account::Kept;

use super::alarm::{self, Alarm};
use super::stories::{Journal, Stories};
use super::{held, store};

/// An answer names at most so many runs of missing sequences; the acks name the rest.
const MOST_LACKS: usize = 1_000;

/// An alarm names at most so many runs of sequences.
const MOST_NAMED: usize = 20;

/// Which days' sums differ between the node's account up to `through` and the hub's. Of several stories under one name,
/// the one that fits best is the node's.
pub(super) async fn days(
    db: &mut PgConnection,
    journal: Journal,
    through: u64,
    theirs: &[DaySum],
    now: DateTime<Utc>,
) -> sqlx::Result<Reply> {
    let stories = read(db, journal).await?;
    let mut best: Option<(Vec<LocalDate>, Account<'_>)> = None;
    for account in stories.all.iter().map(|story| Account::of(journal, story)) {
        let differing = differing(&account.days(db, through).await?, theirs);
        if best.as_ref().is_none_or(|(best, _)| differing.len() < best.len()) {
            best = Some((differing, account));
        }
    }
    let Some((differing, account)) = best else { return Ok(Reply::Days(Vec::new())) };
    // A node has nothing to say to a day it does not know.
    for &day in differing.iter().filter(|day| theirs.iter().all(|known| known.day != **day)).take(MOST_NAMED)
    {
        let unnamed = account.of_day(db, through, day).await?;
        raise(db, journal, Alarm::Unnamed, day, &unnamed, now).await?;
    }
    Ok(Reply::Days(differing))
}

/// Everything told under a journal's name.
pub(super) async fn read(db: &mut PgConnection, journal: Journal) -> sqlx::Result<Stories> {
    let mut stories = held::stories(db, &BTreeSet::from([journal])).await?;
    Ok(stories.remove(&journal).unwrap_or_else(|| Stories::new(journal)))
}

/// The days whose sums are not equal, a missing day being an empty one.
fn differing(ours: &BTreeMap<LocalDate, Sum>, theirs: &[DaySum]) -> Vec<LocalDate> {
    let mut named: BTreeMap<LocalDate, Sum> = BTreeMap::new();
    for DaySum { day, sum } in theirs {
        let whole = named.entry(*day).or_default();
        *whole = whole.plus(*sum);
    }
    let mut days: Vec<LocalDate> = ours.keys().chain(named.keys()).copied().collect();
    days.sort();
    days.dedup();
    days.retain(|day| {
        ours.get(day).copied().unwrap_or_default() != named.get(day).copied().unwrap_or_default()
    });
    days
}

/// What came of comparing one day's events.
#[derive(Debug)]
pub(super) struct Compared {
    pub(super) reply: Reply,
    /// Whether the hub holds less than it said, so that its next acks must say so.
    pub(super) is_mended: bool,
}

/// Compares the events of one day up to `through`. Sequences that were acknowledged and are nowhere are taken out of what
/// is held, so that they are named as gaps; everything else that differs is shown to a person.
pub(super) async fn numbers(
    db: &PgPool,
    journal: Journal,
    through: u64,
    day: LocalDate,
    theirs: &[Numbered],
    now: DateTime<Utc>,
) -> sqlx::Result<Compared> {
    let (node, _) = journal;
    let theirs: BTreeMap<u64, u64> = theirs
        .iter()
        .filter(|event| event.sequence <= through)
        .map(|event| (event.sequence, event.fingerprint))
        .collect();
    let mut tx = db.begin().await?;
    // Nothing of this journal comes in while it is compared.
    if store::lock_enrolled(&mut tx, &[node.0]).await?.is_empty() {
        return Ok(Compared { reply: Reply::Lacks(Vec::new()), is_mended: false });
    }
    let stories = read(&mut tx, journal).await?;
    let kept = account::kept(&mut tx, journal, &stories, theirs.keys().copied()).await?;
    let (found, account) = stories
        .all
        .iter()
        .map(|story| (Found::of(&theirs, &kept, story.number), Account::of(journal, story)))
        .min_by_key(|(found, _)| (found.unlike.len(), found.lacks.len()))
        .expect("there always is a main story");
    let unnamed = unnamed(&account.of_day(&mut tx, through, day).await?, &theirs);
    let is_mended = !found.lacks.is_empty()
        && mend::mend(&mut tx, journal, account.story.number, &found.lacks, now).await?;
    raise(&mut tx, journal, Alarm::Unnamed, day, &unnamed, now).await?;
    raise(&mut tx, journal, Alarm::Unlike, day, &found.unlike, now).await?;
    tx.commit().await?;
    let mut gaps = ranges(&found.lacks);
    gaps.truncate(MOST_LACKS);
    Ok(Compared { reply: Reply::Lacks(gaps), is_mended })
}

/// What the node passed over. It may name a day in several letters, so only what lies between its events is told.
fn unnamed(ours: &[u64], theirs: &BTreeMap<u64, u64>) -> Vec<u64> {
    let first = theirs.first_key_value().map_or(0, |(&first, _)| first);
    let last = theirs.last_key_value().map_or(u64::MAX, |(&last, _)| last);
    let passed_over = |sequence: &u64| (first..=last).contains(sequence) && !theirs.contains_key(sequence);
    ours.iter().copied().filter(passed_over).collect()
}

/// Tells a person of events that differ, if there are any.
async fn raise(
    db: &mut PgConnection,
    (node, incarnation): Journal,
    alarm: Alarm,
    day: LocalDate,
    sequences: &[u64],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    if sequences.is_empty() {
        return Ok(());
    }
    let detail = format!("life {incarnation}, observed on {}: {}", words_of(day), words(sequences));
    alarm::raise(db, node, alarm, &detail, now).await
}

/// What of a node's account one story has.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    /// Held nowhere.
    lacks: Vec<u64>,
    /// Held with another content.
    unlike: Vec<u64>,
}

impl Found {
    fn of(theirs: &BTreeMap<u64, u64>, kept: &[Kept], number: u32) -> Self {
        let mut found = Self { lacks: Vec::new(), unlike: Vec::new() };
        for (&sequence, &fingerprint) in theirs {
            let mut here = kept.iter().filter(|kept| kept.sequence == sequence).peekable();
            if here.clone().any(|kept| kept.fingerprint == fingerprint) {
                continue;
            }
            match here.any(|kept| kept.number == number) {
                true => found.unlike.push(sequence),
                false => found.lacks.push(sequence),
            }
        }
        found
    }
}

/// Numbers in order, as ranges.
fn ranges(numbers: &[u64]) -> Vec<Gap> {
    let mut ranges: Vec<Gap> = Vec::new();
    for &number in numbers {
        match ranges.last_mut() {
            Some(range) if range.last + 1 == number => range.last = number,
            _ => ranges.push(Gap { first: number, last: number }),
        }
    }
    ranges
}

/// Numbers for a technician, not more than he reads.
fn words(numbers: &[u64]) -> String {
    let ranges = ranges(numbers);
    let mut words: Vec<String> = ranges
        .iter()
        .take(MOST_NAMED)
        .map(|range| match range.last - range.first {
            0 => range.first.to_string(),
            _ => format!("{}–{}", range.first, range.last),
        })
        .collect();
    if ranges.len() > MOST_NAMED {
        words.push("…".to_owned());
    }
    words.join(", ")
}

fn words_of(day: LocalDate) -> String {
    day.to_naive().map_or("an impossible day".to_owned(), |day| day.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(count: u64, hash: u64) -> Sum {
        Sum { count, hash }
    }

    #[test]
    fn a_day_differs_if_either_side_has_what_the_other_has_not() {
        let [one, two, three, four] = [1, 2, 3, 4].map(LocalDate);
        let ours = BTreeMap::from([(one, sum(2, 7)), (two, sum(1, 5)), (three, sum(1, 9))]);
        let day = |day, sum| DaySum { day, sum };
        let theirs = [day(one, sum(1, 3)), day(one, sum(1, 4)), day(two, sum(1, 6)), day(four, sum(1, 1))];
        assert_eq!(differing(&ours, &theirs), [two, three, four], "a day told in two parts is still one day");
    }

    #[test]
    fn numbers_that_follow_each_other_are_one_range() {
        let gap = |first, last| Gap { first, last };
        assert_eq!(ranges(&[1, 2, 3, 5, 8, 9]), [gap(1, 3), gap(5, 5), gap(8, 9)]);
        assert_eq!(ranges(&[]), []);
        assert_eq!(words(&[1, 2, 3, 5]), "1–3, 5");
    }

    #[test]
    fn a_day_named_in_two_letters_is_not_taken_for_two_that_lack_something() {
        let theirs = BTreeMap::from([(4, 0), (6, 0)]);
        assert_eq!(unnamed(&[3, 4, 5, 6, 7], &theirs), [5]);
        assert_eq!(unnamed(&[3, 4], &BTreeMap::new()), [3, 4]);
    }

    #[test]
    fn what_another_story_tells_under_a_number_is_no_reason_to_ask_again() {
        let theirs = BTreeMap::from([(1, 10), (2, 20), (3, 30)]);
        let kept = |sequence, number, fingerprint| Kept { sequence, number, fingerprint };
        let rows = [kept(1, 7, 10), kept(2, 7, 99), kept(2, 8, 20), kept(3, 8, 31)];
        assert_eq!(Found::of(&theirs, &rows, 7), Found { lacks: vec![3], unlike: vec![] });
        assert_eq!(Found::of(&theirs, &rows, 8), Found { lacks: vec![], unlike: vec![3] });
    }
}
