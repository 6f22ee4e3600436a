//! Letters over MQTT and what the hub's word does: everything arrives, what is lost goes again and nothing else, and
//! no old word is believed.

use std::collections::BTreeSet;

use edge::app::{Folder, open_store};
use edge::clock::Clock;
use edge::config::UplinkSettings;
use edge::roster::Roster;
use protocol::bundle::Bundle;
use protocol::{Ack, Chain, Question};

use crate::harness::{Node, RAHMA};
use crate::hub::{Came, Hub, NODE, known, quick, weighing};

fn to(address: std::net::SocketAddr) -> UplinkSettings {
    UplinkSettings { address: Some(address.to_string()), ..quick() }
}

/// Reports on how it stands only where it must.
fn reserved(address: std::net::SocketAddr) -> UplinkSettings {
    UplinkSettings { hello_every_s: 3600, ..to(address) }
}

#[tokio::test]
async fn a_connection_begins_with_a_hello_and_only_the_hubs_word_counts_as_received() {
    let hub = Hub::new();
    hub.office().silent = true;
    let door = hub.open_mqtt().await;
    let node = hub.node(UplinkSettings { resend_after_s: 1, ..reserved(door.address) });
    node.record(3).await;
    node.until("sent", |node| node.store.safety().sent == 3).await;
    assert!(matches!(hub.office().came[0], Came::Asked(Question::Hello(_))));
    assert_eq!(node.store.safety().received, 0, "the broker's word is none");
    hub.office().silent = false;
    node.received(3).await;
    assert!(node.status.sealed_bytes() > 0);
}

#[tokio::test]
async fn a_silent_hub_is_asked_before_anything_goes_again() {
    let hub = Hub::new();
    let door = hub.open_mqtt().await;
    let node = hub.node(UplinkSettings { resend_after_s: 1, ..reserved(door.address) });
    node.record(1).await;
    node.received(1).await;
    hub.office().silent = true;
    node.record(1).await;
    node.until("asked twice", |node| node.hub.hellos() == 3).await;
    assert_eq!(hub.batches(), [(1, 1), (2, 2)], "it may only be slow");
    hub.office().silent = false;
    node.received(2).await;
    assert!(hub.batches().len() <= 3, "{:?}", hub.batches());
}

#[tokio::test]
async fn exactly_what_was_lost_goes_again() {
    let hub = Hub::new();
    let door = hub.open_mqtt().await;
    let node = hub.node(reserved(door.address));
    node.record(1).await;
    node.received(1).await;
    hub.office().loses.push_back(true);
    node.record(1).await;
    node.until("the second sent", |node| node.hub.batches().len() == 2).await;
    node.record(1).await;
    node.received(3).await;
    assert_eq!(hub.batches(), [(1, 1), (2, 2), (3, 3), (2, 2)]);
}

#[tokio::test]
async fn a_new_connection_sends_the_gaps_and_what_is_new() {
    let hub = Hub::new();
    let door = hub.open_mqtt().await;
    let node = hub.node(reserved(door.address));
    node.record(9).await;
    node.received(9).await;
    // it had 1 to 3, 6 and 7 when the node's card was written last
    hub.office().held.frames.retain(|sequence, _| [1, 2, 3, 6, 7].contains(sequence));
    hub.office().epoch = [2; 16];
    hub.office().came.clear();
    hub.push(hub.signed(&hub.ack()));
    node.until("sent again", |node| !node.hub.batches().is_empty()).await;
    node.received(9).await;
    assert_eq!(sequences(&hub), [4, 5, 8, 9]);
}

/// Every event the hub was sent, once each.
fn sequences(hub: &Hub) -> Vec<u64> {
    let sent: BTreeSet<u64> = hub.batches().into_iter().flat_map(|(first, last)| first..=last).collect();
    sent.into_iter().collect()
}

#[tokio::test]
async fn a_hub_that_went_back_in_time_gets_everything_again() {
    let hub = Hub::new();
    let door = hub.open_mqtt().await;
    let node = hub.node(reserved(door.address));
    node.record(5).await;
    node.received(5).await;
    let before = hub.ack();
    {
        let mut office = hub.office();
        office.held.go_back_to(2);
        office.epoch = [2; 16];
        office.loses.extend([true; 1_000]);
        office.came.clear();
    }
    hub.push(hub.signed(&hub.ack()));
    node.received(2).await;
    assert_eq!(node.store.safety().sent, 5, "it was sent, and that is all that can be said");
    node.until("sent again", |node| [3, 4, 5].iter().all(|lost| sequences(&node.hub).contains(lost))).await;
    hub.push(hub.signed(&before));
    hub.office().loses.clear();
    node.record(1).await;
    node.received(6).await;
    hub.push(hub.signed(&Ack { hub_epoch: [1; 16], ..hub.ack() }));
    node.record(1).await;
    node.received(7).await;
}

#[tokio::test]
async fn an_old_word_and_a_word_about_another_journal_change_nothing() {
    let hub = Hub::new();
    let door = hub.open_mqtt().await;
    let node = hub.node(reserved(door.address));
    node.record(2).await;
    node.received(2).await;
    let old = hub.ack();
    node.record(2).await;
    node.received(4).await;
    hub.push(hub.signed(&old));
    hub.push(hub.signed(&Ack { watermark: 3, chain: Chain([9; 32]), hub_epoch: [2; 16], ..old.clone() }));
    hub.push(hub.signed(&Ack { incarnation: 2, hub_epoch: [3; 16], ..hub.ack() }));
    node.record(1).await;
    node.received(5).await;
    assert_eq!(hub.batches().iter().map(|(first, last)| last - first + 1).sum::<u64>(), 5);
}

#[tokio::test]
async fn of_several_words_the_one_that_fits_this_journal_counts() {
    let hub = Hub::new();
    hub.office().silent = true;
    let door = hub.open_mqtt().await;
    let node = hub.node(reserved(door.address));
    node.record(3).await;
    node.until("the hub has them", |node| node.hub.office().held.word().0 == 3).await;
    let ours = hub.ack();
    // the other device under this name has come further
    hub.push(hub.signed(&Ack { watermark: 3, chain: Chain([7; 32]), ..ours.clone() }));
    hub.push(hub.signed(&ours));
    node.received(3).await;
}

#[tokio::test]
async fn what_was_set_aside_is_listed_in_full_and_forgotten_once_taken() {
    let hub = Hub::new();
    {
        let mut office = hub.office();
        office.aside = (1..=5).map(|sequence| (sequence, format!("alasan {sequence}"))).collect();
        office.aside_in_ack = 1;
    }
    let door = hub.open_mqtt().await;
    let node = hub.node(to(door.address));
    node.record(5).await;
    node.until("all listed", |node| node.store.safety().quarantined == 5).await;
    assert_eq!(node.store.quarantined().unwrap()[4], (5, "alasan 5".into()));
    {
        let mut office = hub.office();
        office.aside.remove(&2);
        office.aside_in_ack = 64;
    }
    node.until("one was taken", |node| node.store.safety().quarantined == 4).await;
    assert!(node.store.quarantined().unwrap().iter().all(|(sequence, _)| *sequence != 2));
}

#[tokio::test]
async fn a_hub_that_asks_for_a_pause_gets_it() {
    let hub = Hub::new();
    hub.office().retry_after_s = 3600;
    let door = hub.open_mqtt().await;
    let node = hub.node(to(door.address));
    node.until("welcomed", |node| node.hub.hellos() == 1).await;
    node.record(2).await;
    node.until("asked again", |node| node.hub.hellos() >= 3).await;
    assert_eq!(hub.batches(), []);
    hub.office().retry_after_s = 0;
    node.received(2).await;
}

#[tokio::test]
async fn events_that_may_wait_travel_together() {
    let hub = Hub::new();
    let door = hub.open_mqtt().await;
    let node = hub.node(UplinkSettings { gather_s: 2, ..reserved(door.address) });
    node.until("welcomed", |node| node.hub.hellos() == 1).await;
    node.record(6).await;
    node.received(6).await;
    assert_eq!(hub.batches(), [(1, 6)]);
}

#[tokio::test]
async fn batches_are_closed_for_the_newest_key_the_hub_has_told_of() {
    let hub = Hub::new();
    let door = hub.open_mqtt().await;
    let node = hub.node(reserved(door.address));
    node.record(1).await;
    node.received(1).await;
    node.store.keep_hub_keys(vec![[0; 32], hub.key(1).0, hub.key(0).0]).await.unwrap();
    node.record(1).await;
    node.received(2).await;
    let with = |key| hub.count(|came| matches!(came, Came::Batch { key: with, .. } if *with == key));
    assert_eq!((with(hub.key(0).id()), with(hub.key(1).id())), (1, 1), "the first of the three is no key");
}

#[tokio::test]
async fn a_node_whose_place_was_taken_remembers_it() {
    let hub = Hub::new();
    hub.office().standing = protocol::Standing::Replaced;
    let door = hub.open_mqtt().await;
    let node = hub.node(to(door.address));
    node.record(1).await;
    node.received(1).await;
    node.until("told", |node| node.store.is_replaced()).await;
    hub.office().standing = protocol::Standing::Current;
    node.until("taken back", |node| !node.store.is_replaced()).await;
}

#[tokio::test]
async fn a_page_says_plainly_that_the_node_was_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut phone = node.phone(RAHMA).await;
    phone.get("/").await.hides("sudah diganti");
    node.edge.store.note_standing(protocol::Standing::Replaced).await.unwrap();
    phone.get("/").await.says("Alat ini sudah diganti").says("aman dan tetap dikirim");
}

#[tokio::test]
async fn a_card_that_takes_anothers_place_gives_out_numbers_of_its_own() {
    let (hub, folder) = (Hub::new(), tempfile::tempdir().unwrap());
    let bundle = Bundle { incarnation: 2, ..hub.furnish(folder.path(), (2000, 2100)) };
    let store = open_store(&Folder(folder.path().into()), &bundle, Roster::default()).unwrap();
    store.record(vec![weighing(&Clock::start(&known(), 420, 0))]).await.unwrap();
    let outbox = store.outbox(0, 1, 1).unwrap().unwrap();
    assert_eq!(outbox.before, Chain::genesis(NODE, 2));
    let header = outbox.frames[0].decode().unwrap().header;
    assert_eq!((header.incarnation, header.sequence), (2, 1));
}
