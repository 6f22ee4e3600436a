//! Instruments heard over Bluetooth LE, through BlueZ.
//!
//! # Why
//! An instrument is known by its address and by nothing else. It sleeps most of the time, so being without it is the
//! usual state, and it is tried again for ever; BlueZ keeps what was paired over restarts. Each opening has a
//! connection to the bus of its own: when that is dropped, BlueZ ends whatever it did for us.

mod advert;
mod agent;
mod around;
mod bluez;
mod gatt;
mod last;
mod place;
mod stranger;

use std::io;
use std::sync::Mutex;
use std::time::Instant;

use ::scales::{Agreement, Dialect, Outcome, Presence, Profile};

use super::heard::{self, Heard};
use super::line::Line;
use super::port::Port;
use crate::config::BleSettings;
use advert::Advertised;
use bluez::Bluez;
use gatt::Connected;
use last::Last;

pub use around::{Air, Around, Makes, Neighbour};
pub use place::Place;
pub use stranger::Stranger;

/// An instrument by its address.
pub struct BlePort {
    address: String,
    adapter: Option<String>,
    place: Place,
    bus: Option<String>,
    last: Last,
}

impl BlePort {
    /// An instrument that speaks a dialect; `bus` is where BlueZ is, the machine's own if left out.
    pub fn new(ble: &BleSettings, dialect: Dialect, bus: Option<String>) -> anyhow::Result<Self> {
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
                let opened = Connected::open(bluez, adapter, &self.address, |offered| offered == uuid).await;
                opened.map(Source::Connected)
            }
            place @ (Place::ServiceData(_) | Place::MakersData) => {
                let source = Advertised::open(bluez, adapter, &self.address, vec![place]).await?;
                // What BlueZ remembers of earlier advertisements may be a child of last month.
                for (_, packet) in &source.remembered {
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
pub struct BleLine {
    profile: Profile,
    source: Source,
    last: Last,
    agreement: Agreement,
}

enum Source {
    Connected(Connected),
    Advertised(Advertised),
}

impl Source {
    /// What is said next, and where.
    async fn packet(&mut self) -> io::Result<(Place, Vec<u8>)> {
        match self {
            Self::Connected(source) => {
                let (uuid, packet) = source.packet().await?;
                Ok((Place::Characteristic(uuid), packet))
            }
            Self::Advertised(source) => source.packet().await,
        }
    }
}

impl Line for BleLine {
    const SPEAKS_ALWAYS: bool = false;

    async fn hear(&mut self, heard: &Mutex<Heard>) -> io::Result<Outcome> {
        loop {
            let (place, packet) = self.source.packet().await?;
            heard::lock(heard).take(&packet);
            let advertised = place.is_advertised();
            let outcome = self.agreement.hear(place.read(self.profile, &packet));
            let told = outcome.as_ref().ok().filter(|reading| reading.presence == Presence::Held);
            let timed = told.is_some_and(|reading| reading.extras.time.is_some());
            let once = advertised || told.is_some();
            if !once || self.last.is_new(&packet, advertised || timed, Instant::now()) {
                return Ok(outcome);
            }
        }
    }
}
