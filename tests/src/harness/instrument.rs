//! Scales and boards that behave like the real ones: they speak a dialect on a line, ten times a second, and the child
//! on them does not keep still.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use scales::{Dialect, Measures, encode};

use super::Port;
use crate::chance::Chance;

/// Ten readings a second, in the child's own time.
const TICK_MS: u32 = 100;

/// What an instrument is like.
#[derive(Debug, Clone, Copy)]
pub struct Make {
    /// The dialect it speaks.
    pub dialect: Dialect,
    /// Its step, in grams or tenths of a millimetre.
    pub division: u32,
}

/// A simulated instrument on a line. Dropping it switches it off.
#[derive(Debug)]
pub struct Instrument {
    bench: Arc<Bench>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Bench {
    scene: Mutex<Scene>,
    port: Mutex<Port>,
    off: AtomicBool,
}

/// What happens on the instrument.
#[derive(Debug, Clone, Copy)]
struct Scene {
    /// Grams or tenths of a millimetre; `None` for an empty pan. A board keeps its place.
    load: Option<u32>,
    /// Where the number came from.
    before: u32,
    /// Readings sent since it began.
    ticks: u32,
    /// Readings until it has come to rest.
    calm_after: u32,
}

impl Instrument {
    /// Switches it on at `path`. `pace` makes its children live that many times faster.
    pub fn at(path: &Path, make: Make, pace: u32, seed: u64) -> anyhow::Result<Self> {
        let bench = Arc::new(Bench {
            scene: Mutex::new(Scene { load: None, before: 0, ticks: 0, calm_after: 0 }),
            port: Mutex::new(Port::at(path)?),
            off: AtomicBool::new(false),
        });
        let shared = Arc::clone(&bench);
        let step = Duration::from_millis(TICK_MS.into()) / pace.max(1);
        let thread = std::thread::spawn(move || shared.speak(make, step, Chance::new(seed)));
        Ok(Self { bench, thread: Some(thread) })
    }

    /// Puts a child on it (or the board to a child): the number wriggles and comes to rest at `value` after `calm_s`
    /// seconds of the child's time.
    pub fn put_on(&self, value: u32, calm_s: f64) {
        let mut scene = self.bench.scene();
        let before = scene.load.unwrap_or(0);
        let calm_after = (calm_s * 1000.0 / f64::from(TICK_MS)) as u32;
        *scene = Scene { load: Some(value), before, ticks: 0, calm_after };
    }

    /// Takes the child off. A board stays where it is.
    pub fn take_off(&self, make: Make) {
        if make.dialect.measures() == Measures::Mass {
            *self.bench.scene() = Scene { load: None, before: 0, ticks: 0, calm_after: 0 };
        }
    }

    /// Pulls its cable.
    pub fn pull_cable(&self) {
        self.bench.port().pull();
    }

    /// Plugs it in again.
    pub fn plug_cable(&self) -> anyhow::Result<()> {
        self.bench.port().plug()
    }

    /// Sends bytes that are none of its own: noise on the line, another device's frame.
    pub fn babble(&self, bytes: &[u8]) {
        self.bench.port().send(bytes);
    }
}

impl Drop for Instrument {
    fn drop(&mut self) {
        self.bench.off.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Bench {
    fn scene(&self) -> MutexGuard<'_, Scene> {
        self.scene.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn port(&self) -> MutexGuard<'_, Port> {
        self.port.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn speak(&self, make: Make, step: Duration, mut chance: Chance) {
        let mut due = Instant::now();
        while !self.off.load(Ordering::Relaxed) {
            let (value, stable) = {
                let mut scene = self.scene();
                scene.ticks = scene.ticks.saturating_add(1);
                scene.reading(make, &mut chance)
            };
            self.port().send(&frame(make.dialect, value, stable));
            // Counted from when it was due, so that it is ten a second; after a long pause it does not catch up.
            due = (due + step).max(Instant::now() - step);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }
}

/// A frame as this dialect writes it; one without a word for *unstable* says nothing of it.
fn frame(dialect: Dialect, value: u32, stable: bool) -> Vec<u8> {
    let mut bytes = [0; 64];
    let length = encode(dialect, value.into(), stable, &mut bytes)
        .or_else(|| encode(dialect, value.into(), true, &mut bytes))
        .unwrap_or(0);
    bytes[..length].to_vec()
}

impl Scene {
    fn reading(&self, make: Make, chance: &mut Chance) -> (u32, bool) {
        let Some(load) = self.load else { return (0, self.ticks > 3) };
        let seconds = f64::from(self.ticks * TICK_MS) / 1000.0;
        let calm = f64::from(self.calm_after * TICK_MS) / 1000.0;
        let moving = self.ticks < self.calm_after;
        let value = match make.dialect.measures() {
            Measures::Length => self.along_the_board(load, seconds, calm),
            _ => on_the_pan(load, seconds, calm, moving, chance),
        };
        let value = if moving { value } else { f64::from(load) };
        let steps = (value / f64::from(make.division)).round().max(0.0) as u32;
        let value = if moving { steps * make.division } else { load };
        (value, self.ticks > self.calm_after + 5)
    }

    /// The slider is pushed out of the way, comes down on the child, and follows its wriggling.
    fn along_the_board(&self, load: u32, seconds: f64, calm: f64) -> f64 {
        let (from, to) = (f64::from(self.before), f64::from(load));
        let away = from.max(to) + 1_500.0;
        match seconds {
            ..0.6 => from + (away - from) * seconds / 0.6,
            0.6..1.2 => away + (to - away) * (seconds - 0.6) / 0.6,
            _ => to + 60.0 * (1.0 - seconds / calm.max(1.3)) * (seconds * 9.0).sin(),
        }
    }
}

/// A child is laid down within half a second, wriggles, kicks now and then, and calms.
fn on_the_pan(load: u32, seconds: f64, calm: f64, moving: bool, chance: &mut Chance) -> f64 {
    let load = f64::from(load);
    if seconds < 0.4 {
        return load * seconds / 0.4;
    }
    if !moving {
        return load;
    }
    let restless = 0.04 * load * (1.0 - seconds / calm);
    let kick = if chance.happens(0.03) { chance.bell(0.1 * load) } else { 0.0 };
    load + restless * (0.6 * (seconds * 4.4).sin() + 0.4 * (seconds * 10.7).sin()) + kick
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALE: Make = Make { dialect: Dialect::AdStd, division: 10 };
    const BOARD: Make = Make { dialect: Dialect::Digimatic13, division: 10 };

    fn readings(make: Make, load: u32, before: u32, count: u32) -> Vec<(u32, bool)> {
        let mut chance = Chance::new(1);
        let scene = |ticks| Scene { load: Some(load), before, ticks, calm_after: 50 };
        (1..=count).map(|ticks| scene(ticks).reading(make, &mut chance)).collect()
    }

    #[test]
    fn a_child_wriggles_first_and_rests_at_exactly_its_weight() {
        let seen = readings(SCALE, 8_450, 0, 100);
        assert!(seen[..45].iter().any(|&(value, _)| value.abs_diff(8_450) > 100));
        assert!(seen[50..].iter().all(|&(value, _)| value == 8_450));
        assert!(seen[..50].iter().all(|&(_, stable)| !stable) && seen[60].1);
        assert!(seen.iter().all(|(value, _)| value % 10 == 0));
    }

    #[test]
    fn a_board_moves_away_before_it_comes_down_on_the_next_child() {
        let seen = readings(BOARD, 7_130, 7_140, 100);
        assert!(seen[..12].iter().any(|&(value, _)| value > 8_000));
        assert!(seen[50..].iter().all(|&(value, _)| value == 7_130));
    }
}
