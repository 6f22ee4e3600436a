//! The scale bridge's own image on an emulated board: a load cell on its pins, its USB plug as a line of ours.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use nix::sys::signal::{Signal, killpg};
use protocol::bridge::{self, DELIMITER, Message};

use super::keeper::{Keeper, Stop, as_pid};
use super::{Port, until};

/// A busy machine emulates slowly.
const PATIENCE: Duration = Duration::from_secs(120);

/// What an emulated bridge is made of; `cargo xtask story bridge-emulated` lays it there.
#[derive(Debug, Clone)]
pub struct Kit {
    image: PathBuf,
    emulator: PathBuf,
}

/// A running bridge. Dropping it ends it.
#[derive(Debug)]
pub struct EmulatedBridge {
    child: Child,
    orders: ChildStdin,
    heard: Arc<Mutex<Heard>>,
    keeper: Arc<Keeper>,
}

/// What came out of its plug.
#[derive(Debug, Default)]
struct Heard {
    last: Option<Message>,
    frames: usize,
    answers: Vec<String>,
    /// Since the last zero.
    running: Vec<u8>,
}

impl Kit {
    /// The kit, or which part of it is missing.
    pub fn find() -> Result<Self, String> {
        let target = Path::new("target");
        let kit =
            Self { image: target.join("dist/firmware/bridge-hx711.bin"), emulator: target.join("emulator") };
        let missing =
            |what: &str| Err(format!("{what} is missing: `cargo xtask story bridge-emulated` makes it"));
        if !kit.image.is_file() {
            return missing("the bridge's image");
        }
        if !kit.emulator.join("node_modules/rp2040js").is_dir() {
            return missing("the emulator (npm's rp2040js)");
        }
        Ok(kit)
    }

    /// Switches a bridge on, its plug in a line at `path`.
    pub fn start(&self, keeper: &Arc<Keeper>, path: &Path) -> anyhow::Result<EmulatedBridge> {
        let mut port = Port::at(path)?;
        let mut child = Command::new("node")
            .arg(self.emulator.join("run.mjs"))
            .arg(&self.image)
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
        let ears = Arc::clone(&heard);
        std::thread::spawn(move || {
            while let Ok(bytes @ [_, ..]) = plug.fill_buf() {
                port.send(bytes);
                let length = bytes.len();
                lock(&ears).hear(bytes);
                plug.consume(length);
            }
        });
        Ok(EmulatedBridge { child, orders, heard, keeper: Arc::clone(keeper) })
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

    /// How many seconds pass for it in one of ours; 0 for as many as can.
    pub fn pace(&mut self, pace: u32) -> anyhow::Result<()> {
        self.order(&format!("pace {pace}"))
    }

    /// Types a line and gives the answer.
    pub async fn ask(&mut self, line: &str) -> anyhow::Result<String> {
        let before = lock(&self.heard).answers.len();
        self.order(&format!("type {line}"))?;
        let answer = until(PATIENCE, async || Ok(lock(&self.heard).answers.get(before).cloned())).await?;
        answer.with_context(|| format!("the bridge does not answer to {line:?}"))
    }

    /// Waits until it says something of this kind, after whatever it has said so far.
    pub async fn says(&self, what: &str, is_it: impl Fn(&Message) -> bool) -> anyhow::Result<Message> {
        let before = self.frames();
        let said = until(PATIENCE, async || {
            let heard = lock(&self.heard);
            Ok(heard.last.filter(|last| heard.frames > before + 1 && is_it(last)))
        });
        said.await?.with_context(|| {
            format!("the bridge never says {what}; its last word: {:?}", lock(&self.heard).last)
        })
    }

    /// How many frames it has sent.
    pub fn frames(&self) -> usize {
        lock(&self.heard).frames
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

impl Heard {
    fn hear(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte != DELIMITER {
                self.running.push(byte);
                continue;
            }
            let between = std::mem::take(&mut self.running);
            if let Ok(message) = bridge::decode(&between) {
                (self.last, self.frames) = (Some(message), self.frames + 1);
            } else if let Some(answer) =
                std::str::from_utf8(&between).ok().and_then(|text| text.strip_prefix("# "))
            {
                self.answers.extend(answer.lines().map(|line| line.trim_start_matches("# ").to_owned()));
            }
        }
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}
