//! Somebody as the lists of the day show her.

use protocol::CitizenId;

use crate::app::Edge;
use crate::store::Card;
use crate::web::words;

/// Somebody in a list.
pub(super) struct Line {
    pub(super) id: CitizenId,
    pub(super) name: String,
    pub(super) about: String,
    /// The posyandu she belongs to, if it is another.
    pub(super) guest_of: Option<String>,
}

impl Line {
    pub(super) fn of(edge: &Edge, card: &Card) -> Self {
        let now = edge.clock.now();
        let person = &card.person;
        let born = person.birth_date.to_naive().filter(|_| now.believable);
        let age = born.map(|born| words::age(born, now.today).to_string());
        let mother = (!person.mother.is_empty()).then(|| format!("Ibu {}", person.mother));
        let parts = [Some(words::sex_sign(person.sex).to_owned()), age, mother];
        Self {
            id: card.citizen,
            name: person.name.clone(),
            about: parts.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            guest_of: person.home.clone(),
        }
    }
}
