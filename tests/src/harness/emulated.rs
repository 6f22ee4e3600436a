//! The scale bridge's own image on an emulated board: a load cell on its pins, its USB plug as a line of ours.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, ensure};
use nix::sys::signal::{Signal, killpg};
use protocol::bridge::Message;

use super::heard::Heard;
use super::keeper::{Keeper, Stop, as_pid};
use super::{Port, until};

/// A busy machine emulates slowly.
const PATIENCE: Duration = Duration::from_secs(120);

/// The emulator's exit code when the board's watchdog has fired.
const WATCHDOG_FIRED: i32 = 3;

/// What an emulated bridge is made of; `cargo xtask story bridge-emulated` lays it there.
#[derive(Debug, Clone)]
pub struct Kit {
    images: PathBuf,
    emulator: PathBuf,
}

/// The converter on its pins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chip {
    /// Clocked by hand.
    Hx711,
    /// On a bus.
    Nau7802,
}

impl Chip {
    fn name(self) -> &'static str {
        match self {
            Self::Hx711 => "hx711",
            Self::Nau7802 => "nau7802",
        }
    }
}

/// A running bridge. Dropping it ends it.
#[derive(Debug)]
pub struct EmulatedBridge {
    child: Child,
    orders: ChildStdin,
    heard: Arc<Mutex<Heard>>,
    /// Its plug is dead: the emulator has ended.
    ended: Arc<AtomicBool>,
    keeper: Arc<Keeper>,
}

impl Kit {
    /// The kit.
    ///
    /// # Errors
    /// A program it needs is not installed, or there is no image or no emulator; says what to do.
    pub fn find() -> anyhow::Result<Self> {
        installed("node", "nodejs")?;
        installed("npm", "npm")?;
        let target = Path::new("target");
        let kit = Self { images: target.join("dist/firmware"), emulator: target.join("emulator") };
        let made = "`cargo xtask story bridge-emulated` makes it";
        for chip in [Chip::Hx711, Chip::Nau7802] {
            ensure!(kit.image(chip).is_file(), "the image for the {} is missing: {made}", chip.name());
        }
        let there = kit.emulator.join("node_modules/rp2040js").is_dir();
        ensure!(there, "the emulator (npm's rp2040js) is missing: {made}");
        Ok(kit)
    }

    fn image(&self, chip: Chip) -> PathBuf {
        self.images.join(format!("bridge-{}.bin", chip.name()))
    }

    /// Switches a bridge on, its plug in a line at `path`.
    pub fn start(&self, chip: Chip, keeper: &Arc<Keeper>, path: &Path) -> anyhow::Result<EmulatedBridge> {
        let mut port = Port::at(path)?;
        let mut child = Command::new("node")
            .arg(self.emulator.join("run.mjs"))
            .arg(self.image(chip))
            .arg(chip.name())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .context("cannot start node, which runs the emulator")?;
        keeper.watch(child.id(), Stop::Term)?;
        let orders = child.stdin.take().context("a piped input is there")?;
        let mut plug = BufReader::new(child.stdout.take().context("a piped output is there")?);
        let heard = Arc::new(Mutex::new(Heard::default()));
        let ended = Arc::new(AtomicBool::new(false));
        let (ears, over) = (Arc::clone(&heard), Arc::clone(&ended));
        std::thread::spawn(move || {
            while let Ok(bytes @ [_, ..]) = plug.fill_buf() {
                port.send(bytes);
                let length = bytes.len();
                lock(&ears).hear(bytes);
                plug.consume(length);
            }
            over.store(true, Ordering::Relaxed);
        });
        Ok(EmulatedBridge { child, orders, heard, ended, keeper: Arc::clone(keeper) })
    }
}

impl EmulatedBridge {
    /// What the load cell's converter counts from now on.
    pub fn load(&mut self, counts: i32) -> anyhow::Result<()> {
        self.order(&format!("load {counts}"))
    }

    /// Pulls the wire to the converter, or puts it back.
    pub fn plug(&mut self, plugged: bool) -> anyhow::Result<()> {
        self.order(if plugged { "plug" } else { "unplug" })
    }

    /// The chip holds the clock of its bus low, or lets go of it.
    pub fn hold(&mut self, held: bool) -> anyhow::Result<()> {
        self.order(if held { "hold" } else { "release" })
    }

    /// How many seconds pass for it in one of ours; 0 for as many as can.
    pub fn pace(&mut self, pace: u32) -> anyhow::Result<()> {
        self.order(&format!("pace {pace}"))
    }

    /// Types a line and gives the answer.
    pub async fn ask(&mut self, line: &str) -> anyhow::Result<String> {
        let before = lock(&self.heard).answers.len();
        self.order(&format!("type {line}"))?;
        let answer = until(PATIENCE, async || {
            self.still_runs()?;
            Ok(lock(&self.heard).answers.get(before).cloned())
        });
        let answer = answer.await?;
        answer.with_context(|| format!("the bridge does not answer to {line:?}"))
    }

    /// Waits until it says something of this kind, after whatever it has said so far.
    pub async fn says(&self, what: &str, is_it: impl Fn(&Message) -> bool) -> anyhow::Result<Message> {
        let before = self.frames();
        let said = until(PATIENCE, async || {
            self.still_runs()?;
            let heard = lock(&self.heard);
            Ok(heard.last.filter(|last| heard.frames > before + 1 && is_it(last)))
        });
        said.await?.with_context(|| {
            format!("the bridge never says {what}; its last word: {:?}", lock(&self.heard).last)
        })
    }

    /// Its processor stops in its tracks: waits until the board's watchdog has noticed.
    pub async fn hang(mut self) -> anyhow::Result<()> {
        self.order("hang")?;
        let ended = until(PATIENCE, async || Ok(self.child.try_wait()?)).await?;
        let ended = ended.context("it hangs, and its watchdog does not notice")?;
        ensure!(ended.code() == Some(WATCHDOG_FIRED), "the emulator ended with {ended}");
        Ok(())
    }

    /// How many frames it has sent.
    pub fn frames(&self) -> usize {
        lock(&self.heard).frames
    }

    fn still_runs(&self) -> anyhow::Result<()> {
        ensure!(!self.ended.load(Ordering::Relaxed), "the emulator has ended");
        Ok(())
    }

    fn order(&mut self, order: &str) -> anyhow::Result<()> {
        writeln!(self.orders, "{order}").context("the emulator has ended")
    }
}

impl Drop for EmulatedBridge {
    fn drop(&mut self) {
        killpg(as_pid(self.child.id()), Signal::SIGKILL).ok();
        let _ = self.child.wait();
        self.keeper.release(self.child.id());
    }
}

/// Checks that a program of a Debian package is there to be started.
fn installed(program: &str, package: &str) -> anyhow::Result<()> {
    let said = Command::new(program).arg("--version").output();
    let said = said.with_context(|| {
        format!("cannot start {program}, which this story needs: install Debian's package `{package}`")
    })?;
    ensure!(said.status.success(), "`{program} --version` fails: {}", said.status);
    Ok(())
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_is_an_error_that_names_its_package() {
        let words = format!("{:#}", installed("node-that-is-not-there", "nodejs").unwrap_err());
        assert!(words.contains("install Debian's package `nodejs`"), "{words}");
        installed("cargo", "cargo").unwrap();
    }
}
