//! A person's fields after everybody's corrections: which value stands, and where a person has to choose.
//!
//! # Why
//! Node and hub hear of the same corrections in different order. Both fold them by this one rule, which asks only which
//! corrections there are, so both show the same value without having to agree on anything first.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::ids::EventId;
use crate::registry::{Edit, Field, Person, PersonEdited};
use crate::time::Hybrid;

/// One correction of one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The event that made it.
    pub event: EventId,
    /// The field and its value.
    pub edit: Edit,
    /// The versions of this field that were seen when it was made.
    pub bases: Vec<EventId>,
    /// Orders what nobody has settled yet.
    pub at: Hybrid,
}

/// What the corrections of one field come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing(Vec<Version>);

impl Version {
    /// The correction an event makes.
    pub fn of(event: EventId, edited: &PersonEdited) -> Self {
        Self { event, edit: edited.edit.clone(), bases: edited.bases.clone(), at: edited.at }
    }
}

impl Standing {
    /// The value that stands: that of the latest head.
    pub fn edit(&self) -> &Edit {
        &self.0[0].edit
    }

    /// The corrections nobody has built upon, latest first; at least one. A new correction made in sight of them names
    /// them all as its bases.
    pub fn heads(&self) -> &[Version] {
        &self.0
    }

    /// Whether people who did not see each other's correction wrote different values: a person has to choose.
    pub fn is_disputed(&self) -> bool {
        self.0.iter().any(|head| head.edit != self.0[0].edit)
    }
}

/// Every corrected field and what stands there. The corrections may come in any order and any number of times.
///
/// A version that another one of the same field names as its base is settled. Should versions name each other in a
/// circle, so that none is left, all of them are heads.
pub fn fold(versions: impl IntoIterator<Item = Version>) -> BTreeMap<Field, Standing> {
    let mut fields: BTreeMap<Field, BTreeMap<EventId, Version>> = BTreeMap::new();
    for version in versions {
        fields.entry(version.edit.field()).or_default().entry(version.event).or_insert(version);
    }
    fields.into_iter().map(|(field, versions)| (field, standing(versions))).collect()
}

/// A registration with every correction in it.
#[must_use]
pub fn corrected(registered: &Person, fields: &BTreeMap<Field, Standing>) -> Person {
    let mut person = registered.clone();
    for standing in fields.values() {
        standing.edit().apply(&mut person);
    }
    person
}

fn standing(versions: BTreeMap<EventId, Version>) -> Standing {
    let settled: BTreeSet<EventId> = versions
        .values()
        .flat_map(|version| version.bases.iter().filter(|&&base| base != version.event))
        .copied()
        .collect();
    let all_settled = versions.keys().all(|event| settled.contains(event));
    let mut heads: Vec<Version> =
        versions.into_values().filter(|version| all_settled || !settled.contains(&version.event)).collect();
    heads.sort_by_key(|head| core::cmp::Reverse((head.at, head.event)));
    Standing(heads)
}
