//! The table itself stands firm: lines can be cut, cables pulled, and nothing stays behind.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use tests::harness::{
    Durability, Keeper, Link, Port, Postgres, SmallDisk, Weather, program, short_dir, until,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_cut_line_ends_its_connections_and_a_restored_one_carries_again() {
    let far = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let link = Link::to(far.local_addr().unwrap()).await.unwrap();
    let (mut near, mut there) = joined(&link, &far).await;
    near.write_all(b"a").await.unwrap();
    assert_eq!(there.read_u8().await.unwrap(), b'a');
    link.cut();
    assert_eq!(near.read(&mut [0]).await.unwrap_or(0), 0, "the near end hears that the line is gone");
    let mut refused = TcpStream::connect(link.address()).await.unwrap();
    assert_eq!(refused.read(&mut [0]).await.unwrap_or(0), 0);
    link.restore();
    let (mut near, mut there) = joined(&link, &far).await;
    near.write_all(b"b").await.unwrap();
    assert_eq!(there.read_u8().await.unwrap(), b'b');
}

#[tokio::test]
async fn a_silent_line_holds_what_is_sent_until_it_speaks_again() {
    let far = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let link = Link::to(far.local_addr().unwrap()).await.unwrap();
    let (mut near, mut there) = joined(&link, &far).await;
    link.become_like(Weather::Silent);
    near.write_all(b"x").await.unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(200), there.read_u8()).await.is_err());
    link.restore();
    assert_eq!(there.read_u8().await.unwrap(), b'x');
}

async fn joined(link: &Link, far: &TcpListener) -> (TcpStream, TcpStream) {
    let near = TcpStream::connect(link.address()).await.unwrap();
    (near, far.accept().await.unwrap().0)
}

#[test]
fn bytes_pass_a_port_as_they_are_and_a_pulled_cable_ends_it() {
    let dir = short_dir().unwrap();
    let path = dir.path().join("timbangan");
    let mut port = Port::at(&path).unwrap();
    let mut device = std::fs::File::open(&path).unwrap();
    // Bytes a terminal would swallow or change: carriage return, line feed, Ctrl-C, Ctrl-D, Ctrl-S.
    let all = [b'\r', b'\n', 3, 4, 19, 0, 255];
    port.send(&all);
    let mut read = [0; 7];
    device.read_exact(&mut read).unwrap();
    assert_eq!(read, all);
    port.pull();
    assert!(!path.exists());
    assert!(matches!(device.read(&mut read), Ok(0) | Err(_)));
    port.plug().unwrap();
    let mut device = std::fs::File::open(&path).unwrap();
    port.send(b"1");
    device.read_exact(&mut read[..1]).unwrap();
    assert_eq!(read[0], b'1');
}

#[tokio::test]
async fn what_was_committed_is_there_after_a_stop_and_the_cluster_is_gone() {
    let keeper = Keeper::start().unwrap();
    let dir = short_dir().unwrap();
    let postgres = Postgres::start(&keeper, dir.path(), Durability::Full).await.unwrap();
    postgres.database().await.unwrap();
    let mut db = postgres.connect("simpul").await.unwrap();
    sqlx::query("create table kept as select 7 as value").execute(&mut db).await.unwrap();
    postgres.stop().await.unwrap();
    assert!(!dir.path().join("data/postmaster.pid").exists());
    let postgres = Postgres::start(&keeper, dir.path(), Durability::Full).await.unwrap();
    let mut db = postgres.connect("simpul").await.unwrap();
    let value: i32 = sqlx::query_scalar("select value from kept").fetch_one(&mut db).await.unwrap();
    assert_eq!(value, 7);
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_killed_parent_leaves_nothing_running() {
    let dir = short_dir().unwrap();
    let said = dir.path().join("pid");
    // A stand-in for the demo: starts Postgres through the harness, tells its place, and is then killed outright.
    let mut parent = Command::new(program("simpul-tests").unwrap())
        .args(["with-postgres", "sh", "-c"])
        .arg(format!("echo \"$DATABASE_URL\" > {0}.tmp && mv {0}.tmp {0} && exec cat", said.display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let url = until(PATIENCE, async || Ok(std::fs::read_to_string(&said).ok())).await.unwrap().unwrap();
    let socket = std::path::PathBuf::from(url.trim().split_once("host=").unwrap().1);
    assert!(socket.exists());
    parent.kill().unwrap();
    parent.wait().unwrap();
    let gone = until(PATIENCE, async || Ok((!socket.exists()).then_some(()))).await.unwrap();
    assert!(gone.is_some(), "{} is still there", socket.display());
}

#[tokio::test]
async fn a_torn_line_resets_both_ends_after_so_many_bytes_and_takes_new_connections() {
    let far = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let link = Link::to(far.local_addr().unwrap()).await.unwrap();
    let (mut near, mut there) = joined(&link, &far).await;
    link.become_like(Weather::Reset { after: 5 });
    near.write_all(b"0123456789").await.unwrap();
    let mut arrived = Vec::new();
    let ended = there.read_to_end(&mut arrived).await;
    assert_eq!(ended.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    assert!(arrived.len() <= 5, "{arrived:?}");
    assert_eq!(near.read(&mut [0]).await.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    link.restore();
    let (mut near, mut there) = joined(&link, &far).await;
    near.write_all(b"b").await.unwrap();
    assert_eq!(there.read_u8().await.unwrap(), b'b');
}

#[tokio::test]
async fn a_trickling_line_carries_everything_and_a_dropped_connection_leaves_the_line_whole() {
    let far = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let link = Link::to(far.local_addr().unwrap()).await.unwrap();
    link.become_like(Weather::Trickle);
    let (mut near, mut there) = joined(&link, &far).await;
    let sent: Vec<u8> = (0..3_000).map(|nth| nth as u8).collect();
    near.write_all(&sent).await.unwrap();
    let mut arrived = vec![0; sent.len()];
    there.read_exact(&mut arrived).await.unwrap();
    assert_eq!(arrived, sent);
    link.drop_connections();
    assert!(matches!(near.read(&mut [0]).await, Ok(0) | Err(_)));
    let (mut near, mut there) = joined(&link, &far).await;
    near.write_all(b"b").await.unwrap();
    assert_eq!(there.read_u8().await.unwrap(), b'b');
}

#[tokio::test]
async fn a_postgres_that_was_killed_held_and_put_back_is_what_it_was() {
    let keeper = Keeper::start().unwrap();
    let dir = short_dir().unwrap();
    let start = async || Postgres::start(&keeper, dir.path(), Durability::Full).await.unwrap();
    let postgres = start().await;
    postgres.database().await.unwrap();
    let mut db = postgres.connect("simpul").await.unwrap();
    sqlx::query("create table kept as select 7 as value").execute(&mut db).await.unwrap();
    let backup = dir.path().join("backup");
    postgres.back_up(&backup).await.unwrap();
    sqlx::query("insert into kept values (8)").execute(&mut db).await.unwrap();
    postgres.kill_nine().await.unwrap();
    let postgres = start().await;
    assert_eq!(kept(&postgres).await, 2, "what was committed is there after a kill");
    let held = postgres.hold();
    let asked = tokio::time::timeout(Duration::from_millis(300), kept(&postgres));
    assert!(asked.await.is_err(), "a held Postgres says nothing");
    drop(held);
    assert_eq!(kept(&postgres).await, 2);
    postgres.stop_immediately().await.unwrap();
    Postgres::put_back(dir.path(), &backup).await.unwrap();
    let postgres = start().await;
    assert_eq!(kept(&postgres).await, 1, "a backup is what there was when it was taken");
    postgres.stop().await.unwrap();
}

async fn kept(postgres: &Postgres) -> i64 {
    let mut db = postgres.connect("simpul").await.unwrap();
    sqlx::query_scalar("select count(*) from kept").fetch_one(&mut db).await.unwrap()
}

#[test]
fn a_small_disk_fills_up_and_is_freed_or_the_machine_says_why_not() {
    let (keeper, dir) = (Keeper::start().unwrap(), short_dir().unwrap());
    let path = dir.path().join("card");
    let disk = match SmallDisk::at(&keeper, &path, 1) {
        Ok(disk) => disk,
        Err(err) => return eprintln!("SKIPPED: this machine mounts nothing for us: {err:#}"),
    };
    std::fs::write(path.join("kept"), b"7").unwrap();
    disk.fill().unwrap();
    assert!(std::fs::write(path.join("more"), vec![0; 8192]).is_err());
    assert_eq!(std::fs::read(path.join("kept")).unwrap(), b"7");
    disk.free();
    std::fs::write(path.join("more"), vec![0; 8192]).unwrap();
    drop(disk);
    assert!(!path.join("kept").exists(), "taken out of the tree");
}
