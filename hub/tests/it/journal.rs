//! A node as the hub sees it: a journal, a key, and sealed batches.

use bytes::Bytes;
use chrono::NaiveDate;
use ed25519_dalek::SigningKey;
use protocol::batch::{self, HubPrivateKey, Position};
use protocol::event::{Author, Body, Entry, Event, Header, Place, Replaces, Role, Visit};
use protocol::growth::{Clothing, LengthTaken, NotTaken, Posture, Taken, Weighed};
use protocol::rand_core::UnwrapErr;
use protocol::registry::{ChildRegistered, Sex};
use protocol::time::ClockSource;
use protocol::{
    Ack, Chain, CitizenId, EventId, Frame, LocalDate, Month, NodeId, PosyanduId, Stamp, UserId, VisitId,
};
use uuid::Uuid;

/// A number turned into an id, so that tests can name things.
pub(crate) fn id(kind: u8, number: u64) -> Uuid {
    Uuid::from_u64_pair(u64::from(kind) << 56 | 0x7000, 0x8000_0000_0000_0000 | number)
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A node that writes its journal and seals parts of it.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) id: NodeId,
    pub(crate) incarnation: u32,
    pub(crate) posyandu: Uuid,
    pub(crate) key: SigningKey,
    pub(crate) frames: Vec<Frame>,
    /// Which copy of the card mints the ids.
    pub(crate) copy: u64,
}

impl Node {
    pub(crate) fn new(number: u64, posyandu: Uuid) -> Self {
        let key = SigningKey::from_bytes(&[number as u8 + 1; 32]);
        Self { id: NodeId(id(1, number)), incarnation: 1, posyandu, key, frames: Vec::new(), copy: 0 }
    }

    /// A copy of the card as it was after so many events; what it writes from then on is its own.
    pub(crate) fn copied(&self, after: u64, copy: u64) -> Self {
        Self { frames: self.frames[..after as usize].to_vec(), copy, ..self.clone() }
    }

    /// The last of those acks that speaks of this card's own story.
    pub(crate) fn own(&self, acks: &[Ack]) -> Option<Ack> {
        let is_own =
            |ack: &&Ack| ack.watermark <= self.frames.len() as u64 && ack.chain == self.chain(ack.watermark);
        acks.iter().filter(is_own).max_by_key(|ack| ack.watermark).cloned()
    }

    /// The header of the next event.
    pub(crate) fn header(&self, citizen: Uuid, on: NaiveDate) -> Header {
        let sequence = self.frames.len() as u64 + 1;
        let card = self.copy << 40 | u64::from(self.id.bytes()[15]) << 32;
        let number = u64::from(self.incarnation) << 48 | card | sequence;
        Header {
            id: EventId(id(2, number)),
            node: self.id,
            incarnation: self.incarnation,
            sequence,
            author: Author { user: UserId(id(3, 1)), role: Role::Kader },
            posyandu: PosyanduId(self.posyandu),
            citizen: Some(CitizenId(citizen)),
            visit: None,
            observed_on: LocalDate::from(on),
            recorded_at: Stamp {
                wall_ms: 0,
                offset_min: 420,
                source: ClockSource::Ntp,
                boot: [0; 16],
                monotonic_ns: sequence,
            },
            report_month: Month::of(on),
            place: Place::Posyandu,
            entry: Entry::Instrument,
            instrument: None,
            replaces: None,
        }
    }

    pub(crate) fn write(&mut self, header: Header, body: Body) -> EventId {
        let id = header.id;
        self.frames.push(Frame::encode(&Event { header, body }));
        id
    }

    pub(crate) fn register(&mut self, citizen: Uuid, on: NaiveDate, child: ChildRegistered) -> EventId {
        self.write(self.header(citizen, on), Body::ChildRegistered(child))
    }

    pub(crate) fn weigh(&mut self, citizen: Uuid, visit: u64, on: NaiveDate, mass_g: u32) -> EventId {
        self.weigh_as(citizen, visit, on, mass_g, |_| {})
    }

    /// A weighing with a header of the test's making.
    pub(crate) fn weigh_as(
        &mut self,
        citizen: Uuid,
        visit: u64,
        on: NaiveDate,
        mass_g: u32,
        change: impl FnOnce(&mut Header),
    ) -> EventId {
        let mut header = self.header(citizen, on);
        header.visit = visit_of(visit);
        change(&mut header);
        self.write(header, weighed(Taken::Value(mass_g)))
    }

    pub(crate) fn not_weighed(&mut self, citizen: Uuid, visit: u64, on: NaiveDate, why: NotTaken) -> EventId {
        let mut header = self.header(citizen, on);
        header.visit = visit_of(visit);
        self.write(header, weighed(Taken::Not(why)))
    }

    /// Something else recorded at a visit.
    pub(crate) fn at_visit(&mut self, citizen: Uuid, visit: u64, on: NaiveDate, body: Body) -> EventId {
        let mut header = self.header(citizen, on);
        header.visit = visit_of(visit);
        self.write(header, body)
    }

    pub(crate) fn measure(&mut self, citizen: Uuid, visit: u64, on: NaiveDate, tenth_mm: u32) -> EventId {
        let mut header = self.header(citizen, on);
        header.visit = visit_of(visit);
        let body = LengthTaken {
            length_tenth_mm: Taken::Value(tenth_mm),
            posture: Posture::Lying,
            repeat: 1,
            window: None,
            insisted: Vec::new(),
        };
        self.write(header, Body::LengthTaken(body))
    }

    /// A whole visit: weight and length.
    pub(crate) fn visit(&mut self, citizen: Uuid, visit: u64, on: NaiveDate, mass_g: u32, tenth_mm: u32) {
        self.weigh(citizen, visit, on, mass_g);
        self.measure(citizen, visit, on, tenth_mm);
    }

    /// An event of a kind that is not known yet.
    pub(crate) fn unknown_kind(&mut self, citizen: Uuid, on: NaiveDate) {
        let mut header = self.header(citizen, on);
        header.visit = visit_of(1);
        let mut bytes = Frame::encode(&Event { header, body: weighed(Taken::Value(5_000)) }).bytes().to_vec();
        bytes[5] = 99;
        self.frames.push(Frame::from_bytes(&bytes).unwrap());
    }

    /// Bytes that are a frame and nothing more.
    pub(crate) fn nonsense(&mut self) {
        let mut bytes = 20u32.to_le_bytes().to_vec();
        bytes.push(1);
        bytes.extend([1, 0, 1, 0]);
        bytes.extend([0xff; 15]);
        self.frames.push(Frame::from_bytes(&bytes).unwrap());
    }

    /// Everything from `first` to `last`, sealed.
    pub(crate) fn sealed(&self, first: u64, last: u64) -> Bytes {
        let frames = &self.frames[first as usize - 1..last as usize];
        self.seal(first, self.chain(first - 1), frames)
    }

    /// The whole journal, sealed.
    pub(crate) fn sealed_whole(&self) -> Bytes {
        self.sealed(1, self.frames.len() as u64)
    }

    /// Any frames under any number, sealed.
    pub(crate) fn seal(&self, first: u64, before: Chain, frames: &[Frame]) -> Bytes {
        let position = Position { node: self.id, incarnation: self.incarnation, first, before };
        batch::seal(position, frames, sealing_key().public(), &self.key, &mut UnwrapErr(getrandom::SysRng))
            .into()
    }

    /// The journal's chain after `sequence` events.
    pub(crate) fn chain(&self, sequence: u64) -> Chain {
        let genesis = Chain::genesis(self.id, self.incarnation);
        self.frames[..sequence as usize].iter().fold(genesis, Chain::after)
    }
}

pub(crate) fn replacing(event: EventId) -> impl FnOnce(&mut Header) {
    move |header| header.replaces = Some(Replaces { event, reason: "salah baca".into() })
}

pub(crate) fn visit_of(number: u64) -> Option<Visit> {
    Some(Visit { id: VisitId(id(4, number)), ticket: 1, bpjs: None })
}

pub(crate) fn weighed(mass_g: Taken<u32>) -> Body {
    let (clothing, repeat, window) = (Clothing::Light, 1, None);
    Body::Weighed(Weighed {
        mass_g,
        oedema: false,
        clothing,
        repeat,
        window,
        insisted: vec![3],
        carried: None,
    })
}

pub(crate) fn child(name: &str, born: NaiveDate) -> ChildRegistered {
    ChildRegistered {
        name: name.into(),
        nik: None,
        birth_date: LocalDate::from(born),
        sex: Sex::Male,
        mother: "Rahma".into(),
        gestation_weeks: None,
        birth_mass_g: None,
        birth_order: None,
        kia_book: true,
    }
}

pub(crate) fn sealing_key() -> HubPrivateKey {
    HubPrivateKey::from_bytes([42; 32])
}
