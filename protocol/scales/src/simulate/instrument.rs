//! A scene, a voice and a line, kept going by a thread.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::scene::{Scene, TICK_MS};
use super::{Flaws, Guest, Make, Manner, Port, Speaker, Voice};
use crate::Measures;

/// A simulated instrument on a line. Dropping it takes it away, with its device file.
#[derive(Debug)]
pub struct Instrument<S = Voice> {
    bench: Arc<Bench<S>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Bench<S> {
    make: Make,
    scene: Mutex<Scene>,
    voice: Mutex<S>,
    port: Mutex<Port>,
    /// How many times faster than the world its children live.
    pace: AtomicU32,
    off: AtomicBool,
}

impl Instrument {
    /// Switches it on, its device file at `path`. `pace` makes its children live that many times faster.
    pub fn at(path: &Path, make: Make, pace: u32, seed: u64) -> io::Result<Self> {
        let mut chance = Rng::with_seed(seed);
        let voice = Voice::new(make, chance.fork());
        Self::switched_on(path, make, voice, pace, chance)
    }

    /// Gives it something wrong.
    pub fn spoil(&self, flaws: Flaws) {
        lock(&self.bench.voice).flaws = flaws;
    }
}

impl<S: Speaker + Send + 'static> Instrument<S> {
    /// The same with another speaker than a dialect's voice.
    pub fn of(path: &Path, make: Make, speaker: S, pace: u32, seed: u64) -> io::Result<Self> {
        Self::switched_on(path, make, speaker, pace, Rng::with_seed(seed))
    }

    fn switched_on(path: &Path, make: Make, speaker: S, pace: u32, chance: Rng) -> io::Result<Self> {
        let bench = Arc::new(Bench {
            make,
            scene: Mutex::new(Scene::EMPTY),
            voice: Mutex::new(speaker),
            port: Mutex::new(Port::at(path)?),
            pace: AtomicU32::new(pace),
            off: AtomicBool::new(false),
        });
        let shared = Arc::clone(&bench);
        let thread = std::thread::spawn(move || shared.speak(chance));
        Ok(Self { bench, thread: Some(thread) })
    }

    /// Makes its children live at another pace from now on.
    pub fn pace(&self, pace: u32) {
        self.bench.pace.store(pace, Ordering::Relaxed);
    }

    /// Puts a child on it (or the board to a child): the number wriggles and comes to rest at `value` after `calm_s`
    /// seconds of the child's time.
    pub fn put_on(&self, value: u32, calm_s: f64) {
        self.receive(Guest { value, manner: Manner::Lying, calm_s, after_s: 0.0 });
    }

    /// Lets somebody come to it, in the place of whoever is there.
    pub fn receive(&self, guest: Guest) {
        let mut scene = lock(&self.bench.scene);
        *scene = scene.with(guest);
    }

    /// Takes the child off. A board stays where it is.
    pub fn take_off(&self) {
        if self.bench.make.dialect.measures() == Measures::Mass {
            *lock(&self.bench.scene) = Scene::EMPTY;
        }
    }

    /// Takes its power, in the midst of a frame; the line stays.
    pub fn die(&self) {
        lock(&self.bench.voice).die();
    }

    /// Switches it on again.
    pub fn live(&self) {
        lock(&self.bench.voice).live();
    }

    /// Pulls its cable.
    pub fn pull_cable(&self) {
        lock(&self.bench.port).pull();
    }

    /// Plugs it in again.
    pub fn plug_cable(&self) -> io::Result<()> {
        lock(&self.bench.port).plug()
    }

    /// Sends bytes that are none of its own: noise on the line, another device's frame.
    pub fn babble(&self, bytes: &[u8]) {
        lock(&self.bench.port).send(bytes);
    }
}

impl<S> Drop for Instrument<S> {
    fn drop(&mut self) {
        self.bench.off.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl<S: Speaker> Bench<S> {
    fn speak(&self, mut chance: Rng) {
        let mut due = Instant::now();
        while !self.off.load(Ordering::Relaxed) {
            let (value, stable) = lock(&self.scene).next(self.make, &mut chance);
            let typed = lock(&self.port).typed();
            let frame = {
                let mut voice = lock(&self.voice);
                voice.hear(&typed);
                voice.say(value, stable)
            };
            lock(&self.port).send(&frame);
            let step = Duration::from_millis(TICK_MS.into()) / self.pace.load(Ordering::Relaxed).max(1);
            // Counted from when it was due, so that it is ten a second; after a long pause it does not catch up.
            due = (due + step).max(Instant::now() - step);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }
}

/// A thread that fell leaves what it held as it was after a whole reading.
fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
