//! Listening to a port nobody has taken in yet: what comes, at which speed, and which dialects fit it.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use scales::{Measures, Unit, UnitFrom};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::fit::{Fit, Fits, Proved};
use crate::config::Parity;
use crate::scales::{Heard, Instruments, SerialPort, Wire};

/// A search stays at one speed for so long before it tries the next.
const AT_ONE_SPEED: Duration = Duration::from_secs(3);
/// Nobody has looked for so long: the port is let go.
const UNSEEN: Duration = Duration::from_secs(600);
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

/// Ports that are being listened to, by the stable name of each.
#[derive(Clone, Default)]
pub(in crate::instruments) struct Trials(Arc<Mutex<HashMap<String, Trial>>>);

struct Trial {
    seen: Arc<Mutex<Seen>>,
    proved: Vec<Known>,
    /// Dropped with the trial; the port is let go then.
    _listening: DropGuard,
}

/// What a trial has found out so far.
struct Seen {
    wire: Wire,
    searching: bool,
    open: bool,
    heard: Heard,
    fits: Fits,
    looked_at: Instant,
}

/// What a page shows of a trial.
#[derive(Debug, Clone)]
pub(in crate::instruments) struct Shown {
    pub(in crate::instruments) wire: Wire,
    /// Other speeds are being tried one after the other.
    pub(in crate::instruments) searching: bool,
    /// The port is open.
    pub(in crate::instruments) open: bool,
    pub(in crate::instruments) heard: Heard,
    /// Best first.
    pub(in crate::instruments) fits: Vec<Fit>,
}

/// A dialect that was shown a known mass or length on this port.
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
    /// Begins to listen at a port; whoever listened there before stops.
    pub(in crate::instruments) fn begin(
        &self,
        name: &str,
        device: PathBuf,
        start: Start,
        instruments: &Instruments,
    ) {
        let seen = Arc::new(Mutex::new(Seen::new(WIRES[start.wire], start.search)));
        let stop = CancellationToken::new();
        let trial = Trial { seen: seen.clone(), proved: Vec::new(), _listening: stop.clone().drop_guard() };
        self.lock().insert(name.into(), trial);
        let listening = listen(device, start, seen);
        let (trials, name) = (self.clone(), name.to_owned());
        instruments.spawn(async move {
            if stop.run_until_cancelled_owned(listening).await.is_some() {
                trials.end(&name);
            }
        });
    }

    /// What is known of a trial; looking at it keeps it going.
    pub(in crate::instruments) fn look(&self, name: &str) -> Option<Shown> {
        let trials = self.lock();
        let mut seen = trials.get(name)?.seen();
        seen.looked_at = Instant::now();
        Some(Shown {
            wire: seen.wire,
            searching: seen.searching,
            open: seen.open,
            heard: seen.heard.clone(),
            fits: seen.fits.ranked(),
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

    /// What a known mass or length has proved on a port so far.
    pub(in crate::instruments) fn proved(&self, name: &str) -> Vec<Known> {
        self.lock().get(name).map(|trial| trial.proved.clone()).unwrap_or_default()
    }

    /// The ports that are being listened to.
    pub(in crate::instruments) fn names(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    /// Lets a port go.
    pub(in crate::instruments) fn end(&self, name: &str) {
        self.lock().remove(name);
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
#[derive(Debug, Clone, Copy)]
pub(in crate::instruments) struct Start {
    /// Its place in [`WIRES`].
    pub(in crate::instruments) wire: usize,
    /// Whether the others are tried as well.
    pub(in crate::instruments) search: bool,
}

impl Seen {
    fn new(wire: Wire, searching: bool) -> Self {
        let (heard, fits) = (Heard::default(), Fits::default());
        Self { wire, searching, open: false, heard, fits, looked_at: Instant::now() }
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().expect("nobody panics while holding what was heard")
}

/// Listens until nobody looks any more.
async fn listen(device: PathBuf, start: Start, seen: Arc<Mutex<Seen>>) {
    let others = (0..WIRES.len()).map(|step| (start.wire + step) % WIRES.len());
    if start.search {
        for wire in others {
            *lock(&seen) = Seen::new(WIRES[wire], true);
            let _elapsed = tokio::time::timeout(AT_ONE_SPEED, listen_at(&device, &seen)).await;
            if !lock(&seen).fits.ranked().is_empty() {
                break;
            }
        }
        let mut seen = lock(&seen);
        if seen.fits.ranked().is_empty() {
            *seen = Seen::new(WIRES[start.wire], false);
        }
        seen.searching = false;
    }
    listen_at(&device, &seen).await;
}

/// Listens at one speed, and opens the port again whenever it is lost. Ends a search as soon as something fits.
async fn listen_at(device: &std::path::Path, seen: &Mutex<Seen>) {
    let wire = lock(seen).wire;
    while lock(seen).looked_at.elapsed() < UNSEEN {
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
        let found = seen.searching && !seen.fits.ranked().is_empty();
        if found || seen.looked_at.elapsed() > UNSEEN {
            return ControlFlow::Break(());
        }
    }
    ControlFlow::Continue(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_mass_that_disproves_everything_leaves_nothing_proved() {
        let trials = Trials::default();
        let mut seen = Seen::new(WIRES[0], false);
        seen.fits.hear(&b"ST,+0005.000 kg\r\n".repeat(4));
        let _listening = CancellationToken::new().drop_guard();
        let trial = Trial { seen: Arc::new(Mutex::new(seen)), proved: Vec::new(), _listening };
        trials.lock().insert("usb-x".into(), trial);
        assert_eq!(trials.prove("usb-x", Measures::Mass, 5_000).unwrap().len(), 1);
        assert_eq!(trials.proved("usb-x").len(), 1);
        assert_eq!(trials.prove("usb-x", Measures::Mass, 2_000), Some(vec![]));
        assert_eq!(trials.proved("usb-x"), []);
    }
}
