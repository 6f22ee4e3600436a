//! A half-filled page about one person: it lives on the node until it is saved.

use std::collections::BTreeMap;

use protocol::CitizenId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::Edge;
use crate::store::{Small, StoreError};

/// No field of ours is longer, in characters.
const LONGEST: usize = 1_000;

/// What was typed, by the fields' names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Typed(BTreeMap<String, String>);

impl Typed {
    /// What stands in a field, without the blanks around it; empty if nothing does.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }

    /// Whether a box is ticked, or a choice made.
    pub(crate) fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// Something written in words: one space between words, at most as long as a record keeps.
    pub(crate) fn text(&self, name: &str) -> String {
        let words: Vec<&str> = self
            .get(name)
            .split(|letter: char| letter.is_whitespace() || letter.is_control())
            .filter(|word| !word.is_empty())
            .collect();
        words.join(" ").chars().take(LONGEST).collect()
    }

    /// Writes into a field.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// The number of this page, minted with it, from which the ids of its events are made; a second tap saves the same.
    pub(crate) fn sheet(&mut self) -> Uuid {
        let known = Uuid::parse_str(self.get("sheet"));
        let sheet = known.unwrap_or_else(|_| Uuid::now_v7());
        self.set("sheet", sheet.to_string());
        sheet
    }

    /// The half-filled page of a person, whoever began it on whichever phone.
    pub(crate) fn kept(edge: &Edge, page: &str, citizen: CitizenId) -> Result<Self, StoreError> {
        let row = edge.store.small(Small::Sessions, &key(page, citizen))?;
        Ok(row.and_then(|row| postcard::from_bytes(&row).ok()).unwrap_or_default())
    }

    /// Keeps it until it is saved.
    pub(crate) async fn keep(&self, edge: &Edge, page: &str, citizen: CitizenId) -> Result<(), StoreError> {
        let row = postcard::to_allocvec(self).expect("a form is plain text");
        edge.store.put_small(Small::Sessions, key(page, citizen), row).await
    }

    /// Forgets it: it is saved.
    pub(crate) async fn forget(edge: &Edge, page: &str, citizen: CitizenId) -> Result<(), StoreError> {
        edge.store.remove_small(Small::Sessions, key(page, citizen)).await
    }
}

fn key(page: &str, citizen: CitizenId) -> Vec<u8> {
    [b"sheet/".as_slice(), page.as_bytes(), b"/", citizen.bytes()].concat()
}
