//! What one client can do to the others: nothing.

use std::time::{Duration, Instant};

use protocol::topic;
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::ConnectReturnCode::{BadClientId, NotAuthorized};
use rumqttc::mqttbytes::v4::{LastWill, Packet, PubRel, Publish, Subscribe};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::client::{Client, bytes_of, connect, upload};
use super::town::{Town, some_node};
use super::within;
use crate::gate::Limits;

/// Connections that never get anywhere: half say nothing, half stop in the middle of a ClientHello.
async fn loiterers(town: &Town, count: usize) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for number in 0..count {
        let mut tcp = TcpStream::connect(town.addr).await.unwrap();
        if number % 2 == 0 {
            tcp.write_all(&[0x16, 3, 1, 1, 0, 1, 0, 0]).await.unwrap();
        }
        held.push(tcp);
    }
    held
}

#[tokio::test]
async fn a_hundred_silent_connections_keep_nobody_out() {
    let town = Town::open().await;
    let _held = loiterers(&town, 100).await;
    let began = Instant::now();
    town.still_serves().await;
    assert!(began.elapsed() < Limits::default().greeting, "nobody waits until they are given up");
    town.close().await;
}

#[tokio::test]
async fn silent_connections_in_every_place_for_strangers_keep_nobody_out() {
    let limits = Limits { strangers: 8, patience: Duration::from_millis(20), ..Limits::default() };
    let town = Town::with(limits, 8).await;
    let _held = loiterers(&town, 100).await;
    town.still_serves().await;
    town.close().await;
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_given_up() {
    let town = Town::with(Limits { greeting: Duration::from_secs(1), ..Limits::default() }, 8).await;
    let mut shaken = town.stranger(some_node()).await;
    shaken.is_closed().await;
    town.close().await;
}

#[tokio::test]
async fn ids_with_reserved_characters_are_refused_again_and_again_and_nobody_else_is() {
    let town = Town::open().await;
    let node = some_node();
    for id in ["a/b", "+", "#", "$SYS", "$share/group", &format!("{node}/"), &format!("{node}#")] {
        for _ in 0..2 {
            let mut client = town.stranger(node).await;
            assert_eq!(client.ask_in(connect(id)).await, Some(BadClientId), "{id}");
        }
    }
    town.still_serves().await;
    town.client(node).await.ping().await;
    town.close().await;
}

#[tokio::test]
async fn a_shared_subscription_with_messages_unacknowledged_and_dropped_harms_nobody() {
    let town = Town::open().await;
    let node = some_node();
    for _ in 0..3 {
        let mut client = town.stranger(node).await;
        let mut kept = connect(node.to_string());
        kept.clean_session = false;
        client.ask_in(kept).await.unwrap();
        client.subscribe(node).await;
        town.down.send(node, "unacknowledged".into()).await.unwrap();
        client.letter().await;
        let shared = Subscribe::new(format!("$share/group/{}", topic::down(node)), QoS::AtLeastOnce);
        client.send(Packet::Subscribe(shared)).await;
        client.is_closed().await;
        drop(client);
        town.still_serves().await;
    }
    town.close().await;
}

#[tokio::test]
async fn a_node_hears_no_topic_but_its_own() {
    let mut town = Town::open().await;
    let taken = town.take_everything();
    let (node, other) = (some_node(), some_node());
    let (theirs, own_up) = (topic::down(other), topic::up(node));
    for filter in
        ["#", "+", "simpul/#", "simpul/v1/down/+", "simpul/v1/up/+/+", "$SYS/#", &theirs, &own_up, ""]
    {
        let mut client = town.client(node).await;
        let mut subscribe = Subscribe::new(filter, QoS::AtMostOnce);
        subscribe.pkid = 3;
        client.send(Packet::Subscribe(subscribe)).await;
        client.is_closed().await;
    }
    let mut client = town.client(node).await;
    let mut mixed = Subscribe::new(topic::down(node), QoS::AtLeastOnce);
    mixed.add(theirs, QoS::AtLeastOnce);
    client.send(Packet::Subscribe(mixed)).await;
    client.is_closed().await;
    assert!(taken.lock().unwrap().is_empty());
    town.still_serves().await;
    town.close().await;
}

#[tokio::test]
async fn a_node_speaks_on_no_topic_but_its_own_and_only_plainly() {
    let mut town = Town::open().await;
    let taken = town.take_everything();
    let (node, other) = (some_node(), some_node());
    let plain = upload(node, 7, b"batch");
    let topics =
        [topic::up(other), topic::down(node), topic::down(other), "$SYS/x".into(), "#".into(), String::new()];
    let mut wrong: Vec<Publish> =
        topics.into_iter().map(|topic| Publish { topic, ..plain.clone() }).collect();
    wrong.push(Publish { payload: Vec::new().into(), ..plain.clone() });
    wrong.push(Publish { retain: true, ..plain.clone() });
    wrong.push(Publish { qos: QoS::ExactlyOnce, ..plain.clone() });
    for publish in wrong {
        let mut client = town.client(node).await;
        client.send(Packet::Publish(publish)).await;
        client.is_closed().await;
    }
    assert!(taken.lock().unwrap().is_empty());
    let mut client = town.client(node).await;
    client.send(Packet::Publish(plain)).await;
    assert_eq!(client.puback().await, 7);
    assert_eq!(*taken.lock().unwrap(), [(node, "batch".into())]);
    town.close().await;
}

#[tokio::test]
async fn wills_are_refused_even_on_the_nodes_own_topic() {
    let town = Town::open().await;
    let node = some_node();
    for topic in [topic::up(node), topic::up(some_node()), "#".to_owned()] {
        let mut client = town.stranger(node).await;
        let mut connect = connect(node.to_string());
        connect.last_will = Some(LastWill::new(topic, "gone", QoS::AtLeastOnce, true));
        assert_eq!(client.ask_in(connect).await, Some(NotAuthorized));
        client.is_closed().await;
    }
    town.close().await;
}

#[tokio::test]
async fn packets_that_have_no_place_here_close_the_connection() {
    let town = Town::open().await;
    let node = some_node();
    let again = Packet::Connect(connect(node.to_string()));
    for packet in [again, Packet::PubRel(PubRel::new(1)), Packet::PingResp] {
        let mut client = town.client(node).await;
        client.send(packet).await;
        client.is_closed().await;
    }
    let mut hasty = town.stranger(node).await;
    hasty.send(Packet::Publish(upload(node, 1, b"batch"))).await;
    hasty.is_closed().await;
    town.still_serves().await;
    town.close().await;
}

#[tokio::test]
async fn a_packet_over_the_limit_closes_the_connection_at_its_header_and_one_at_the_limit_passes() {
    let mut town = Town::open().await;
    let taken = town.take_everything();
    let node = some_node();
    let limit = Limits::default().packet_bytes;
    let overhead = 2 + topic::up(node).len() + 2;
    let mut client = town.client(node).await;
    client.send(Packet::Publish(upload(node, 1, &vec![7; limit - overhead]))).await;
    assert_eq!(client.puback().await, 1);
    let over = bytes_of(&Packet::Publish(upload(node, 2, &vec![7; limit - overhead + 1])));
    client.send_bytes(&over[..5]).await.unwrap();
    client.is_closed().await;
    assert_eq!(taken.lock().unwrap().len(), 1);
    town.close().await;
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_closed_and_the_others_hear_on() {
    let town = Town::with(Limits { stall: Duration::from_millis(500), ..Limits::default() }, 8).await;
    let node = some_node();
    let mut deaf = town.client(node).await;
    let mut subscribe = Subscribe::new(topic::down(node), QoS::AtMostOnce);
    subscribe.pkid = 1;
    deaf.send(Packet::Subscribe(subscribe)).await;
    deaf.hear().await;
    // It takes nothing from here on; what it writes fails once the gate has closed the connection.
    let given_up = async {
        while deaf.try_send(Packet::PingReq).await.is_ok() {
            town.down.send(node, vec![1; 256 * 1024].into()).await.unwrap();
        }
    };
    within("the end of a client that takes nothing", given_up).await;
    town.still_serves().await;
    town.close().await;
}

#[tokio::test]
async fn silence_beyond_the_keep_alive_closes_and_a_ping_in_time_does_not() {
    let limits = Limits { silence: Duration::from_secs(3), ..Limits::default() };
    let town = Town::with(limits, 8).await;
    let (silent, endless, lively) = (some_node(), some_node(), some_node());
    let enter = async |node: protocol::NodeId, keep_alive: u16| -> Client {
        let mut client = town.stranger(node).await;
        let mut asked = connect(node.to_string());
        asked.keep_alive = keep_alive;
        client.ask_in(asked).await.unwrap();
        client
    };
    let (mut one_second, mut no_end) = (enter(silent, 1).await, enter(endless, 0).await);
    let mut pinging = enter(lively, 1).await;
    let began = Instant::now();
    let (closed, ()) = tokio::join!(
        async {
            one_second.is_closed().await;
            began.elapsed()
        },
        async {
            while began.elapsed() < Duration::from_millis(2500) {
                pinging.ping().await;
                tokio::task::yield_now().await;
            }
        }
    );
    assert!(closed > Duration::from_millis(1400), "closed after {closed:?}");
    no_end.is_closed().await;
    assert!(began.elapsed() > Duration::from_millis(2900), "the longest silence allowed bounds keep-alive 0");
    assert!(closed < began.elapsed(), "its own keep-alive closed it, not the longest silence");
    town.close().await;
}
