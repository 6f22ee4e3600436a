//! The server's log, received as it is written, with a base copy from time to time.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use chrono::{DateTime, TimeDelta, Utc};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::Child;
use tokio_util::sync::CancellationToken;

use super::address::Address;
use super::base::{Taken, take};
use super::line::{Line, Server};
use super::tools::{self, Tools};
use crate::Hub;

/// How long to leave a server alone that just failed.
const PAUSE: Duration = Duration::from_secs(5);
/// When to try again after a base copy failed: copying a whole cluster is work for the server.
const RETRY: Duration = Duration::from_secs(15 * 60);
/// How often to look whether a base copy is due, or the server began another life.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// How long the receiver may take to write down what it has when it is told to end.
const GRACE: Duration = Duration::from_secs(10);

/// How a hub's database is followed.
#[derive(Debug, Clone)]
pub struct Following {
    /// The replication slot by which the server keeps its log until it was received. Each follower needs its own; one
    /// that is given up must be dropped, or the server's disk fills up.
    pub slot: String,
    /// How old the newest base copy may become.
    pub base_every: TimeDelta,
}

/// Receives the log into `to` and takes a base copy when one is due, until `cancel` fires. `taken` hears of each copy. A
/// server that is away is waited for; one that comes back with another life begins a line of its own.
pub async fn follow(
    hub: &Hub,
    to: &Path,
    following: &Following,
    clock: fn() -> DateTime<Utc>,
    mut taken: impl FnMut(&Taken) -> anyhow::Result<()>,
    cancel: CancellationToken,
) -> anyhow::Result<()> {
    loop {
        let stay = stay(hub, to, following, clock, &mut taken);
        let error = tokio::select! {
            Err(error) = stay => error,
            () = cancel.cancelled() => return Ok(()),
        };
        tracing::error!("the database is not copied just now, trying again: {error:#}");
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = cancel.cancelled() => return Ok(()),
        }
    }
}

/// Follows one life of the server until something fails.
async fn stay(
    hub: &Hub,
    to: &Path,
    following: &Following,
    clock: fn() -> DateTime<Utc>,
    taken: &mut impl FnMut(&Taken) -> anyhow::Result<()>,
) -> anyhow::Result<std::convert::Infallible> {
    let server = Server::ask(&hub.db).await?;
    let tools = Tools::find(&hub.config.backup.tools, server.major).await?;
    let line = Line::of(to, server);
    line.make()?;
    let mut receiver = Receiver::start(hub, &tools, &line, &following.slot).await?;
    let mut not_before = Instant::now();
    loop {
        if is_due(&line, following, clock()) && Instant::now() >= not_before {
            let copying = take(hub, to, clock);
            let copy = tokio::select! {
                copy = copying => copy,
                ended = receiver.ended() => return Err(ended),
            };
            // The log goes on being received; a copy that failed would fail again at once.
            match copy {
                Ok(copy) => taken(&copy)?,
                Err(error) => {
                    not_before = Instant::now() + RETRY;
                    tracing::error!("no base copy was taken, trying again later: {error:#}");
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            ended = receiver.ended() => return Err(ended),
        }
        if Server::ask(&hub.db).await? != server {
            bail!("the server began another life");
        }
    }
}

fn is_due(line: &Line, following: &Following, now: DateTime<Utc>) -> bool {
    line.bases().last().is_none_or(|newest| now - newest.taken_at >= following.base_every)
}

/// A running `pg_receivewal`. Told to end when dropped, and given the time to write down what it has.
struct Receiver(Option<Child>);

impl Receiver {
    async fn start(hub: &Hub, tools: &Tools, line: &Line, slot: &str) -> anyhow::Result<Self> {
        let address = Address::of(&hub.config.database.url);
        let mut slot_made = tools.command("pg_receivewal");
        slot_made.args(["--create-slot", "--if-not-exists", "--slot", slot]);
        address.tell(&mut slot_made);
        tools::run(&mut slot_made).await.context("cannot make the replication slot")?;
        let mut receive = tools.command("pg_receivewal");
        // Each piece is on the disk before the server may forget it; a lost connection is ours to see, not to be hidden.
        receive.args(["--synchronous", "--no-loop", "--slot", slot, "--directory"]).arg(line.log_dir());
        address.tell(&mut receive);
        let child = receive.stderr(Stdio::inherit()).spawn().context("cannot run pg_receivewal")?;
        Ok(Self(Some(child)))
    }

    /// Resolves when it ended, which it should not. Safe to drop at any time.
    async fn ended(&mut self) -> anyhow::Error {
        let child = self.0.as_mut().expect("only taken when dropped");
        match child.wait().await {
            Ok(status) => anyhow::anyhow!("pg_receivewal ended ({status})"),
            Err(error) => anyhow::Error::new(error).context("pg_receivewal is out of sight"),
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let Some(mut child) = self.0.take() else { return };
        let Some(pid) = child.id() else { return };
        let _ = kill(Pid::from_raw(pid as i32), Signal::SIGTERM);
        // Waited for on the side; should even that not be possible any more, it is killed.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { tokio::time::timeout(GRACE, child.wait()).await });
        }
    }
}
