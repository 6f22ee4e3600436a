//! Brings a posyandu's children and their history in from a file, by the same road as everything else.

use std::path::Path;

use anyhow::Context;
use chrono::NaiveDate;
use protocol::event::{Author, Entry, Place, Visit};
use protocol::growth::{Clothing, LengthTaken, Posture, Taken, Weighed};
use protocol::registry::{ChildRegistered, Edit, PersonEdited, Sex};
use protocol::time::Hybrid;
use protocol::{Body, CitizenId, EventId, LocalDate, Month, PosyanduId, Stamp, VisitId};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::store::{NewEvent, Recorded, Store, StoreError};

/// Events kept by one commit.
const TOGETHER: usize = 1000;

/// What the file holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// The posyandu they belong to; the node's only one if left out.
    #[serde(default)]
    pub posyandu: Option<PosyanduId>,
    /// The children.
    pub children: Vec<ChildHistory>,
}

/// One child with its past visits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChildHistory {
    /// Its id.
    pub id: CitizenId,
    /// Its name.
    pub name: String,
    /// Its NIK.
    #[serde(default)]
    pub nik: Option<String>,
    /// Its date of birth.
    pub birth_date: NaiveDate,
    /// `l` (laki-laki) or `p` (perempuan).
    pub sex: SexLetter,
    /// Its mother's name.
    pub mother: String,
    /// Weeks of gestation at birth.
    #[serde(default)]
    pub gestation_weeks: Option<u8>,
    /// Weight at birth in grams.
    #[serde(default)]
    pub birth_mass_g: Option<u32>,
    /// Order among twins.
    #[serde(default)]
    pub birth_order: Option<u8>,
    /// Owns a KIA book.
    pub kia_book: bool,
    /// Number of its family's card (KK).
    #[serde(default)]
    pub family_card: Option<String>,
    /// Where it lives.
    #[serde(default)]
    pub address: Option<String>,
    /// Telephone of whoever looks after it.
    #[serde(default)]
    pub phone: Option<String>,
    /// Its past visits.
    #[serde(default)]
    pub visits: Vec<PastVisit>,
}

/// One past visit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastVisit {
    /// Its id.
    pub id: VisitId,
    /// The day.
    pub observed_on: NaiveDate,
    /// Weight in grams.
    #[serde(default)]
    pub mass_g: Option<u32>,
    /// Length as read, in tenths of a millimetre.
    #[serde(default)]
    pub length_tenth_mm: Option<u32>,
    /// `l` lying, `h` standing.
    #[serde(default)]
    pub posture: Option<PostureLetter>,
    /// How the values came in.
    pub entry: EntryWord,
}

/// Sex as the file writes it.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SexLetter {
    /// Laki-laki.
    L,
    /// Perempuan.
    P,
}

/// Posture as the file writes it.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PostureLetter {
    /// Lying.
    L,
    /// Standing.
    H,
}

/// Entry mode as the file writes it.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryWord {
    /// Read by a node from an instrument.
    Instrument,
    /// Typed.
    Typed,
    /// Copied from the KIA book.
    FromBook,
    /// Entered late.
    Late,
}

/// How much was brought in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// Events new to this node.
    pub new: usize,
    /// Events it already had.
    pub known: usize,
}

impl History {
    /// Reads the file; the error names it and the line.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("in {}", path.display()))
    }

    /// Records everything in it. Doing so twice changes nothing: every event's id follows from what it says.
    pub async fn record(
        self,
        store: &Store,
        posyandu: PosyanduId,
        author: Author,
        at: Stamp,
    ) -> anyhow::Result<Imported> {
        Ok(self.record_into(store, posyandu, author, at).await?)
    }

    /// As [`History::record`], for a page: the error is the store's own.
    pub(crate) async fn record_into(
        self,
        store: &Store,
        posyandu: PosyanduId,
        author: Author,
        at: Stamp,
    ) -> Result<Imported, StoreError> {
        let posyandu = self.posyandu.unwrap_or(posyandu);
        let mut imported = Imported::default();
        let mut waiting = Vec::with_capacity(TOGETHER + 64);
        for child in self.children {
            waiting.extend(child.events(posyandu, author, at));
            if waiting.len() >= TOGETHER {
                imported.add(&store.record(std::mem::take(&mut waiting)).await?);
            }
        }
        imported.add(&store.record(waiting).await?);
        Ok(imported)
    }
}

impl Imported {
    fn add(&mut self, recorded: &[Recorded]) {
        let new = recorded.iter().filter(|event| matches!(event, Recorded::New { .. })).count();
        self.new += new;
        self.known += recorded.len() - new;
    }
}

impl ChildHistory {
    fn events(self, posyandu: PosyanduId, author: Author, at: Stamp) -> Vec<NewEvent> {
        let about = About { posyandu, author, at, citizen: self.id };
        let sex = match self.sex {
            SexLetter::L => Sex::Male,
            SexLetter::P => Sex::Female,
        };
        let registered = ChildRegistered {
            name: self.name,
            nik: self.nik,
            birth_date: self.birth_date.into(),
            sex,
            mother: self.mother,
            gestation_weeks: self.gestation_weeks,
            birth_mass_g: self.birth_mass_g,
            birth_order: self.birth_order,
            kia_book: self.kia_book,
        };
        let first = self.visits.first().map_or(self.birth_date, |visit| visit.observed_on);
        let id = derived(self.id.0, "registered");
        let mut events =
            vec![about.event(id, first, None, Entry::FromBook, Body::ChildRegistered(registered))];
        let edits = [
            self.family_card.map(|card| Edit::FamilyCard(Some(card))),
            self.address.map(|address| Edit::Address(Some(address))),
            self.phone.map(|phone| Edit::Phone(Some(phone))),
        ];
        for edit in edits.into_iter().flatten() {
            let own = derived(self.id.0, &format!("{:?}", edit.field()));
            let edited = PersonEdited { edit, bases: vec![id], at: Hybrid::default() };
            events.push(about.event(own, first, None, Entry::FromBook, Body::PersonEdited(edited)));
        }
        for visit in self.visits {
            events.extend(visit.events(&about));
        }
        events
    }
}

impl PastVisit {
    fn events(&self, about: &About) -> impl Iterator<Item = NewEvent> {
        let entry = match self.entry {
            EntryWord::Instrument => Entry::Instrument,
            EntryWord::Typed => Entry::Typed,
            EntryWord::FromBook => Entry::FromBook,
            EntryWord::Late => Entry::Late,
        };
        let event = |word, body| {
            let visit = Visit { id: self.id, ticket: 0, bpjs: None };
            about.event(derived(self.id.0, word), self.observed_on, Some(visit), entry, body)
        };
        let weighed = self.mass_g.map(|mass_g| event("weight", Body::Weighed(weighed(mass_g))));
        let posture = match self.posture {
            Some(PostureLetter::H) => Posture::Standing,
            Some(PostureLetter::L) | None => Posture::Lying,
        };
        let length = self
            .length_tenth_mm
            .map(|length| event("length", Body::LengthTaken(length_taken(length, posture))));
        weighed.into_iter().chain(length)
    }
}

/// What all events of one child share.
struct About {
    posyandu: PosyanduId,
    author: Author,
    at: Stamp,
    citizen: CitizenId,
}

impl About {
    fn event(&self, id: EventId, on: NaiveDate, visit: Option<Visit>, entry: Entry, body: Body) -> NewEvent {
        NewEvent {
            id,
            author: self.author,
            posyandu: self.posyandu,
            citizen: Some(self.citizen),
            visit,
            observed_on: LocalDate::from(on),
            recorded_at: self.at,
            report_month: Month::of(on),
            place: Place::Posyandu,
            entry,
            instrument: None,
            replaces: None,
            body,
        }
    }
}

fn weighed(mass_g: u32) -> Weighed {
    Weighed {
        mass_g: Taken::Value(mass_g),
        oedema: false,
        clothing: Clothing::Light,
        repeat: 1,
        window: None,
        insisted: Vec::new(),
        carried: None,
    }
}

fn length_taken(length_tenth_mm: u32, posture: Posture) -> LengthTaken {
    LengthTaken {
        length_tenth_mm: Taken::Value(length_tenth_mm),
        posture,
        repeat: 1,
        window: None,
        insisted: Vec::new(),
    }
}

/// An id that follows from another: importing the same file again names the same events.
pub(crate) fn derived(from: Uuid, word: &str) -> EventId {
    let digest = Sha256::new().chain_update(from.as_bytes()).chain_update(word).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    EventId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
