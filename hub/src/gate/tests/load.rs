//! Many nodes at once, with the client library the nodes themselves use.

use std::sync::Arc;
use std::time::{Duration, Instant};

use protocol::{NodeId, topic};
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS, TlsConfiguration, Transport};
use tokio::task::JoinSet;

use super::town::{Town, some_node};
use super::within;
use crate::gate::Limits;

/// One node: connects, publishes and hears every acknowledgement.
async fn publish(town: Arc<Town>, node: NodeId, messages: usize, bytes: usize) {
    let badge = town.authority.node(node);
    let mut options = MqttOptions::new(node.to_string(), "localhost", town.addr.port());
    let tls = TlsConfiguration::Rustls(town.authority.client(Some(&badge)));
    options.set_transport(Transport::Tls(tls)).set_max_packet_size(400_000, 400_000);
    options.set_inflight(16).set_clean_session(false);
    let (client, mut events) = AsyncClient::new(options, 16);
    let sending = async {
        for _ in 0..messages {
            client.publish(topic::up(node), QoS::AtLeastOnce, false, vec![5; bytes]).await.unwrap();
        }
    };
    let hearing = async {
        let mut acknowledged = 0;
        while acknowledged < messages {
            if let Event::Incoming(Packet::PubAck(_)) = events.poll().await.unwrap() {
                acknowledged += 1;
            }
        }
    };
    within("every acknowledgement", async { tokio::join!(sending, hearing) }).await;
}

async fn crowd(nodes: usize, messages: usize, limits: Limits) -> Duration {
    let mut town = Town::with(limits, 256).await;
    let taken = town.take_everything();
    let town = Arc::new(town);
    let began = Instant::now();
    let mut crowd = JoinSet::new();
    for _ in 0..nodes {
        crowd.spawn(publish(Arc::clone(&town), some_node(), messages, 1024));
    }
    while let Some(done) = crowd.join_next().await {
        done.unwrap();
    }
    let took = began.elapsed();
    assert_eq!(taken.lock().unwrap().len(), nodes * messages);
    Arc::into_inner(town).expect("all nodes are done").close().await;
    took
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_nodes_connect_at_once_and_are_all_heard() {
    crowd(200, 5, Limits::default()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_nodes_in_a_hurry_are_all_heard() {
    let took = crowd(50, 400, Limits { packets_per_second: 100_000, ..Limits::default() }).await;
    let rate = 50.0 * 400.0 / took.as_secs_f64();
    println!("50 nodes, 20,000 messages of 1 KiB: {rate:.0} a second, clients in the same process");
}
