//! The posyandu's people, held in memory so that a name is found while it is being typed.

mod enrol;
mod nik;
mod routes;
pub mod search;

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use chrono::NaiveDate;
use protocol::registry::Sex;
use protocol::{CitizenId, LocalDate, PosyanduId};

use crate::store::Child;
use search::Folded;

pub use routes::routes;

/// Everyone this node knows, by posyandu. Names are in the clear here and nowhere on disk.
#[derive(Clone, Default)]
pub struct Roster(Arc<RwLock<HashMap<PosyanduId, HashMap<CitizenId, Entry>>>>);

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
struct Entry {
    listed: Listed,
    nik: Option<String>,
    folded: Folded,
}

impl Roster {
    /// Puts a person in, or her newer description in place of the older.
    pub fn put(&self, child: &Child, last_seen: Option<LocalDate>) {
        let Some(entry) = Entry::of(child, last_seen) else { return };
        let mut all = self.0.write().expect("nobody panics while holding the roster");
        all.entry(child.posyandu).or_default().insert(child.id, entry);
    }

    /// Everyone of a posyandu, by name.
    pub fn all(&self, posyandu: PosyanduId) -> Vec<Listed> {
        let mut list: Vec<Listed> =
            self.with(posyandu, |list| list.values().map(|entry| entry.listed.clone()).collect());
        list.sort_by(|one: &Listed, other| one.name.cmp(&other.name).then(one.mother.cmp(&other.mother)));
        list
    }

    /// One person.
    pub fn one(&self, posyandu: PosyanduId, id: CitizenId) -> Option<Listed> {
        self.with(posyandu, |list| list.get(&id).map(|entry| entry.listed.clone()))
    }

    /// Whoever bears this NIK already, in any posyandu of this node.
    pub fn with_nik(&self, nik: &str) -> Option<Listed> {
        let all = self.0.read().expect("nobody panics while holding the roster");
        let mut everyone = all.values().flat_map(HashMap::values);
        everyone.find(|entry| entry.nik.as_deref() == Some(nik)).map(|entry| entry.listed.clone())
    }

    /// The people that fit what is being typed, best first: names, mother's name, end of the NIK.
    pub fn search(&self, posyandu: PosyanduId, text: &str, at_most: usize) -> Vec<Listed> {
        let wanted = search::Wanted::new(text);
        let mut found = self.with(posyandu, |list| {
            let fits = |entry: &Entry| {
                Some((wanted.fits(&entry.folded, entry.nik.as_deref())?, entry.listed.clone()))
            };
            list.values().filter_map(fits).collect::<Vec<_>>()
        });
        found.sort_by(|(one, a): &(search::Fit, Listed), (other, b)| {
            one.cmp(other).then_with(|| a.name.cmp(&b.name)).then_with(|| a.mother.cmp(&b.mother))
        });
        found.into_iter().take(at_most).map(|(_, listed)| listed).collect()
    }

    fn with<T: Default>(
        &self,
        posyandu: PosyanduId,
        look: impl FnOnce(&HashMap<CitizenId, Entry>) -> T,
    ) -> T {
        let all = self.0.read().expect("nobody panics while holding the roster");
        all.get(&posyandu).map(look).unwrap_or_default()
    }
}

impl Entry {
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
        Some(Self { listed, nik: person.nik.clone(), folded })
    }
}
