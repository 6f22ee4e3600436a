//! Listening to a port or an address nobody has taken in yet: what comes, at which speed, and which dialects fit it.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use chrono::NaiveDateTime;
use scales::{Error, Measures, Outcome, Profile, Unit, UnitFrom};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use super::fit::{Fit, Fits, Proved};
use crate::clock::Clock;
use crate::config::{BleSettings, Parity};
use crate::scales::{
    BlePort, Heard, Instruments, Line, NoValue, Port, SerialPort, Stranger, Value, Vital, Wire, own_time,
};

/// A search stays at one speed for so long before it tries the next.
const AT_ONE_SPEED: Duration = Duration::from_secs(3);
/// Nobody has looked for so long: the port or the instrument is let go.
const UNSEEN: Duration = Duration::from_secs(600);
/// Measurements of a meter that are remembered.
const FEW: usize = 8;
/// How often a line is opened again that does not open.
const AGAIN: Duration = Duration::from_millis(500);

const fn wire(baud: u32, parity: Parity, data_bits: u8) -> Wire {
    Wire { baud, parity, data_bits }
}

/// The ways characters travel on lines of scales, the most usual first.
pub(in crate::instruments) const WIRES: [Wire; 14] = [
    wire(9600, Parity::None, 8),
    wire(2400, Parity::None, 8),
    wire(4800, Parity::None, 8),
    wire(19_200, Parity::None, 8),
    wire(1200, Parity::None, 8),
    wire(38_400, Parity::None, 8),
    wire(57_600, Parity::None, 8),
    wire(115_200, Parity::None, 8),
    wire(9600, Parity::Even, 7),
    wire(2400, Parity::Even, 7),
    wire(4800, Parity::Even, 7),
    wire(9600, Parity::Even, 8),
    wire(1200, Parity::Even, 8),
    wire(1200, Parity::Even, 7),
];

/// What is being listened to, by the stable name of its port or by its address.
#[derive(Clone, Default)]
pub(in crate::instruments) struct Trials(Arc<Mutex<HashMap<String, Trial>>>);

struct Trial {
    seen: Arc<Mutex<Seen>>,
    proved: Vec<Known>,
    /// Cancelled once the port is closed, or the instrument let go.
    ended: CancellationToken,
    /// Dropped with the trial; the port is let go then.
    _listening: DropGuard,
}

/// What a trial has found out so far.
struct Seen {
    way: Way,
    open: bool,
    heard: Heard,
    fits: Fits,
    told: Vec<Told>,
    looked_at: Instant,
}

/// What a page shows of a trial.
#[derive(Debug, Clone)]
pub(in crate::instruments) struct Shown {
    pub(in crate::instruments) way: Way,
    /// The port is open, or the instrument is heard.
    pub(in crate::instruments) open: bool,
    pub(in crate::instruments) heard: Heard,
    /// Best first.
    pub(in crate::instruments) fits: Vec<Fit>,
    /// What a meter told, the latest at the end.
    pub(in crate::instruments) told: Vec<Told>,
}

/// The way something is heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::instruments) enum Way {
    /// Over a line, at this speed; `searching` while others are tried one after the other.
    Line { wire: Wire, searching: bool },
    /// Through the air.
    Air(BleSettings),
    /// A meter, through the air.
    Meter(BleSettings, Vital),
}

/// What a meter told: a measurement, or why it is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::instruments) struct Told {
    /// Its name on the page.
    pub(in crate::instruments) id: Uuid,
    pub(in crate::instruments) value: Result<Value, NoValue>,
    /// When that was by the meter's own clock.
    pub(in crate::instruments) own_time: Option<NaiveDateTime>,
}

/// A dialect that was shown a known mass or length here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::instruments) struct Known {
    pub(in crate::instruments) proved: Proved,
    pub(in crate::instruments) measures: Measures,
}

impl Known {
    /// The name it has in a form: dialect, and unit where the dialect sends none.
    pub(in crate::instruments) fn word(&self) -> String {
        match self.unit() {
            Some(unit) => format!("{}.{unit}", self.proved.profile.dialect),
            None => self.proved.profile.dialect.to_string(),
        }
    }

    /// The unit a profile has to name.
    pub(in crate::instruments) fn unit(&self) -> Option<Unit> {
        (self.proved.unit_from == UnitFrom::Profile).then_some(self.proved.profile.unit)
    }
}

impl Trials {
    /// Begins to listen; whoever listened there before stops. `bus` is where BlueZ is.
    pub(in crate::instruments) fn begin(
        &self,
        name: &str,
        start: Start,
        bus: Option<String>,
        instruments: &Instruments,
    ) {
        let seen = Arc::new(Mutex::new(Seen::new(start.way())));
        let (stop, ended) = (CancellationToken::new(), CancellationToken::new());
        let trial = Trial {
            seen: seen.clone(),
            proved: Vec::new(),
            ended: ended.clone(),
            _listening: stop.clone().drop_guard(),
        };
        self.lock().insert(name.into(), trial);
        let clock = instruments.clock();
        let listening = async move {
            match start {
                Start::Line { device, wire, search } => listen(device, wire, search, seen).await,
                Start::Air(ble) => listen_to_air(&ble, bus.as_deref(), &seen).await,
                Start::Meter(ble, vital) => listen_to_meter(&ble, vital, bus, clock, &seen).await,
            }
        };
        let (trials, name) = (self.clone(), name.to_owned());
        instruments.spawn(async move {
            let _ended = ended.drop_guard();
            if stop.run_until_cancelled_owned(listening).await.is_some() {
                trials.lock().remove(&name);
            }
        });
    }

    /// What is known of a trial; looking at it keeps it going.
    pub(in crate::instruments) fn look(&self, name: &str) -> Option<Shown> {
        let trials = self.lock();
        let mut seen = trials.get(name)?.seen();
        seen.looked_at = Instant::now();
        Some(Shown {
            way: seen.way.clone(),
            open: seen.open,
            heard: seen.heard.clone(),
            fits: seen.fits.ranked(),
            told: seen.told.clone(),
        })
    }

    /// Holds what was heard against a mass (grams) or length (tenths of a millimetre) that is known to lie there. What
    /// is proved by it is remembered; with a second one only what both prove remains, which may be nothing.
    pub(in crate::instruments) fn prove(
        &self,
        name: &str,
        measures: Measures,
        known: u32,
    ) -> Option<Vec<Known>> {
        let mut trials = self.lock();
        let trial = trials.get_mut(name)?;
        let fits = trial.seen().fits.ranked();
        let all = fits.iter().flat_map(|fit| fit.proved_by(measures, known));
        let mut proved: Vec<Known> = all.map(|proved| Known { proved, measures }).collect();
        if !trial.proved.is_empty() {
            proved.retain(|new| trial.proved.iter().any(|known| known.word() == new.word()));
        }
        trial.proved.clone_from(&proved);
        Some(proved)
    }

    /// What a known mass or length has proved so far.
    pub(in crate::instruments) fn proved(&self, name: &str) -> Vec<Known> {
        self.lock().get(name).map(|trial| trial.proved.clone()).unwrap_or_default()
    }

    /// What is being listened to.
    pub(in crate::instruments) fn names(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    /// Lets it go. Returns when somebody else may have it: a port can be open once only.
    pub(in crate::instruments) async fn end(&self, name: &str) {
        let ended = self.lock().remove(name).map(|trial| trial.ended.clone());
        if let Some(ended) = ended {
            ended.cancelled().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Trial>> {
        self.0.lock().expect("nobody panics while holding the trials")
    }
}

impl Trial {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        lock(&self.seen)
    }
}

/// How a trial begins.
#[derive(Debug, Clone)]
pub(in crate::instruments) enum Start {
    /// At a device file, with one of [`WIRES`] by its place there; the others are tried as well if `search`.
    Line { device: PathBuf, wire: usize, search: bool },
    /// At an address.
    Air(BleSettings),
    /// At the address of a meter.
    Meter(BleSettings, Vital),
}

impl Start {
    fn way(&self) -> Way {
        match self {
            &Self::Line { wire, search, .. } => Way::Line { wire: WIRES[wire], searching: search },
            Self::Air(ble) => Way::Air(ble.clone()),
            Self::Meter(ble, vital) => Way::Meter(ble.clone(), *vital),
        }
    }
}

impl Seen {
    fn new(way: Way) -> Self {
        let fits = if matches!(way, Way::Line { .. }) { Fits::on_a_line() } else { Fits::default() };
        let told = Vec::new();
        Self { way, open: false, heard: Heard::default(), fits, told, looked_at: Instant::now() }
    }

    fn is_searching(&self) -> bool {
        matches!(self.way, Way::Line { searching: true, .. })
    }

    fn is_unseen(&self) -> bool {
        self.looked_at.elapsed() > UNSEEN
    }

    /// Remembers what a meter told; what it says again is not said twice.
    fn tell(&mut self, outcome: &Outcome) {
        let (value, extras) = match outcome {
            Ok(reading) => (Value::of(reading), reading.extras),
            Err(said) if said.error == Error::Overload => (Err(NoValue::TooHigh), said.extras),
            Err(said) => (Err(NoValue::Failed), said.extras),
        };
        let own_time = own_time(&extras);
        if self.told.last().is_some_and(|last| last.value == value && last.own_time == own_time) {
            return;
        }
        if self.told.len() == FEW {
            self.told.remove(0);
        }
        self.told.push(Told { id: Uuid::now_v7(), value, own_time });
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().expect("nobody panics while holding what was heard")
}

/// Listens at a line until nobody looks any more.
async fn listen(device: PathBuf, first: usize, search: bool, seen: Arc<Mutex<Seen>>) {
    let mut wire = WIRES[first];
    if search {
        for step in 0..WIRES.len() {
            wire = WIRES[(first + step) % WIRES.len()];
            *lock(&seen) = Seen::new(Way::Line { wire, searching: true });
            let _elapsed = tokio::time::timeout(AT_ONE_SPEED, listen_at(&device, wire, &seen)).await;
            if !lock(&seen).fits.ranked().is_empty() {
                break;
            }
        }
        let mut seen = lock(&seen);
        if seen.fits.ranked().is_empty() {
            wire = WIRES[first];
            *seen = Seen::new(Way::Line { wire, searching: false });
        }
        seen.way = Way::Line { wire, searching: false };
    }
    listen_at(&device, wire, &seen).await;
}

/// Listens at one speed, and opens the port again whenever it is lost. Ends a search as soon as something fits.
async fn listen_at(device: &Path, wire: Wire, seen: &Mutex<Seen>) {
    while !lock(seen).is_unseen() {
        if let Ok(line) = SerialPort::at(device.into(), wire).raw().await {
            lock(seen).open = true;
            if hear_out(line, seen).await.is_break() {
                return;
            }
            lock(seen).open = false;
        }
        // a line may open and be lost at once, again and again
        tokio::time::sleep(AGAIN).await;
    }
}

/// Hears a line until it is lost; breaks off as soon as a search has found something, or nobody looks any more.
async fn hear_out(mut line: impl AsyncRead + Unpin, seen: &Mutex<Seen>) -> ControlFlow<()> {
    let mut bytes = [0; 256];
    while let Ok(Ok(count @ 1..)) = tokio::time::timeout(UNSEEN, line.read(&mut bytes)).await {
        let mut seen = lock(seen);
        seen.heard.take(&bytes[..count]);
        seen.fits.hear(&bytes[..count]);
        let found = seen.is_searching() && !seen.fits.ranked().is_empty();
        if found || seen.is_unseen() {
            return ControlFlow::Break(());
        }
    }
    ControlFlow::Continue(())
}

/// Listens through the air until nobody looks any more, and begins anew whenever the instrument hangs up or sleeps.
async fn listen_to_air(ble: &BleSettings, bus: Option<&str>, seen: &Mutex<Seen>) {
    while !lock(seen).is_unseen() {
        match Stranger::open(ble, bus).await {
            Ok(stranger) => {
                lock(seen).open = true;
                if hear_packets(stranger, seen).await.is_break() {
                    return;
                }
                lock(seen).open = false;
            }
            Err(err) => tracing::info!("{} is not heard: {err:#}", ble.address.as_str()),
        }
        // it may connect and hang up at once, again and again
        tokio::time::sleep(AGAIN).await;
    }
}

/// Hears an instrument until it is lost; breaks off when nobody looks any more.
async fn hear_packets(mut stranger: Stranger, seen: &Mutex<Seen>) -> ControlFlow<()> {
    while let Ok(Ok((place, packet))) = tokio::time::timeout(UNSEEN, stranger.packet()).await {
        let mut seen = lock(seen);
        seen.heard.take(&packet);
        seen.fits.hear_at(place, &packet);
        if seen.is_unseen() {
            return ControlFlow::Break(());
        }
    }
    ControlFlow::Continue(())
}

/// Hears a meter out until nobody looks any more; it hangs up after each measurement.
async fn listen_to_meter(
    ble: &BleSettings,
    vital: Vital,
    bus: Option<String>,
    clock: Clock,
    seen: &Mutex<Seen>,
) {
    let Ok(mut port) = BlePort::new(ble, vital.dialect(), bus, clock) else { return };
    while !lock(seen).is_unseen() {
        match port.open(Profile::new(vital.dialect())).await {
            Ok(mut line) => {
                lock(seen).open = true;
                let heard = Mutex::default();
                while let Ok(Ok(outcome)) = tokio::time::timeout(UNSEEN, line.hear(&heard)).await {
                    let mut seen = lock(seen);
                    if seen.is_unseen() {
                        return;
                    }
                    seen.tell(&outcome);
                }
                lock(seen).open = false;
            }
            Err(err) => tracing::info!("{} is not heard: {err}", ble.address.as_str()),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_mass_that_disproves_everything_leaves_nothing_proved() {
        let trials = Trials::default();
        let mut seen = Seen::new(Way::Line { wire: WIRES[0], searching: false });
        seen.fits.hear(&b"ST,+0005.000 kg\r\n".repeat(4));
        let _listening = CancellationToken::new().drop_guard();
        let (seen, ended) = (Arc::new(Mutex::new(seen)), CancellationToken::new());
        let trial = Trial { seen, proved: Vec::new(), ended, _listening };
        trials.lock().insert("usb-x".into(), trial);
        assert_eq!(trials.prove("usb-x", Measures::Mass, 5_000).unwrap().len(), 1);
        assert_eq!(trials.proved("usb-x").len(), 1);
        assert_eq!(trials.prove("usb-x", Measures::Mass, 2_000), Some(vec![]));
        assert_eq!(trials.proved("usb-x"), []);
    }
}
