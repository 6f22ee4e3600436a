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
mod place;

use std::io;
use std::sync::Mutex;
use std::time::Instant;

use ::scales::{Agreement, Dialect, Outcome, Presence, Profile, Reading, decode};

use super::heard::{self, Heard};
use super::line::Line;
use super::port::Port;
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
}

impl BlePort {
    /// An instrument that speaks a dialect; `bus` is where BlueZ is, the machine's own if left out.
    pub(super) fn new(ble: &BleSettings, dialect: Dialect, bus: Option<String>) -> anyhow::Result<Self> {
        let place = Place::of(dialect, ble.characteristic)?;
        let address = ble.address.as_str().to_owned();
        Ok(Self { address, adapter: ble.adapter.clone(), place, bus, last: Last::default() })
    }

    async fn source(&self) -> anyhow::Result<Source> {
        let bluez = Bluez::connect(self.bus.as_deref()).await?;
        let adapter = bluez.power_on(self.adapter.as_deref()).await?;
        match self.place {
            Place::Characteristic(uuid) => {
                agent::answer(&bluez).await?;
                Connected::open(bluez, adapter, &self.address, uuid).await.map(Source::Connected)
            }
            place @ (Place::ServiceData(_) | Place::MakersData) => {
                let source = Advertised::open(bluez, adapter, &self.address, place).await?;
                // What BlueZ remembers of earlier advertisements may be a child of last month.
                for packet in &source.remembered {
                    self.last.is_new(packet, true, Instant::now());
                }
                Ok(Source::Advertised(source))
            }
        }
    }
}

impl Port for BlePort {
    type Line = BleLine;

    async fn open(&mut self, profile: Profile) -> io::Result<BleLine> {
        let source = self.source().await.map_err(|err| io::Error::other(format!("{err:#}")))?;
        Ok(BleLine { profile, source, last: self.last.clone(), agreement: Agreement::default() })
    }
}

/// An instrument that is being heard.
pub(super) struct BleLine {
    profile: Profile,
    source: Source,
    last: Last,
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
            let told = outcome.as_ref().ok().filter(|reading| reading.presence == Presence::Held);
            let timed = told.is_some_and(|reading| reading.extras.time.is_some());
            let once = advertised || told.is_some();
            if !once || self.last.is_new(&packet, advertised || timed, Instant::now()) {
                return Ok(outcome);
            }
        }
    }
}

/// An advertisement is repeated as long as the instrument is awake, whatever lies on it by then. One that is called
/// stable is the last word on a weighing, not a load that was seen to lie still.
fn last_word(mut reading: Reading) -> Reading {
    if reading.presence == Presence::Live && reading.stable == Some(true) {
        reading.presence = Presence::Held;
    }
    reading
}
