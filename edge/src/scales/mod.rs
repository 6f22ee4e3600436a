//! The instruments on the wire and in the air: what they show, whose child is on them, and what has settled.
//!
//! # Why
//! A reading belongs to the visit that claimed the instrument before the child was put on it, never to whatever page
//! happens to be open. What settled for nobody, or for a page that opened late, is only ever *offered*, under a name
//! that a kader confirms.

mod bench;
mod ble;
mod line;
mod listen;
mod live;
mod port;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard};

use anyhow::{Context, anyhow, ensure};
use protocol::VisitId;
use serde::Deserialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::clock::Clock;
use crate::config::{Config, InstrumentKind, InstrumentSettings};
use crate::store::Store;
use crate::visits::draft::Locked;
use bench::Bench;
use ble::BlePort;

pub use line::{Bytes, Line};
pub use live::{Live, LockedFor, Offer, Phase, Upset};
pub use port::{Port, SerialPort};

/// What an instrument measures, and a page asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Weight, in grams.
    Weight,
    /// Length or height, in tenths of a millimetre.
    Length,
}

impl Quantity {
    /// The word in addresses and forms.
    pub const fn word(self) -> &'static str {
        match self {
            Quantity::Weight => "weight",
            Quantity::Length => "length",
        }
    }

    /// The unit people read.
    pub const fn unit(self) -> &'static str {
        match self {
            Quantity::Weight => "kg",
            Quantity::Length => "cm",
        }
    }
}

/// An instrument as pages name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Short name used in addresses.
    pub id: String,
    /// The name written on it.
    pub name: String,
    /// What it measures, and how it is used.
    pub kind: InstrumentKind,
    /// The dialect it speaks.
    pub dialect: &'static str,
    /// Its scale division: grams, or tenths of a millimetre.
    pub division: u32,
    /// It has no cable.
    pub wireless: bool,
}

impl About {
    /// What it measures.
    pub const fn quantity(&self) -> Quantity {
        match self.kind {
            InstrumentKind::InfantScale | InstrumentKind::StandingScale => Quantity::Weight,
            InstrumentKind::LengthBoard => Quantity::Length,
        }
    }
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// What settles on it from now on is this visit's.
    Claimed,
    /// It waits for another visit, and goes on doing so.
    InUseBy(VisitId),
}

/// Every instrument of the node; cheap to clone.
#[derive(Clone)]
pub struct Instruments(Arc<Inner>);

struct Inner {
    all: Vec<Arc<Instrument>>,
    clock: Clock,
    stop: CancellationToken,
    listeners: TaskTracker,
}

/// One instrument: who it is, what lies on it, who watches it.
struct Instrument {
    about: About,
    bench: Mutex<Bench>,
    live: watch::Sender<Live>,
}

/// The instruments while their ports are being opened.
struct Opening {
    all: Vec<Arc<Instrument>>,
    clock: Clock,
    store: Store,
    stop: CancellationToken,
    listeners: TaskTracker,
}

impl Opening {
    fn new(clock: Clock, store: Store, stop: CancellationToken) -> Self {
        Self { all: Vec::new(), clock, store, stop, listeners: TaskTracker::new() }
    }

    fn add(&mut self, setting: &InstrumentSettings, port: impl Port) -> anyhow::Result<()> {
        let profile = listen::profile(setting)?;
        ensure!(self.all.iter().all(|other| other.about.id != setting.id), "another has the same id");
        let instrument = Arc::new(Instrument::new(setting, profile.dialect.name()));
        let (clock, store) = (self.clock.clone(), self.store.clone());
        let listener = listen::Listener { instrument: instrument.clone(), profile, clock, store };
        self.listeners.spawn(self.stop.clone().run_until_cancelled_owned(listener.keep_open(port)));
        self.all.push(instrument);
        Ok(())
    }

    fn done(self) -> Instruments {
        let Self { all, clock, stop, listeners, .. } = self;
        listeners.close();
        Instruments(Arc::new(Inner { all, clock, stop, listeners }))
    }
}

impl Instruments {
    /// Opens the ports the settings name and keeps them open until told to stop.
    pub fn start(
        config: &Config,
        clock: Clock,
        store: Store,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let mut opening = Opening::new(clock, store, stop);
        let bus = &config.bluetooth.bus;
        for setting in &config.instruments {
            let added = match (&setting.path, &setting.ble) {
                (Some(path), None) => opening.add(setting, SerialPort::new(path, setting)),
                (None, Some(ble)) => listen::profile(setting)
                    .and_then(|profile| BlePort::new(ble, profile.dialect, bus.clone()))
                    .and_then(|port| opening.add(setting, port)),
                (Some(_), Some(_)) => Err(anyhow!("it has a path and ble; it can be on one of them only")),
                (None, None) => Err(anyhow!("it needs a path (serial line) or ble (Bluetooth)")),
            };
            added.with_context(|| format!("instrument {}", setting.id))?;
        }
        Ok(opening.done())
    }

    /// The same with ports that may be simulated.
    pub fn start_on<P: Port>(
        ports: Vec<(&InstrumentSettings, P)>,
        clock: Clock,
        store: Store,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let mut opening = Opening::new(clock, store, stop);
        for (setting, port) in ports {
            opening.add(setting, port).with_context(|| format!("instrument {}", setting.id))?;
        }
        Ok(opening.done())
    }

    /// Returns once every port is closed, after the node was told to stop.
    pub async fn stopped(&self) {
        self.0.listeners.wait().await;
    }

    /// The instruments for a quantity, in the order of the settings.
    pub fn list(&self, quantity: Quantity) -> Vec<About> {
        self.of(quantity).map(|instrument| instrument.about.clone()).collect()
    }

    /// What an instrument shows, now and from now on.
    pub fn watch(&self, id: &str) -> Option<watch::Receiver<Live>> {
        Some(self.named(id)?.live.subscribe())
    }

    /// Ends when the node stops; open streams must not outlive it.
    pub fn stopping(&self) -> CancellationToken {
        self.0.stop.clone()
    }

    /// Takes a free instrument for a visit, and lets go of the others it had of this kind. One that waits for another
    /// visit is left alone. What the visit's draft already `kept` stays its value: the next child's does not replace it.
    pub fn claim(&self, id: &str, visit: VisitId, kept: Option<Locked>) -> Option<Claim> {
        let instrument = self.named(id)?;
        let claim = instrument.change(&self.0.clock, |bench, at_ms| {
            let claim = bench.claim(visit, at_ms);
            bench.restore(visit, kept);
            claim
        });
        if claim == Claim::Claimed {
            self.let_go_of_others(instrument, visit);
        }
        Some(claim)
    }

    /// Takes an instrument whoever has it. What has settled for the other visit stays that visit's.
    pub fn take_over(&self, id: &str, visit: VisitId, kept: Option<Locked>) {
        if let Some(instrument) = self.named(id) {
            instrument.change(&self.0.clock, |bench, at_ms| {
                bench.take_over(visit, at_ms);
                bench.restore(visit, kept);
            });
            self.let_go_of_others(instrument, visit);
        }
    }

    /// Gives back what a visit had: its value is saved, and what lies there now is not measured again.
    pub fn release(&self, visit: VisitId, quantity: Quantity) {
        self.of(quantity)
            .for_each(|instrument| instrument.change(&self.0.clock, |bench, _| bench.release(visit)));
    }

    /// Gives an instrument back if nothing is being measured on it; a child on it stays with its visit.
    pub fn leave(&self, visit: VisitId, quantity: Quantity) {
        self.of(quantity)
            .for_each(|instrument| instrument.change(&self.0.clock, |bench, _| bench.leave(visit)));
    }

    /// Puts a settled value aside: the next one counts.
    pub fn discard(&self, visit: VisitId, quantity: Quantity) {
        self.of(quantity).for_each(|instrument| {
            instrument.change(&self.0.clock, |bench, at_ms| bench.discard(visit, at_ms));
        });
    }

    /// The instrument a visit has claimed.
    pub fn claimed(&self, visit: VisitId, quantity: Quantity) -> Option<About> {
        let mut all = self.of(quantity);
        all.find(|instrument| instrument.bench().claimed_by() == Some(visit)).map(|found| found.about.clone())
    }

    /// Whether some visit has claimed it.
    pub fn is_claimed(&self, id: &str) -> bool {
        self.named(id).is_some_and(|instrument| instrument.bench().claimed_by().is_some())
    }

    /// The settled reading of this name for this visit: its own, or one that was offered and is taken hereby.
    pub fn adopt(&self, visit: VisitId, quantity: Quantity, reading: Uuid) -> Option<Locked> {
        let mut all = self.of(quantity);
        all.find_map(|instrument| instrument.change(&self.0.clock, |bench, _| bench.adopt(visit, reading)))
    }

    fn named(&self, id: &str) -> Option<&Arc<Instrument>> {
        self.0.all.iter().find(|instrument| instrument.about.id == id)
    }

    fn of(&self, quantity: Quantity) -> impl Iterator<Item = &Arc<Instrument>> {
        self.0.all.iter().filter(move |instrument| instrument.about.quantity() == quantity)
    }

    fn let_go_of_others(&self, kept: &Arc<Instrument>, visit: VisitId) {
        let others = self.of(kept.about.quantity()).filter(|other| !Arc::ptr_eq(other, kept));
        others.for_each(|other| other.change(&self.0.clock, |bench, _| bench.leave(visit)));
    }
}

impl Instrument {
    fn new(setting: &InstrumentSettings, dialect: &'static str) -> Self {
        let about = About {
            id: setting.id.clone(),
            name: setting.name.clone(),
            kind: setting.kind,
            dialect,
            division: setting.division,
            wireless: setting.ble.is_some(),
        };
        let bench = Bench::new(&about);
        let live = watch::channel(bench.live()).0;
        Self { about, bench: Mutex::new(bench), live }
    }

    fn bench(&self) -> MutexGuard<'_, Bench> {
        self.bench.lock().expect("nobody panics while holding a bench")
    }

    /// Changes what is known and tells whoever watches.
    fn change<T>(&self, clock: &Clock, change: impl FnOnce(&mut Bench, u64) -> T) -> T {
        let mut bench = self.bench();
        let outcome = change(&mut bench, clock.monotonic_ms());
        self.show(&bench);
        outcome
    }

    fn show(&self, bench: &Bench) {
        let live = bench.live();
        self.live.send_if_modified(|shown| {
            let differs = *shown != live;
            if differs {
                *shown = live;
            }
            differs
        });
    }
}
