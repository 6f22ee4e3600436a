//! A child's rows, made from nothing but the child's events.
//!
//! # Why
//! Events come late, twice and in any order, and a correction may come before what it corrects. What the tables say
//! must depend on which events there are and on nothing else, so there is one function from the set to the rows.

use std::collections::{BTreeMap, HashMap, HashSet};

use protocol::registry::{Leaving, Person};
use protocol::versions::{self, Version};
use protocol::{Body, EventId, Frame, VisitId};
use uuid::Uuid;

use super::record::{Key, RecordRow};
use super::{Correction, Entered};
use crate::citizens::Citizen;

/// What all events of one child say, before anything is concluded from it.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    pub(crate) citizen: Option<Citizen>,
    pub(crate) records: BTreeMap<Key, RecordRow>,
}

/// Folds the events of one child, given in any order and any number of times, and what stands of its visits as a guest.
pub(crate) fn fold(events: Vec<Entered>, as_guest: Vec<Entered>) -> Folded {
    let events = in_order(events);
    let replaced: HashSet<(u16, Uuid)> = events.iter().filter_map(replacement).collect();
    let stands = |entered: &Entered| !replaced.contains(&(kind(entered), entered.event_id()));
    let mut folded = Folded { citizen: registration(&events, stands), records: BTreeMap::new() };
    let own = events.iter().filter(|entered| entered.is_measurement() && stands(entered));
    let mut measured: Vec<&Entered> = own.chain(&as_guest).collect();
    // Later in order overwrites earlier.
    measured.sort_by_key(|entered| (entered.order(), entered.event_id()));
    for entered in measured {
        folded
            .records
            .entry((entered.posyandu(), entered.citizen(), entered.visit()))
            .and_modify(|record| record.put(entered))
            .or_insert_with(|| RecordRow::begun_by(entered));
    }
    if folded.citizen.as_ref().is_some_and(Citizen::is_adult) {
        folded.records.retain(|_, record| record.is_of_a_child());
    }
    folded
}

/// The events of one person that stand, in order, each once; what was replaced or taken back is not among them.
pub(crate) fn standing(events: Vec<Entered>) -> Vec<Entered> {
    let mut events = in_order(events);
    let replaced: HashSet<(u16, Uuid)> = events.iter().filter_map(replacement).collect();
    events.retain(|entered| !replaced.contains(&(kind(entered), entered.event_id())));
    events
}

/// The corrections of the registration among those events that stand, in order.
pub(super) fn corrections(events: Vec<Entered>) -> Vec<Correction> {
    let correction = |entered: &Entered| {
        let author = entered.event.header.author.user.0;
        Some(Correction { version: version(entered)?, author, on: entered.observed_on() })
    };
    standing(events).iter().filter_map(correction).collect()
}

/// The event this one replaces or takes back, if it says so: only one of its own kind, a weight by a weight.
pub(crate) fn replacement(entered: &Entered) -> Option<(u16, Uuid)> {
    let replaced = entered.event.header.replaces.as_ref()?.event.0;
    let kind = match &entered.event.body {
        Body::Voided(voided) => voided.kind,
        _ => kind(entered),
    };
    (replaced != entered.event_id()).then_some((kind, replaced))
}

/// The last registration that stands. Should two replace each other, the child does not vanish.
fn registration(events: &[Entered], stands: impl Fn(&Entered) -> bool) -> Option<Citizen> {
    let mut registrations = events.iter().filter(|entered| entered.is_registration());
    let last =
        registrations.clone().rfind(|entered| stands(entered)).or_else(|| registrations.next_back())?;
    let registered = person(&last.event.body)?;
    let fields = versions::fold(events.iter().filter(|entered| stands(entered)).filter_map(version));
    let mut citizen = Citizen::registered(last, &versions::corrected(&registered, &fields));
    citizen.dispute(&fields);
    // Who was registered elsewhere since has left only the other roster.
    let leaves = |entered: &&Entered| stands(entered) && entered.posyandu() == citizen.posyandu_id;
    if let Some(last) = events.iter().filter(leaves).rfind(|entered| leaving(entered).is_some()) {
        citizen.leave(leaving(last).expect("just seen"), last.known_since());
    }
    Some(citizen)
}

/// Whom an event registers.
pub(super) fn person(body: &Body) -> Option<Person> {
    match body {
        Body::ChildRegistered(child) => Some(child.into()),
        Body::AdultRegistered(adult) => Some(adult.into()),
        _ => None,
    }
}

fn version(entered: &Entered) -> Option<Version> {
    match &entered.event.body {
        Body::PersonEdited(edited) => Some(Version::of(entered.event.header.id, edited)),
        _ => None,
    }
}

fn leaving(entered: &Entered) -> Option<Leaving> {
    match &entered.event.body {
        Body::PersonLeft(left) => Some(left.leaving),
        _ => None,
    }
}

/// The events in order, each once. One that came by two roads counts where it was written down first.
fn in_order(events: Vec<Entered>) -> Vec<Entered> {
    let mut once: HashMap<(u16, EventId, Option<VisitId>), Entered> = HashMap::new();
    for entered in events {
        let header = &entered.event.header;
        let key = (kind(&entered), header.id, header.visit.map(|visit| visit.id));
        match once.get(&key) {
            Some(known) if is_no_later(known, &entered) => {}
            _ => drop(once.insert(key, entered)),
        }
    }
    let mut events: Vec<_> = once.into_values().collect();
    // Two stories of a copied card may use the same number; then the id decides, so that it is the same everywhere.
    events.sort_by_key(|entered| (entered.order(), entered.event_id()));
    events
}

/// Whether of two accounts of one event the first is the one to keep: by its number, or else by its bytes.
fn is_no_later(one: &Entered, other: &Entered) -> bool {
    let bytes = |entered: &Entered| Frame::encode(&entered.event);
    one.order().cmp(&other.order()).then_with(|| bytes(one).cmp(&bytes(other))).is_le()
}

fn kind(entered: &Entered) -> u16 {
    entered.event.body.kind().0
}
