//! Who works here and where: the bundle's people and places, as the hub has changed them since.

use protocol::bundle::{Posyandu, User};
use protocol::{PosyanduId, UserId};

use crate::app::Edge;
use crate::store::StoreError;

/// Everyone who may sign in. The hub's newest word on somebody counts; whom it says nothing of stays as the bundle says.
pub(crate) fn users(edge: &Edge) -> Result<Vec<User>, StoreError> {
    let mut told = edge.store.told_users()?;
    let mut users = Vec::new();
    for user in &edge.bundle.roster.users {
        match told.iter().position(|(id, _)| *id == user.id) {
            Some(at) => users.extend(told.swap_remove(at).1),
            None => users.push(user.clone()),
        }
    }
    let mut new: Vec<User> = told.into_iter().filter_map(|(_, user)| user).collect();
    new.sort_by(|one, other| one.name.cmp(&other.name).then(one.id.cmp(&other.id)));
    users.extend(new);
    Ok(users)
}

/// Someone who may sign in.
pub(super) fn user(edge: &Edge, id: UserId) -> Result<Option<User>, StoreError> {
    Ok(users(edge)?.into_iter().find(|user| user.id == id))
}

/// The posyandu this node serves, under their newest names.
pub(super) fn places(edge: &Edge) -> Result<Vec<Posyandu>, StoreError> {
    let told = edge.store.told_posyandu()?;
    let newest = |place: &Posyandu| told.iter().find(|told| told.id == place.id).unwrap_or(place).clone();
    let known = &edge.bundle.roster.posyandu;
    let mut places: Vec<Posyandu> = known.iter().map(newest).collect();
    places.extend(told.iter().filter(|told| known.iter().all(|place| place.id != told.id)).cloned());
    Ok(places)
}

/// The only posyandu, or the one that was chosen.
pub(super) fn only_or_chosen(
    edge: &Edge,
    chosen: Option<PosyanduId>,
) -> Result<Option<Posyandu>, StoreError> {
    let mut places = places(edge)?;
    if places.len() == 1 {
        return Ok(places.pop());
    }
    Ok(places.into_iter().find(|place| Some(place.id) == chosen))
}
