//! Copies of a real cluster, and the way back from them.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use chrono::{TimeDelta, Utc};
use hub::Hub;
use hub::backup::{self, Following, Taken};
use hub::config::Config;
use hub::intake::settle_epoch;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, User};
use protocol::Reply;
use sqlx::{Connection, PgConnection, PgPool};
use tokio_util::sync::CancellationToken;

use crate::card::Card;
use crate::harness::{TestHub, mawar, state, wait};
use crate::journal::{Node, child, day, id};

/// A folder for a cluster and its copies. Short, for a socket's path has 108 bytes.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("sb").tempdir_in("/tmp").unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        give(dir.path());
        Self(dir)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// A private cluster. Ended when dropped.
struct Cluster {
    process: Child,
    socket: PathBuf,
}

impl Cluster {
    /// Starts the cluster in `data`, made if it is not there.
    async fn start(place: &Place, data: &str) -> Self {
        let (data, socket) = (place.path(data), place.path("s"));
        fs::create_dir_all(&socket).unwrap();
        give(&socket);
        if !data.exists() {
            let mut init = as_server("initdb");
            init.args(["-A", "trust", "-U", "postgres", "-N", "--no-locale", "-E", "UTF8", "-D"]).arg(&data);
            assert!(init.stdout(Stdio::null()).status().unwrap().success());
        }
        let log = fs::File::create(place.path("postgres.log")).unwrap();
        let mut server = as_server("postgres");
        server.arg("-D").arg(&data).arg("-k").arg(&socket);
        server.args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB"]);
        let process = server.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let mut cluster = Self { process, socket };
        wait(async {
            while PgConnection::connect(&cluster.url("postgres")).await.is_err() {
                let log = || fs::read_to_string(place.path("postgres.log")).unwrap();
                assert!(cluster.process.try_wait().unwrap().is_none(), "{}", log());
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        })
        .await;
        cluster
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.socket.display())
    }

    async fn hub(&self, keep: usize) -> Hub {
        let url = self.url("simpul");
        let text = format!("[database]\nurl = \"{url}\"\nconnections = 5\n[backup]\nkeep = {keep}\n");
        Hub::connect(Config::parse(&text, Path::new("")).unwrap()).await.unwrap()
    }

    /// A hub over a new, migrated database.
    async fn new_hub(&self, keep: usize) -> Hub {
        let mut db = PgConnection::connect(&self.url("postgres")).await.unwrap();
        sqlx::query("create database simpul").execute(&mut db).await.unwrap();
        let hub = self.hub(keep).await;
        hub.migrate().await.unwrap();
        hub
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = kill(Pid::from_raw(self.process.id() as i32), Signal::SIGQUIT);
        let _ = self.process.wait();
    }
}

/// The user Postgres runs as; as root it is another one.
fn server_user() -> Option<User> {
    Uid::effective().is_root().then(|| User::from_name("postgres").unwrap().expect("the package makes it"))
}

fn give(path: &Path) {
    if let Some(user) = server_user() {
        chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw())).unwrap();
    }
}

fn as_server(program: &str) -> Command {
    let bindir = Command::new("pg_config").arg("--bindir").output().unwrap().stdout;
    let mut command = Command::new(Path::new(String::from_utf8(bindir).unwrap().trim()).join(program));
    command.current_dir("/");
    if let Some(user) = server_user() {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    command
}

fn card() -> Card {
    let mut node = Node::new(1, mawar());
    node.register(id(5, 1), day("2026-08-10"), child("Budi", day("2025-02-03")));
    for visit in 1..=9 {
        node.weigh(id(5, 1), visit, day("2026-08-10") + chrono::Days::new(visit), 8_000 + visit as u32);
    }
    Card::new(node)
}

/// Lays a copy down and starts it.
async fn come_back(place: &Place, until: Option<chrono::DateTime<Utc>>, data: &str) -> Cluster {
    backup::restore(&place.path("copies"), &place.path(data), until, Path::new("")).await.unwrap();
    let cluster = Cluster::start(place, data).await;
    let mut db = PgConnection::connect(&cluster.url("simpul")).await.unwrap();
    wait(async {
        while sqlx::query_scalar("select pg_is_in_recovery()").fetch_one(&mut db).await.unwrap() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    cluster
}

/// Follows a hub's database until the returned guard is dropped and the task has ended.
fn follow(hub: &Hub, to: PathBuf) -> (tokio::task::JoinHandle<()>, CancellationToken) {
    let (hub, cancel) = (hub.clone(), CancellationToken::new());
    let stop = cancel.clone();
    let following = Following { slot: "copies".into(), base_every: TimeDelta::hours(24) };
    let task = tokio::spawn(async move {
        backup::follow(&hub, &to, &following, Utc::now, |_: &Taken| Ok(()), stop).await.unwrap();
    });
    (task, cancel)
}

/// Waits until the follower has everything that is committed now.
async fn caught_up(db: &PgPool) {
    let end: i64 =
        sqlx::query_scalar("select (pg_current_wal_lsn() - '0/0')::bigint").fetch_one(db).await.unwrap();
    let received = "select exists (select from pg_stat_replication where application_name = 'pg_receivewal' \
                    and flush_lsn - '0/0' >= $1)";
    wait(async {
        while !sqlx::query_scalar::<_, bool>(received).bind(end).fetch_one(db).await.unwrap() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
}

async fn until_a_base(copies: &Path) {
    let is_there = || {
        let lines = fs::read_dir(copies).into_iter().flatten().flatten();
        lines
            .flat_map(|line| fs::read_dir(line.path().join("base")).into_iter().flatten().flatten())
            .any(|base| !base.file_name().to_string_lossy().starts_with("unfinished"))
    };
    wait(async {
        while !is_there() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_committed_a_moment_ago_comes_back_from_copy_and_log() {
    let place = Place::new();
    let cluster = Cluster::start(&place, "data").await;
    let hub = cluster.new_hub(7).await;
    let node_hub = TestHub::start(hub.db.clone()).await;
    let mut card = card();
    node_hub.enrol(&card.node, &[mawar()]).await;
    card.send(&node_hub, 1, 4).await;
    let (following, cancel) = follow(&hub, place.path("copies"));
    until_a_base(&place.path("copies")).await;
    card.send(&node_hub, 5, 7).await;
    let between = Utc::now();
    card.send_all(&node_hub).await;
    let whole = state(&hub.db).await;
    caught_up(&hub.db).await;
    cancel.cancel();
    following.await.unwrap();
    hub.db.close().await;
    drop(cluster);

    let cluster = come_back(&place, None, "again").await;
    let hub = cluster.hub(7).await;
    assert_eq!(state(&hub.db).await, whole, "rows that were only in the log are back");
    let timeline = "select substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)";
    let timeline: String = sqlx::query_scalar(timeline).fetch_one(&hub.db).await.unwrap();
    assert_eq!(timeline, "00000002");
    assert!(!place.path("again").join("simpul_restore").exists(), "the log that was read is gone");
    hub.db.close().await;
    drop(cluster);

    let cluster = come_back(&place, Some(between), "before").await;
    let hub = cluster.hub(7).await;
    let held: i64 = sqlx::query_scalar("select count(*) from event_log").fetch_one(&hub.db).await.unwrap();
    assert_eq!(held, 7, "the moment asked for");
}

#[tokio::test]
async fn a_hub_restored_without_its_log_gets_everything_again_from_its_nodes() {
    let place = Place::new();
    let cluster = Cluster::start(&place, "data").await;
    let hub = cluster.new_hub(7).await;
    let state_dir = place.path("state");
    settle_epoch(&hub.db, &state_dir).await.unwrap();
    let node_hub = TestHub::start(hub.db.clone()).await;
    let mut card = card();
    node_hub.enrol(&card.node, &[mawar()]).await;
    card.send(&node_hub, 1, 4).await;
    backup::take(&hub, &place.path("copies"), Utc::now).await.unwrap();
    card.send_all(&node_hub).await;
    let whole = state(&hub.db).await;
    let before = card.heard.unwrap();
    drop(node_hub);
    hub.db.close().await;
    drop(cluster);

    for round in 1..=3 {
        let cluster = come_back(&place, None, &format!("again{round}")).await;
        let hub = cluster.hub(7).await;
        // With the hub's own memory, with another hub's empty one, and with none at all.
        match round {
            1 => settle_epoch(&hub.db, &state_dir).await.unwrap(),
            2 => settle_epoch(&hub.db, &place.path("fresh")).await.unwrap(),
            _ => {}
        }
        let node_hub = TestHub::over(hub.db.clone());
        let mut card = card.clone();
        let Reply::Welcome(welcome) = card.ask(&node_hub, card.hello()).await else { panic!("a welcome") };
        assert!(!welcome.differs);
        assert_ne!(card.heard.unwrap().hub_epoch, before.hub_epoch, "round {round}");
        assert_eq!(card.watermark(), 4, "round {round}");
        card.send_all(&node_hub).await;
        assert_eq!(state(&hub.db).await, whole, "round {round}");
        drop(node_hub);
        hub.db.close().await;
    }
}

/// Runs `simpul-hub` and gives the one line of JSON it prints.
fn command(settings: &str, place: &Place, arguments: &[&str]) -> serde_json::Value {
    let file = place.path("hub.toml");
    fs::write(&file, settings).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_simpul-hub"))
        .arg("--config")
        .arg(&file)
        .args(arguments)
        .output()
        .unwrap();
    let (out, complaint) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{complaint}");
    assert_eq!(out.lines().count(), 1, "{out}");
    serde_json::from_str(&out).unwrap()
}

#[tokio::test]
async fn an_operator_needs_two_commands() {
    let place = Place::new();
    let cluster = Cluster::start(&place, "data").await;
    let hub = cluster.new_hub(7).await;
    let settings = format!("[database]\nurl = \"{}\"\n", cluster.url("simpul"));
    let (copies, again) = (place.path("copies"), place.path("again"));
    let (copies, again) = (copies.to_str().unwrap(), again.to_str().unwrap());
    let taken = command(&settings, &place, &["backup", "--to", copies]);
    assert_eq!((&taken["kept"], &taken["removed"]), (&1.into(), &serde_json::json!([])));
    hub.db.close().await;
    drop(cluster);
    let restored = command(&settings, &place, &["restore", "--from", copies, "--into", again]);
    assert_eq!((&restored["base"], &restored["into"]), (&taken["base"], &again.into()));
    Cluster::start(&place, "again").await;
}

#[tokio::test]
async fn only_the_newest_copies_stay_and_a_damaged_one_is_refused() {
    let place = Place::new();
    let cluster = Cluster::start(&place, "data").await;
    let hub = cluster.new_hub(2).await;
    let copies = place.path("copies");
    let mut taken: Vec<Taken> = Vec::new();
    for minute in 1..=3 {
        let clock: fn() -> chrono::DateTime<Utc> = match minute {
            1 => || "2026-11-24T03:01:00Z".parse().unwrap(),
            2 => || "2026-11-24T03:02:00Z".parse().unwrap(),
            _ => || "2026-11-24T03:03:00Z".parse().unwrap(),
        };
        taken.push(backup::take(&hub, &copies, clock).await.unwrap());
    }
    assert_eq!((taken[2].kept, &taken[2].removed), (2, &vec![taken[0].base.clone()]));
    assert!(!taken[0].base.exists() && taken[1].base.exists());
    assert!(taken[2].bytes > 1_000_000 && taken[2].log_from.len() == 24, "{:?}", taken[2]);

    let into = place.path("again");
    let early = backup::restore(&copies, &into, Some("2026-11-24T03:00:00Z".parse().unwrap()), Path::new(""));
    assert!(early.await.unwrap_err().to_string().contains("no base copy"));
    let damaged = taken[2].base.join("global/pg_control");
    let mut bytes = fs::read(&damaged).unwrap();
    bytes[100] ^= 1;
    fs::write(&damaged, bytes).unwrap();
    let error = backup::restore(&copies, &into, None, Path::new("")).await.unwrap_err();
    assert!(format!("{error:#}").contains("damaged"), "{error:#}");
    assert!(!into.exists(), "nothing was laid down");

    fs::create_dir(&into).unwrap();
    fs::write(into.join("PG_VERSION"), "15").unwrap();
    let error = backup::restore(&copies, &into, None, Path::new("")).await.unwrap_err();
    assert!(error.to_string().contains("not empty"), "{error:#}");
}
