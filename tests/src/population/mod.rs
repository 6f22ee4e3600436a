//! The children of Posyandu Mawar 3, none of whom exists: 24 months of history, and who comes today.
//!
//! Everything follows from a seed and a day, so a demo that is started again tells the same story.

mod cast;
mod growing;
mod history;
mod names;
mod secrets;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use growth::{Month, Posture, Sex};
use protocol::{CitizenId, VisitId};

use crate::chance::Chance;
use cast::{Part, cast, person};
use growing::{Size, Track};

pub use growing::Story;
pub use secrets::Secrets;

/// How many children there are.
pub const CHILDREN: usize = 75;
/// How many months of history they have, ending the month before the day.
const MONTHS: i32 = 24;
/// From this age on a child stands on the scale and under the board.
const STANDS_FROM_DAY: i64 = 731;

/// A posyandu's children and the day that is played.
#[derive(Debug, Clone)]
pub struct Village {
    /// The day.
    pub day: NaiveDate,
    /// Everyone on the roster.
    pub children: Vec<Child>,
    /// Who comes, in this order, and what their true measures are.
    pub coming: Vec<Coming>,
}

/// A child that does not exist.
#[derive(Debug, Clone)]
pub struct Child {
    /// Its id.
    pub id: CitizenId,
    /// Its name.
    pub name: String,
    /// Sixteen digits beginning with 99, which no real NIK does.
    pub nik: Option<String>,
    /// Its date of birth.
    pub birth_date: NaiveDate,
    /// Its sex.
    pub sex: Sex,
    /// Its mother's name.
    pub mother: String,
    /// Weeks of gestation at birth, where known.
    pub gestation_weeks: Option<u8>,
    /// Weight at birth in grams, where known.
    pub birth_mass_g: Option<u32>,
    /// Order among twins.
    pub birth_order: Option<u8>,
    /// Owns a KIA book.
    pub kia_book: bool,
    /// How it grows.
    pub story: Story,
    /// Past visits, oldest first.
    pub visits: Vec<PastVisit>,
}

/// A visit of an earlier month.
#[derive(Debug, Clone, Copy)]
pub struct PastVisit {
    /// Its id.
    pub id: VisitId,
    /// The day.
    pub on: NaiveDate,
    /// Weight in grams.
    pub mass_g: u32,
    /// Length as read, in tenths of a millimetre; `None` if only weighed that day.
    pub length_tenth_mm: Option<u32>,
    /// Lying or standing.
    pub posture: Posture,
    /// Brought in later from the posyandu's own register (kilograms with one decimal) instead of typed on the day.
    pub late: bool,
}

/// A child who comes today, and what the instruments will see.
#[derive(Debug, Clone, Copy)]
pub struct Coming {
    /// Place in [`Village::children`].
    pub child: usize,
    /// True weight in grams: on the 10 g grid of the infant scale, or the 50 g grid of the standing one.
    pub mass_g: u32,
    /// True length as read off the board, on its millimetre, in tenths of a millimetre.
    pub length_tenth_mm: u32,
    /// How it is measured; for a few otherwise than the age expects.
    pub posture: Posture,
}

impl Child {
    /// What growth depends on.
    pub fn for_growth(&self) -> growth::Child {
        growth::Child {
            sex: self.sex,
            birth_date: self.birth_date,
            gestation_weeks: self.gestation_weeks,
            birth_mass_g: self.birth_mass_g,
        }
    }

    /// Whether it stands on the scale on a day, or lies on the small one.
    pub fn stands(&self, on: NaiveDate) -> bool {
        (on - self.birth_date).num_days() >= STANDS_FROM_DAY
    }
}

/// The village of a seed on a day, `visits` of whose children come.
pub fn village(seed: u64, day: NaiveDate, visits: usize) -> anyhow::Result<Village> {
    anyhow::ensure!(
        (1..=CHILDREN).contains(&visits),
        "there are {CHILDREN} children, so 1 to {CHILDREN} can come"
    );
    let chance = Chance::new(seed);
    let mut people = Vec::with_capacity(CHILDREN);
    let mut tracks = Vec::with_capacity(CHILDREN);
    let births = birth_dates(day, &mut chance.apart("births"));
    for (place, cast) in cast().into_iter().enumerate() {
        let mut chance = chance.apart(&format!("child {place}"));
        let birth_date = cast.age_days.map_or(births[place], |age| day - Days::new(age));
        let (mut child, mut track) = person(place, &cast, birth_date, &people, &mut chance);
        live(&mut child, &mut track, day, &mut chance);
        people.push(child);
        tracks.push(track);
    }
    let coming = today(&people, &mut tracks, day, visits, &chance.apart("today"));
    Ok(Village { day, children: people, coming })
}

/// More children of the same village, of whom nothing is known yet: for days with more visits than it has families.
pub fn crowd(seed: u64, day: NaiveDate, count: usize) -> Vec<Child> {
    let chance = Chance::new(seed).apart("crowd");
    let part = Part { story: Story::Newcomer, age_days: None, twin: None, shared_name: None };
    (0..count)
        .map(|place| {
            let mut chance = chance.apart(&format!("child {place}"));
            let birth_date = day - Days::new(30 + chance.below(1_700));
            let (mut child, _) = person(place, &part, birth_date, &[], &mut chance);
            child.name = format!("{} {}", child.name, place + 1);
            child.nik = None;
            child
        })
        .collect()
}

/// Makes twins of the first children of a crowd, two by two.
pub fn pair(crowd: &mut [Child], pairs: usize) {
    for two in crowd.chunks_exact_mut(2).take(pairs) {
        let [first, second] = two else { continue };
        second.mother.clone_from(&first.mother);
        second.birth_date = first.birth_date;
        (first.birth_order, second.birth_order) = (Some(1), Some(2));
    }
}

/// The true measures of children of whom nothing is known yet, on their first day here. `place` is where the first of
/// them stands in [`Village::children`].
pub fn first_day(seed: u64, day: NaiveDate, children: &[Child], place: usize) -> Vec<Coming> {
    let chance = Chance::new(seed).apart("first day");
    let coming = |(nth, child): (usize, &Child)| {
        let mut chance = chance.apart(&format!("child {nth}"));
        let mut track = Track::of(child.story, &mut chance);
        let size = track.size(child.sex, child.birth_date, day, 0, 0, &mut chance);
        measured(place + nth, child, &size, day, nth)
    };
    children.iter().enumerate().map(coming).collect()
}

/// Birthdays for everyone: one in every 24 days of the last five years, dealt out by chance.
fn birth_dates(day: NaiveDate, chance: &mut Chance) -> Vec<NaiveDate> {
    let mut ages: Vec<u64> = (0..CHILDREN as u64).map(|nth| 5 + nth * 1_785 / CHILDREN as u64).collect();
    for last in (1..ages.len()).rev() {
        ages.swap(last, chance.below(last as u64 + 1) as usize);
    }
    ages.into_iter().map(|age| day - Days::new(age + chance.below(5))).collect()
}

/// Fills in the past: month by month, as often as this family comes.
fn live(child: &mut Child, track: &mut Track, day: NaiveDate, chance: &mut Chance) {
    let faithful = 0.72 + 0.25 * chance.unit();
    let mut longest = 0;
    for months_ago in (1..=MONTHS).rev() {
        let on = session(Month(Month::of(day).0 - months_ago));
        if on < child.birth_date + Days::new(2) {
            continue;
        }
        // The line goes on whether or not anyone looks.
        let size = track.size(child.sex, child.birth_date, on, months_ago, longest, chance);
        longest = size.length_tenth_mm;
        if comes(child.story, faithful, on, months_ago, chance) {
            child.visits.push(past(&size, on, months_ago, chance));
        }
    }
}

fn comes(story: Story, faithful: f64, on: NaiveDate, months_ago: i32, chance: &mut Chance) -> bool {
    // Harvest in April, rain and holidays at the turn of the year.
    let season = if matches!(on.month(), 1 | 4 | 12) { 0.22 } else { 0.0 };
    let came = chance.happens(faithful - season);
    match story {
        Story::Newcomer => false,
        Story::LongAbsent => came && months_ago > 5,
        Story::Faltering => came || months_ago <= 3,
        _ => came,
    }
}

fn past(size: &Size, on: NaiveDate, months_ago: i32, chance: &mut Chance) -> PastVisit {
    let late = months_ago > 6;
    let grid = if late { 100 } else { 10 };
    PastVisit {
        id: VisitId(chance.id(moment(on))),
        on,
        mass_g: (size.mass_g + grid / 2) / grid * grid,
        length_tenth_mm: chance.happens(0.85).then_some(size.length_tenth_mm),
        posture: size.posture,
        late,
    }
}

/// Who comes on the day: everyone with a story first, so that even a short day has something to see.
fn today(
    people: &[Child],
    tracks: &mut [Track],
    day: NaiveDate,
    visits: usize,
    chance: &Chance,
) -> Vec<Coming> {
    let order = order(people.len(), &mut chance.apart("order"));
    let mut sorted = order;
    sorted.sort_by_key(|&place| people[place].story == Story::Steady && place > 5);
    sorted.truncate(visits);
    let mut mixed = order_of(&sorted, &mut chance.apart("mixed"));
    mixed.truncate(visits);
    let coming = |(nth, place): (usize, usize)| {
        let mut chance = chance.apart(&format!("size {place}"));
        let child = &people[place];
        let longest = child.visits.iter().filter_map(|visit| visit.length_tenth_mm).max().unwrap_or(0);
        let size = tracks[place].size(child.sex, child.birth_date, day, 0, longest, &mut chance);
        measured(place, child, &size, day, nth)
    };
    mixed.into_iter().enumerate().map(coming).collect()
}

fn measured(place: usize, child: &Child, size: &Size, day: NaiveDate, nth: usize) -> Coming {
    let grid = if child.stands(day) { 50 } else { 10 };
    let mass_g = (size.mass_g + grid / 2) / grid * grid;
    let usual = Coming { child: place, mass_g, length_tenth_mm: size.length_tenth_mm, posture: size.posture };
    // Now and then one that should stand lies down instead: 0.7 cm longer, and the standards must take it off again.
    match size.posture {
        Posture::Standing if nth % 9 == 4 => {
            Coming { posture: Posture::Lying, length_tenth_mm: size.length_tenth_mm + 70, ..usual }
        }
        Posture::Standing | Posture::Lying => usual,
    }
}

fn order(count: usize, chance: &mut Chance) -> Vec<usize> {
    order_of(&(0..count).collect::<Vec<_>>(), chance)
}

fn order_of(places: &[usize], chance: &mut Chance) -> Vec<usize> {
    let mut places = places.to_vec();
    for last in (1..places.len()).rev() {
        places.swap(last, chance.below(last as u64 + 1) as usize);
    }
    places
}

/// The posyandu's day in a month: in its second week, never a Sunday.
fn session(month: Month) -> NaiveDate {
    let (year, month0) = (month.0.div_euclid(12), month.0.rem_euclid(12) as u32);
    let day = NaiveDate::from_ymd_opt(year, month0 + 1, 8 + (month.0 * 5).rem_euclid(7) as u32)
        .expect("every month has an eighth to a fourteenth");
    if day.weekday() == Weekday::Sun { day + Days::new(1) } else { day }
}

fn moment(day: NaiveDate) -> u64 {
    day.and_hms_opt(3, 0, 0).map_or(0, |at| at.and_utc().timestamp_millis()).max(0) as u64
}

#[cfg(test)]
mod tests;
