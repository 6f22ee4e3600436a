//! The instruments on the wire and in the air: what they show, whose child is on them, and what has settled.
//!
//! # Why
//! A reading belongs to the visit that claimed the instrument before the child was put on it, never to whatever page
//! happens to be open. What settled for nobody, or for a page that opened late, is only ever *offered*, under a name
//! that a kader confirms. A meter of blood pressure or glucose gives no stream but finished measurements: those are all
//! offered, for some minutes.

mod bench;
mod ble;
mod dated;
mod heard;
mod line;
mod listen;
mod live;
mod offering;
mod port;
mod readings;
mod vital;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, RwLock};

use ::scales::Measures;
use anyhow::{Context, anyhow, ensure};
use protocol::{LocalDate, VisitId};
use serde::Deserialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::clock::Clock;
use crate::config::{Config, InstrumentKind, InstrumentSettings, MeterSettings};
use crate::store::Store;
use crate::visits::draft::Locked;
use bench::Bench;
use readings::Readings;

pub use ble::{Air, Around, BlePort, Makes, Neighbour, Place, Stranger};
pub use dated::own_time;
pub use heard::Heard;
pub use line::{Bytes, Line};
pub use live::{Live, LockedFor, Offer, Phase, Upset};
pub use port::{Port, SerialPort, Wire};
pub use readings::{Measured, Offered};
pub use vital::{Caution, Glucose, NoValue, Pressure, Value, Vital};

/// What an infant scale is made for at most, in grams; whoever is heavier stands (Kepmenkes 51/2022).
pub const INFANT_MOST_G: u32 = 20_000;

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
    /// What instruments of a kind measure; `None` for those that give finished [measurements](Vital).
    pub const fn of(kind: InstrumentKind) -> Option<Self> {
        match kind {
            InstrumentKind::InfantScale | InstrumentKind::StandingScale => Some(Quantity::Weight),
            InstrumentKind::LengthBoard => Some(Quantity::Length),
            InstrumentKind::BloodPressureMeter | InstrumentKind::GlucoseMeter => None,
        }
    }

    /// What dialects call it.
    pub const fn measures(self) -> Measures {
        match self {
            Quantity::Weight => Measures::Mass,
            Quantity::Length => Measures::Length,
        }
    }

    /// What was read, in grams or tenths of a millimetre; `None` if it is something else.
    pub fn of_read(self, read: ::scales::Quantity) -> Option<i64> {
        match self {
            Quantity::Weight => read.grams(),
            Quantity::Length => read.tenth_mm(),
        }
    }

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
    /// What does not change about it when it is renamed: the stable name of its port, or its address.
    pub device: String,
}

impl About {
    /// What it weighs or measures the length of; `None` for a meter.
    pub const fn quantity(&self) -> Option<Quantity> {
        Quantity::of(self.kind)
    }

    /// What it measures and tells when it has finished; `None` for a scale or a board.
    pub const fn vital(&self) -> Option<Vital> {
        Vital::of(self.kind)
    }
}

/// Until when an instrument is offered for new measurements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Usable {
    /// As long as it is there.
    #[default]
    Always,
    /// Up to and with this day.
    Until(LocalDate),
    /// Not now.
    Never,
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
    all: RwLock<Vec<Arc<Instrument>>>,
    clock: Clock,
    store: Store,
    readings: Readings,
    stop: CancellationToken,
    listeners: TaskTracker,
}

/// One instrument: who it is, what lies on it, who watches it.
struct Instrument {
    about: About,
    /// The path its settings name, if it is on a serial line.
    path: Option<PathBuf>,
    /// What lies on it; a meter has none.
    bench: Option<Mutex<Bench>>,
    /// The day of its last good check, or of its calibration.
    checked_on: Mutex<Option<LocalDate>>,
    heard: Mutex<Heard>,
    usable: Mutex<Usable>,
    live: watch::Sender<Live>,
    /// Stops its listener alone.
    stop: CancellationToken,
}

impl Instruments {
    /// Opens the ports the settings name and keeps them open until told to stop.
    pub fn start(
        config: &Config,
        clock: Clock,
        store: Store,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let instruments = Self::none(&config.meters, clock.clone(), store, stop);
        let bus = &config.bluetooth.bus;
        for setting in &config.instruments {
            match (&setting.path, &setting.ble) {
                (Some(path), None) => instruments.begin(setting, SerialPort::new(path, setting)),
                (None, Some(ble)) => listen::profile(setting)
                    .and_then(|profile| BlePort::new(ble, profile.dialect, bus.clone(), clock.clone()))
                    .and_then(|port| instruments.begin(setting, port)),
                (Some(_), Some(_)) => Err(anyhow!("it has a path and ble; it can be on one of them only")),
                (None, None) => Err(anyhow!("it needs a path (serial line) or ble (Bluetooth)")),
            }
            .with_context(|| format!("instrument {}", setting.id))?;
        }
        instruments.0.listeners.close();
        Ok(instruments)
    }

    /// The same with ports that may be simulated.
    pub fn start_on<P: Port>(
        ports: Vec<(&InstrumentSettings, P)>,
        clock: Clock,
        store: Store,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let instruments = Self::none(&MeterSettings::default(), clock, store, stop);
        for (setting, port) in ports {
            instruments.begin(setting, port).with_context(|| format!("instrument {}", setting.id))?;
        }
        instruments.0.listeners.close();
        Ok(instruments)
    }

    fn none(meters: &MeterSettings, clock: Clock, store: Store, stop: CancellationToken) -> Self {
        let (all, listeners) = (RwLock::default(), TaskTracker::new());
        let readings = Readings::open(store.clone(), meters.offered_for());
        Self(Arc::new(Inner { all, clock, store, readings, stop, listeners }))
    }

    /// Takes in an instrument of the settings; there can be only one of a name.
    fn begin(&self, setting: &InstrumentSettings, port: impl Port) -> anyhow::Result<()> {
        ensure!(self.named(&setting.id).is_none(), "another has the same id");
        self.add(setting, port)
    }

    /// Takes in an instrument while the node runs. One of the same short name makes way for it.
    pub fn add<P: Port>(&self, setting: &InstrumentSettings, port: P) -> anyhow::Result<()> {
        let profile = listen::profile(setting)?;
        let instrument =
            Arc::new(Instrument::new(setting, profile.dialect.name(), self.0.stop.child_token()));
        let stop = instrument.stop.clone();
        let (clock, store, readings) = (self.0.clock.clone(), self.0.store.clone(), self.0.readings.clone());
        let listener = listen::Listener { instrument: instrument.clone(), profile, clock, store, readings };
        self.retire(&setting.id);
        self.0.all.write().expect("nobody panics while holding the instruments").push(instrument);
        self.0.listeners.spawn(stop.run_until_cancelled_owned(listener.keep_open(port)));
        Ok(())
    }

    /// Lets go of an instrument. What it had settled for a visit is in that visit's draft.
    pub fn retire(&self, id: &str) {
        let mut all = self.0.all.write().expect("nobody panics while holding the instruments");
        all.iter().filter(|one| one.about.id == id).for_each(|one| one.stop.cancel());
        all.retain(|one| one.about.id != id);
    }

    /// Does something beside the listeners until the node stops; [`Instruments::stopped`] waits for it as well.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.0.stop.clone();
        self.0.listeners.spawn(async move {
            stop.run_until_cancelled_owned(work).await;
        });
    }

    /// The node's clock.
    pub fn clock(&self) -> Clock {
        self.0.clock.clone()
    }

    /// Every instrument, with the path its settings name if it is on a serial line.
    pub fn all(&self) -> Vec<(About, Option<PathBuf>)> {
        self.everyone().iter().map(|one| (one.about.clone(), one.path.clone())).collect()
    }

    /// What came over an instrument's line lately.
    pub fn heard(&self, id: &str) -> Option<Heard> {
        Some(self.named(id)?.heard().clone())
    }

    /// Returns once every port is closed, after the node was told to stop.
    pub async fn stopped(&self) {
        self.0.listeners.wait().await;
    }

    /// The instruments for a quantity that may be used now, in the order of the settings.
    pub fn list(&self, quantity: Quantity) -> Vec<About> {
        let now = self.0.clock.now();
        let today = now.believable.then(|| now.today.into());
        let all = self.of(quantity);
        all.iter().filter(|one| one.is_usable(today)).map(|one| one.about.clone()).collect()
    }

    /// Says that what lies on an instrument now is no child but something to check it with.
    pub fn mark_known(&self, id: &str) {
        if let Some(instrument) = self.named(id) {
            instrument.change(&self.0.clock, |bench, _| bench.mark_known());
        }
    }

    /// Notes what checks have shown of an instrument: the day of the last good one, which goes into what it measures
    /// from now on, and until when it may be used.
    pub fn judge(&self, id: &str, checked_on: Option<LocalDate>, usable: Usable) {
        if let Some(instrument) = self.named(id) {
            *instrument.usable.lock().expect("nobody panics while holding it") = usable;
            *instrument.checked_on.lock().expect("nobody panics while holding it") = checked_on;
            if let Some(mut bench) = instrument.bench() {
                bench.note_checked(checked_on);
            }
        }
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
        })?;
        if claim == Claim::Claimed {
            self.let_go_of_others(&instrument, visit);
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
            self.let_go_of_others(&instrument, visit);
        }
    }

    /// Gives back what a visit had: its value is saved, and what lies there now is not measured again.
    pub fn release(&self, visit: VisitId, quantity: Quantity) {
        for instrument in self.of(quantity) {
            instrument.change(&self.0.clock, |bench, _| bench.release(visit));
        }
    }

    /// Gives an instrument back if nothing is being measured on it; a child on it stays with its visit.
    pub fn leave(&self, visit: VisitId, quantity: Quantity) {
        for instrument in self.of(quantity) {
            instrument.change(&self.0.clock, |bench, _| bench.leave(visit));
        }
    }

    /// Puts a settled value aside: the next one counts.
    pub fn discard(&self, visit: VisitId, quantity: Quantity) {
        for instrument in self.of(quantity) {
            instrument.change(&self.0.clock, |bench, at_ms| bench.discard(visit, at_ms));
        }
    }

    /// What settled for a visit was another child: the instrument is free, and the value is offered to whoever comes.
    pub fn disown(&self, visit: VisitId, quantity: Quantity) {
        for instrument in self.of(quantity) {
            instrument.change(&self.0.clock, |bench, _| bench.disown(visit));
        }
    }

    /// The instrument a visit has claimed.
    pub fn claimed(&self, visit: VisitId, quantity: Quantity) -> Option<About> {
        let all = self.of(quantity);
        let claimed = all.iter().find(|instrument| instrument.claimed_by() == Some(visit));
        claimed.map(|found| found.about.clone())
    }

    /// Whether some visit has claimed it.
    pub fn is_claimed(&self, id: &str) -> bool {
        self.named(id).is_some_and(|instrument| instrument.claimed_by().is_some())
    }

    /// The settled reading of this name for this visit: its own, or one that was offered and is taken hereby.
    pub fn adopt(&self, visit: VisitId, quantity: Quantity, reading: Uuid) -> Option<Locked> {
        let all = self.of(quantity);
        all.iter().find_map(|instrument| {
            instrument.change(&self.0.clock, |bench, _| bench.adopt(visit, reading))?
        })
    }

    fn everyone(&self) -> Vec<Arc<Instrument>> {
        self.0.all.read().expect("nobody panics while holding the instruments").clone()
    }

    fn named(&self, id: &str) -> Option<Arc<Instrument>> {
        self.everyone().into_iter().find(|instrument| instrument.about.id == id)
    }

    fn of(&self, quantity: Quantity) -> Vec<Arc<Instrument>> {
        let mut all = self.everyone();
        all.retain(|instrument| instrument.about.quantity() == Some(quantity));
        all
    }

    fn let_go_of_others(&self, kept: &Arc<Instrument>, visit: VisitId) {
        let Some(quantity) = kept.about.quantity() else { return };
        for other in self.of(quantity).iter().filter(|other| !Arc::ptr_eq(other, kept)) {
            other.change(&self.0.clock, |bench, _| bench.leave(visit));
        }
    }
}

impl Instrument {
    fn new(setting: &InstrumentSettings, dialect: &'static str, stop: CancellationToken) -> Self {
        let about = About {
            id: setting.id.clone(),
            name: setting.name.clone(),
            kind: setting.kind,
            dialect,
            division: setting.division,
            wireless: setting.ble.is_some(),
            device: setting.device(),
        };
        let bench = Bench::new(&about);
        let live = watch::channel(bench.as_ref().map_or_else(Live::nothing, Bench::live)).0;
        Self {
            about,
            path: setting.path.clone(),
            bench: bench.map(Mutex::new),
            checked_on: Mutex::default(),
            heard: Mutex::default(),
            usable: Mutex::default(),
            live,
            stop,
        }
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        heard::lock(&self.heard)
    }

    fn bench(&self) -> Option<MutexGuard<'_, Bench>> {
        Some(self.bench.as_ref()?.lock().expect("nobody panics while holding a bench"))
    }

    fn claimed_by(&self) -> Option<VisitId> {
        self.bench()?.claimed_by()
    }

    /// Without a day nothing is too old.
    fn is_usable(&self, today: Option<LocalDate>) -> bool {
        match *self.usable.lock().expect("nobody panics while holding it") {
            Usable::Always => true,
            Usable::Until(last) => today.is_none_or(|today| today <= last),
            Usable::Never => false,
        }
    }

    /// Changes what is known and tells whoever watches; `None` for a meter.
    fn change<T>(&self, clock: &Clock, change: impl FnOnce(&mut Bench, u64) -> T) -> Option<T> {
        let mut bench = self.bench()?;
        let outcome = change(&mut bench, clock.monotonic_ms());
        self.show(bench.live());
        Some(outcome)
    }

    fn show(&self, live: Live) {
        self.live.send_if_modified(|shown| {
            let differs = *shown != live;
            if differs {
                *shown = live;
            }
            differs
        });
    }
}
