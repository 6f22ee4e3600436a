//! Instruments heard over Bluetooth LE, through BlueZ.
//!
//! # Why
//! An instrument is known by its address and by nothing else. It sleeps most of the time, so being without it is the
//! usual state, and it is tried again for ever; BlueZ keeps what was paired over restarts. Each opening has a
//! connection to the bus of its own: when that is dropped, BlueZ ends whatever it did for us.

mod advert;
mod agent;
mod bluez;
mod gatt;
mod last;
mod own_time;
mod place;

use std::io;
use std::sync::Mutex;
use std::time::Instant;

use ::scales::{Agreement, Dialect, Outcome, Presence, Profile, Reading, decode};
use chrono::{DateTime, NaiveDateTime};

use super::heard::{self, Heard};
use super::line::Line;
use super::port::Port;
use crate::clock::Clock;
use crate::config::BleSettings;
use advert::Advertised;
use bluez::Bluez;
use gatt::Connected;
use last::Last;
use place::Place;

/// An instrument by its address.
pub(super) struct BlePort {
    address: String,
    adapter: Option<String>,
    place: Place,
    bus: Option<String>,
    last: Last,
    clock: Clock,
}

impl BlePort {
    /// An instrument that speaks a dialect; `bus` is where BlueZ is, the machine's own if left out.
    pub(super) fn new(
        ble: &BleSettings,
        dialect: Dialect,
        bus: Option<String>,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let place = Place::of(dialect, ble.characteristic)?;
        let address = ble.address.as_str().to_owned();
        Ok(Self { address, adapter: ble.adapter.clone(), place, bus, last: Last::default(), clock })
    }

    async fn source(&self, profile: Profile) -> anyhow::Result<Source> {
        let bluez = Bluez::connect(self.bus.as_deref()).await?;
        let adapter = bluez.power_on(self.adapter.as_deref()).await?;
        match self.place {
            Place::Characteristic(uuid) => {
                agent::answer(&bluez).await?;
                let source = Connected::open(bluez, adapter, &self.address, uuid).await?;
                self.last.open(Instant::now());
                Ok(Source::Connected(source))
            }
            place @ (Place::ServiceData(_) | Place::MakersData) => {
                let source = Advertised::open(bluez, adapter, &self.address, place).await?;
                self.last.open(Instant::now());
                // What BlueZ remembers of earlier advertisements may be a child of last month.
                for told in source.remembered.iter().filter_map(|packet| decode(profile, packet).ok()) {
                    self.last.is_new(&last_word(told), true, Instant::now(), wall(&self.clock));
                }
                Ok(Source::Advertised(source))
            }
        }
    }
}

impl Port for BlePort {
    type Line = BleLine;

    async fn open(&mut self, profile: Profile) -> io::Result<BleLine> {
        let source = self.source(profile).await.map_err(|err| io::Error::other(format!("{err:#}")))?;
        let (last, clock) = (self.last.clone(), self.clock.clone());
        Ok(BleLine { profile, source, last, clock, agreement: Agreement::default() })
    }
}

/// An instrument that is being heard.
pub(super) struct BleLine {
    profile: Profile,
    source: Source,
    last: Last,
    clock: Clock,
    agreement: Agreement,
}

enum Source {
    Connected(Connected),
    Advertised(Advertised),
}

impl Line for BleLine {
    const SPEAKS_ALWAYS: bool = false;

    async fn hear(&mut self, heard: &Mutex<Heard>) -> io::Result<Outcome> {
        loop {
            let (packet, advertised) = match &mut self.source {
                Source::Connected(source) => (source.packet().await?, false),
                Source::Advertised(source) => (source.packet().await?, true),
            };
            heard::lock(heard).take(&packet);
            let outcome = self.agreement.hear(decode(self.profile, &packet));
            let outcome = if advertised { outcome.map(last_word) } else { outcome };
            if self.is_new(&outcome, advertised) {
                return Ok(outcome);
            }
            heard::lock(heard).again += 1;
        }
    }
}

impl BleLine {
    /// Whether this is more than an earlier telling, said again. An error tells nothing.
    fn is_new(&self, outcome: &Outcome, advertised: bool) -> bool {
        let Ok(reading) = outcome else { return true };
        let now = Instant::now();
        if reading.presence == Presence::Held {
            return self.last.is_new(reading, advertised, now, wall(&self.clock));
        }
        self.last.pass(reading, now);
        true
    }
}

/// The local time, where the node knows it.
fn wall(clock: &Clock) -> Option<NaiveDateTime> {
    let now = clock.now();
    let local_ms = now.stamp.wall_ms.saturating_add(i64::from(now.stamp.offset_min) * 60_000);
    let local = DateTime::from_timestamp_millis(local_ms).filter(|_| now.believable);
    local.map(|local| local.naive_utc())
}

/// An advertisement is repeated as long as the instrument is awake, whatever lies on it by then. One that is called
/// stable is the last word on a weighing, not a load that was seen to lie still.
fn last_word(mut reading: Reading) -> Reading {
    if reading.presence == Presence::Live && reading.stable == Some(true) {
        reading.presence = Presence::Held;
    }
    reading
}
