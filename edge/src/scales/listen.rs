//! Listens to one instrument for as long as the node runs: what is heard, what settles, what a page shows.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use ::scales::{Dialect, Profile, Unit};
use anyhow::{Context, ensure};

use super::bench::Bench;
use super::line::Line;
use super::live::LockedFor;
use super::port::Port;
use super::{Instrument, Quantity};
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
    ensure!(
        dialect.measures() == quantity.measures(),
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
            Quantity::Weight => Unit::Kilogram,
            Quantity::Length => Unit::Millimetre,
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
        self.instrument.change(&self.clock, |bench, at_ms| bench.connect(connected, at_ms));
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
                    self.step(|bench, at_ms| bench.hear(outcome, at_ms)).await;
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
        let settled = step(&mut self.instrument.bench(), at_ms);
        if let Some(LockedFor { visit, reading }) = settled {
            let quantity: Quantity = self.instrument.about.quantity();
            // The reading also stays with the instrument, so a full card loses nothing that is still on the screen.
            if let Err(err) = visits::keep_reading(&self.store, visit, quantity, reading).await {
                tracing::error!(visit.id = %visit, "a settled reading could not be kept: {err}");
            }
        }
        self.instrument.show(&self.instrument.bench());
    }
}
