//! Two wired roads and the choice between them.

use edge::config::{RoadChoice, UplinkSettings};
use edge::uplink::By;

use crate::hub::{Came, Hub, quick};

#[tokio::test]
async fn where_mqtt_is_shut_https_carries_the_same_letters_until_it_opens() {
    let hub = Hub::new();
    let shut = {
        let door = hub.open_mqtt().await;
        door.address
    };
    let https = hub.open_https().await;
    let node = hub.node(UplinkSettings {
        address: Some(shut.to_string()),
        https_address: Some(https.address.to_string()),
        ..quick()
    });
    node.record(2).await;
    node.received(2).await;
    assert_eq!(node.status.by(), Some(By::Https));
    let door = hub.open_mqtt_at(shut).await;
    node.until("back on MQTT", |node| node.status.by() == Some(By::Mqtt)).await;
    node.record(1).await;
    node.received(3).await;
    assert_eq!(hub.batches().iter().map(|(first, last)| last - first + 1).sum::<u64>(), 3, "each went once");
    drop(door);
}

#[tokio::test]
async fn https_alone_asks_from_time_to_time_and_sends_at_once() {
    let hub = Hub::new();
    let https = hub.open_https().await;
    let node = hub.node(UplinkSettings {
        https_address: Some(https.address.to_string()),
        road: RoadChoice::Https,
        ..quick()
    });
    node.until("asked again", |node| node.hub.hellos() >= 2).await;
    node.record(2).await;
    node.received(2).await;
    {
        let mut office = hub.office();
        office.held.go_back_to(1);
        office.epoch = [2; 16];
        office.came.clear();
    }
    node.until("sent again", |node| node.hub.batches() == [(2, 2)]).await;
    node.received(2).await;
}

#[tokio::test]
async fn an_answer_that_got_lost_on_the_way_back_costs_no_second_sending() {
    let hub = Hub::new();
    let https = hub.open_https().await;
    let node = hub.node(UplinkSettings {
        https_address: Some(https.address.to_string()),
        road: RoadChoice::Https,
        ..quick()
    });
    node.until("welcomed", |node| node.hub.hellos() >= 1).await;
    hub.office().silent = true;
    node.record(1).await;
    node.until("sent", |node| node.hub.batches() == [(1, 1)]).await;
    hub.office().silent = false;
    node.received(1).await;
    assert_eq!(hub.count(|came| matches!(came, Came::Batch { .. })), 1);
}
