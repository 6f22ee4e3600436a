//! What nodes send up: acknowledged only once the hub has it, in order, and never dropped for being too much.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rumqttc::mqttbytes::v4::Packet;
use tokio::task::JoinSet;

use super::client::upload;
use super::town::{Town, some_node};
use super::within;
use crate::gate::Limits;

#[tokio::test]
async fn puback_waits_until_the_upload_is_taken_and_keeps_the_order() {
    let mut town = Town::open().await;
    let mut uploads = town.uploads();
    let node = some_node();
    let mut client = town.client(node).await;
    for pkid in 1..=3 {
        client.send(Packet::Publish(upload(node, pkid, &[pkid as u8]))).await;
    }
    let mut heard = Vec::new();
    for _ in 0..3 {
        heard.push(within("an upload", uploads.recv()).await.unwrap());
    }
    assert!(heard.iter().all(|upload| upload.node == node));
    heard.pop().unwrap().taken();
    heard.pop().unwrap().taken();
    // The answer to the ping would come after any PUBACK sent by now.
    client.ping().await;
    heard.pop().unwrap().taken();
    assert_eq!([client.puback().await, client.puback().await, client.puback().await], [1, 2, 3]);
    town.close().await;
}

#[tokio::test]
async fn an_upload_the_hub_lets_go_is_never_acknowledged() {
    let mut town = Town::open().await;
    let mut uploads = town.uploads();
    let node = some_node();
    let mut client = town.client(node).await;
    client.send(Packet::Publish(upload(node, 1, b"lost"))).await;
    drop(within("an upload", uploads.recv()).await);
    client.is_closed().await;
    let mut again = town.client(node).await;
    again.send(Packet::Publish(upload(node, 1, b"lost"))).await;
    within("the same upload again", uploads.recv()).await.unwrap().taken();
    assert_eq!(again.puback().await, 1);
    town.close().await;
}

#[tokio::test]
async fn a_hub_that_is_gone_acknowledges_nothing() {
    let mut town = Town::open().await;
    drop(town.uploads());
    let node = some_node();
    let mut client = town.client(node).await;
    client.send(Packet::Publish(upload(node, 1, b"batch"))).await;
    client.is_closed().await;
    town.close().await;
}

#[tokio::test]
async fn qos_0_is_handed_over_without_an_answer() {
    let mut town = Town::open().await;
    let taken = town.take_everything();
    let node = some_node();
    let mut client = town.client(node).await;
    client.send(Packet::Publish(upload(node, 0, b"once"))).await;
    client.send(Packet::Publish(upload(node, 1, b"twice"))).await;
    assert_eq!(client.puback().await, 1);
    assert_eq!(*taken.lock().unwrap(), [(node, "once".into()), (node, "twice".into())]);
    town.close().await;
}

#[tokio::test]
async fn a_stalled_hub_stops_reading_its_nodes_and_loses_nothing() {
    let limits = Limits { in_flight: 4, silence: Duration::from_secs(1), ..Limits::default() };
    let mut town = Town::with(limits, 2).await;
    let mut uploads = town.uploads();
    let node = some_node();
    let mut client = town.client(node).await;
    for pkid in 1..=40 {
        client.send(Packet::Publish(upload(node, pkid, &pkid.to_be_bytes()))).await;
    }
    // Longer than a silence allowed: not being heard is no fault of the node.
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(2500) {
        town.still_serves().await;
    }
    assert_eq!(uploads.len(), 2, "the queue is bounded");
    let hub = tokio::spawn(async move {
        let mut all = Vec::new();
        while all.len() < 40 {
            let upload = uploads.recv().await.unwrap();
            all.push(u16::from_be_bytes(upload.payload[..].try_into().unwrap()));
            upload.taken();
        }
        all
    });
    for pkid in 1..=40 {
        assert_eq!(client.puback().await, pkid);
    }
    assert_eq!(hub.await.unwrap(), (1..=40).collect::<Vec<u16>>());
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_acknowledged_was_taken_though_bursts_are_large_and_clients_vanish() {
    const NODES: usize = 20;
    const EACH: u16 = 300;
    let mut town = Town::with(Limits { packets_per_second: 100_000, ..Limits::default() }, 4).await;
    let taken = town.take_everything();
    let acknowledged: Arc<Mutex<Vec<Bytes>>> = Arc::default();
    let town = Arc::new(town);
    let mut nodes = JoinSet::new();
    for number in 0..NODES {
        let (town, acknowledged) = (Arc::clone(&town), Arc::clone(&acknowledged));
        nodes.spawn(async move {
            let node = some_node();
            let client = town.client(node).await;
            let (mut hearing, mut speaking) = tokio::io::split(client.stream);
            let payload = |pkid: u16| Bytes::from(format!("{node} {pkid} {}", "x".repeat(1024)));
            let speak = async {
                for pkid in 1..=EACH {
                    let bytes = super::client::bytes_of(&Packet::Publish(upload(node, pkid, &payload(pkid))));
                    if tokio::io::AsyncWriteExt::write_all(&mut speaking, &bytes).await.is_err() {
                        return;
                    }
                }
                let _ = tokio::io::AsyncWriteExt::flush(&mut speaking).await;
                std::future::pending::<()>().await;
            };
            // Every other node pulls the plug half way.
            let leave_after = if number % 2 == 0 { EACH } else { EACH / 2 };
            let hear = async {
                for pkid in 1..=leave_after {
                    let mut ack = [0; 4];
                    tokio::io::AsyncReadExt::read_exact(&mut hearing, &mut ack).await.unwrap();
                    assert_eq!(ack, [0x40, 2, (pkid >> 8) as u8, pkid as u8]);
                    acknowledged.lock().unwrap().push(payload(pkid));
                }
            };
            tokio::select! {
                () = speak => panic!("the gate closed on an honest node"),
                () = within("all acknowledgements", hear) => {}
            }
        });
    }
    while let Some(done) = nodes.join_next().await {
        done.unwrap();
    }
    let taken: HashSet<Bytes> = taken.lock().unwrap().iter().map(|(_, payload)| payload.clone()).collect();
    let acknowledged = acknowledged.lock().unwrap().clone();
    assert_eq!(acknowledged.len(), NODES / 2 * usize::from(EACH + EACH / 2));
    assert!(acknowledged.iter().all(|payload| taken.contains(payload)));
    Arc::into_inner(town).expect("all nodes are done").close().await;
}

#[tokio::test]
async fn a_client_that_sends_too_fast_is_slowed_and_not_dropped() {
    let mut town = Town::with(Limits { bytes_per_second: 50_000, ..Limits::default() }, 64).await;
    let taken = town.take_everything();
    let node = some_node();
    let mut client = town.client(node).await;
    let began = Instant::now();
    for pkid in 1..=15 {
        client.send(Packet::Publish(upload(node, pkid, &[1; 10_000]))).await;
    }
    for pkid in 1..=15 {
        assert_eq!(client.puback().await, pkid);
    }
    // 150 kB at 50 kB/s, of which 100 kB may come at once and the last 10 kB may overdraw.
    assert!(began.elapsed() > Duration::from_millis(700), "took only {:?}", began.elapsed());
    assert_eq!(taken.lock().unwrap().len(), 15);
    town.close().await;
}

#[tokio::test]
async fn closing_the_gate_closes_every_connection_and_leaves_no_task() {
    let town = Town::open().await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        clients.push(town.client(some_node()).await);
        clients.push(town.stranger(some_node()).await);
    }
    let silent = tokio::net::TcpStream::connect(town.addr).await.unwrap();
    let (addr, down) = (town.addr, town.down.clone());
    town.close().await;
    for client in &mut clients {
        client.is_closed().await;
    }
    drop(silent);
    assert!(tokio::net::TcpStream::connect(addr).await.is_err(), "nobody listens any more");
    down.send(some_node(), "late".into()).await.unwrap_err();
}
