//! Everyone this node knows, in memory: looked through at every letter somebody types.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use chrono::NaiveDate;
use protocol::registry::{Leaving, Sex};
use protocol::{CitizenId, LocalDate, Month, PosyanduId, card};

use super::alike::{are_alike, sounds};
use super::balance::{Balance, Flow, Life};
use super::category::Category;
use super::search::{self, Fit, Folded, Numbers};
use crate::store::Child;

/// Everyone this node knows, by posyandu. Names are in the clear here and nowhere on disk.
#[derive(Clone, Default)]
pub struct Roster(Arc<RwLock<HashMap<PosyanduId, People>>>);

type People = HashMap<CitizenId, Person>;

/// A person as a list shows her.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The person.
    pub id: CitizenId,
    /// Her name.
    pub name: String,
    /// Her mother's name; empty for an adult of whom nobody asked.
    pub mother: String,
    /// Her date of birth.
    pub birth_date: NaiveDate,
    /// Her sex.
    pub sex: Sex,
    /// Her order among twins.
    pub birth_order: Option<u8>,
    /// The last day she came.
    pub last_seen: Option<NaiveDate>,
    /// The last four digits of her NIK.
    pub nik_tail: Option<String>,
    /// The posyandu she belongs to, where she is a guest here: she is in no count of this one.
    pub home: Option<String>,
    /// She was written down as somebody who is no child.
    pub is_adult: bool,
    /// A pregnancy has begun and not ended.
    pub is_pregnant: bool,
    /// She is away for a while: in the list, and not expected.
    pub is_away: bool,
}

impl Listed {
    /// What she is served as on a day.
    pub fn category(&self, day: NaiveDate) -> Category {
        Category::on(self.birth_date, self.is_pregnant, day)
    }
}

/// What makes somebody look like somebody who is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alike {
    /// The same NIK.
    Nik,
    /// The same name, or one that sounds so, and the same birth date.
    NameAndBirth,
    /// The same mother, and born too close to be her brother or sister.
    MotherAndBirth,
}

/// Somebody about to be written down.
#[derive(Debug, Clone, Default)]
pub struct Newcomer<'a> {
    /// The id she will have.
    pub id: Option<CitizenId>,
    /// Her name as typed so far.
    pub name: &'a str,
    /// Her mother's name as typed so far.
    pub mother: &'a str,
    /// Her birth date, once it is whole.
    pub born: Option<NaiveDate>,
    /// Her NIK as typed so far.
    pub nik: Option<&'a str>,
    /// She is one of twins: her twin is no double.
    pub birth_order: Option<u8>,
}

/// No woman gives birth twice within this many days, twins apart.
const BETWEEN_BIRTHS_DAYS: i64 = 180;

#[derive(Clone)]
struct Person {
    listed: Listed,
    nik: Option<String>,
    family_card: Option<String>,
    card: String,
    mother_id: Option<CitizenId>,
    folded: Folded,
    name_sounds: Vec<String>,
    mother_sounds: Vec<String>,
    since: NaiveDate,
    moves: Vec<(NaiveDate, Leaving)>,
    /// She is in no list any more; whoever has her number still finds her name.
    left: bool,
}

impl Roster {
    /// Puts a person in, or her newer description in place of the older. One who has left is in no list from now on.
    pub fn put(&self, child: &Child, last_seen: Option<LocalDate>) {
        let Some(entry) = Person::of(child, last_seen) else { return };
        let mut all = self.0.write().expect("nobody panics while holding the roster");
        for (posyandu, people) in all.iter_mut() {
            if *posyandu != child.posyandu {
                people.remove(&child.id);
            }
        }
        all.entry(child.posyandu).or_default().insert(child.id, entry);
    }

    /// Everyone of a posyandu, by name.
    pub fn all(&self, posyandu: PosyanduId) -> Vec<Listed> {
        self.those(posyandu, |entry| !entry.left)
    }

    /// One person, also if she has left.
    pub fn one(&self, posyandu: PosyanduId, id: CitizenId) -> Option<Listed> {
        self.with(posyandu, |list| list.get(&id).map(|entry| entry.listed.clone()))
    }

    /// Whoever bears this NIK already, in any posyandu of this node.
    pub fn with_nik(&self, nik: &str) -> Option<Listed> {
        let all = self.0.read().expect("nobody panics while holding the roster");
        let mut everyone = all.values().flat_map(HashMap::values).filter(|entry| !entry.left);
        everyone.find(|entry| entry.nik.as_deref() == Some(nik)).map(|entry| entry.listed.clone())
    }

    /// Whose card bears this number, also if she has left.
    pub fn with_card(&self, posyandu: PosyanduId, number: &str) -> Option<Listed> {
        self.with(posyandu, |list| {
            list.values().find(|entry| entry.card == number).map(|entry| entry.listed.clone())
        })
    }

    /// Who shares a family card with a person, by name; without herself.
    pub fn household(&self, posyandu: PosyanduId, id: CitizenId) -> Vec<Listed> {
        let family_card =
            self.with(posyandu, |list| list.get(&id).and_then(|entry| entry.family_card.clone()));
        let Some(family_card) = family_card else { return Vec::new() };
        let shares = |entry: &Person| entry.family_card.as_ref() == Some(&family_card);
        self.those(posyandu, |entry| !entry.left && entry.listed.id != id && shares(entry))
    }

    /// Those born with somebody, in the order they were born; without herself.
    pub fn twins(&self, posyandu: PosyanduId, id: CitizenId) -> Vec<Listed> {
        self.with(posyandu, |list| {
            let Some(one) = list.get(&id).filter(|one| one.listed.birth_order.is_some()) else {
                return Vec::new();
            };
            let is_born_with = |other: &&Person| {
                other.listed.id != id
                    && !other.left
                    && other.listed.birth_order.is_some()
                    && other.listed.birth_date == one.listed.birth_date
                    && are_alike(&other.mother_sounds, &one.mother_sounds)
            };
            let mut twins: Vec<Listed> =
                list.values().filter(is_born_with).map(|entry| entry.listed.clone()).collect();
            twins.sort_by_key(|twin| twin.birth_order);
            twins
        })
    }

    /// The people that fit what is being typed, best first: names, mother's name, the end of a number, a card. Whose name
    /// only sounds so comes after them, where there is room.
    pub fn search(&self, posyandu: PosyanduId, text: &str, at_most: usize) -> Vec<Listed> {
        let wanted = search::Wanted::new(text);
        self.with(posyandu, |list| {
            let mother_nik = |entry: &Person| list.get(&entry.mother_id?)?.nik.as_deref();
            let fit = |entry: &Person| wanted.fits(&entry.folded, entry.numbers(mother_nik(entry)));
            let there = || list.values().filter(|entry| !entry.left);
            let mut found: Vec<(Option<Fit>, &Listed)> =
                there().filter_map(|entry| Some((Some(fit(entry)?), &entry.listed))).collect();
            best(&mut found, at_most);
            if found.len() < at_most {
                let is_new = |entry: &&Person| found.iter().all(|(_, known)| known.id != entry.listed.id);
                let others = there().filter(|entry| wanted.sounds_like(&entry.folded)).filter(is_new);
                let mut alike: Vec<(Option<Fit>, &Listed)> =
                    others.map(|entry| (None, &entry.listed)).collect();
                best(&mut alike, at_most - found.len());
                found.append(&mut alike);
            }
            found.into_iter().map(|(_, listed)| listed.clone()).collect()
        })
    }

    /// Who may already be the person that is being written down, the surest first.
    pub fn alike(&self, posyandu: PosyanduId, new: &Newcomer<'_>, at_most: usize) -> Vec<(Alike, Listed)> {
        let (name, mother) = (sounds(new.name), sounds(new.mother));
        let mut found = self.with(posyandu, |list| {
            let alike = |entry: &Person| Some((entry.is_like(new, &name, &mother)?, entry.listed.clone()));
            let others = list.values().filter(|entry| !entry.left && Some(entry.listed.id) != new.id);
            others.filter_map(alike).collect::<Vec<_>>()
        });
        let elsewhere = new.nik.filter(|nik| nik.len() >= 16).and_then(|nik| self.with_nik(nik));
        let elsewhere = elsewhere.filter(|other| {
            Some(other.id) != new.id && !found.iter().any(|(_, listed)| listed.id == other.id)
        });
        found.extend(elsewhere.map(|other| (Alike::Nik, other)));
        found.sort_by(|(one, a), (other, b)| one.cmp(other).then_with(|| a.name.cmp(&b.name)));
        found.truncate(at_most);
        found
    }

    /// Under-fives of the area in a month: how many there were, who came and who went, and how many there are.
    pub fn balance(&self, posyandu: PosyanduId, month: Month) -> Balance {
        let flows = self.flows(posyandu, month);
        Balance::of(flows.iter().map(|(flow, _)| *flow))
    }

    /// The people behind [`Roster::balance`], by name; whoever was not there before and is not now, is not among them.
    pub fn flows(&self, posyandu: PosyanduId, month: Month) -> Vec<(Flow, Listed)> {
        let mut flows = self.with(posyandu, |list| {
            let flow = |entry: &Person| Some((entry.life()?.in_month(month)?, entry.listed.clone()));
            list.values().filter_map(flow).collect::<Vec<_>>()
        });
        flows.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name).then(one.id.cmp(&other.id)));
        flows
    }

    fn those(&self, posyandu: PosyanduId, wanted: impl Fn(&Person) -> bool) -> Vec<Listed> {
        let mut list: Vec<Listed> = self.with(posyandu, |list| {
            list.values().filter(|entry| wanted(entry)).map(|entry| entry.listed.clone()).collect()
        });
        list.sort_by(|one, other| one.name.cmp(&other.name).then_with(|| one.mother.cmp(&other.mother)));
        list
    }

    fn with<T: Default>(&self, posyandu: PosyanduId, look: impl FnOnce(&People) -> T) -> T {
        let all = self.0.read().expect("nobody panics while holding the roster");
        all.get(&posyandu).map(look).unwrap_or_default()
    }
}

impl Person {
    fn of(child: &Child, last_seen: Option<LocalDate>) -> Option<Self> {
        let person = &child.registered;
        let nik_tail = person.nik.as_deref().map(search::tail);
        let listed = Listed {
            id: child.id,
            name: person.name.clone(),
            mother: person.mother.clone(),
            birth_date: person.birth_date.to_naive()?,
            sex: person.sex,
            birth_order: person.birth_order,
            last_seen: last_seen.and_then(LocalDate::to_naive),
            nik_tail,
            home: person.home.clone(),
            is_adult: child.is_adult,
            is_pregnant: child.pregnancy.is_some(),
            is_away: child.left == Some(Leaving::Away),
        };
        let moves = child.moves.iter().filter_map(|one| Some((one.on.to_naive()?, one.leaving)));
        Some(Self {
            folded: Folded::new(&person.name, &person.mother),
            name_sounds: sounds(&person.name),
            mother_sounds: sounds(&person.mother),
            nik: person.nik.clone(),
            family_card: person.family_card.clone(),
            card: card_of(child),
            mother_id: person.mother_id,
            since: child.since.to_naive().unwrap_or(listed.birth_date),
            moves: moves.collect(),
            left: child.left.is_some() && !listed.is_away,
            listed,
        })
    }

    fn numbers<'a>(&'a self, mother_nik: Option<&'a str>) -> Numbers<'a> {
        Numbers {
            nik: self.nik.as_deref(),
            family_card: self.family_card.as_deref(),
            card: Some(&self.card),
            mother_nik,
        }
    }

    fn is_like(&self, new: &Newcomer<'_>, name: &[String], mother: &[String]) -> Option<Alike> {
        let same_nik = new.nik.is_some_and(|nik| nik.len() >= 16 && self.nik.as_deref() == Some(nik));
        if same_nik {
            return Some(Alike::Nik);
        }
        let born = new.born?;
        let are_twins = self.listed.birth_order.zip(new.birth_order).is_some_and(|(one, other)| one != other)
            && self.listed.birth_date == born;
        if are_twins {
            return None;
        }
        if self.listed.birth_date == born && are_alike(&self.name_sounds, name) {
            return Some(Alike::NameAndBirth);
        }
        let is_close = (self.listed.birth_date - born).num_days().abs() < BETWEEN_BIRTHS_DAYS;
        (is_close && !mother.is_empty() && are_alike(&self.mother_sounds, mother))
            .then_some(Alike::MotherAndBirth)
    }

    /// How long she has lived in the area; a guest does not.
    fn life(&self) -> Option<Life<'_>> {
        let is_of_area = self.listed.home.is_none() && !self.listed.is_adult;
        is_of_area.then(|| Life { born: self.listed.birth_date, since: self.since, moves: &self.moves })
    }
}

/// Leaves the best of those found, in order; the rest is not even sorted.
fn best(found: &mut Vec<(Option<Fit>, &Listed)>, at_most: usize) {
    let order = |(one, a): &(Option<Fit>, &Listed), (other, b): &(Option<Fit>, &Listed)| {
        one.cmp(other).then_with(|| a.name.cmp(&b.name)).then_with(|| a.mother.cmp(&b.mother))
    };
    if found.len() > at_most {
        if at_most > 0 {
            found.select_nth_unstable_by(at_most - 1, order);
        }
        found.truncate(at_most);
    }
    found.sort_by(order);
}

/// The number of a person's card as it is printed and scanned: what was written on it by hand, or what follows from her
/// id.
pub(super) fn card_of(child: &Child) -> String {
    let own = child.registered.card.as_deref().map(str::trim).filter(|own| !own.is_empty());
    own.map_or_else(|| card::number(child.id), |own| card::read(own).unwrap_or_else(|| own.into()))
}
