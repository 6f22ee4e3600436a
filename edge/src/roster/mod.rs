//! The posyandu's people, held in memory so that a name is found while it is being typed.

mod alike;
pub mod balance;
pub mod category;
mod edit;
mod fields;
mod from_book;
pub(crate) mod leave;
mod list;
#[cfg(test)]
mod list_tests;
mod meeting;
mod nik;
mod person;
mod photograph;
mod register;
mod routes;
mod scan;
pub mod search;
pub(crate) mod tasks;
pub(crate) mod values;

use chrono::NaiveDate;
use protocol::event::{Body, Entry, Place};
use protocol::{CitizenId, EventId, PosyanduId};

use crate::app::Edge;
use crate::day;
use crate::staff::{self, Staff};
use crate::store::{Card, Child, NewEvent, Weighed};
use crate::web::Trouble;

pub use list::{Alike, Listed, Newcomer, Roster};
pub(crate) use person::photo::has as has_photo;
pub use routes::routes;

/// A child of the posyandu she works at; any other does not exist for this kader.
pub(crate) fn of_child(edge: &Edge, staff: &Staff, id: CitizenId) -> Result<Child, Trouble> {
    let child = edge.store.child(id)?.filter(|child| child.posyandu == staff.posyandu.id);
    child.ok_or(Trouble::Nowhere)
}

/// `Posyandu Melati 2`, where a visit was made that was not made here; `told` is what the hub calls it.
pub(crate) fn place(edge: &Edge, at: PosyanduId, told: Option<&str>) -> String {
    let name = told.filter(|name| !name.is_empty()).map(str::to_owned);
    let name = name.or_else(|| staff::place_name(edge, at));
    name.map_or_else(|| "posyandu lain".into(), |name| format!("Posyandu {name}"))
}

/// The same of a weighing on somebody's card.
pub(crate) fn place_of(edge: &Edge, card: &Card, weighed: &Weighed) -> String {
    place(edge, weighed.posyandu, card.places.get(&weighed.posyandu).map(String::as_str))
}

/// The day it is, or at least is where nobody has set the clock: good for proposals, and for what lies months back.
fn day(edge: &Edge) -> NaiveDate {
    let now = edge.clock.now();
    if now.believable { now.today } else { now.at_least }
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
