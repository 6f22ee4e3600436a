//! One of our programs, running: its first word, its log, its end.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use nix::sys::signal::{Signal, kill, killpg};
use serde_json::Value;
use tokio::sync::oneshot;

use super::keeper::{Keeper, Stop, as_pid};
use super::wait::until;

/// How long a program may take over a polite stop.
const PATIENCE: Duration = Duration::from_secs(20);
/// How much of a log is shown when something went wrong.
const TAIL_LINES: usize = 30;

/// A running program. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    stop: Stop,
    log: PathBuf,
    keeper: Arc<Keeper>,
    said: Option<oneshot::Receiver<Value>>,
}

impl Process {
    /// Starts `command` in a process group of its own; everything it says goes into `log`, one run after another.
    pub fn start(
        keeper: &Arc<Keeper>,
        name: &str,
        command: &mut Command,
        stop: Stop,
        log: &Path,
    ) -> anyhow::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(log)?;
        let copy = file.try_clone()?;
        let mut child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        keeper.watch(child.id(), stop)?;
        let (first, said) = oneshot::channel();
        let output = child.stdout.take().context("a piped output is there")?;
        std::thread::spawn(move || listen(BufReader::new(output), first, copy));
        Ok(Self {
            name: name.into(),
            child,
            stop,
            log: log.into(),
            keeper: Arc::clone(keeper),
            said: Some(said),
        })
    }

    /// The JSON line by which the program says that it is ready, and where.
    pub async fn first_word(&mut self, within: Duration) -> anyhow::Result<Value> {
        let said = self.said.take().context("the first word was heard already")?;
        match tokio::time::timeout(within, said).await {
            Ok(Ok(word)) => Ok(word),
            Ok(Err(_)) => anyhow::bail!("{} ended before it was ready\n{}", self.name, self.tail()),
            Err(_) => anyhow::bail!("{} is not ready after {within:?}\n{}", self.name, self.tail()),
        }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Holds it in mid-sentence, as a machine that hangs would. Everything it has open stays open.
    pub fn pause(&self) {
        killpg(as_pid(self.pid()), Signal::SIGSTOP).ok();
    }

    /// Lets it go on as if nothing had happened.
    pub fn resume(&self) {
        killpg(as_pid(self.pid()), Signal::SIGCONT).ok();
    }

    /// Asks it to stop and waits; the error shows the end of its log if it would not.
    pub async fn stop(self) -> anyhow::Result<ExitStatus> {
        let politely = self.stop.signal();
        self.stop_by(politely).await
    }

    /// Sends it a signal that ends it, and waits.
    pub async fn stop_by(mut self, signal: Signal) -> anyhow::Result<ExitStatus> {
        kill(as_pid(self.pid()), signal).ok();
        let ended = until(PATIENCE, async || Ok(self.child.try_wait()?)).await?;
        match ended {
            Some(status) => Ok(status),
            None => anyhow::bail!("{} does not stop\n{}", self.name, self.tail()),
        }
    }

    /// Kills it at once, as a power cut would.
    pub fn kill_nine(mut self) {
        self.end();
    }

    /// The last lines of its log.
    pub fn tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
    }

    fn end(&mut self) {
        if self.runs() {
            killpg(as_pid(self.pid()), Signal::SIGKILL).ok();
        }
        let _ = self.child.wait();
        self.keeper.release(self.pid());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

fn listen(output: impl BufRead, first: oneshot::Sender<Value>, mut log: impl Write) {
    let mut first = Some(first);
    for line in output.lines().map_while(Result::ok) {
        match serde_json::from_str(&line) {
            Ok(word @ Value::Object(_)) if first.is_some() => {
                first.take().map(|first| first.send(word));
            }
            _ => drop(writeln!(log, "{line}")),
        }
    }
}

/// Runs a program to its end; the error is what it said.
pub fn run(command: &mut Command) -> anyhow::Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    anyhow::ensure!(
        output.status.success(),
        "{} failed: {}",
        command.get_program().display(),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8(output.stdout)?)
}
