//! A child's rows, made from nothing but the child's events.
//!
//! # Why
//! Events come late, twice and in any order, and a correction may come before what it corrects. What the tables say
//! must depend on which events there are and on nothing else, so there is one function from the set to the rows.

use std::collections::{BTreeMap, HashMap, HashSet};

use protocol::{Body, EventId, VisitId};
use uuid::Uuid;

use super::Entered;
use super::record::{Key, RecordRow};
use crate::citizens::Citizen;

/// What all events of one child say, before anything is concluded from it.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    pub(crate) citizen: Option<Citizen>,
    pub(crate) records: BTreeMap<Key, RecordRow>,
}

/// Folds the events of one child, given in any order and any number of times.
pub(crate) fn fold(events: Vec<Entered>) -> Folded {
    let events = in_order(events);
    let replaced: HashSet<(u16, Uuid)> = events.iter().filter_map(replacement).collect();
    let stands = |entered: &Entered| !replaced.contains(&(kind(entered), entered.event_id()));
    let mut folded = Folded { citizen: registration(&events, stands), records: BTreeMap::new() };
    // Later in order overwrites earlier.
    for entered in events.iter().filter(|entered| !entered.is_registration() && stands(entered)) {
        folded
            .records
            .entry((entered.posyandu(), entered.citizen(), entered.visit()))
            .and_modify(|record| record.put(entered))
            .or_insert_with(|| RecordRow::begun_by(entered));
    }
    folded
}

/// The event this one replaces, if it says so: only one of its own kind, a weight by a weight.
pub(crate) fn replacement(entered: &Entered) -> Option<(u16, Uuid)> {
    let replaced = entered.event.header.replaces.as_ref()?.event.0;
    (replaced != entered.event_id()).then_some((kind(entered), replaced))
}

/// The last registration that stands. Should two replace each other, the child does not vanish.
fn registration(events: &[Entered], stands: impl Fn(&Entered) -> bool) -> Option<Citizen> {
    let mut registrations = events.iter().filter(|entered| entered.is_registration());
    let last =
        registrations.clone().rfind(|entered| stands(entered)).or_else(|| registrations.next_back())?;
    match &last.event.body {
        Body::ChildRegistered(child) => Some(Citizen::registered(last, child)),
        Body::Weighed(_) | Body::LengthTaken(_) => None,
    }
}

/// The events in order, each once. One that came by two roads counts where it was written down first.
fn in_order(events: Vec<Entered>) -> Vec<Entered> {
    let mut once: HashMap<(u16, EventId, Option<VisitId>), Entered> = HashMap::new();
    for entered in events {
        let header = &entered.event.header;
        let key = (kind(&entered), header.id, header.visit.map(|visit| visit.id));
        match once.get(&key) {
            Some(known) if known.order() <= entered.order() => {}
            _ => drop(once.insert(key, entered)),
        }
    }
    let mut events: Vec<_> = once.into_values().collect();
    events.sort_by_key(Entered::order);
    events
}

fn kind(entered: &Entered) -> u16 {
    entered.event.body.kind().0
}
