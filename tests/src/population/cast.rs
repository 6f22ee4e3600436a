//! Who there is in the village: the parts, and the people who play them.

use chrono::{Datelike, NaiveDate};
use growth::Sex;
use protocol::CitizenId;

use super::growing::Track;
use super::{CHILDREN, Child, Story, moment, names};
use crate::chance::Chance;

/// Too young to have a NIK.
const NEWBORN_DAYS: u64 = 19;

/// A part in the village's play.
pub(super) struct Part {
    pub(super) story: Story,
    /// Days old, where the part needs an age; else spread over five years.
    pub(super) age_days: Option<u64>,
    /// One of twins, the second taking mother and birthday from the one before.
    pub(super) twin: Option<u8>,
    /// A name that two of them bear.
    pub(super) shared_name: Option<(&'static str, &'static str)>,
}

/// Everyone's part: some with something to tell, the rest growing along their lines.
pub(super) fn cast() -> Vec<Part> {
    use Story::*;
    let plain = |story| Part { story, age_days: None, twin: None, shared_name: None };
    let aged = |story, age_days| Part { age_days: Some(age_days), ..plain(story) };
    let mut cast = vec![
        aged(Premature, 228),
        Part { twin: Some(1), ..aged(Steady, 431) },
        Part { twin: Some(2), ..aged(Steady, 431) },
        Part { shared_name: Some(("Budi Santoso", "Wati")), ..aged(Steady, 803) },
        Part { shared_name: Some(("Budi Santoso", "Ani")), ..aged(Steady, 951) },
        aged(Steady, NEWBORN_DAYS), // a newborn, whose NIK is not made yet
    ];
    let several = [
        (Faltering, 5),
        (Stunted, 7),
        (SeverelyStunted, 2),
        (Wasted, 4),
        (SeverelyWasted, 1),
        (Heavy, 3),
        (Obese, 1),
        (LongAbsent, 3),
        (Newcomer, 2),
    ];
    cast.extend(several.into_iter().flat_map(|(story, count)| (0..count).map(move |_| plain(story))));
    cast.resize_with(CHILDREN, || plain(Steady));
    cast
}

/// A child for a part; `before` are those already there.
pub(super) fn person(
    place: usize,
    part: &Part,
    birth_date: NaiveDate,
    before: &[Child],
    chance: &mut Chance,
) -> (Child, Track) {
    let sex = if chance.happens(0.51) { Sex::Male } else { Sex::Female };
    let sex = if part.shared_name.is_some() { Sex::Male } else { sex };
    let track = Track::of(part.story, chance);
    let known = chance.happens(0.9);
    let mut child = Child {
        id: CitizenId(chance.id(moment(birth_date))),
        name: name(sex, before, &mut chance.apart("name")),
        nik: None,
        birth_date,
        sex,
        mother: names::MOTHERS[place % names::MOTHERS.len()].into(),
        gestation_weeks: (part.story == Story::Premature).then_some(33),
        birth_mass_g: known.then_some(2_500 + 50 * chance.below(25) as u32),
        birth_order: part.twin,
        kia_book: chance.happens(0.92),
        story: part.story,
        visits: vec![],
    };
    match part.story {
        Story::Premature => child.birth_mass_g = Some(1_900),
        Story::Newcomer => child.birth_mass_g = None, // nothing is known: the first weighing is B
        _ => {}
    }
    if let Some((name, mother)) = part.shared_name {
        (child.name, child.mother) = (name.into(), mother.into());
    }
    if let (Some(2), Some(first)) = (part.twin, before.last()) {
        child.mother.clone_from(&first.mother);
    }
    if part.age_days != Some(NEWBORN_DAYS) && chance.happens(0.93) {
        child.nik = Some(nik(&child, place));
    }
    (child, track)
}

/// A name nobody before bears: the first word of one on the list, the second of another.
fn name(sex: Sex, before: &[Child], chance: &mut Chance) -> String {
    let list = match sex {
        Sex::Male => names::BOYS,
        Sex::Female => names::GIRLS,
    };
    loop {
        let (first, second) = (chance.one_of(list), chance.one_of(list));
        let first = first.split(' ').next().unwrap_or(first);
        let name = format!("{first} {}", second.split_once(' ').map_or("Putri", |(_, second)| second));
        if before.iter().all(|child| child.name != name) {
            return name;
        }
    }
}

/// Province 99 does not exist; the date is as in a real one (girls: day + 40), the last four digits count.
fn nik(child: &Child, place: usize) -> String {
    let day = child.birth_date.day() + if child.sex == Sex::Female { 40 } else { 0 };
    let (month, year) = (child.birth_date.month(), child.birth_date.year() % 100);
    format!("990203{day:02}{month:02}{year:02}{:04}", place + 1)
}
