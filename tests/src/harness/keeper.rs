//! Nothing we start outlives us, not even if we are killed in mid-sentence.
//!
//! # Why
//! A process that dies by `kill -9` runs no clean-up of its own. So a small second process holds one end of a pipe and
//! the list of everything that runs; when the pipe closes, for whatever reason, it stops what is still on the list.

use std::io::{BufRead, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use std::os::unix::process::CommandExt;

/// How long a process may take over its own clean-up before it is killed.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// How a process is asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// SIGTERM: finish what you have begun.
    Term,
    /// SIGINT: Postgres's fast shutdown.
    Int,
}

impl Stop {
    pub(crate) fn signal(self) -> Signal {
        match self {
            Stop::Term => Signal::SIGTERM,
            Stop::Int => Signal::SIGINT,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Stop::Term => "term",
            Stop::Int => "int",
        }
    }
}

/// Keeps the list of what runs; when it is dropped or its process dies, all of it is stopped.
#[derive(Debug)]
pub struct Keeper {
    guard: Mutex<Option<(Child, ChildStdin)>>,
}

impl Keeper {
    /// Starts the second process: the `simpul-tests` beside the running program.
    pub fn start() -> anyhow::Result<Arc<Self>> {
        let mut child = Command::new(super::program("simpul-tests")?)
            .arg("guard")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .process_group(0) // Ctrl-C in the terminal is for us, not for the guard
            .spawn()
            .context("cannot start the guard")?;
        let pipe = child.stdin.take().context("the guard has no standard input")?;
        Ok(Arc::new(Self { guard: Mutex::new(Some((child, pipe))) }))
    }

    /// From now on `pid`, leader of its own process group, is stopped when we are gone.
    pub fn watch(&self, pid: u32, stop: Stop) -> anyhow::Result<()> {
        self.say(&format!("watch {pid} {} {}", born(pid).unwrap_or_default(), stop.word()))
    }

    /// `pid` has ended; its number may soon be another's.
    pub fn release(&self, pid: u32) {
        // A guard that is gone has nothing left to forget.
        let _ = self.say(&format!("release {pid}"));
    }

    /// Kills, when we are gone, whatever names this path of ours on its command line (a browser's many children).
    pub fn sweep(&self, path: &Path) -> anyhow::Result<()> {
        self.say(&format!("sweep {}", path.display()))
    }

    /// Removes this directory of ours when we are gone.
    pub fn remove(&self, path: &Path) -> anyhow::Result<()> {
        self.say(&format!("remove {}", path.display()))
    }

    /// Takes this file system of ours out of the tree when we are gone.
    pub fn unmount(&self, path: &Path) -> anyhow::Result<()> {
        self.say(&format!("unmount {}", path.display()))
    }

    fn say(&self, line: &str) -> anyhow::Result<()> {
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, pipe) = guard.as_mut().context("the guard is gone")?;
        writeln!(pipe, "{line}").context("the guard does not listen")
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let guard = self.guard.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((mut child, pipe)) = guard {
            drop(pipe);
            let _ = child.wait();
        }
    }
}

struct Watched {
    pid: u32,
    born: u64,
    stop: Stop,
}

/// The second process: reads the list from standard input, and cleans up when that closes.
pub fn guard() -> anyhow::Result<()> {
    let mut watched: Vec<Watched> = Vec::new();
    let (mut sweeps, mut mounts, mut removals) = (Vec::new(), Vec::new(), Vec::new());
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        match line.split_once(' ') {
            Some(("watch", rest)) => watched.extend(read_watch(rest)),
            Some(("release", pid)) => watched.retain(|entry| pid != entry.pid.to_string()),
            Some(("sweep", path)) => sweeps.push(path.to_owned()),
            Some(("unmount", path)) => mounts.push(path.to_owned()),
            Some(("remove", path)) => removals.push(path.to_owned()),
            _ => {}
        }
    }
    // The newest first: a database goes after those who use it.
    for entry in watched.iter().rev() {
        end(entry);
    }
    for path in sweeps {
        sweep(Path::new(&path));
    }
    for path in mounts {
        // Already gone after an orderly end.
        let _ = Command::new("umount").args(["-q", "-l", &path]).stderr(Stdio::null()).status();
    }
    for path in removals {
        let _ = std::fs::remove_dir_all(path);
    }
    Ok(())
}

fn read_watch(rest: &str) -> Option<Watched> {
    let mut words = rest.split(' ');
    let (pid, born) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let stop = if words.next()? == "int" { Stop::Int } else { Stop::Term };
    Some(Watched { pid, born, stop })
}

fn end(entry: &Watched) {
    let lives = || born(entry.pid) == Some(entry.born);
    if !lives() {
        return;
    }
    let _ = kill(as_pid(entry.pid), entry.stop.signal());
    let _ = kill(as_pid(entry.pid), Signal::SIGCONT); // whoever was held must hear it too
    let given_up = Instant::now() + PATIENCE;
    while lives() && Instant::now() < given_up {
        std::thread::sleep(LOOK_AGAIN);
    }
    if lives() {
        let _ = killpg(as_pid(entry.pid), Signal::SIGKILL);
    }
}

/// Kills every process whose command line names `path`, a directory only we ever made.
pub fn sweep(path: &Path) {
    let Some(name) = path.to_str().filter(|name| name.contains("simpul-")) else { return };
    let Ok(processes) = std::fs::read_dir("/proc") else { return };
    for pid in processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok()) {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&line).contains(name) && pid != std::process::id() as i32 {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}

/// When a process was born, in the kernel's ticks: with the pid it names one process for ever. `None` once it has
/// ended, even if nobody has collected it yet.
pub(crate) fn born(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything; what follows the last bracket is fixed.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    let born = fields.nth(18)?.parse().ok()?;
    (state != "Z" && state != "X").then_some(born)
}

pub(crate) fn as_pid(pid: u32) -> Pid {
    Pid::from_raw(pid as i32)
}
