//! The table itself stands firm: lines can be cut, cables pulled, and nothing stays behind.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use tests::harness::{Durability, Keeper, Link, Port, Postgres, Weather, program, short_dir, until};
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
