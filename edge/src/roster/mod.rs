//! The posyandu's people, held in memory so that a name is found while it is being typed.

mod edit;
mod enrol;
mod fields;
pub(crate) mod leave;
mod meeting;
mod nik;
mod routes;
pub mod search;
pub(crate) mod tasks;
pub(crate) mod values;

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use chrono::NaiveDate;
use protocol::event::{Body, Entry, Place};
use protocol::registry::Sex;
use protocol::{CitizenId, EventId, LocalDate, PosyanduId};

use crate::app::Edge;
use crate::day;
use crate::staff::Staff;
use crate::store::{Child, NewEvent};
use crate::web::Trouble;
use search::Folded;

pub use routes::routes;

/// Everyone this node knows, by posyandu. Names are in the clear here and nowhere on disk.
#[derive(Clone, Default)]
pub struct Roster(Arc<RwLock<HashMap<PosyanduId, HashMap<CitizenId, Person>>>>);

/// A person as a list shows her.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The person.
    pub id: CitizenId,
    /// Her name.
    pub name: String,
    /// Her mother's name.
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
}

#[derive(Clone)]
struct Person {
    listed: Listed,
    nik: Option<String>,
    folded: Folded,
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
        let here = |list: &HashMap<CitizenId, Person>| {
            list.values().filter(|entry| !entry.left).map(|entry| entry.listed.clone()).collect()
        };
        let mut list: Vec<Listed> = self.with(posyandu, here);
        list.sort_by(|one: &Listed, other| one.name.cmp(&other.name).then(one.mother.cmp(&other.mother)));
        list
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

    /// The people that fit what is being typed, best first: names, mother's name, end of the NIK.
    pub fn search(&self, posyandu: PosyanduId, text: &str, at_most: usize) -> Vec<Listed> {
        let wanted = search::Wanted::new(text);
        let mut found = self.with(posyandu, |list| {
            let fits = |entry: &Person| {
                Some((wanted.fits(&entry.folded, entry.nik.as_deref())?, entry.listed.clone()))
            };
            list.values().filter(|entry| !entry.left).filter_map(fits).collect::<Vec<_>>()
        });
        found.sort_by(|(one, a): &(search::Fit, Listed), (other, b)| {
            one.cmp(other).then_with(|| a.name.cmp(&b.name)).then_with(|| a.mother.cmp(&b.mother))
        });
        found.into_iter().take(at_most).map(|(_, listed)| listed).collect()
    }

    fn with<T: Default>(
        &self,
        posyandu: PosyanduId,
        look: impl FnOnce(&HashMap<CitizenId, Person>) -> T,
    ) -> T {
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
        };
        let folded = Folded::new(&person.name, &person.mother);
        Some(Self { listed, nik: person.nik.clone(), folded, left: child.left.is_some() })
    }
}

/// A child of the posyandu she works at; any other does not exist for this kader.
pub(crate) fn of_child(edge: &Edge, staff: &Staff, id: CitizenId) -> Result<Child, Trouble> {
    let child = edge.store.child(id)?.filter(|child| child.posyandu == staff.posyandu.id);
    child.ok_or(Trouble::Nowhere)
}

/// Something a kader has just written down about a child, outside any visit.
fn about_child(edge: &Edge, staff: &Staff, citizen: CitizenId, id: EventId, body: Body) -> NewEvent {
    let now = edge.clock.now();
    NewEvent {
        id,
        author: staff.author(),
        posyandu: staff.posyandu.id,
        citizen: Some(citizen),
        visit: None,
        observed_on: now.today.into(),
        recorded_at: now.stamp,
        report_month: day::report_month(edge, staff.posyandu.id, now.today),
        place: Place::Posyandu,
        entry: Entry::Typed,
        instrument: None,
        replaces: None,
        body,
    }
}
