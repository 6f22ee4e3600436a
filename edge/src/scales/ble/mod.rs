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
mod own_time;
mod place;
mod records;
mod stranger;

use std::io;
use std::sync::Mutex;
use std::time::Instant;

use ::scales::{Agreement, Dialect, Measures, Outcome, Presence, Profile};
use chrono::NaiveDateTime;

use super::heard::{self, Heard};
use super::line::Line;
use super::port::Port;
use crate::clock::{self, Clock};
use crate::config::BleSettings;
use advert::Advertised;
use bluez::Bluez;
use gatt::Connected;
use last::Last;
use records::{Fetched, Records};

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
    fetched: Fetched,
    clock: Clock,
}

impl BlePort {
    /// An instrument that speaks a dialect; `bus` is where BlueZ is, the machine's own if left out.
    pub fn new(
        ble: &BleSettings,
        dialect: Dialect,
        bus: Option<String>,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let place = Place::of(dialect, ble.characteristic)?;
        let address = ble.address.as_str().to_owned();
        let (adapter, last, fetched) = (ble.adapter.clone(), Last::default(), Fetched::default());
        Ok(Self { address, adapter, place, bus, last, fetched, clock })
    }

    async fn source(&self, profile: Profile) -> anyhow::Result<Source> {
        let bluez = Bluez::connect(self.bus.as_deref()).await?;
        let adapter = bluez.power_on(self.adapter.as_deref()).await?;
        match self.place {
            Place::Characteristic(_) if profile.dialect == Dialect::Ble2a18 => {
                agent::answer(&bluez).await?;
                let line = Connected::open(bluez, adapter, &self.address, Records::are_at).await?;
                Ok(Source::Records(Box::new(Records::open(line, self.fetched.clone()).await?)))
            }
            Place::Characteristic(uuid) => {
                agent::answer(&bluez).await?;
                let source =
                    Connected::open(bluez, adapter, &self.address, |offered| offered == uuid).await?;
                self.last.open(Instant::now());
                Ok(Source::Connected(source))
            }
            place @ (Place::ServiceData(_) | Place::MakersData) => {
                let source = Advertised::open(bluez, adapter, &self.address, vec![place]).await?;
                self.last.open(Instant::now());
                // What BlueZ remembers of earlier advertisements may be a child of last month.
                let remembered = source.remembered.iter();
                for told in remembered.filter_map(|(place, packet)| place.read(profile, packet).ok()) {
                    self.last.is_new(&told, true, Instant::now(), wall(&self.clock));
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
pub struct BleLine {
    profile: Profile,
    source: Source,
    last: Last,
    clock: Clock,
    agreement: Agreement,
}

enum Source {
    Connected(Connected),
    Advertised(Advertised),
    /// It keeps what it measured, and is asked for it.
    Records(Box<Records>),
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
            Self::Records(source) => {
                let (uuid, packet) = source.packet().await?;
                Ok((Place::Characteristic(uuid), packet))
            }
        }
    }
}

impl Line for BleLine {
    const SPEAKS_ALWAYS: bool = false;

    async fn hear(&mut self, heard: &Mutex<Heard>) -> io::Result<Outcome> {
        if let Source::Records(records) = &mut self.source {
            return records.hear(self.profile, heard).await;
        }
        loop {
            let (place, packet) = match self.source.packet().await {
                Ok(said) => said,
                Err(lost) => {
                    if lost.kind() == io::ErrorKind::ConnectionReset {
                        self.last.hang_up(Instant::now());
                    }
                    return Err(lost);
                }
            };
            heard::lock(heard).take(&packet);
            let outcome = self.agreement.hear(place.read(self.profile, &packet));
            if self.is_new(&outcome, place.is_advertised()) {
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
        // told with its own time or number, and looked through where it is offered
        if matches!(self.profile.dialect.measures(), Measures::BloodPressure | Measures::Glucose) {
            return true;
        }
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
    clock::local(now.stamp.wall_ms, now.stamp.offset_min).filter(|_| now.believable)
}
