//! What can happen to a Postgres: killed outright, stopped in mid-sentence, held, and put back to what it was before.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use nix::sys::signal::{Signal, kill};

use super::keeper::{Stop, as_pid, born};
use super::postgres::{Cluster, Postgres, as_user, bindir, service_user};
use super::process::run;
use super::until;

const RECOVERED_WITHIN: Duration = Duration::from_secs(60);
const GONE_WITHIN: Duration = Duration::from_secs(30);

/// A Postgres all of whose processes are held. Dropping it lets them go on.
#[derive(Debug)]
pub struct Held<'a> {
    postgres: &'a Postgres,
    family: Vec<u32>,
}

impl Postgres {
    /// Ends it as `pg_ctl stop -m immediate` does: nothing is written out, the next start has to recover.
    pub async fn stop_immediately(mut self) -> anyhow::Result<()> {
        let family = self.family();
        if let Some(Cluster::Started(process)) = self.cluster.take() {
            process.stop_by(Signal::SIGQUIT).await?;
        }
        gone(&family).await
    }

    /// Kills every process of it at once, as a power cut would.
    pub async fn kill_nine(mut self) -> anyhow::Result<()> {
        let family = self.family();
        for &pid in &family {
            kill(as_pid(pid), Signal::SIGKILL).ok();
        }
        if let Some(Cluster::Started(process)) = self.cluster.take() {
            process.kill_nine();
        }
        gone(&family).await
    }

    /// Holds all of it, as a machine that hangs would.
    pub fn hold(&self) -> Held<'_> {
        let family = self.family();
        for &pid in &family {
            kill(as_pid(pid), Signal::SIGSTOP).ok();
            // Its children are in groups of their own: should we die now, each must be let go by name.
            self.keeper.watch(pid, if Some(&pid) == family.first() { Stop::Int } else { Stop::Term }).ok();
        }
        Held { postgres: self, family }
    }

    /// Copies the running cluster, as an operator's nightly backup does (`pg_basebackup`), into `to`, which is not there
    /// yet and lies beside its data.
    pub async fn back_up(&self, to: &Path) -> anyhow::Result<()> {
        let mut command = as_user(&bindir()?.join("pg_basebackup"), service_user()?.as_ref());
        command.arg("-h").arg(&self.socket).args([
            "-U",
            "postgres",
            "-X",
            "stream",
            "-c",
            "fast",
            "--no-sync",
        ]);
        command.arg("-D").arg(to);
        tokio::task::spawn_blocking(move || run(&mut command)).await?.map(drop)
    }

    /// Puts a backup in the place of what a stopped cluster in `dir` held.
    pub async fn put_back(dir: &Path, backup: &Path) -> anyhow::Result<()> {
        let data = dir.join("data");
        std::fs::remove_dir_all(&data).with_context(|| format!("cannot clear {}", data.display()))?;
        let mut command = Command::new("cp");
        command.arg("-a").arg(backup).arg(&data);
        tokio::task::spawn_blocking(move || run(&mut command)).await?.map(drop)
    }

    /// Waits until it has read its log again and takes writes.
    pub async fn recovered(&self) -> anyhow::Result<()> {
        let recovered = until(RECOVERED_WITHIN, async || {
            let mut db = self.connect("postgres").await?;
            let reading: bool = sqlx::query_scalar("select pg_is_in_recovery()").fetch_one(&mut db).await?;
            Ok((!reading).then_some(()))
        });
        recovered.await?.context("Postgres goes on reading its log")
    }

    /// Its first process and all it has started, the first first.
    fn family(&self) -> Vec<u32> {
        let first = match &self.cluster {
            Some(Cluster::Started(process)) => process.pid(),
            Some(Cluster::Adopted(pid)) => *pid,
            None => return vec![],
        };
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let children = pids.filter(|&pid| parent(pid) == Some(first));
        std::iter::once(first).chain(children).collect()
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        for &pid in &self.family {
            kill(as_pid(pid), Signal::SIGCONT).ok();
        }
        for &pid in self.family.iter().skip(1) {
            self.postgres.keeper.release(pid);
        }
    }
}

fn parent(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

async fn gone(family: &[u32]) -> anyhow::Result<()> {
    let gone = until(GONE_WITHIN, async || Ok(family.iter().all(|&pid| born(pid).is_none()).then_some(())));
    gone.await?.context("Postgres left processes behind")
}
