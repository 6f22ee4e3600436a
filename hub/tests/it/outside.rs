//! The same road by a broker that is not ours.

use std::net::TcpListener;

use hub::intake::OutsideBroker;
use protocol::{Ack, topic};
use rumqttc::{AsyncClient, Event, EventLoop, Incoming, MqttOptions, QoS};
use sqlx::PgPool;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::harness::{TestHub, mawar, melati, signing_key, wait};
use crate::journal::{Node, day, id};

/// Starts a broker of another make; it ends with the process. Gives its port.
fn broker() -> u16 {
    // Nobody can tell this broker to choose a free port itself.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = serde_json::json!({
        "id": 0,
        "router": {
            "max_connections": 10, "max_outgoing_packet_count": 200,
            "max_segment_size": 1_048_576, "max_segment_count": 10
        },
        "v4": { "plain": {
            "name": "plain", "listen": format!("127.0.0.1:{port}"), "next_connection_delay_ms": 1,
            "connections": {
                "connection_timeout_ms": 60_000, "max_payload_size": 300_000, "max_inflight_count": 100,
                "dynamic_filters": true
            }
        }}
    });
    let config: rumqttd::Config = serde_json::from_value(config).unwrap();
    std::thread::spawn(move || rumqttd::Broker::new(config).start().map_err(|error| error.to_string()));
    port
}

fn options(name: &str, port: u16) -> MqttOptions {
    let mut options = MqttOptions::new(name, "127.0.0.1", port);
    options.set_max_packet_size(300_000, 300_000);
    options
}

/// Connects as soon as the broker listens, and listens for acks.
async fn connect(node: &Node, port: u16) -> (AsyncClient, EventLoop) {
    let (client, mut events) = AsyncClient::new(options(&node.id.to_string(), port), 64);
    client.subscribe(topic::down(node.id), QoS::AtLeastOnce).await.unwrap();
    wait(async {
        // Refused connections are tried again until the broker is there.
        while !matches!(events.poll().await, Ok(Event::Incoming(Incoming::SubAck(_)))) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    (client, events)
}

async fn ack(events: &mut EventLoop) -> Ack {
    wait(async {
        loop {
            if let Event::Incoming(Incoming::Publish(publish)) = events.poll().await.unwrap() {
                return Ack::verify(&publish.payload, &signing_key().verifying_key()).unwrap();
            }
        }
    })
    .await
}

/// Keeps a client's connection alive until its message is accepted by the broker.
async fn publish(client: &AsyncClient, events: &mut EventLoop, topic: String, batch: Vec<u8>) {
    client.publish(topic, QoS::AtLeastOnce, false, batch).await.unwrap();
    wait(async { while !matches!(events.poll().await.unwrap(), Event::Incoming(Incoming::PubAck(_))) {} })
        .await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_outside_broker_carries_batches_up_and_acks_down(db: PgPool) {
    let TestHub { db, uploads, answers, stop } = TestHub::start(db).await;
    let (mut node, mut other) = (Node::new(1, mawar()), Node::new(2, melati()));
    crate::harness::enrol(&db, &node, &[mawar()]).await;
    crate::harness::enrol(&db, &other, &[melati()]).await;
    node.weigh(id(5, 1), 1, day("2026-11-10"), 8_000);
    other.weigh(id(5, 2), 2, day("2026-11-10"), 8_000);
    let port = broker();
    let (client, mut events) = connect(&node, port).await;
    let (other_client, mut other_events) = connect(&other, port).await;

    // The hub hears a batch, and fails before it has it.
    let (nowhere, mut unheard) = mpsc::channel(8);
    let first = CancellationToken::new();
    let (_no_answers, none) = mpsc::channel(1);
    let running =
        tokio::spawn(OutsideBroker::new(options("simpul-hub", port)).run(nowhere, none, first.clone()));
    // The first message may come before the hub has subscribed, so it is sent until it is heard.
    let heard = wait(async {
        loop {
            publish(&client, &mut events, topic::up(node.id), node.sealed_whole().to_vec()).await;
            if let Ok(heard) =
                tokio::time::timeout(std::time::Duration::from_millis(200), unheard.recv()).await
            {
                return heard.unwrap();
            }
        }
    })
    .await;
    assert_eq!(heard.node, node.id);
    drop(heard);
    first.cancel();
    wait(running).await.unwrap();

    // The next hub gets it from the broker, without the node doing anything.
    let second = CancellationToken::new();
    let running =
        tokio::spawn(OutsideBroker::new(options("simpul-hub", port)).run(uploads, answers, second.clone()));
    assert_eq!(ack(&mut events).await.watermark, 1);

    // On another node's topic a batch is nobody's.
    publish(&client, &mut events, topic::up(other.id), node.sealed_whole().to_vec()).await;
    publish(&other_client, &mut other_events, topic::up(other.id), other.sealed_whole().to_vec()).await;
    let ack = ack(&mut other_events).await;
    assert_eq!((ack.node, ack.watermark), (other.id, 1));
    let events: i64 = sqlx::query_scalar("select count(*) from event_log").fetch_one(&db).await.unwrap();
    assert_eq!(events, 2);
    second.cancel();
    wait(running).await.unwrap();
    drop(stop);
}
