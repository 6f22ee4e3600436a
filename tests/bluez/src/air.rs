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

/// How a meter's next answer at its control point goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordsFailure {
    /// It answers with this code and tells nothing: 2 to 9, but 6 means that it has nothing.
    Refuses(u8),
    /// It takes the question and never answers.
    FallsSilent,
    /// It does not take the question: BlueZ tells an ATT error.
    DoesNotTake,
    /// It tells its first record without what belongs to it, and hangs up.
    HangsUpHalfWay,
}

/// One measurement a meter keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number in the memory.
    pub sequence: u16,
    /// What is said of it.
    pub packet: Vec<u8>,
    /// What is said behind it, at the place for that.
    pub context: Option<Vec<u8>>,
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
    /// It keeps records, and tells them when it is asked at its control point.
    pub keeps_records: bool,
    /// It hangs up when it has said what it had to say.
    pub hangs_up: bool,
    /// It says them only to whom it is paired with.
    pub shy: bool,
    /// How long BlueZ reads its services.
    pub resolves_after: Duration,
}

/// The place for what belongs to a record, and the control point.
pub(crate) const CONTEXT: &str = "00002a34-0000-1000-8000-00805f9b34fb";
pub(crate) const CONTROL_POINT: &str = "00002a52-0000-1000-8000-00805f9b34fb";

impl Instrument {
    /// Its characteristics, in the order in which BlueZ shows them: what it says its numbers at is the first.
    pub(crate) fn characteristics(&self) -> Vec<String> {
        let own = self.says_at.iter().map(|(_, uuid)| uuid.clone());
        let more = [CONTEXT, CONTROL_POINT].into_iter().filter(|_| self.keeps_records);
        own.chain(more.map(str::to_owned)).collect()
    }
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
    /// Who is told what it says, and at which of its characteristics.
    pub(crate) listeners: BTreeSet<(String, usize)>,
    pub(crate) memory: Vec<Record>,
    pub(crate) records_failures: VecDeque<RecordsFailure>,
    /// What was written at its control point.
    pub(crate) asked: Vec<Vec<u8>>,
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
            memory: Vec::new(),
            records_failures: VecDeque::new(),
            asked: Vec::new(),
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

pub(crate) fn characteristic_path(address: &str, nth: usize) -> String {
    format!("{}/char{:04x}", service_path(address), 0x11 + 3 * nth)
}
