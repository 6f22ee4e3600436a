//! Who works here and where: the bundle's people and places, as the hub has changed them since.

use protocol::bundle::{Posyandu, User};
use protocol::{PosyanduId, UserId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::app::Edge;
use crate::store::{Small, StoreError};

/// Everyone who may sign in, with the PIN that counts now: one that was set here with the Puskesmas' answer counts until
/// the hub says another.
pub(crate) fn users(edge: &Edge) -> Result<Vec<User>, StoreError> {
    let mut users = told_users(edge)?;
    for (key, row) in edge.store.smalls(Small::LocalPins)? {
        let Ok(local) = postcard::from_bytes::<LocalPin>(&row) else { continue };
        let of_this = |user: &&mut User| user.id.bytes().as_slice() == key;
        if let Some(user) = users.iter_mut().find(of_this)
            && local.instead_of == fingerprint(&user.pin_verifier)
        {
            user.pin_verifier = local.verifier;
        }
    }
    Ok(users)
}

/// A PIN that was set on this node.
#[derive(Serialize, Deserialize)]
struct LocalPin {
    verifier: String,
    /// What the hub said of her PIN then, by its fingerprint.
    instead_of: [u8; 32],
}

/// Keeps a PIN that was set here, instead of the one the hub knows of.
pub(super) async fn keep_local_pin(edge: &Edge, user: UserId, verifier: String) -> Result<(), StoreError> {
    let told = told_users(edge)?.into_iter().find(|told| told.id == user);
    let instead_of = fingerprint(told.as_ref().map_or("", |told| &told.pin_verifier));
    let row = postcard::to_allocvec(&LocalPin { verifier, instead_of }).expect("text and figures");
    edge.store.put_small(Small::LocalPins, user.bytes().to_vec(), row).await
}

/// Tells one verifier from another without showing either.
pub(super) fn fingerprint(verifier: &str) -> [u8; 32] {
    Sha256::digest(verifier.as_bytes()).into()
}

/// As bundle and hub say. The hub's newest word on somebody counts; whom it says nothing of stays as the bundle says.
fn told_users(edge: &Edge) -> Result<Vec<User>, StoreError> {
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
pub(crate) fn user(edge: &Edge, id: UserId) -> Result<Option<User>, StoreError> {
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

/// What a posyandu of this node is called; `None` for any other, and while that cannot be read.
pub(crate) fn place_name(edge: &Edge, id: PosyanduId) -> Option<String> {
    places(edge).ok()?.into_iter().find(|place| place.id == id).map(|place| place.name)
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
