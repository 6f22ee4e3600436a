//! A posyandu's day in steps that write, with what the store must hold after each.

use std::sync::Arc;

use protocol::check::{InstrumentChecked, InstrumentKind, Verdict};
use protocol::event::{Author, Entry, Place, Role, Visit};
use protocol::growth::{Carried, Clothing, LengthTaken, Load, Posture, Taken, Weighed, Window};
use protocol::pregnancy::PregnancyBegan;
use protocol::registry::{ChildRegistered, Sex};
use protocol::service::{Capsule, Served};
use protocol::session::{Figures, Row, SessionClosed, SessionOpened};
use protocol::time::ClockSource;
use protocol::{
    Ack, Body, Chain, CitizenId, EventId, LocalDate, Month, NodeId, PosyanduId, PregnancyId, SessionId,
    Stamp, Standing, UserId, VisitId,
};
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::Dice;
use super::disk::FaultyDisk;
use crate::clock::Now;
use crate::roster::Roster;
use crate::store::{Identity, NewEvent, Small, Store, StoreError, contents};

pub(super) const KEY: [u8; 32] = [9; 32];
pub(super) const IDENTITY: Identity = Identity { node: NodeId(Uuid::from_u128(1)), incarnation: 1 };
pub(super) const POSYANDU: PosyanduId = PosyanduId(Uuid::from_u128(2));
const DAY: LocalDate = LocalDate(20_000);
const CHILDREN: u128 = 12;

/// A store on a faulty disk, and the day that happens to it.
pub(super) struct Story {
    pub(super) store: Option<Store>,
    pub(super) disk: FaultyDisk,
    pub(super) day: Day,
    runtime: Runtime,
}

/// What the day's next step follows from.
#[derive(Clone)]
pub(super) struct Day {
    dice: Dice,
    visits: Vec<VisitId>,
    steps: usize,
}

pub(super) fn open(disk: &FaultyDisk) -> anyhow::Result<Store> {
    Store::open_on(Arc::new(disk.clone()), &KEY, IDENTITY, Roster::default())
}

impl Story {
    /// A day on a disk, as chance has it.
    pub(super) fn on(disk: FaultyDisk, seed: u64) -> anyhow::Result<Self> {
        Self::gone_on(disk, Day { dice: Dice::seeded(seed), visits: Vec::new(), steps: 0 })
    }

    /// A day that has come so far, on a disk that has too.
    pub(super) fn gone_on(disk: FaultyDisk, day: Day) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let store = Some(open(&disk)?);
        Ok(Self { store, disk, day, runtime })
    }

    pub(super) fn store(&self) -> &Store {
        self.store.as_ref().expect("the store is open between two steps")
    }

    /// Switched off and on again.
    pub(super) fn restart(&mut self) -> anyhow::Result<()> {
        self.store = None;
        self.store = Some(open(&self.disk)?);
        Ok(())
    }

    /// What the store holds now.
    pub(super) fn digest(&self) -> Result<[u8; 32], StoreError> {
        contents::digest(&self.store().0.shelf)
    }

    /// One step. What it does follows from the seed and from how many went before.
    pub(super) fn step(&mut self) -> Result<(), StoreError> {
        self.day.steps += 1;
        match self.day.steps % 10 {
            1 | 6 => self.register(),
            2 => self.sign_in(),
            3 | 7 => self.open_visit(),
            4 => self.type_something(),
            5 => self.weigh_on_ticket(),
            8 => self.bring_in_history(),
            9 => self.forget_sign_in(),
            _ => self.hear_the_hub(),
        }
    }

    fn register(&mut self) -> Result<(), StoreError> {
        let citizen = self.child();
        let registered = registered(&mut self.day.dice);
        let event = self.event(citizen, None, Body::ChildRegistered(registered));
        self.record(vec![event])
    }

    fn bring_in_history(&mut self) -> Result<(), StoreError> {
        let citizen = self.child();
        let visit = Visit { id: VisitId(self.uuid()), ticket: 0, bpjs: None };
        let events = (0..3 + self.day.dice.below(6)).map(|number| {
            let mass_g = 5_000 + self.day.dice.below(9_000) as u32;
            let body = if number % 2 == 0 { weighed(mass_g, None) } else { length(mass_g / 10) };
            self.event(citizen, Some(visit), body)
        });
        let mut events: Vec<NewEvent> = events.collect();
        events.push(self.event(citizen, Some(visit), Body::Served(Served::VitaminA(Capsule::Red))));
        events.push(self.event(citizen, None, Body::PregnancyBegan(began(visit))));
        let check = self.event(citizen, None, checked());
        events.push(NewEvent { citizen: None, ..check });
        let session = SessionId(Uuid::from_u128(self.day.dice.below(3) as u128));
        let said = if self.day.dice.coin() { opened(session) } else { closed(session) };
        let meeting = self.event(citizen, None, said);
        events.push(NewEvent { citizen: None, ..meeting });
        self.record(events)
    }

    fn open_visit(&mut self) -> Result<(), StoreError> {
        let citizen = self.child();
        let today = DAY.to_naive().expect("a day of this century");
        let now = Now { stamp: stamp(), today, believable: true, at_least: today };
        let ticket = self.runtime.block_on(self.store().next_ticket(POSYANDU, now, citizen))?;
        self.day.visits.push(ticket.visit);
        Ok(())
    }

    fn type_something(&mut self) -> Result<(), StoreError> {
        let Some(visit) = self.day.visits.last().copied() else { return Ok(()) };
        let typed = format!("{},{}", self.day.dice.below(20), self.day.dice.below(10));
        let change = self.store().change_ticket(visit, |ticket| ticket.draft.weight.typed = typed);
        self.runtime.block_on(change).map(drop)
    }

    fn weigh_on_ticket(&mut self) -> Result<(), StoreError> {
        let Some(visit) = self.day.visits.last().copied() else { return Ok(()) };
        let (citizen, mass_g) = (self.child(), 3_000 + self.day.dice.below(9_000) as u32);
        let part = Visit { id: visit, ticket: 1, bpjs: None };
        let carried = self.day.dice.coin().then(|| arms(mass_g));
        let event = self.event(citizen, Some(part), weighed(mass_g, carried));
        let saved = self.store().record_on_ticket(event, visit, |ticket| ticket.weighed = true);
        self.runtime.block_on(saved).map(drop)
    }

    pub(super) fn sign_in(&mut self) -> Result<(), StoreError> {
        let key = vec![self.day.dice.below(4) as u8; 16];
        let row = self.day.dice.any().to_le_bytes().to_vec();
        self.runtime.block_on(self.store().put_small(Small::Attempts, key, row))
    }

    fn forget_sign_in(&mut self) -> Result<(), StoreError> {
        let key = vec![self.day.dice.below(4) as u8; 16];
        self.runtime.block_on(self.store().remove_small(Small::Attempts, key))
    }

    fn hear_the_hub(&mut self) -> Result<(), StoreError> {
        let outbox = self.store().outbox(0, usize::MAX, usize::MAX)?;
        let Some(outbox) = outbox else { return Ok(()) };
        let chain = outbox.frames.iter().fold(outbox.before, Chain::after);
        let ack = ack(outbox.frames.len() as u64, chain);
        self.runtime.block_on(self.store().take_ack(ack)).map(drop)
    }

    fn record(&self, events: Vec<NewEvent>) -> Result<(), StoreError> {
        self.runtime.block_on(self.store().record(events)).map(drop)
    }

    fn child(&mut self) -> CitizenId {
        CitizenId(Uuid::from_u128(100 + self.day.dice.any() as u128 % CHILDREN))
    }

    fn uuid(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.day.dice.any(), self.day.dice.any())
    }

    fn event(&mut self, citizen: CitizenId, visit: Option<Visit>, body: Body) -> NewEvent {
        NewEvent {
            id: EventId(self.uuid()),
            author: Author { user: UserId(Uuid::nil()), role: Role::Kader },
            posyandu: POSYANDU,
            citizen: Some(citizen),
            visit,
            observed_on: LocalDate(DAY.0 - self.day.dice.below(700) as i32),
            recorded_at: stamp(),
            report_month: Month(24_322),
            place: Place::Posyandu,
            entry: Entry::Instrument,
            instrument: None,
            replaces: None,
            body,
        }
    }
}

fn stamp() -> Stamp {
    Stamp {
        wall_ms: 1_800_000_000_000,
        offset_min: 420,
        source: ClockSource::Ntp,
        boot: [4; 16],
        monotonic_ns: 1,
    }
}

fn began(visit: Visit) -> PregnancyBegan {
    PregnancyBegan {
        pregnancy: PregnancyId(visit.id.0),
        last_period: Some(DAY),
        due: None,
        gravida: 1,
        para: 0,
        abortus: 0,
        tetanus: None,
        risks: Vec::new(),
    }
}

fn registered(dice: &mut Dice) -> ChildRegistered {
    ChildRegistered {
        name: ["Siti Aminah", "Budi Santoso", "Ayu"][dice.below(3)].into(),
        nik: dice.coin().then(|| format!("99{:014}", dice.any() % 100_000_000_000_000)),
        birth_date: LocalDate(DAY.0 - dice.below(1_500) as i32),
        sex: if dice.coin() { Sex::Female } else { Sex::Male },
        mother: "Rahma".into(),
        gestation_weeks: None,
        birth_mass_g: None,
        birth_order: None,
        kia_book: true,
    }
}

fn weighed(mass_g: u32, carried: Option<Carried>) -> Body {
    Body::Weighed(Weighed {
        mass_g: Taken::Value(mass_g),
        oedema: false,
        clothing: Clothing::Light,
        repeat: 1,
        window: None,
        insisted: vec![],
        carried,
    })
}

/// What a child of so many grams is carried by.
fn arms(mass_g: u32) -> Carried {
    let window = Window { count: 10, spread: 0, duration_ms: 1_000, min: 50_000, max: 50_000 };
    let load = |mass_g| Load { mass_g, window };
    Carried { together: load(50_000 + mass_g), alone: load(50_000), division_g: 50 }
}

fn length(length_tenth_mm: u32) -> Body {
    Body::LengthTaken(LengthTaken {
        length_tenth_mm: Taken::Value(length_tenth_mm),
        posture: Posture::Lying,
        repeat: 1,
        window: None,
        insisted: vec![],
    })
}

fn opened(session: SessionId) -> Body {
    let (title, description) = ("Bulan timbang".into(), String::new());
    Body::SessionOpened(SessionOpened { session, title, description, present: vec![UserId(Uuid::nil())] })
}

fn closed(session: SessionId) -> Body {
    let figures = Figures { s: 40, ..Figures::default() };
    let rows = vec![Row { sex: Sex::Male, from_month: 0, to_month: 5, figures }];
    Body::SessionClosed(SessionClosed { session, rows })
}

fn checked() -> Body {
    Body::InstrumentChecked(InstrumentChecked {
        device: "usb-1a86_USB_Serial-if00-port0".into(),
        kind: InstrumentKind::InfantScale,
        division: 10,
        loads: vec![],
        spread_limit: Some(10),
        verdict: Verdict::Good,
    })
}

fn ack(watermark: u64, chain: Chain) -> Ack {
    Ack {
        node: IDENTITY.node,
        incarnation: IDENTITY.incarnation,
        watermark,
        chain,
        gaps: vec![],
        hub_epoch: [1; 16],
        quarantined: vec![],
        quarantined_total: 0,
        retry_after_s: 0,
        standing: Standing::Current,
    }
}
