//! Sealed batches made beforehand, so that the run measures the hub and not their making.

use chrono::{Months, NaiveDate};
use protocol::batch::{self, HubPublicKey, Position};
use protocol::event::{Author, Entry, Event, Header, Instrument, Place, Role, Visit};
use protocol::growth::{Clothing, LengthTaken, Posture, Taken, Weighed, Window};
use protocol::rand_core::UnwrapErr;
use protocol::registry::{ChildRegistered, Sex};
use protocol::time::ClockSource;
use protocol::{
    Body, Chain, CitizenId, EventId, Frame, LocalDate, Month, NodeId, PosyanduId, Stamp, UserId, VisitId,
};
use uuid::Uuid;

use super::super::village::Sender;

/// Registrations of one batch.
const TOGETHER: usize = 500;

/// A sealed batch and the sequence of its last event.
pub(super) struct Letter {
    pub(super) last: u64,
    pub(super) sealed: Vec<u8>,
}

/// What one node sends.
pub(super) struct Letters {
    pub(super) registrations: Vec<Letter>,
    pub(super) visits: Vec<Letter>,
}

impl Letters {
    pub(super) fn sealed(
        sender: &Sender,
        posyandu: Uuid,
        children: usize,
        visits: usize,
    ) -> anyhow::Result<Self> {
        let mut pen = Pen::new(sender, posyandu)?;
        let children: Vec<CitizenId> = (0..children).map(|_| CitizenId(Uuid::now_v7())).collect();
        let born: NaiveDate = "2025-09-03".parse()?;
        let of = |children: &[CitizenId]| {
            children.iter().map(|&child| (child, None, born, registered(born))).collect()
        };
        let registrations = children.chunks(TOGETHER).map(|children| pen.seal(of(children))).collect();
        let mut letters = Vec::with_capacity(children.len() * visits);
        for month in 0..visits as u32 {
            let on = born + Months::new(month + 2);
            for (nth, &child) in (1..).zip(&children) {
                let visit = Visit { id: VisitId(Uuid::now_v7()), ticket: nth, bpjs: None };
                let mass = Body::Weighed(weighed(5_000 + 400 * month));
                let length = Body::LengthTaken(length_taken(5_600 + 180 * month));
                letters
                    .push(pen.seal(vec![(child, Some(visit), on, mass), (child, Some(visit), on, length)]));
            }
        }
        Ok(Self { registrations, visits: letters })
    }
}

/// Writes one node's journal.
struct Pen<'a> {
    sender: &'a Sender,
    hub: HubPublicKey,
    node: NodeId,
    posyandu: PosyanduId,
    sequence: u64,
    chain: Chain,
}

type Happening = (CitizenId, Option<Visit>, NaiveDate, Body);

impl<'a> Pen<'a> {
    fn new(sender: &'a Sender, posyandu: Uuid) -> anyhow::Result<Self> {
        let mut key = [0; 32];
        for (byte, digits) in key.iter_mut().zip(sender.bundle.hub_keys[0].as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits)?, 16)?;
        }
        let node = sender.bundle.node;
        let chain = Chain::genesis(node, 1);
        Ok(Self { sender, hub: HubPublicKey(key), node, posyandu: PosyanduId(posyandu), sequence: 0, chain })
    }

    fn seal(&mut self, happenings: Vec<Happening>) -> Letter {
        let position =
            Position { node: self.node, incarnation: 1, first: self.sequence + 1, before: self.chain };
        let frames: Vec<Frame> = happenings.into_iter().map(|happening| self.frame(happening)).collect();
        let mut random = UnwrapErr(getrandom::SysRng);
        let sealed = batch::seal(position, &frames, self.hub, &self.sender.key, &mut random);
        Letter { last: self.sequence, sealed }
    }

    fn frame(&mut self, (child, visit, on, body): Happening) -> Frame {
        self.sequence += 1;
        let recorded_at = Stamp {
            wall_ms: 1_795_485_600_000,
            offset_min: 420,
            source: ClockSource::Ntp,
            boot: [7; 16],
            monotonic_ns: self.sequence,
        };
        let instrument =
            Instrument { name: "Timbangan bayi A".into(), dialect: "ad_std".into(), checked_on: None };
        let header = Header {
            id: EventId(Uuid::now_v7()),
            node: self.node,
            incarnation: 1,
            sequence: self.sequence,
            author: Author { user: UserId(Uuid::nil()), role: Role::Kader },
            posyandu: self.posyandu,
            citizen: Some(child),
            visit,
            observed_on: LocalDate::from(on),
            recorded_at,
            report_month: Month::of(on),
            place: Place::Posyandu,
            entry: Entry::Instrument,
            instrument: Some(instrument),
            replaces: None,
        };
        let frame = Frame::encode(&Event { header, body });
        self.chain = self.chain.after(&frame);
        frame
    }
}

fn registered(born: NaiveDate) -> Body {
    Body::ChildRegistered(ChildRegistered {
        name: "Anak Contoh".into(),
        nik: None,
        birth_date: LocalDate::from(born),
        sex: Sex::Female,
        mother: "Ibu Contoh".into(),
        gestation_weeks: None,
        birth_mass_g: Some(3100),
        birth_order: None,
        kia_book: true,
    })
}

fn weighed(mass_g: u32) -> Weighed {
    let window =
        Window { count: 50, spread: 10, duration_ms: 5000, min: mass_g as i32 - 20, max: mass_g as i32 + 20 };
    Weighed {
        mass_g: Taken::Value(mass_g),
        oedema: false,
        clothing: Clothing::Light,
        repeat: 1,
        window: Some(window),
        insisted: Vec::new(),
        carried: None,
    }
}

fn length_taken(length_tenth_mm: u32) -> LengthTaken {
    LengthTaken {
        length_tenth_mm: Taken::Value(length_tenth_mm),
        posture: Posture::Lying,
        repeat: 1,
        window: None,
        insisted: Vec::new(),
    }
}
