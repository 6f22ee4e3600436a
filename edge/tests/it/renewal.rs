//! Certificates are renewed in time, and after any time offline, without a visit.

use edge::app::Folder;
use edge::config::UplinkSettings;

use crate::hub::{Authority, Came, Hub, NODE, Wired, known, quick};

fn renewals(hub: &Hub) -> usize {
    hub.count(|came| matches!(came, Came::Renewal))
}

fn kept(node: &Wired, file: &str) -> String {
    let text = std::fs::read_to_string(node.folder.path().join(file)).unwrap();
    serde_json::from_str::<serde_json::Value>(&text).unwrap()["certificate_pem"].as_str().unwrap().to_owned()
}

fn start(hub: &Hub, settings: UplinkSettings, years: (i32, i32)) -> Wired {
    Wired::start(hub, settings, years, known())
}

#[tokio::test]
async fn past_two_thirds_of_its_life_a_certificate_is_renewed_on_the_way() {
    let hub = Hub::new();
    let door = hub.open_mqtt().await;
    // for all the node knows it is November 2026
    let node =
        start(&hub, UplinkSettings { address: Some(door.address.to_string()), ..quick() }, (2000, 2035));
    let old = kept(&node, "bundle.json");
    node.until("renewed", |node| kept(node, "bundle.json") != old).await;
    assert_eq!(kept(&node, "bundle.json.old"), old);
    assert_eq!(Folder(node.folder.path().into()).bundle().unwrap().node, NODE);
    node.record(1).await;
    node.received(1).await;
    let hellos = hub.hellos();
    node.until("two more hellos", |node| node.hub.hellos() > hellos + 1).await;
    assert_eq!(renewals(&hub), 1);
}

#[tokio::test]
async fn a_certificate_that_ended_long_ago_is_renewed_without_a_visit() {
    let hub = Hub::new();
    let (door, https) = (hub.open_mqtt().await, hub.open_https().await);
    let settings = UplinkSettings {
        address: Some(door.address.to_string()),
        https_address: Some(https.address.to_string()),
        ..quick()
    };
    let node = start(&hub, settings, (2020, 2021));
    node.record(1).await;
    node.received(1).await;
    assert_eq!(renewals(&hub), 1);
    assert!(node.status.connected());
}

#[tokio::test]
async fn another_authoritys_certificate_and_a_shorter_one_are_not_taken() {
    let hub = Hub::new();
    let door = hub.open_mqtt().await;
    let settings = UplinkSettings { address: Some(door.address.to_string()), ..quick() };
    let node = start(&hub, settings, (2000, 2100));
    node.until("connected", |node| node.status.connected()).await;
    let old = kept(&node, "bundle.json");
    let foreign = Authority::new();
    let offers = [
        (foreign.node(NODE, &hub.node_key_pem(), (2000, 2200)), foreign.pem.clone()),
        (hub.authority().node(NODE, &hub.node_key_pem(), (2000, 2050)), hub.authority().pem.clone()),
        (hub.authority().hub().0, hub.authority().pem.clone()),
    ];
    for (certificate_pem, authority_pem) in offers {
        hub.push(hub.answer(0, protocol::Reply::Certificate { certificate_pem, authority_pem }));
    }
    node.record(1).await;
    node.received(1).await;
    assert_eq!(kept(&node, "bundle.json"), old);
    let good = hub.authority().node(NODE, &hub.node_key_pem(), (2000, 2200));
    let reply =
        protocol::Reply::Certificate { certificate_pem: good.clone(), authority_pem: foreign.pem.clone() };
    hub.push(hub.answer(0, reply));
    node.until("taken", |node| kept(node, "bundle.json") == good).await;
    let bundle = Folder(node.folder.path().into()).bundle().unwrap();
    assert_eq!(
        bundle.authority_pem,
        hub.authority().pem,
        "a list without the known authority is not believed"
    );
}
