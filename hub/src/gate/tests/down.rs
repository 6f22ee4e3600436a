//! What the hub sends down: to the node it is meant for, and to no other.

use protocol::topic;
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::{Packet, Subscribe, SubscribeReasonCode, Unsubscribe};

use super::town::{Town, some_node};

#[tokio::test]
async fn a_message_reaches_its_node_and_nobody_else() {
    let town = Town::open().await;
    let (node, other) = (some_node(), some_node());
    let (mut client, mut neighbour) = (town.client(node).await, town.client(other).await);
    client.subscribe(node).await;
    neighbour.subscribe(other).await;
    town.down.send(some_node(), "to nobody here".into()).await.unwrap();
    town.down.send(node, "for one".into()).await.unwrap();
    town.down.send(other, "for the other".into()).await.unwrap();
    let letter = client.letter().await;
    assert_eq!((letter.topic, letter.payload), (topic::down(node), "for one".into()));
    assert_eq!((letter.qos, letter.retain), (QoS::AtLeastOnce, false));
    client.acknowledge(letter.pkid).await;
    assert_eq!(neighbour.letter().await.payload, "for the other");
    client.ping().await;
    town.close().await;
}

#[tokio::test]
async fn a_node_that_asks_for_qos_0_gets_it_and_qos_2_gets_1() {
    let town = Town::open().await;
    let node = some_node();
    let mut client = town.client(node).await;
    for (asked, granted) in [(QoS::AtMostOnce, QoS::AtMostOnce), (QoS::ExactlyOnce, QoS::AtLeastOnce)] {
        client.send(Packet::Subscribe(Subscribe::new(topic::down(node), asked))).await;
        let Some(Packet::SubAck(answer)) = client.hear().await else { panic!("no SUBACK") };
        assert_eq!(answer.return_codes, [SubscribeReasonCode::Success(granted)]);
        town.down.send(node, "ack".into()).await.unwrap();
        assert_eq!(client.letter().await.qos, granted);
    }
    town.close().await;
}

#[tokio::test]
async fn nothing_comes_before_subscribing_or_after_unsubscribing() {
    let town = Town::open().await;
    let node = some_node();
    let mut client = town.client(node).await;
    town.down.send(node, "too early".into()).await.unwrap();
    // Both went the same way, so once the second is here the first has been dealt with.
    town.still_serves().await;
    client.ping().await;
    client.subscribe(node).await;
    town.down.send(node, "in time".into()).await.unwrap();
    assert_eq!(client.letter().await.payload, "in time");
    client.send(Packet::Unsubscribe(Unsubscribe::new(topic::down(node)))).await;
    assert!(matches!(client.hear().await, Some(Packet::UnsubAck(_))));
    town.down.send(node, "too late".into()).await.unwrap();
    town.still_serves().await;
    client.ping().await;
    town.close().await;
}

#[tokio::test]
async fn who_acknowledges_nothing_gets_no_more_until_it_does() {
    let town = Town::open().await;
    let node = some_node();
    let mut client = town.client(node).await;
    client.subscribe(node).await;
    for number in 0..40_u8 {
        town.down.send(node, vec![number].into()).await.unwrap();
    }
    let mut waiting = Vec::new();
    for number in 0..16 {
        let letter = client.letter().await;
        assert_eq!(letter.payload[..], [number]);
        waiting.push(letter.pkid);
    }
    client.ping().await;
    town.still_serves().await;
    // In whatever order it likes.
    for pkid in waiting.into_iter().rev() {
        client.acknowledge(pkid).await;
    }
    client.acknowledge(999).await;
    for number in 16..32 {
        assert_eq!(client.letter().await.payload[..], [number]);
    }
    town.close().await;
}
