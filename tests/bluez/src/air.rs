//! What is in the air and what BlueZ has made of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// How an instrument's next connection goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It does not answer: `le-connection-abort-by-local`.
    NoAnswer,
    /// BlueZ is busy with another attempt.
    InProgress,
    /// It is connected, and hangs up before its services are read.
    HangsUp,
}

/// What an advertisement carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// Data of a service, by its UUID.
    Service(String, Vec<u8>),
    /// Data of a maker, by its number.
    Maker(u16, Vec<u8>),
}

/// An instrument as it is brought into the air.
#[derive(Debug, Clone)]
pub struct Instrument {
    /// Its address, in capitals.
    pub address: String,
    /// The name it tells. Nothing may depend on it.
    pub name: String,
    /// How strongly it is heard, in dBm.
    pub strength: i16,
    /// The service and the characteristic it says its numbers at, by UUID; `None` if it only advertises.
    pub says_at: Option<(String, String)>,
    /// It says them only to whom it is paired with.
    pub shy: bool,
    /// How long BlueZ reads its services.
    pub resolves_after: Duration,
}

/// Everything there is; one adapter.
#[derive(Debug, Default)]
pub(crate) struct Air {
    pub(crate) powered: bool,
    /// Whoever has asked for discovery.
    pub(crate) discoverers: BTreeSet<String>,
    pub(crate) devices: BTreeMap<String, Device>,
    /// Who answers questions about pairing: bus name and path, the newest last.
    pub(crate) agents: Vec<(String, String)>,
}

/// An instrument, and BlueZ's picture of it.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) made: Instrument,
    pub(crate) awake: bool,
    /// It has its half of the keys.
    pub(crate) remembers: bool,
    pub(crate) failures: VecDeque<Failure>,
    pub(crate) advertised: Option<Payload>,
    /// BlueZ has an object for it.
    pub(crate) known: bool,
    pub(crate) paired: bool,
    pub(crate) trusted: bool,
    pub(crate) connected: bool,
    pub(crate) resolved: bool,
    /// Who is told what it says.
    pub(crate) listeners: BTreeSet<String>,
    pub(crate) seen: Seen,
}

/// What was done with an instrument so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Attempts to connect.
    pub attempts: u32,
    /// Connections made.
    pub connections: u32,
    /// Pairings made.
    pub pairings: u32,
}

impl Device {
    pub(crate) fn new(made: Instrument) -> Self {
        Self {
            made,
            awake: true,
            remembers: false,
            failures: VecDeque::new(),
            advertised: None,
            known: false,
            paired: false,
            trusted: false,
            connected: false,
            resolved: false,
            listeners: BTreeSet::new(),
            seen: Seen::default(),
        }
    }

    /// Speaks to whoever asks, unless it is shy and does not know them.
    pub(crate) fn speaks(&self) -> bool {
        !self.made.shy || (self.paired && self.remembers)
    }
}

pub(crate) const ADAPTER: &str = "/org/bluez/hci0";

/// The path BlueZ gives to a device.
pub(crate) fn device_path(address: &str) -> String {
    format!("{ADAPTER}/dev_{}", address.replace(':', "_"))
}

pub(crate) fn service_path(address: &str) -> String {
    format!("{}/service0010", device_path(address))
}

pub(crate) fn characteristic_path(address: &str) -> String {
    format!("{}/char0011", service_path(address))
}
