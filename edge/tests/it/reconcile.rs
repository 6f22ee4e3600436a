//! Node and hub compare sums, and repair exactly what differs.

use std::path::Path;

use edge::config::UplinkSettings;
use edge::roster::Roster;
use edge::store::{Identity, Store, file_in};
use protocol::sum::Sum;
use protocol::{Frame, LocalDate, Question};

use crate::hub::{Came, Hub, quick, weighing};

fn asked(hub: &Hub, wanted: impl Fn(&Question) -> bool) -> usize {
    hub.count(|came| matches!(came, Came::Asked(question) if wanted(question)))
}

#[tokio::test]
async fn an_event_the_hub_lost_unnoticed_is_found_by_its_day_and_sent_again_alone() {
    let hub = Hub::new();
    let door = hub.open_mqtt().await;
    let node = hub.node(UplinkSettings { address: Some(door.address.to_string()), ..quick() });
    node.record(3).await;
    for day in [20_600, 20_630] {
        let mut event = weighing(&node.clock);
        event.observed_on = LocalDate(day);
        node.store.record(vec![event]).await.unwrap();
    }
    node.received(5).await;
    hub.office().held.lose_unknown(4);
    hub.office().came.clear();
    node.until("repaired", |node| node.hub.batches() == [(4, 4)]).await;
    let days = |question: &Question| matches!(question, Question::Days { days, .. } if days.len() == 3);
    let numbers = |question: &Question| matches!(question, Question::Numbers { day, events, .. } if *day == LocalDate(20_600) && events.len() == 1);
    assert_eq!((asked(&hub, days), asked(&hub, numbers)), (1, 1), "one day differed");
    assert_eq!(asked(&hub, |question| matches!(question, Question::Numbers { .. })), 1);
    let hellos = hub.hellos();
    node.until("another hello", |node| node.hub.hellos() > hellos + 1).await;
    assert_eq!(hub.batches(), [(4, 4)], "now the sums agree");
    assert_eq!(node.store.safety().received, 5);
}

#[tokio::test]
async fn a_node_with_nothing_new_costs_less_than_a_kilobyte() {
    let hub = Hub::new();
    let door = hub.open_mqtt().await;
    let node =
        hub.node(UplinkSettings { address: Some(door.address.to_string()), hello_every_s: 3600, ..quick() });
    node.record(40).await;
    node.received(40).await;
    let before = node.status.sealed_bytes();
    let address = Some(door.address.to_string());
    drop(node);
    // the next connection is a node's that has been off
    let again = hub.node(UplinkSettings { address, hello_every_s: 3600, ..quick() });
    again.until("welcomed", |node| node.hub.hellos() >= 2).await;
    let cost = again.status.sealed_bytes();
    assert!(cost > 0 && cost < 400, "{cost} bytes up; {before} before");
}

fn open(folder: &Path) -> Store {
    let identity = Identity { node: crate::hub::NODE, incarnation: 1 };
    Store::open(&file_in(folder), &[7; 32], identity, Roster::default()).unwrap()
}

#[tokio::test]
async fn the_sums_of_the_days_are_those_of_the_journal_at_every_watermark() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let clock = edge::clock::Clock::start(&edge::config::ClockSettings::default(), 420, 0);
    let mut frames: Vec<Frame> = Vec::new();
    for number in 0..30 {
        let mut event = weighing(&clock);
        event.observed_on = LocalDate(20_000 + number % 4);
        store.record(vec![event]).await.unwrap();
        frames.extend(store.outbox(frames.len() as u64, 1, 1).unwrap().unwrap().frames);
    }
    for through in [0, 1, 17, 30] {
        let (mut whole, mut days) = (Sum::default(), Sum::default());
        frames.iter().take(through as usize).for_each(|frame| whole.add(frame));
        for day in store.day_sums(through).unwrap() {
            days = days.plus(day.sum);
            let numbers = store.numbers_of(day.day, through).unwrap();
            assert_eq!(numbers.len() as u64, day.sum.count);
            assert_eq!(numbers.iter().fold(0, |hash, event| hash ^ event.fingerprint), day.sum.hash);
        }
        assert_eq!(days, whole, "through {through}");
    }
}
