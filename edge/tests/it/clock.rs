//! Nothing is wrong because a clock was wrong: what was recorded before the time was known gets its day, by whoever
//! tells it.

use edge::config::UplinkSettings;
use edge::store::Store;
use protocol::time::{ClockFound, ClockSource};
use protocol::{Body, Event, LocalDate};

use crate::harness::{NewChild, Node, RAHMA, Setup};
use crate::hub::{Hub, quick};

fn told(store: &Store) -> Vec<(Event, ClockFound)> {
    let outbox = store.outbox(0, 1_000, usize::MAX).unwrap();
    let events = outbox.into_iter().flat_map(|outbox| outbox.frames).map(|frame| frame.decode().unwrap());
    events
        .filter_map(|event| match event.body {
            Body::ClockFound(found) => Some((event, found)),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn the_hubs_time_dates_what_this_power_up_recorded_before_it_was_known() {
    let hub = Hub::new();
    let door = hub.open_mqtt().await;
    let address = Some(door.address.to_string());
    let node = hub.node_without_time(UplinkSettings { address, ..quick() });
    node.record(2).await;
    node.until("told", |node| node.clock.now().believable).await;
    node.received(3).await;
    let told = told(&node.store);
    let [(event, found)] = told.as_slice() else { panic!("told {} times", told.len()) };
    assert_eq!((found.source, event.header.citizen), (ClockSource::Hub, None));
    let apart_ms = found.wall_ms - hub.office().time_ms;
    assert!((0..60_000).contains(&apart_ms), "{apart_ms} ms from what the hub said");
    assert_eq!(found.date_of(&event.header.recorded_at), Some(event.header.observed_on));
    assert!(node.store.time_floor().unwrap() > 0);
    node.record(1).await;
    node.received(4).await;
    assert_eq!(crate::clock::told(&node.store).len(), 1);
}

#[tokio::test]
async fn a_node_that_recorded_nothing_before_tells_nothing() {
    let hub = Hub::new();
    let door = hub.open_mqtt().await;
    let node = hub.node_without_time(UplinkSettings { address: Some(door.address.to_string()), ..quick() });
    node.until("told", |node| node.clock.now().believable).await;
    node.record(1).await;
    node.received(1).await;
    assert_eq!(told(&node.store), []);
}

#[tokio::test]
async fn an_answer_nobody_waits_for_tells_no_time() {
    let hub = Hub::new();
    hub.office().silent = true;
    let door = hub.open_mqtt().await;
    let node = hub.node_without_time(UplinkSettings { address: Some(door.address.to_string()), ..quick() });
    node.until("connected", |node| node.hub.hellos() >= 1).await;
    hub.push(hub.answer(4_711, protocol::Reply::News(Vec::new())));
    hub.push(hub.answer(0, protocol::Reply::News(Vec::new())));
    hub.push(hub.signed(&hub.ack()));
    node.record(1).await;
    node.until("sent", |node| node.hub.batches() == [(1, 1)]).await;
    assert!(!node.clock.now().believable);
}

#[tokio::test]
async fn a_kaders_phone_dates_what_was_weighed_before_it_was_asked() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_as(folder.path(), Setup { today: None, ..Setup::default() }).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let page = phone.post("/visits", &[("citizen", &siti.to_string()), ("later", "ya")]).await;
    let visit = page.location.split('/').nth(2).unwrap().to_owned();
    let path = format!("/visits/{visit}/weight");
    let page = phone.get(&path).await;
    let asked = phone.save(&page, &path, &[("typed", "8,45")]).await;
    let insisted = asked.says("Jam alat belum diatur").field("insisted");
    let saved = phone.save(&page, &path, &[("typed", "8,45"), ("insisted", &insisted)]).await;
    assert!(saved.status.is_redirection(), "{}", saved.text);
    phone.post("/clock", &[("now", "2026-11-24T08:30")]).await.leads_to("/");
    let told = told(&node.edge.store);
    let [(_, found)] = told.as_slice() else { panic!("told {} times", told.len()) };
    assert_eq!(found.source, ClockSource::Phone);
    let visits = node.edge.store.visits_of(siti).unwrap();
    let today = visits.iter().find(|record| record.visit.to_string() == visit).unwrap();
    assert_eq!(today.observed_on, LocalDate::from("2026-11-24".parse::<chrono::NaiveDate>().unwrap()));
    assert!(!today.clock_unset);
    let copied = visits.iter().find(|record| record.visit.to_string() != visit).unwrap();
    assert_eq!(
        copied.observed_on,
        LocalDate::from("2026-01-10".parse::<chrono::NaiveDate>().unwrap()),
        "its day was named"
    );
    phone.post("/clock", &[("now", "2026-11-24T08:31")]).await.leads_to("/");
    assert_eq!(crate::clock::told(&node.edge.store).len(), 1);
}
