//! Who is let in, and who is not.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rcgen::{DnType, date_time_ymd};
use rumqttc::mqttbytes::v4::ConnectReturnCode::{BadClientId, NotAuthorized, ServiceUnavailable, Success};

use super::certificates::{Authority, Badge};
use super::client::{Client, connect};
use super::town::{Town, sha256, some_node};
use super::within;
use crate::gate::Limits;

/// Whether a certificate gets as far as an answer to a CONNECT with this id.
async fn is_known(town: &Town, badge: Option<&Badge>, id: &str) -> bool {
    let Ok(mut client) = Client::dial(town.addr, town.authority.client(badge)).await else { return false };
    client.ask_in(connect(id)).await.is_some()
}

#[tokio::test]
async fn a_node_is_let_in_by_its_ed25519_certificate_and_asked_about_by_its_fingerprint() {
    let town = Town::open().await;
    let node = some_node();
    let badge = town.authority.node(node);
    let mut client = Client::dial(town.addr, town.authority.client(Some(&badge))).await.unwrap();
    client.enter(node).await;
    assert_eq!(*town.register.shown.lock().unwrap(), [sha256(&badge.der)]);
    town.still_serves().await;
    town.close().await;
}

#[tokio::test]
async fn certificates_of_others_expired_ones_and_none_at_all_are_refused() {
    let town = Town::open().await;
    let node = some_node();
    let name = node.to_string();
    let stranger = Authority::new().node(node);
    let old = town.authority.sign(|params| {
        params.distinguished_name.push(DnType::CommonName, name.as_str());
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2020, 4, 1);
    });
    let early = town.authority.sign(|params| {
        params.distinguished_name.push(DnType::CommonName, name.as_str());
        params.not_before = date_time_ymd(2200, 1, 1);
        params.not_after = date_time_ymd(2200, 4, 1);
    });
    assert!(!is_known(&town, Some(&stranger), &name).await, "another authority's");
    assert!(!is_known(&town, Some(&old), &name).await, "expired");
    assert!(!is_known(&town, Some(&early), &name).await, "not valid yet");
    assert!(!is_known(&town, None, &name).await, "none");
    assert!(is_known(&town, Some(&town.authority.node(node)), &name).await);
    assert_eq!(town.register.asked.load(Ordering::SeqCst), 1, "only the last was worth a question");
    town.close().await;
}

#[tokio::test]
async fn a_certificate_must_name_one_node_in_the_usual_spelling() {
    let town = Town::open().await;
    let name = some_node().to_string();
    let two = town.authority.sign(|params| {
        params.distinguished_name.push(DnType::CommonName, name.as_str());
        params.distinguished_name.push(DnType::CustomDnType(vec![2, 5, 4, 3]), "anyone");
    });
    assert!(!is_known(&town, Some(&two), &name).await, "two names");
    for odd in [name.to_uppercase(), name.replace('-', ""), "posyandu-melati".to_owned(), String::new()] {
        let badge = town.authority.named(&odd);
        assert!(!is_known(&town, Some(&badge), &name).await, "{odd:?}");
        assert!(!is_known(&town, Some(&badge), &odd).await, "{odd:?}");
    }
    town.still_serves().await;
    town.close().await;
}

#[tokio::test]
async fn tls_1_2_is_not_spoken() {
    let town = Town::open().await;
    let badge = town.authority.node(some_node());
    let config = town.authority.client_speaking(Some(&badge), &rustls::version::TLS12);
    assert!(Client::dial(town.addr, config).await.is_err());
    town.close().await;
}

#[tokio::test]
async fn a_revoked_certificate_is_refused_and_the_others_are_not() {
    let authority = Authority::new();
    let (lost, kept) = (some_node(), some_node());
    let (revoked, good) = (authority.node(lost), authority.node(kept));
    let list = authority.revoking(&[&revoked]);
    let town = Town::under(authority, Some(list), Limits::default(), 8).await;
    assert!(!is_known(&town, Some(&revoked), &lost.to_string()).await);
    assert!(is_known(&town, Some(&good), &kept.to_string()).await);
    town.close().await;
}

#[tokio::test]
async fn the_client_id_must_be_the_name_in_the_certificate() {
    let town = Town::open().await;
    let (node, other) = (some_node(), some_node());
    for id in [other.to_string(), node.to_string().to_uppercase(), String::new()] {
        let mut client = town.stranger(node).await;
        assert_eq!(client.ask_in(connect(id)).await, Some(BadClientId));
        client.is_closed().await;
    }
    town.close().await;
}

#[tokio::test]
async fn a_node_that_is_not_admitted_is_refused() {
    let town = Town::open().await;
    let node = some_node();
    town.register.put_out(node);
    let mut client = town.stranger(node).await;
    assert_eq!(client.ask_in(connect(node.to_string())).await, Some(NotAuthorized));
    client.is_closed().await;
    town.still_serves().await;
    town.close().await;
}

#[tokio::test]
async fn a_node_put_out_while_connected_is_disconnected() {
    let limits = Limits { readmit_every: Duration::from_millis(20), ..Limits::default() };
    let town = Town::with(limits, 8).await;
    let (lost, kept) = (some_node(), some_node());
    let (mut gone, mut stays) = (town.client(lost).await, town.client(kept).await);
    town.register.put_out(lost);
    gone.is_closed().await;
    stays.ping().await;
    let mut again = town.stranger(lost).await;
    assert_eq!(again.ask_in(connect(lost.to_string())).await, Some(NotAuthorized));
    town.close().await;
}

#[tokio::test]
async fn a_second_connection_of_a_node_takes_over_as_often_as_it_likes() {
    let town = Town::open().await;
    let node = some_node();
    let mut newest = town.client(node).await;
    for _ in 0..20 {
        let next = town.client(node).await;
        newest.is_closed().await;
        newest = next;
    }
    newest.subscribe(node).await;
    town.down.send(node, "for the newest".into()).await.unwrap();
    assert_eq!(newest.letter().await.payload, "for the newest");
    town.still_serves().await;
    town.close().await;
}

#[tokio::test]
async fn a_full_gate_refuses_the_next_and_the_one_who_comes_again_is_no_next() {
    let town = Town::with(Limits { connections: 2, ..Limits::default() }, 8).await;
    let (first, second, third) = (some_node(), some_node(), some_node());
    let (mut leaving, mut staying) = (town.client(first).await, town.client(second).await);
    for _ in 0..3 {
        let mut late = town.stranger(third).await;
        assert_eq!(late.ask_in(connect(third.to_string())).await, Some(ServiceUnavailable));
    }
    let mut again = town.client(first).await;
    leaving.is_closed().await;
    staying.ping().await;
    again.send(rumqttc::mqttbytes::v4::Packet::Disconnect).await;
    again.is_closed().await;
    let let_in = async {
        while town.stranger(third).await.ask_in(connect(third.to_string())).await != Some(Success) {}
    };
    within("the freed place", let_in).await;
    town.close().await;
}

#[tokio::test]
async fn a_connection_does_not_outlive_the_time_after_which_the_certificate_is_checked_again() {
    let town = Town::with(Limits { lifetime: Duration::from_millis(300), ..Limits::default() }, 8).await;
    let (node, began) = (some_node(), Instant::now());
    town.client(node).await.is_closed().await;
    assert!(began.elapsed() >= Duration::from_millis(300));
    town.client(node).await;
    town.close().await;
}
