//! What an item is about, and how it is kept.

use protocol::feed::Item;
use uuid::Uuid;

/// The item's number on the wire.
pub(super) mod kinds {
    pub(crate) const EVENT: i16 = 0;
    pub(crate) const USER: i16 = 2;
}

pub(super) const fn kind(item: &Item) -> i16 {
    match item {
        Item::Event(_) => kinds::EVENT,
        Item::Left { .. } => 1,
        Item::User(_) => kinds::USER,
        Item::UserGone(_) => 3,
        Item::Posyandu(_) => 4,
        Item::Setting { .. } => 5,
        Item::Session(_) => 6,
        Item::Task(_) => 7,
        Item::HubKeys(_) => 8,
        Item::WebCertificate { .. } => 9,
        Item::Guest(_) => 10,
    }
}

/// Whom or what the item is the last word on; `None` for what stays true beside everything that follows.
pub(super) fn subject(item: &Item) -> Option<String> {
    match item {
        Item::Event(_) => None,
        Item::Left { citizen, .. } => Some(leaving(citizen.0)),
        Item::User(user) => Some(using(user.id.0)),
        Item::UserGone(user) => Some(using(user.0)),
        Item::Posyandu(_) => Some("posyandu".to_owned()),
        Item::Setting { key, .. } => Some(format!("setting {key}")),
        Item::Session(session) => Some(format!("session {}", session.id)),
        Item::Task(task) => Some(format!("task {}", task.id)),
        Item::HubKeys(_) => Some(KEYS.to_owned()),
        Item::WebCertificate { node, .. } => Some(format!("certificate {node}")),
        Item::Guest(guest) => Some(format!("guest {} {}", guest.guest, guest.home)),
    }
}

/// The subject of the hub's keys.
pub(super) const KEYS: &str = "keys";

/// The subject of somebody's leaving: done with once she is back.
pub(super) fn leaving(citizen: Uuid) -> String {
    format!("left {citizen}")
}

/// The subject of somebody who may sign in, or may not any more.
pub(super) fn using(user: Uuid) -> String {
    format!("user {user}")
}

#[cfg(test)]
mod tests {
    use protocol::feed::Guest;

    use super::*;

    #[test]
    fn the_kind_is_the_number_on_the_wire() {
        let items = [
            Item::Event(Vec::new()),
            Item::UserGone(Uuid::nil().into()),
            Item::Setting { key: String::new(), value: String::new() },
            Item::HubKeys(Vec::new()),
            Item::WebCertificate { node: Uuid::nil().into(), certificate: None },
            Item::Guest(Guest { home: Uuid::nil().into(), guest: Uuid::nil().into(), at: None }),
        ];
        for item in items {
            assert_eq!(i16::from(item.encode()[0]), kind(&item));
        }
    }
}
