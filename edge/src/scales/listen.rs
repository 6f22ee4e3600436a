//! Listens to one instrument for as long as the node runs: what is heard, what settles, what a page shows.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use ::scales::{Dialect, Error, Outcome, Profile, Unit};
use anyhow::{Context, ensure};

use super::bench::Bench;
use super::line::Line;
use super::live::{Live, LockedFor, Upset};
use super::offering::moment;
use super::port::Port;
use super::readings::{Noted, Readings};
use super::vital::NoValue;
use super::{Instrument, Quantity, Vital};
use crate::clock::Clock;
use crate::config::InstrumentSettings;
use crate::store::Store;
use crate::visits;

/// The first pause after a lost port; a pulled cable is usually put back within seconds.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
/// The longest: a kader who has just plugged it in is looking at the screen.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How often silence is looked at.
const TICK: Duration = Duration::from_millis(100);

/// What the decoder has to know; refuses settings that cannot go together.
pub(super) fn profile(settings: &InstrumentSettings) -> anyhow::Result<Profile> {
    let dialect = Dialect::from_name(&settings.dialect)
        .with_context(|| format!("there is no dialect called {}", settings.dialect))?;
    let quantity = Quantity::of(settings.kind);
    let measures = Vital::of(settings.kind).map(Vital::measures).or(quantity.map(Quantity::measures));
    ensure!(
        Some(dialect.measures()) == measures,
        "{} does not measure what this kind of instrument does",
        settings.dialect
    );
    ensure!(
        settings.ble.is_some() || !dialect.comes_in_packets(),
        "{} does not come over a serial line",
        settings.dialect
    );
    ensure!(settings.division > 0, "its division is zero");
    let unit = match settings.unit.as_deref() {
        Some(text) => Unit::from_text(text.as_bytes()).with_context(|| format!("{text} is no unit"))?,
        None => match quantity {
            Some(Quantity::Length) => Unit::Millimetre,
            Some(Quantity::Weight) | None => Unit::Kilogram,
        },
    };
    Ok(Profile { dialect, unit })
}

/// The task behind one instrument.
pub(super) struct Listener {
    pub(super) instrument: Arc<Instrument>,
    pub(super) profile: Profile,
    pub(super) clock: Clock,
    pub(super) store: Store,
    pub(super) readings: Readings,
}

impl Listener {
    /// Opens the port, listens until it is lost, and opens it again; never returns.
    pub(super) async fn keep_open(self, mut port: impl Port) {
        let name = self.instrument.about.name.clone();
        let (mut pause, mut reason) = (SHORTEST_PAUSE, String::new());
        loop {
            match self.meanwhile(port.open(self.profile)).await {
                Ok(line) => {
                    tracing::info!(instrument.name = name, "an instrument is connected");
                    (pause, reason) = (SHORTEST_PAUSE, String::new());
                    self.connect(true);
                    let err = self.listen(line).await;
                    tracing::warn!(instrument.name = name, "an instrument was lost: {err}");
                    self.connect(false);
                }
                // Tried every other second for ever: worth a line only when the reason is another.
                Err(err) if err.to_string() != reason => {
                    reason = err.to_string();
                    tracing::info!(instrument.name = name, "an instrument does not open: {reason}");
                }
                Err(_) => {}
            }
            self.meanwhile(tokio::time::sleep(pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn connect(&self, connected: bool) {
        self.instrument.heard().opened += u64::from(connected);
        let scale = self.instrument.change(&self.clock, |bench, at_ms| bench.connect(connected, at_ms));
        if scale.is_none() {
            let upset = self.instrument.live.borrow().upset;
            self.instrument.show(Live { connected, upset, ..Live::nothing() });
        }
    }

    /// Lets time pass for what waits to be claimed, until something else is done.
    async fn meanwhile<T>(&self, done: impl Future<Output = T>) -> T {
        let mut done = pin!(done);
        loop {
            match tokio::time::timeout(TICK, done.as_mut()).await {
                Ok(done) => return done,
                Err(_elapsed) => self.step(Bench::tick).await,
            }
        }
    }

    /// Returns when the line breaks, with the reason.
    async fn listen<L: Line>(&self, mut line: L) -> std::io::Error {
        loop {
            match tokio::time::timeout(TICK, line.hear(&self.instrument.heard)).await {
                Ok(Ok(outcome)) => {
                    self.instrument.heard().count(&outcome);
                    if self.instrument.about.vital().is_some() {
                        self.note(&outcome);
                    } else {
                        self.step(|bench, at_ms| bench.hear(outcome, at_ms)).await;
                    }
                }
                Ok(Err(err)) => return err,
                Err(_elapsed) if L::SPEAKS_ALWAYS => self.step(Bench::miss).await,
                Err(_elapsed) => self.step(Bench::tick).await,
            }
        }
    }

    /// Moves the rule on. What settles for a visit is kept before any page is told that it is ready.
    async fn step(&self, step: impl FnOnce(&mut Bench, u64) -> Option<LockedFor>) {
        let at_ms = self.clock.monotonic_ms();
        let Some(settled) = self.instrument.bench().map(|mut bench| step(&mut bench, at_ms)) else { return };
        if let (Some(LockedFor { visit, reading }), Some(quantity)) =
            (settled, self.instrument.about.quantity())
        {
            // The reading also stays with the instrument, so a full card loses nothing that is still on the screen.
            if let Err(err) = visits::keep_reading(&self.store, visit, quantity, reading).await {
                tracing::error!(visit.id = %visit, "a settled reading could not be kept: {err}");
            }
        }
        if let Some(bench) = self.instrument.bench() {
            self.instrument.show(bench.live());
        }
    }

    /// A meter has told something. Whatever it is worth is offered; why it is worth nothing is shown.
    fn note(&self, outcome: &Outcome) {
        let about = &self.instrument.about;
        let noted = match outcome {
            Ok(reading) => {
                let checked_on = *self.instrument.checked_on.lock().expect("nobody panics while holding it");
                self.readings.note(about, checked_on, reading, moment(&self.clock))
            }
            Err(said) => Noted::NoValue(match said.error {
                Error::Overload => NoValue::TooHigh,
                Error::NegInfinity => NoValue::TooLow,
                _ => NoValue::Failed,
            }),
        };
        let before = self.instrument.live.borrow().upset;
        let upset = match noted {
            Noted::Again => {
                self.instrument.heard().again += 1;
                before
            }
            Noted::Undated => Some(Upset::Undated),
            Noted::NoValue(NoValue::TooHigh) => Some(Upset::TooMuch),
            Noted::NoValue(NoValue::TooLow) => Some(Upset::TooLittle),
            Noted::NoValue(NoValue::Failed | NoValue::Impossible) => Some(Upset::Unwell),
            Noted::NoValue(NoValue::Control) | Noted::Kept | Noted::Offered => None,
        };
        tracing::debug!(instrument.name = about.name, "a meter has told something: {noted:?}");
        self.instrument.show(Live { connected: true, upset, ..Live::nothing() });
    }
}
