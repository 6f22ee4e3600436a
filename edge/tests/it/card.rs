//! What is done by hand to a card: its views made again, a damaged one read.

use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use edge::app::{Folder, identity, open_store};
use edge::card;
use edge::roster::Roster;
use edge::store::{StoreError, file_in};
use protocol::batch::{self, HubPrivateKey};
use protocol::bundle::Bundle;
use protocol::courier::{self, Way};
use protocol::letter::Up;
use protocol::{Chain, Frame};
use tower::ServiceExt;

use crate::harness::{NewChild, Node};

/// A node's folder with everything beside its store that a card carries, and some children in it.
async fn card_of_a_node(folder: &Path) -> (Folder, HubPrivateKey, SigningKey, Vec<Frame>) {
    let node = Node::start(folder).await;
    for _ in 0..12 {
        node.child(NewChild::siti()).await;
        node.child(NewChild::budi()).await;
    }
    let outbox = node.edge.store.outbox(0, usize::MAX, usize::MAX).unwrap().unwrap();
    let (hub, node_key) = (HubPrivateKey::from_bytes([5; 32]), SigningKey::from_bytes(&[6; 32]));
    let mut bundle = (*node.edge.bundle).clone();
    bundle.hub_keys = vec![hub.public().0.iter().map(|byte| format!("{byte:02x}")).collect()];
    std::fs::write(folder.join("bundle.json"), serde_json::to_vec(&bundle).unwrap()).unwrap();
    std::fs::write(folder.join("data.key"), "07".repeat(32)).unwrap();
    std::fs::write(folder.join("node.key"), node_key.to_pkcs8_pem(LineEnding::LF).unwrap()).unwrap();
    node.stop();
    let folder = Folder(folder.to_owned());
    let_go_of(&folder, &bundle).await;
    (folder, hub, node_key, outbox.frames)
}

/// The store's file is free again once the tasks of the node that was stopped have ended.
async fn let_go_of(folder: &Folder, bundle: &Bundle) {
    let free = async {
        while open_store(folder, bundle, Roster::default()).is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), free).await.expect("the node never let go of its store");
}

/// What the hub reads out of a packet: sequence and frame.
fn opened(packet: &Path, hub: &HubPrivateKey, node: &SigningKey) -> Vec<(u64, Frame)> {
    let bytes = std::fs::read(packet).unwrap();
    let packet = courier::read(Way::Up, &bytes).unwrap();
    let mut frames = Vec::new();
    for letter in &packet.letters {
        let Some(Up::Batch(sealed)) = Up::read(letter) else { panic!("no batch") };
        let (header, batch) = batch::open(sealed, &node.verifying_key(), |_| Some(hub.clone())).unwrap();
        frames.extend((header.first..).zip(batch));
    }
    frames
}

#[tokio::test]
async fn a_sound_card_is_read_whole_and_its_packet_tells_nobody_but_the_hub() {
    let (folder, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (folder, hub, node_key, frames) = card_of_a_node(folder.path()).await;
    let before = std::fs::read(file_in(&folder.0)).unwrap();
    let rescued = card::salvage(&folder, to.path()).unwrap();
    assert!(rescued.found.is_sound && rescued.found.missing.is_empty());
    let read: Vec<Frame> =
        opened(&rescued.packet, &hub, &node_key).into_iter().map(|(_, frame)| frame).collect();
    assert_eq!(read, frames);
    let packet = std::fs::read(&rescued.packet).unwrap();
    assert!(!packet.windows(4).any(|window| window == b"Siti"));
    assert!(std::fs::read_to_string(rescued.summary).unwrap().contains("tidak ada catatan yang hilang"));
    assert!(std::fs::read(file_in(&folder.0)).unwrap() == before, "the card was written to");
}

#[tokio::test]
async fn a_damaged_card_is_refused_in_words_and_what_it_still_holds_is_read() {
    let (folder, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (folder, hub, node_key, frames) = card_of_a_node(folder.path()).await;
    let path = file_in(&folder.0);
    let mut bytes = std::fs::read(&path).unwrap();
    // the header, and with it every root
    bytes[..4096].fill(0);
    std::fs::write(&path, &bytes).unwrap();

    let bundle = folder.bundle().unwrap();
    let Err(error) = open_store(&folder, &bundle, Roster::default()) else { panic!("it opened") };
    assert_eq!(error.downcast_ref(), Some(&StoreError::Broken));
    let page = edge::web::standstill().oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);

    let rescued = card::salvage(&folder, to.path()).unwrap();
    assert!(!rescued.found.is_sound);
    let read = opened(&rescued.packet, &hub, &node_key);
    assert_eq!(read.len(), frames.len());
    assert!(read.iter().all(|(sequence, frame)| &frames[*sequence as usize - 1] == frame));
    let words = std::fs::read_to_string(rescued.summary).unwrap();
    assert!(words.contains("Berkasnya rusak") && words.contains("tidak akan dobel"), "{words}");
}

#[tokio::test]
async fn a_card_whose_file_is_gone_does_not_begin_again_at_one() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, ..) = card_of_a_node(folder.path()).await;
    std::fs::remove_file(file_in(&folder.0)).unwrap();
    let bundle = folder.bundle().unwrap();
    let opened = open_store(&folder, &bundle, Roster::default());
    assert_eq!(opened.err().and_then(|error| error.downcast_ref().copied()), Some(StoreError::Broken));
    // a card that takes its place has a life of its own
    let next = Bundle { incarnation: bundle.incarnation + 1, ..bundle };
    assert!(open_store(&folder, &next, Roster::default()).is_ok());
}

#[tokio::test]
async fn views_are_made_again_from_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, _, _, frames) = card_of_a_node(folder.path()).await;
    let bundle = folder.bundle().unwrap();
    let children = |roster: &Roster| roster.search(bundle.roster.posyandu[0].id, "a", 99).len();
    let rebuilt = card::rebuild(&folder).unwrap();
    assert_eq!(rebuilt.events, frames.len() as u64);
    let roster = Roster::default();
    let store = open_store(&folder, &bundle, roster.clone()).unwrap();
    assert_eq!(children(&roster), 12);
    let outbox = store.outbox(0, usize::MAX, usize::MAX).unwrap().unwrap();
    assert_eq!(outbox.before, Chain::genesis(identity(&bundle).node, identity(&bundle).incarnation));
    assert_eq!(outbox.frames, frames);
}
