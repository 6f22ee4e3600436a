//! Who calibrates a bridge before it goes to a posyandu: opens its line with a terminal, lays known masses on it, types,
//! reads the answers.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use nix::fcntl::OFlag;
use protocol::bridge::Message;
use scales::simulate::Instrument;

use super::bridge::{Bridge, Build};
use super::heard::Heard;

/// A busy machine simulates slowly.
const PATIENCE: Duration = Duration::from_secs(60);
/// The bench is no posyandu: nobody has to be waited for.
const PACE: u32 = 50;
/// In the field ten minutes; a cell that is simulated is never cold.
const WARM_UP_S: u32 = 5;
/// Counts nearer than this to what a known mass gives are that mass, come to rest.
const NEAR_COUNTS: u32 = 1_000;

/// Calibrates it, gives it the number on its label and its step, saves, pulls the plug, and sees that it still knows.
pub(super) fn calibrate(
    bridge: &Instrument<Bridge>,
    build: Build,
    line: &Path,
    (label, division): (u32, u32),
) -> anyhow::Result<()> {
    let mut terminal = Terminal::open(line)?;
    bridge.pace(PACE);
    let first = terminal.says("anything", |_| true)?;
    ensure!(first.value.is_none() && first.flags.uncalibrated, "a new bridge says {first:?}");
    for order in [format!("id {label}"), format!("warmup {WARM_UP_S}"), format!("step {division}")] {
        terminal.asks(&order, "ok")?;
    }
    // A slider has to be at its lower end before anything can be said of where it is.
    bridge.put_on(0, 0.0);
    terminal.says("that it has found its place", |said| near(said, build.counts(0)))?;
    for (known, answer) in build.known().into_iter().zip(["ok, now a second known mass", "ok"]) {
        bridge.put_on(known, 0.0);
        let rests = |said: &Message| said.flags.stable && near(said, build.counts(known));
        terminal.says("that what is known lies still", rests)?;
        terminal.asks(&format!("cal {known}"), answer)?;
    }
    terminal.asks("save", "saved")?;
    bridge.die();
    terminal.forget()?;
    bridge.live();
    bridge.put_on(0, 0.0);
    let ready = terminal.says("that nothing is there", |said| said.value == Some(0) && said.flags.stable)?;
    ensure!(ready.device == label, "it calls itself {}", ready.device);
    let firmware = ready.firmware;
    terminal.asks("id", &format!("id {label} firmware {firmware:08x}"))?;
    tracing::info!(label, division, "{build:?}: calibrated with {:?}", build.known());
    Ok(())
}

fn near(said: &Message, counts: i32) -> bool {
    said.raw.abs_diff(counts) < NEAR_COUNTS
}

/// A terminal program at one line.
struct Terminal {
    line: File,
    heard: Heard,
}

impl Terminal {
    fn open(line: &Path) -> anyhow::Result<Self> {
        let flags = (OFlag::O_NOCTTY | OFlag::O_NONBLOCK).bits();
        let opened = File::options().read(true).write(true).custom_flags(flags).open(line);
        let line = opened.with_context(|| format!("cannot open {}", line.display()))?;
        Ok(Self { line, heard: Heard::default() })
    }

    /// Waits until the bridge says something of this kind from now on.
    fn says(&mut self, what: &str, is_it: impl Fn(&Message) -> bool) -> anyhow::Result<Message> {
        let before = self.heard.frames;
        let said = self.until(|heard| heard.last.filter(|last| heard.frames > before + 1 && is_it(last)))?;
        said.with_context(|| format!("the bridge never says {what}; its last word: {:?}", self.heard.last))
    }

    fn asks(&mut self, order: &str, expected: &str) -> anyhow::Result<()> {
        let before = self.heard.answers.len();
        write!(self.line, "{order}\r\n")?;
        let answer = self.until(|heard| heard.answers.get(before).cloned())?;
        ensure!(answer.as_deref() == Some(expected), "{order:?} is answered with {answer:?}");
        Ok(())
    }

    /// Lets go of all that was said, by a bridge that says nothing any more.
    fn forget(&mut self) -> anyhow::Result<()> {
        while self.listen()? {}
        self.heard = Heard::default();
        Ok(())
    }

    fn until<T>(&mut self, mut found: impl FnMut(&Heard) -> Option<T>) -> anyhow::Result<Option<T>> {
        let late = Instant::now() + PATIENCE;
        while Instant::now() < late {
            if !self.listen()? {
                std::thread::sleep(Duration::from_millis(1));
            } else if let Some(found) = found(&self.heard) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Whether there was something to hear.
    fn listen(&mut self) -> anyhow::Result<bool> {
        let mut bytes = [0; 256];
        match self.line.read(&mut bytes) {
            Ok(length) => self.heard.hear(&bytes[..length]),
            Err(err) if err.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(err) => return Err(err).context("the line is gone"),
        }
        Ok(true)
    }
}
