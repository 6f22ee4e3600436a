//! Whose number is this: found on the card without any number standing there.
//!
//! # Why
//! A key of this view is an HMAC over kind and number, under a key that follows from the data key: whoever holds the card
//! alone can neither read a number nor try one out. Names are searched in memory only.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use protocol::CitizenId;
use redb::TableDefinition;
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::child_row::ChildRow;
use super::writer::Writing;
use super::{Store, StoreError};

/// Blind number ‖ citizen.
pub(super) type IndexKey = [u8; 48];
/// Who has a number; two may have the same until somebody settles it.
pub(super) const PEOPLE_BY_INDEX: TableDefinition<&IndexKey, ()> = TableDefinition::new("people_by_index");

/// What a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// National identity number.
    Nik,
    /// Number of the family card.
    Family,
    /// Number on a card of the posyandu, or of BPJS.
    Card,
}

/// Makes numbers blind.
pub(super) struct Blind(Zeroizing<[u8; 32]>);

impl Blind {
    pub(super) fn new(data_key: &[u8; 32]) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, data_key)
            .expand(b"simpul people_by_index v1", key.as_mut_slice())
            .expect("32 bytes are within what HKDF gives");
        Self(key)
    }

    /// Spaces, dots and small letters make no difference.
    fn number(&self, number: Number, text: &str) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.0.as_slice()).expect("HMAC takes a key of any length");
        mac.update(match number {
            Number::Nik => b"nik/",
            Number::Family => b"family/",
            Number::Card => b"card/",
        });
        for letter in text.chars().filter(|letter| letter.is_alphanumeric()) {
            mac.update(letter.to_uppercase().collect::<String>().as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

impl Store {
    /// Everyone of whom this number is known.
    pub fn people_with(&self, number: Number, text: &str) -> Result<Vec<CitizenId>, StoreError> {
        let blind = self.0.shelf.blind.number(number, text);
        let (first, last) = (key(&blind, [0; 16]), key(&blind, [0xff; 16]));
        self.read(|reading| {
            let rows = reading.open_table(PEOPLE_BY_INDEX)?;
            let mut people = Vec::new();
            for row in rows.range::<&IndexKey>(&first..=&last)? {
                let citizen = *row?.0.value().last_chunk::<16>().expect("a key ends with a citizen");
                people.push(CitizenId(Uuid::from_bytes(citizen)));
            }
            Ok(people)
        })
    }
}

impl Writing<'_> {
    /// A person's row has changed: what was known before is no longer found, what is known now is.
    pub(super) fn index(
        &mut self,
        citizen: CitizenId,
        before: &ChildRow,
        now: &ChildRow,
    ) -> Result<(), StoreError> {
        let (before, now) = (numbers(citizen, before), numbers(citizen, now));
        for (number, text) in before.iter().filter(|known| !now.contains(known)) {
            let blind = self.shelf.blind.number(*number, text);
            self.people_by_index.remove(&key(&blind, *citizen.bytes()))?;
        }
        for (number, text) in now.iter().filter(|known| !before.contains(known)) {
            let blind = self.shelf.blind.number(*number, text);
            self.people_by_index.insert(&key(&blind, *citizen.bytes()), ())?;
        }
        Ok(())
    }
}

/// The numbers a person can be found by.
fn numbers(citizen: CitizenId, row: &ChildRow) -> Vec<(Number, String)> {
    let Some(person) = row.child(citizen).map(|child| child.registered) else { return Vec::new() };
    let numbers =
        [(Number::Nik, person.nik), (Number::Family, person.family_card), (Number::Card, person.card)];
    numbers.into_iter().filter_map(|(number, text)| Some((number, text?))).collect()
}

fn key(blind: &[u8; 32], citizen: [u8; 16]) -> IndexKey {
    let mut key = [0; 48];
    key[..32].copy_from_slice(blind);
    key[32..].copy_from_slice(&citizen);
    key
}
