//! What a month's figures are made of, in memory: of everybody the registration in short, every weighing, and what was
//! given or asked.
//!
//! # Why
//! A month is counted while somebody waits for the page, and over everybody at once. So what counts is kept beside the
//! roster, made from the views at start and made again of each person whom a commit touched; nothing of it is on the card.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, RwLock};

use chrono::NaiveDate;
use protocol::event::Entry;
use protocol::immunization::Immunization;
use protocol::registry::{Leaving, Person};
use protocol::service::{Noted, Served};
use protocol::{Body, CitizenId, LocalDate, Month, PosyanduId, VisitId};
use redb::ReadableDatabase;

use super::{Shelf, Store, StoreError, facts, opening, views};

/// Everybody's card; cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Cards(Arc<RwLock<HashMap<CitizenId, Arc<Card>>>>);

/// What is counted of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The person.
    pub citizen: CitizenId,
    /// Where the person stands in a roster, and since when.
    pub stay: Stay,
    /// What is known of the person that figures need: name, sex, birth, KIA book, whose guest.
    pub person: Arc<Person>,
    /// The weighings that stand, by month and day.
    pub weighings: Vec<Weighed>,
    /// What else was recorded, by month.
    pub marks: Vec<Mark>,
    /// What the posyandu are called where a child was weighed as a guest.
    pub places: HashMap<PosyanduId, String>,
}

/// From when to when somebody is in a posyandu's roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// The posyandu.
    pub posyandu: PosyanduId,
    /// The day it was written down that the person belongs there.
    pub since: LocalDate,
    /// Why the person left, if so.
    pub left: Option<Leaving>,
    /// The day of that; `None` if only the hub says so, without a day.
    pub until: Option<LocalDate>,
}

/// One weighing with a value and a day that can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weighed {
    /// The visit.
    pub visit: VisitId,
    /// Where it was recorded.
    pub posyandu: PosyanduId,
    /// The month it is reported in.
    pub month: Month,
    /// The day.
    pub on: NaiveDate,
    /// In grams.
    pub mass_g: u32,
    /// Length of the same visit, in tenths of a millimetre.
    pub length_tenth_mm: Option<u32>,
    /// Measured lying.
    pub lying: bool,
    /// Both feet swollen.
    pub oedema: bool,
    /// Copied from the family's book.
    pub from_book: bool,
}

/// Something recorded of somebody in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The month it is reported in.
    pub month: Month,
    /// Where.
    pub posyandu: PosyanduId,
    /// What.
    pub what: What,
}

/// What a [`Mark`] stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Was at a visit, whatever was done there.
    Came,
    /// Nothing but breast milk, or something else as well: the last answer.
    Breastfed(bool),
    /// A capsule of vitamin A.
    VitaminA,
    /// Medicine against worms.
    Dewormed,
    /// A dose of vaccine.
    Immunized,
    /// A pregnancy was written down.
    PregnancyBegan,
    /// It ended.
    PregnancyEnded,
}

impl Cards {
    fn put(&self, card: Card) {
        let mut all = self.0.write().expect("nobody panics while holding the cards");
        all.insert(card.citizen, Arc::new(card));
    }

    fn all(&self) -> Vec<Arc<Card>> {
        self.0.read().expect("nobody panics while holding the cards").values().cloned().collect()
    }

    fn one(&self, citizen: CitizenId) -> Option<Arc<Card>> {
        self.0.read().expect("nobody panics while holding the cards").get(&citizen).cloned()
    }
}

impl Card {
    /// Whether the person was at a visit of a posyandu that is reported in a month.
    pub fn came(&self, posyandu: PosyanduId, month: Month) -> bool {
        let is_here = |at: PosyanduId, of: Month| at == posyandu && of == month;
        self.weighings.iter().any(|weighed| !weighed.from_book && is_here(weighed.posyandu, weighed.month))
            || self.marks.iter().any(|mark| mark.what == What::Came && is_here(mark.posyandu, mark.month))
    }

    /// Where somebody of this posyandu was weighed in a month, if that was elsewhere.
    pub fn weighed_away(&self, posyandu: PosyanduId, month: Month) -> Option<&Weighed> {
        let is_away = |weighed: &&Weighed| weighed.month == month && weighed.posyandu != posyandu;
        let lives_here = self.stay.posyandu == posyandu && self.person.home.is_none();
        self.weighings.iter().filter(|_| lives_here).rfind(|weighed| is_away(weighed) && !weighed.from_book)
    }

    /// Whether a pregnancy stands open in a month.
    pub fn is_pregnant(&self, month: Month) -> bool {
        let last = self.marks.iter().rfind(|mark| match mark.what {
            What::PregnancyBegan => mark.month <= month,
            What::PregnancyEnded => mark.month < month,
            _ => false,
        });
        last.is_some_and(|mark| mark.what == What::PregnancyBegan)
    }
}

impl Store {
    /// Everybody's card, in no order.
    pub fn cards(&self) -> Vec<Arc<Card>> {
        self.0.shelf.cards.all()
    }

    /// One person's card.
    pub fn card(&self, citizen: CitizenId) -> Option<Arc<Card>> {
        self.0.shelf.cards.one(citizen)
    }

    pub(super) fn fill_cards(&self) -> Result<(), StoreError> {
        let shelf = &self.0.shelf;
        self.read(|reading| {
            for citizen in views::everyone(reading)? {
                shelf.cards.renew(shelf, reading, citizen)?;
            }
            Ok(())
        })
    }
}

impl Shelf {
    /// Makes the cards of those again whom a commit touched. What cannot be read is said; the next start reads it anew.
    pub(super) fn renew_cards(&self, touched: &BTreeSet<CitizenId>) {
        if touched.is_empty() {
            return;
        }
        let renewed = self.database().and_then(|database| {
            opening::guarded(|| {
                let reading = database.begin_read()?;
                touched.iter().try_for_each(|&citizen| self.cards.renew(self, &reading, citizen))
            })
        });
        if let Err(error) = renewed {
            tracing::error!("the month's figures may miss what was just saved: {error}");
        }
    }
}

impl Cards {
    fn renew(
        &self,
        shelf: &Shelf,
        reading: &redb::ReadTransaction,
        citizen: CitizenId,
    ) -> Result<(), StoreError> {
        let Some((child, since, until)) = views::stay(reading, &shelf.seal, citizen)? else { return Ok(()) };
        let stay = Stay { posyandu: child.posyandu, since, left: child.left, until };
        let (mut weighings, mut places) = (Vec::new(), HashMap::new());
        for record in views::visits_of(reading, &shelf.seal, citizen)? {
            let (Some(seen), Some(on)) = (&record.weighed, record.observed_on.to_naive()) else { continue };
            let Some(mass_g) = seen.value.mass_g.value().filter(|_| !record.clock_unset) else { continue };
            let length = record.length.as_ref();
            places.extend(record.posyandu.zip(record.as_guest));
            weighings.push(Weighed {
                visit: record.visit,
                posyandu: record.posyandu.unwrap_or(stay.posyandu),
                month: record.report_month,
                on,
                mass_g,
                length_tenth_mm: length.and_then(|length| length.value.length_tenth_mm.value()),
                lying: length.is_none_or(|length| length.value.posture == protocol::growth::Posture::Lying),
                oedema: seen.value.oedema,
                from_book: seen.entry == Entry::FromBook,
            });
        }
        weighings.sort_by_key(|weighed| (weighed.month, weighed.on));
        let marks = marks(&facts::of(reading, &shelf.seal, citizen)?);
        self.put(Card { citizen, stay, person: Arc::new(child.registered), weighings, marks, places });
        Ok(())
    }
}

fn marks(facts: &[facts::Fact]) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for fact in facts.iter().filter(|fact| fact.fallen.is_none()) {
        let mut note = |what| {
            let mark = Mark { month: fact.month, posyandu: fact.event.header.posyandu, what };
            if !(what == What::Came && marks.contains(&mark)) {
                marks.push(mark);
            }
        };
        match fact.body() {
            Body::Noted(Noted::ExclusiveBreastfeeding(only)) => note(What::Breastfed(*only)),
            Body::Served(Served::VitaminA(_)) => note(What::VitaminA),
            Body::Served(Served::Deworming { .. }) => note(What::Dewormed),
            Body::Immunization(Immunization::Given(_)) => note(What::Immunized),
            Body::PregnancyBegan(_) => note(What::PregnancyBegan),
            Body::PregnancyEnded(_) => note(What::PregnancyEnded),
            _ => {}
        }
        if fact.body().is_of_a_visit() || matches!(fact.body(), Body::Immunization(Immunization::Given(_))) {
            note(What::Came);
        }
    }
    marks.sort_by_key(|mark| mark.month);
    marks
}
