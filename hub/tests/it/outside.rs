//! The same road by a broker that is not ours.

use std::net::TcpListener;
use std::time::Duration;

use bytes::Bytes;
use hub::gate::Upload;
use hub::intake::{Answer, OutsideBroker};
use hub::shards::Shards;
use protocol::{NodeId, topic};
use rumqttc::{AsyncClient, Event, EventLoop, Incoming, MqttOptions, QoS};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::harness::wait;
use crate::journal::id;

/// How long a message that must not come is waited for.
const SILENCE: Duration = Duration::from_millis(300);

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

/// A node's end of the line.
struct Mouth {
    node: NodeId,
    client: AsyncClient,
    events: EventLoop,
}

impl Mouth {
    /// Connects as soon as the broker listens, and listens for answers.
    async fn open(shard: u8, port: u16) -> Self {
        let node = NodeId(id(3, u64::from(shard)));
        assert_eq!(topic::shard(node), shard);
        let (client, mut events) = AsyncClient::new(options(&node.to_string(), port), 64);
        client.subscribe(topic::down(node), QoS::AtLeastOnce).await.unwrap();
        wait(async {
            // Refused connections are tried again until the broker is there.
            while !matches!(events.poll().await, Ok(Event::Incoming(Incoming::SubAck(_)))) {
                tokio::task::yield_now().await;
            }
        })
        .await;
        Self { node, client, events }
    }

    /// Says something on a topic and waits until the broker has it.
    async fn say_on(&mut self, topic: String, letter: &str) {
        self.client.publish(topic, QoS::AtLeastOnce, false, letter).await.unwrap();
        let events = &mut self.events;
        wait(async {
            while !matches!(events.poll().await.unwrap(), Event::Incoming(Incoming::PubAck(_))) {}
        })
        .await;
    }

    async fn say(&mut self, letter: &str) {
        self.say_on(topic::up(self.node), letter).await;
    }

    /// Says something again and again until the hub hears it: it may not have subscribed yet.
    async fn say_until_heard(&mut self, letter: &str, hub: &mut Ear) -> Upload {
        wait(async {
            loop {
                self.say(letter).await;
                if let Ok(upload) = tokio::time::timeout(SILENCE, hub.uploads.recv()).await {
                    return upload.unwrap();
                }
            }
        })
        .await
    }

    async fn hear(&mut self) -> Bytes {
        let events = &mut self.events;
        wait(async {
            loop {
                if let Event::Incoming(Incoming::Publish(publish)) = events.poll().await.unwrap() {
                    return publish.payload;
                }
            }
        })
        .await
    }
}

/// A hub's end, with the test in intake's place.
struct Ear {
    uploads: mpsc::Receiver<Upload>,
    answers: mpsc::Sender<Answer>,
    shards: watch::Sender<Shards>,
    cancel: CancellationToken,
    running: JoinHandle<()>,
}

impl Ear {
    fn open(name: &str, port: u16, shards: Shards) -> Self {
        let (to_intake, uploads) = mpsc::channel(1);
        let (answers, to_nodes) = mpsc::channel(8);
        let (divided, shards) = watch::channel(shards);
        let cancel = CancellationToken::new();
        let broker = OutsideBroker::new(options(name, port));
        let running = tokio::spawn(broker.run(to_intake, to_nodes, shards, cancel.clone()));
        Self { uploads, answers, shards: divided, cancel, running }
    }

    async fn next(&mut self) -> Upload {
        wait(self.uploads.recv()).await.expect("the broker's connection runs")
    }

    async fn close(self) {
        self.cancel.cancel();
        wait(self.running).await.unwrap();
    }
}

#[tokio::test]
async fn an_outside_broker_carries_letters_up_and_answers_down() {
    let port = broker();
    let mut mouth = Mouth::open(4, port).await;
    let mut hub = Ear::open("hub", port, Shards::ALL);
    let first = mouth.say_until_heard("hello", &mut hub).await;
    assert_eq!((first.node, &first.payload[..]), (mouth.node, &b"hello"[..]));
    first.taken();
    hub.answers.send((mouth.node, Bytes::from_static(b"received"))).await.unwrap();
    assert_eq!(&mouth.hear().await[..], b"received");
    hub.close().await;
}

#[tokio::test]
async fn what_the_hub_let_go_does_not_stop_what_follows() {
    let port = broker();
    let mut mouth = Mouth::open(4, port).await;
    let mut hub = Ear::open("hub", port, Shards::ALL);
    drop(mouth.say_until_heard("let go", &mut hub).await);
    // More than any window holds: were one never acknowledged, these would not all come.
    for nth in 0..250 {
        mouth.say(&format!("letter {nth}")).await;
        let heard = hub.next().await;
        if heard.payload[..] != b"let go"[..] {
            assert_eq!(heard.payload, format!("letter {nth}"));
        }
        drop(heard);
    }
    hub.close().await;
}

#[tokio::test]
async fn a_letter_on_another_nodes_topic_goes_by_that_name_and_one_on_no_nodes_topic_to_nobody() {
    let port = broker();
    let (mut mouth, other) = (Mouth::open(4, port).await, Mouth::open(5, port).await);
    let mut hub = Ear::open("hub", port, Shards::ALL);
    mouth.say_until_heard("hello", &mut hub).await.taken();
    mouth.say_on("simpul/v1/up/04/nobody".into(), "?").await;
    // The shard is part of the name: in another shard it is nobody's.
    mouth.say_on(format!("simpul/v1/up/05/{}", mouth.node), "?").await;
    mouth.say_on(topic::up(other.node), "borrowed").await;
    let heard = loop {
        let heard = hub.next().await;
        if heard.payload[..] != b"hello"[..] {
            break heard;
        }
    };
    // Whether it is really from there, the signature says.
    assert_eq!((heard.node, &heard.payload[..]), (other.node, &b"borrowed"[..]));
    hub.close().await;
}

#[tokio::test]
async fn a_hub_hears_its_shards_alone_and_another_when_they_change_hands() {
    let port = broker();
    let mut mouths = [Mouth::open(4, port).await, Mouth::open(5, port).await];
    let shard = |shard| Shards::from_iter([shard]);
    let (mut one, mut two) = (Ear::open("one", port, shard(4)), Ear::open("two", port, shard(5)));
    mouths[0].say_until_heard("four", &mut one).await.taken();
    mouths[1].say_until_heard("five", &mut two).await.taken();
    while let Ok(Some(repeat)) = tokio::time::timeout(SILENCE, one.uploads.recv()).await {
        assert_eq!(repeat.node, mouths[0].node);
    }

    // The second takes both, then the first has none: at no moment does nobody hear shard 4.
    two.shards.send_replace(Shards::from_iter([4, 5]));
    assert_eq!(mouths[0].say_until_heard("four again", &mut two).await.node, mouths[0].node);
    one.shards.send_replace(Shards::NONE);
    wait(async {
        // An unsubscription is on its way for a moment.
        loop {
            mouths[0].say("still there?").await;
            if tokio::time::timeout(SILENCE, one.uploads.recv()).await.is_err() {
                return;
            }
        }
    })
    .await;
    let (first, second) = (one.close(), two.close());
    tokio::join!(first, second);
}
