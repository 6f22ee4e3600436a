//! A Postgres of our own: no port, no system cluster, gone when we are.

use std::fs::DirBuilder;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use nix::sys::signal::kill;
use nix::unistd::{Uid, User};
use sqlx::{Connection, PgConnection};

use super::keeper::{Keeper, Stop, as_pid, born};
use super::process::{Process, run};
use super::wait::until;

const READY_WITHIN: Duration = Duration::from_secs(60);
const STOPPED_WITHIN: Duration = Duration::from_secs(60);

/// Whether a commit reaches the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// As in the field.
    Full,
    /// For tests that make a hundred databases and never pull the plug.
    None,
}

/// A running cluster. Dropping it stops it.
#[derive(Debug)]
pub struct Postgres {
    pub(super) socket: PathBuf,
    pub(super) cluster: Option<Cluster>,
    pub(super) keeper: Arc<Keeper>,
}

#[derive(Debug)]
pub(super) enum Cluster {
    Started(Process),
    /// Found running: what an earlier run of ours left behind, by pid.
    Adopted(u32),
}

impl Postgres {
    /// Starts the cluster in `dir`, made on first use; one that still runs there is taken over.
    ///
    /// `dir` must be short (a socket's path has 108 bytes) and outside anyone's home: as root, Postgres runs as a service user.
    pub async fn start(keeper: &Arc<Keeper>, dir: &Path, durability: Durability) -> anyhow::Result<Self> {
        let (data, socket) = (dir.join("data"), dir.join("s"));
        let owner = service_user()?;
        for path in [dir, &socket] {
            private(path, owner.as_ref())?;
        }
        if !data.join("PG_VERSION").exists() {
            init(&data, owner.as_ref())?;
        }
        let cluster = match running(&data) {
            Some(pid) => {
                keeper.watch(pid, Stop::Int)?;
                Cluster::Adopted(pid)
            }
            None => Cluster::Started(spawn(keeper, dir, &data, &socket, owner.as_ref(), durability)?),
        };
        let mut postgres = Self { socket, cluster: Some(cluster), keeper: Arc::clone(keeper) };
        postgres.ready().await?;
        Ok(postgres)
    }

    /// The address of one of its databases, as `DATABASE_URL` has it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.socket.display())
    }

    /// Opens a connection.
    pub async fn connect(&self, database: &str) -> anyhow::Result<PgConnection> {
        Ok(PgConnection::connect(&self.url(database)).await?)
    }

    /// Makes the database `simpul` if it is not there; gives its address.
    pub async fn database(&self) -> anyhow::Result<String> {
        let mut db = self.connect("postgres").await?;
        let found: Option<i32> = sqlx::query_scalar("select 1 from pg_database where datname = 'simpul'")
            .fetch_optional(&mut db)
            .await?;
        if found.is_none() {
            sqlx::query("create database simpul").execute(&mut db).await?;
        }
        Ok(self.url("simpul"))
    }

    /// Stops it: open connections are ended, nothing committed is lost.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        match self.cluster.take() {
            Some(Cluster::Started(process)) => process.stop().await.map(|_| ()),
            Some(Cluster::Adopted(pid)) => stop_adopted(&self.keeper, pid).await,
            None => Ok(()),
        }
    }

    async fn ready(&mut self) -> anyhow::Result<()> {
        let connected = until(READY_WITHIN, async || {
            if let Some(Cluster::Started(process)) = &mut self.cluster
                && !process.runs()
            {
                anyhow::bail!("postgres does not start\n{}", process.tail());
            }
            Ok(PgConnection::connect(&self.url("postgres")).await.ok())
        });
        connected.await?.context("postgres does not answer").map(drop)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Only if nobody asked politely. The process would be killed outright; a cluster deserves its fast shutdown.
        let pid = match &self.cluster {
            Some(Cluster::Started(process)) => process.pid(),
            Some(Cluster::Adopted(pid)) => *pid,
            None => return,
        };
        let before = born(pid);
        kill(as_pid(pid), Stop::Int.signal()).ok();
        let given_up = std::time::Instant::now() + STOPPED_WITHIN;
        while before.is_some() && born(pid) == before && std::time::Instant::now() < given_up {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

async fn stop_adopted(keeper: &Keeper, pid: u32) -> anyhow::Result<()> {
    let before = born(pid);
    kill(as_pid(pid), Stop::Int.signal()).ok();
    until(STOPPED_WITHIN, async || Ok((born(pid) != before).then_some(())))
        .await?
        .context("postgres does not stop")?;
    keeper.release(pid);
    Ok(())
}

/// Postgres refuses to run as root; its own package's user, or nobody, takes its place.
pub(super) fn service_user() -> anyhow::Result<Option<User>> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        if let Some(user) = User::from_name(name)? {
            return Ok(Some(user));
        }
    }
    anyhow::bail!("root needs a user to run Postgres as, and there is neither postgres nor nobody")
}

/// Makes a directory only its owner enters, or checks that the one that is there is ours.
fn private(path: &Path, owner: Option<&User>) -> anyhow::Result<()> {
    if !path.exists() {
        DirBuilder::new()
            .mode(0o700)
            .recursive(true)
            .create(path)
            .with_context(|| format!("cannot make {}", path.display()))?;
        if let Some(user) = owner {
            chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
        }
    }
    let found = std::fs::symlink_metadata(path)?;
    let ours = owner.map_or(Uid::effective(), |user| user.uid);
    if Uid::effective().is_root() && found.uid() == 0 && found.is_dir() {
        // A temporary directory we made ourselves a moment ago.
        let user = owner.context("root runs Postgres as a service user")?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))?;
        chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
    } else {
        anyhow::ensure!(
            found.is_dir() && found.uid() == ours.as_raw() && found.mode() & 0o077 == 0,
            "{} belongs to somebody else",
            path.display()
        );
    }
    Ok(())
}

fn init(data: &Path, owner: Option<&User>) -> anyhow::Result<()> {
    let mut command = as_user(&bindir()?.join("initdb"), owner);
    command
        .args(["-A", "trust", "-U", "postgres", "--no-locale", "-E", "UTF8", "--no-instructions", "-D"])
        .arg(data);
    run(&mut command).map(drop)
}

fn spawn(
    keeper: &Arc<Keeper>,
    dir: &Path,
    data: &Path,
    socket: &Path,
    owner: Option<&User>,
    durability: Durability,
) -> anyhow::Result<Process> {
    let mut command = as_user(&bindir()?.join("postgres"), owner);
    command.arg("-D").arg(data).args(["-c", "listen_addresses=", "-c", "unix_socket_permissions=0700"]);
    command.args(["-c", &format!("unix_socket_directories={}", socket.display())]);
    command.args(["-c", "max_connections=200", "-c", "shared_buffers=128MB", "-c", "log_statement=none"]);
    if durability == Durability::None {
        command.args(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]);
    }
    Process::start(keeper, "postgres", &mut command, Stop::Int, &dir.join("postgres.log"))
}

pub(super) fn as_user(program: &Path, owner: Option<&User>) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/");
    if let Some(user) = owner {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    command
}

/// The pid of a cluster that runs on `data`, if one does.
fn running(data: &Path) -> Option<u32> {
    let pid: u32 = std::fs::read_to_string(data.join("postmaster.pid")).ok()?.lines().next()?.parse().ok()?;
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    String::from_utf8_lossy(&line).contains(data.to_str()?).then_some(pid)
}

/// Where the newest Postgres on this machine keeps its programs.
pub(super) fn bindir() -> anyhow::Result<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    found.sort();
    if let Ok(said) = run(Command::new("pg_config").arg("--bindir")) {
        found.insert(0, (0, PathBuf::from(said.trim())));
    }
    let newest = found.into_iter().map(|(_, bin)| bin).rfind(|bin| bin.join("initdb").exists());
    newest.context("there is no Postgres on this machine; `cargo xtask setup` installs it")
}
